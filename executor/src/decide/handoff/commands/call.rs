//! A walk at a command in its words: is it the one that is looked for, does it run another, is it a function of the text? Pure.

use super::super::shell::{Command, Word, read};
use super::alike::{self, Alike, Words};
use super::builtin;
use super::peel::{Layer, layer};
use super::walk::{Around, Target, Walk, lost};
use super::worlds::{Flow, Leaves, World, Worlds};

impl Walk<'_> {
    /// A command in its words, layer by layer.
    pub(super) fn words(
        &self,
        words: &[Word],
        fed: Option<usize>,
        worlds: Worlds,
        around: Around<'_>,
        doubt: bool,
    ) -> Worlds {
        let body = fed.and_then(|at| around.bodies.get(at));
        let mut rest = words;
        let (mut best, mut ends) = (Alike::Not, false);
        loop {
            let alike = self.alike(rest);
            // What an outer layer only has among its words is told by the layer inside.
            best = if best > Alike::Maybe { best.max(alike) } else { alike };
            match layer(rest, body.map(String::as_str), around.fed) {
                Layer::Wraps { inner, ends: last } => {
                    ends |= last;
                    rest = inner;
                }
                layer => {
                    let ended = self.inmost(&layer, rest, best, worlds, around, doubt);
                    let end = |w: World| if ends && w.goes_on() { World { flow: Flow::End, ..w } } else { w };
                    return ended.into_iter().map(end).collect();
                }
            }
        }
    }

    fn alike(&self, words: &[Word]) -> Alike {
        match self.target {
            Target::Words(target) => target.found_in(&Words::of(words, self.place)),
            Target::Text(_) => Alike::Not,
        }
    }

    fn inmost(
        &self,
        layer: &Layer<'_>,
        words: &[Word],
        best: Alike,
        worlds: Worlds,
        around: Around<'_>,
        doubt: bool,
    ) -> Worlds {
        let name = alike::program(words).unwrap_or_default();
        let bodies: Vec<(usize, Command)> = {
            let functions = self.functions.borrow();
            let named = functions.iter().enumerate().filter(|(_, (own, _))| *own == name);
            named.map(|(at, (_, body))| (at, body.clone())).collect()
        };
        let (mut left, mut ended) = (worlds, Worlds::new());
        for (at, body) in bodies {
            let (calls, others): (Worlds, Worlds) = left.into_iter().partition(|w| w.functions & (1 << at) != 0);
            ended.extend(if calls.is_empty() { calls } else { self.called(&body, calls, around) });
            left = others;
        }
        if !left.is_empty() {
            ended.extend(self.program(layer, words, best, left, around, doubt));
        }
        ended
    }

    /// A function from here on; of more than can be told apart, nothing is known.
    pub(super) fn define(&self, name: &str, body: &Command, worlds: Worlds) -> Worlds {
        let mut functions = self.functions.borrow_mut();
        let known = functions.iter().position(|(own, other)| own == name && other == body);
        let at = known.unwrap_or(functions.len());
        if at >= 32 {
            return lost(worlds);
        }
        if known.is_none() {
            functions.push((name.to_owned(), body.clone()));
        }
        let same = functions.iter().enumerate().filter(|(_, (own, _))| own == name);
        let others = same.fold(0_u32, |bits, (at, _)| bits | 1 << at);
        worlds.into_iter().map(|w| World { ok: true, functions: w.functions & !others | 1 << at, ..w }).collect()
    }

    /// A command that is no function.
    fn program(
        &self,
        layer: &Layer<'_>,
        words: &[Word],
        best: Alike,
        worlds: Worlds,
        around: Around<'_>,
        doubt: bool,
    ) -> Worlds {
        if best > Alike::Maybe {
            return worlds
                .into_iter()
                .flat_map(|w| run(World { doubt: w.doubt || doubt, ..w }, best, w.doubt))
                .collect();
        }
        match layer {
            Layer::Text { text, own, errexit, pipefail, sure } => {
                let Some(text) = read(text) else { return lost(worlds) };
                self.deeper(worlds, |worlds| {
                    let begin = |w: World| World { doubt: w.doubt || doubt || !sure, ..w };
                    let worlds: Worlds = worlds.into_iter().map(begin).collect();
                    if !own {
                        return self.text(&text, worlds, around.asked, around.leaves);
                    }
                    self.subshell(worlds, |world| {
                        let set = |w: World| World { errexit: *errexit, pipefail: *pipefail, ..w };
                        self.text(&text, world.into_iter().map(set).collect(), false, Leaves::NOTHING)
                    })
                })
            }
            Layer::Nothing => worlds.into_iter().flat_map(World::either).collect(),
            Layer::Unknown => lost(worlds),
            Layer::Wraps { .. } | Layer::Program => {
                let worlds = builtin::run(words, worlds, self.trusting, self.place, around.leaves);
                if best == Alike::Maybe { lost(worlds) } else { worlds }
            }
        }
    }

    /// A function of the text itself.
    fn called(&self, body: &Command, worlds: Worlds, around: Around<'_>) -> Worlds {
        self.deeper(worlds, |worlds| {
            let back = |w: World| if w.flow == Flow::Function { World { flow: Flow::Next, ..w } } else { w };
            let around = Around { leaves: around.leaves.called(), ..around };
            self.command(body, worlds, around).into_iter().map(back).collect()
        })
    }
}

/// It ran, or something else of its name did.
fn run(world: World, alike: Alike, doubt_before: bool) -> Vec<World> {
    let mut after: Vec<World> = world.ran(alike == Alike::Same).to_vec();
    if world.doubt {
        after.extend(world.either());
    }
    after.into_iter().map(|w| World { doubt: doubt_before, ..w }).collect()
}
