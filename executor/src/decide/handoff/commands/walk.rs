//! Walks through the text of a shell as a shell would, in all worlds at once, and looks for one command. Pure.

use std::cell::{Cell, RefCell};

use super::super::shell::{Command, Item, Join, Pipeline, Read, Script, Simple, Word};
use super::alike::{self, Words};
use super::worlds::{Flow, Found, Leaves, World, Worlds};

/// Steps that one text may take; more is doubt.
const STEPS: u32 = 5_000;

/// How deep commands, texts and calls may stand in each other.
const DEEPEST: u32 = 48;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'t> {
    /// A command in its words.
    Words(&'t Words),
    /// A whole text.
    Text(&'t str),
}

/// A walk.
pub(super) struct Walk<'t> {
    pub(super) target: Target<'t>,
    /// Top of the tree that the work is in.
    pub(super) place: &'t str,
    /// Changing the folder succeeds.
    pub(super) trusting: bool,
    left: Cell<u32>,
    depth: Cell<u32>,
    /// Functions of the text, each definition for itself; a world knows some of them.
    pub(super) functions: RefCell<Vec<(String, Command)>>,
}

/// What surrounds a command.
#[derive(Clone, Copy)]
pub(super) struct Around<'r> {
    pub(super) bodies: &'r [String],
    /// Somebody asks for the answer, so that `set -e` does not apply.
    pub(super) asked: bool,
    /// It is fed by another command.
    pub(super) fed: bool,
    /// Is there a loop, and a function, that it can leave?
    pub(super) leaves: Leaves,
}

impl<'t> Walk<'t> {
    /// A walk of at most `most` steps.
    pub(super) fn new(target: Target<'t>, place: &'t str, trusting: bool, most: u32) -> Self {
        let (left, depth) = (Cell::new(most.min(STEPS)), Cell::new(0));
        Self { target, place, trusting, left, depth, functions: RefCell::default() }
    }
    /// Steps that are left of `most`.
    pub(super) fn rest(&self, most: u32) -> u32 {
        most - (most.min(STEPS) - self.left.get())
    }

    /// All worlds in which `text` may have ended.
    pub(super) fn all(&self, text: &Read) -> Worlds {
        self.text(text, Worlds::from([World::START]), false, Leaves::NOTHING)
    }

    pub(super) fn text(&self, text: &Read, worlds: Worlds, asked: bool, leaves: Leaves) -> Worlds {
        self.script(&text.script, worlds, Around { bodies: &text.bodies, asked, fed: false, leaves })
    }

    pub(super) fn script(&self, script: &Script, worlds: Worlds, around: Around<'_>) -> Worlds {
        let is_it = matches!(self.target, Target::Text(target) if target == script.said);
        if self.left.get() == 0 {
            return lost(worlds);
        }
        let mut worlds = worlds;
        for item in &script.items {
            worlds = going(worlds, |worlds| self.item(item, worlds, around));
        }
        if !is_it {
            return worlds;
        }
        worlds.into_iter().flat_map(|world| world.ran(true).into_iter().filter(move |w| w.ok == world.ok)).collect()
    }

    fn item(&self, item: &Item, worlds: Worlds, around: Around<'_>) -> Worlds {
        if item.background {
            let waited = Item { background: false, ..item.clone() };
            return inside(worlds, |world| {
                let ended = self.item(&waited, world, around);
                ended.into_iter().map(|w| World { ok: true, trapped: false, ..w }).collect()
            })
            .into_iter()
            .map(|(before, after)| World { found: after.unwaited(before.found), ok: true, ..before })
            .collect();
        }
        let mut worlds = self.pipeline(&item.first, worlds, asked(around, !item.rest.is_empty()));
        for (at, (join, pipeline)) in item.rest.iter().enumerate() {
            let more = at + 1 < item.rest.len();
            worlds = going(worlds, |worlds| {
                let (on, mut past): (Worlds, Worlds) = worlds.into_iter().partition(|w| w.ok == (*join == Join::And));
                past.extend(self.pipeline(pipeline, on, asked(around, more)));
                past
            });
        }
        worlds
    }

    fn pipeline(&self, pipeline: &Pipeline, worlds: Worlds, around: Around<'_>) -> Worlds {
        if worlds.is_empty() {
            return worlds;
        }
        if pipeline.negated {
            let worlds = self.fed(&pipeline.commands, worlds, asked(around, true));
            return worlds.into_iter().map(|w| if w.goes_on() { World { ok: !w.ok, ..w } } else { w }).collect();
        }
        self.fed(&pipeline.commands, worlds, around)
    }

