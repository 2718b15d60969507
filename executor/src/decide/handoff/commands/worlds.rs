//! What a text for a shell may have done, by all that its commands may have answered. Pure.
//!
//! Each command that is not known succeeds in one world and fails in another; what the whole text answered leaves those
//! worlds that end with it. What is so in all of them is sure.

use std::collections::BTreeSet;

/// What became of the command that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    /// It did not run.
    Never,
    /// Its last run succeeded.
    Passed,
    /// Its last run failed.
    Failed,
    /// It was begun, and nobody waited for it.
    Going,
    /// It ran with further arguments, and how that ended, if somebody waited.
    Part(Option<bool>),
}

/// Where a shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flow {
    /// With the next command.
    Next,
    /// Behind the loop, or at its beginning.
    Loop,
    /// Behind the function.
    Function,
    /// Nowhere.
    End,
}

/// What `break` and `return` leave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaves {
    /// A loop; `None`: one around this shell, and not every shell can leave that.
    pub(super) a_loop: Option<bool>,
    /// A function.
    pub(super) a_function: Option<bool>,
}

impl Leaves {
    pub(super) const NOTHING: Self = Self { a_loop: Some(false), a_function: Some(false) };
    fn outer(known: Option<bool>) -> Option<bool> {
        known.filter(|inside| !inside)
    }
    pub(super) fn looped(self) -> Self {
        Self { a_loop: Some(true), ..self }
    }
    pub(super) fn called(self) -> Self {
        Self { a_loop: Self::outer(self.a_loop), a_function: Some(true) }
    }
    pub(super) fn inside(self) -> Self {
        Self { a_loop: Self::outer(self.a_loop), a_function: Self::outer(self.a_function) }
    }
}

/// One way in which things may have gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct World {
    /// The last command succeeded.
    pub(super) ok: bool,
    pub(super) found: Found,
    pub(super) flow: Flow,
    /// `set -e`
    pub(super) errexit: bool,
    /// `set -o pipefail`
    pub(super) pipefail: bool,
    /// Names may mean something else than usual.
    pub(super) doubt: bool,
    /// The answer may be given by a trap.
    pub(super) trapped: bool,
    /// Functions of the text that are defined, one bit each.
    pub(super) functions: u32,
}

pub(super) type Worlds = BTreeSet<World>;

impl World {
    /// Before anything ran.
    pub(super) const START: Self = Self {
        ok: true,
        found: Found::Never,
        flow: Flow::Next,
        errexit: false,
        pipefail: false,
        doubt: false,
        trapped: false,
        functions: 0,
    };
    pub(super) fn goes_on(&self) -> bool {
        self.flow == Flow::Next
    }
    /// Both answers.
    pub(super) fn either(self) -> [Self; 2] {
        [true, false].map(|ok| Self { ok, ..self })
    }
    /// After the command that is looked for ran, whole or with further arguments.
    pub(super) fn ran(self, whole: bool) -> [Self; 2] {
        self.either().map(|world| {
            let found = match (whole, world.ok, self.found) {
                (true, true, _) => Found::Passed,
                (true, false, _) => Found::Failed,
                (false, true, Found::Passed) => Found::Passed,
                (false, ok, _) => Found::Part(Some(ok)),
            };
            Self { found, ..world }
        })
    }
    /// What was found, if nobody waits for this: `before` was known before it began.
    pub(super) fn unwaited(self, before: Found) -> Found {
        match self.found {
            found if found == before => before,
            Found::Part(_) => Found::Part(None),
            Found::Never | Found::Passed | Found::Failed | Found::Going => Found::Going,
        }
    }
    /// With `set -e` a failure ends the shell, unless somebody asks for the answer.
    pub(super) fn heeded(self, asked: bool) -> Self {
        let ends = !self.ok && self.errexit && !asked && self.goes_on();
        if ends { Self { flow: Flow::End, ..self } } else { self }
    }
    /// What the shell around knows of a shell inside that began in `self` and ended in `inner`.
    pub(super) fn behind(self, inner: Self) -> Vec<Self> {
        let world = Self { ok: inner.ok, found: inner.found, ..self };
        if inner.trapped { world.either().to_vec() } else { vec![world] }
    }
}

/// What is sure about the command that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// It did not run.
    Never,
    /// It may have run, or not.
    Maybe,
    /// It ran with further arguments at most, and how that ended, if it is known.
    Part(Option<bool>),
    /// It ran; how it ended is not known.
    Ran,
    /// It ran and succeeded.
    Passed,
    /// It ran and failed.
    Failed,
}

/// What is sure in `worlds` when the whole answered `failed`.
pub(super) fn sure(worlds: &Worlds, failed: Option<bool>) -> Sure {
    let ends: Vec<World> = worlds.iter().flat_map(|w| if w.trapped { w.either().to_vec() } else { vec![*w] }).collect();
    let fitting: BTreeSet<Found> =
        ends.iter().filter(|w| failed.is_none_or(|failed| w.ok != failed)).map(|w| w.found).collect();
    // An answer that no world gives comes from outside: it was ended, say.
    let found = if fitting.is_empty() { ends.iter().map(|w| w.found).collect() } else { fitting };
    let is_part = |found: &Found| matches!(found, Found::Part(_));
    let mut all = found.iter();
    match (all.next(), all.next()) {
        (None | Some(Found::Never), None) => Sure::Never,
        (Some(Found::Passed), None) => Sure::Passed,
        (Some(Found::Failed), None) => Sure::Failed,
        (Some(Found::Going), None) => Sure::Ran,
        (Some(Found::Part(ended)), None) => Sure::Part(*ended),
        _ if found.contains(&Found::Never) => Sure::Maybe,
        _ if found.iter().any(is_part) => Sure::Part(None),
        _ => Sure::Ran,
    }
}