    fn fed(&self, commands: &[Command], worlds: Worlds, around: Around<'_>) -> Worlds {
        if let [alone] = commands {
            return self.command(alone, worlds, around);
        }
        let worlds = self.each(commands, worlds, Around { asked: true, ..around });
        worlds.into_iter().map(|world| world.heeded(around.asked)).collect()
    }

    /// The commands of a pipeline, each in a shell of its own. With `pipefail` a failure of any is the answer.
    fn each(&self, commands: &[Command], worlds: Worlds, around: Around<'_>) -> Worlds {
        let mut fine = worlds;
        let mut broken = Worlds::new();
        for (at, command) in commands.iter().enumerate() {
            let around = Around { fed: at > 0, leaves: around.leaves.inside(), ..around };
            let ran = |worlds: Worlds| self.beside(worlds, at > 0, |world| self.command(command, world, around));
            let (again, more) = (ran(broken), ran(fine));
            let breaks = |w: &World| w.pipefail && !w.ok && at + 1 < commands.len();
            (broken, fine) = more.into_iter().partition(breaks);
            broken.extend(again);
        }
        fine.extend(broken.into_iter().map(|w| World { ok: false, ..w }));
        fine
    }

    /// A shell beside others: which of them ends last nobody knows, nor does it know how those before it ended.
    fn beside(&self, worlds: Worlds, others: bool, run: impl Fn(Worlds) -> Worlds) -> Worlds {
        if !others {
            return self.subshell(worlds, run);
        }
        let worlds: Worlds = worlds.into_iter().flat_map(World::either).collect();
        let mut ended = Worlds::new();
        for (before, after) in inside(worlds, run) {
            for world in before.behind(after) {
                ended.insert(world);
                if before.found != Found::Never {
                    ended.insert(World { found: before.found, ..world });
                }
            }
        }
        ended
    }

    /// Only what was found, and the answer, come out of a shell inside.
    pub(super) fn subshell(&self, worlds: Worlds, run: impl Fn(Worlds) -> Worlds) -> Worlds {
        inside(worlds, run).into_iter().flat_map(|(before, after)| before.behind(after)).collect()
    }

    pub(super) fn command(&self, command: &Command, worlds: Worlds, around: Around<'_>) -> Worlds {
        if worlds.is_empty() {
            return worlds;
        }
        let Some(left) = self.left.get().checked_sub(1) else { return lost(worlds) };
        self.left.set(left);
        self.deeper(worlds, |worlds| self.one(command, worlds, around))
    }

    fn one(&self, command: &Command, worlds: Worlds, around: Around<'_>) -> Worlds {
        match command {
            Command::Simple(simple) => self.simple(simple, worlds, around),
            Command::Subshell(script) => {
                let own = Around { leaves: around.leaves.inside(), ..around };
                let worlds = self.subshell(worlds, |world| self.script(script, world, own));
                worlds.into_iter().map(|world| world.heeded(around.asked)).collect()
            }
            Command::Group(script) => self.script(script, worlds, around),
            Command::If(branches, last) => self.branches(branches, last.as_ref(), worlds, around),
            Command::While(on, condition, body) => self.repeated(Some((*on, condition)), body, worlds, around),
            Command::For(sure, body) => {
                let none =
                    if *sure { Worlds::new() } else { worlds.iter().map(|w| World { ok: true, ..*w }).collect() };
                let mut ended = self.repeated(None, body, worlds, around);
                ended.extend(none);
                ended
            }
            Command::Case(branches) => {
                let mut ended: Worlds = worlds.iter().map(|w| World { ok: true, ..*w }).collect();
                for branch in branches {
                    ended.extend(self.script(branch, worlds.clone(), around));
                }
                ended
            }
            Command::Function(name, body) => self.define(name, body, worlds),
            Command::Test => worlds.into_iter().flat_map(World::either).map(|w| w.heeded(around.asked)).collect(),
        }
    }

    fn branches(
        &self,
        branches: &[(Script, Script)],
        last: Option<&Script>,
        worlds: Worlds,
        around: Around<'_>,
    ) -> Worlds {
        let (mut ended, mut left) = (Worlds::new(), worlds);
        for (condition, body) in branches {
            let (on, gone): (Worlds, Worlds) =
                self.script(condition, left, asked(around, true)).into_iter().partition(World::goes_on);
            ended.extend(gone);
            let (yes, no): (Worlds, Worlds) = on.into_iter().partition(|w| w.ok);
            if !yes.is_empty() {
                ended.extend(self.script(body, yes, around));
            }
            left = no;
        }
        match last {
            Some(last) if !left.is_empty() => ended.extend(self.script(last, left, around)),
            Some(_) => {}
            None => ended.extend(left.into_iter().map(|w| World { ok: true, ..w })),
        }
        ended
    }

    /// A loop, until nothing new can come of it.
    fn repeated(
        &self,
        condition: Option<(bool, &Script)>,
        body: &Script,
        worlds: Worlds,
        around: Around<'_>,
    ) -> Worlds {
        let around = Around { leaves: around.leaves.looped(), ..around };
        let (mut ended, mut known, mut fresh) = (Worlds::new(), Worlds::new(), worlds);
        while !fresh.is_empty() {
            known.extend(&fresh);
            let mut on = fresh;
            if let Some((answer, condition)) = condition {
                let after = self.script(condition, on, asked(around, true));
                let (goes, gone): (Worlds, Worlds) = after.into_iter().partition(World::goes_on);
                ended.extend(gone);
                let (again, past): (Worlds, Worlds) = goes.into_iter().partition(|w| w.ok == answer);
                ended.extend(past.iter().flat_map(|w| w.either()));
                on = again;
            }
            fresh = Worlds::new();
            let after = if on.is_empty() { on } else { self.script(body, on, around) };
            for world in after {
                match world.flow {
                    Flow::Next | Flow::Loop => {
                        let next = World { flow: Flow::Next, ..world };
                        if condition.is_none() || world.flow == Flow::Loop {
                            ended.insert(next);
                        }
                        fresh.extend((!known.contains(&next)).then_some(next));
                    }
                    Flow::Function | Flow::End => drop(ended.insert(world)),
                }
            }
        }
        ended
    }

    fn simple(&self, simple: &Simple, worlds: Worlds, around: Around<'_>) -> Worlds {
        let mut worlds = worlds;
        let values = simple.settings.iter().map(|(_, value)| value);
        let inner = values.chain(&simple.words).flat_map(|word| &word.inner).chain(&simple.aside);
        let mut has_answer = false;
        for text in inner {
            has_answer = true;
            // Some shells forget `set -e` in there.
            let either = |w: World| [w, World { errexit: false, ..w }];
            worlds = self.subshell(worlds, |world| {
                self.text(text, world.into_iter().flat_map(either).collect(), false, around.leaves.inside())
            });
        }
        let strange = simple.settings.iter().any(|(name, value)| is_strange(name, value));
        let steered = simple.settings.iter().any(|(name, _)| alike::steers(name));
        if simple.words.is_empty() {
            let set = |w: World| World { ok: w.ok || !has_answer, doubt: w.doubt || strange || steered, ..w };
            return worlds.into_iter().map(set).map(|w| w.heeded(around.asked)).collect();
        }
        let worlds = self.words(&simple.words, simple.fed, worlds, around, strange || steered);
        worlds.into_iter().map(|world| world.heeded(around.asked)).collect()
    }

    pub(super) fn deeper(&self, worlds: Worlds, run: impl FnOnce(Worlds) -> Worlds) -> Worlds {
        if self.depth.get() >= DEEPEST {
            return lost(worlds);
        }
        self.depth.set(self.depth.get() + 1);
        let ended = run(worlds);
        self.depth.set(self.depth.get() - 1);
        ended
    }
}

/// Those worlds that go on take the step, the others stay.
fn going(worlds: Worlds, step: impl FnOnce(Worlds) -> Worlds) -> Worlds {
    let (on, mut gone): (Worlds, Worlds) = worlds.into_iter().partition(World::goes_on);
    if !on.is_empty() {
        gone.extend(step(on));
    }
    gone
}

/// Every world with those that it becomes in a shell of its own.
fn inside(worlds: Worlds, run: impl Fn(Worlds) -> Worlds) -> Vec<(World, World)> {
    worlds
        .into_iter()
        .flat_map(|before| run(Worlds::from([before])).into_iter().map(move |after| (before, after)))
        .collect()
}

fn asked(around: Around<'_>, more: bool) -> Around<'_> {
    Around { asked: around.asked || more, ..around }
}

/// Anything may have happened.
pub(super) fn lost(worlds: Worlds) -> Worlds {
    worlds.into_iter().flat_map(|w| w.either().into_iter().chain(w.ran(true))).collect()
}

/// Does a setting let names mean something else?
fn is_strange(name: &str, value: &Word) -> bool {
    name == "PATH" && !alike::is_usual_path(&value.text)
}
