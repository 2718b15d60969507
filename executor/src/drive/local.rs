//! This machine as the place of attempts: commands and agents as processes, actions as calls, worktrees made on the way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use mission_compiler::workflow::Agent;
use tokio::sync::{mpsc, watch};

use super::Place;
use super::probing;
use super::radar;
use super::setup::{self, Asked};
use super::stay::Stay;
use super::watch::{Eyes, Watch};
use crate::action::Job;
use crate::aside::aside;
use crate::decide::port::{Broken, Ended, Exit, Input, Reply, Seen, Task, Work};
use crate::event::{Failure, FailureClass, Left, Usage};
use crate::git::{Kept, Repository, Stand, Worktrees};
use crate::process::{Launcher, Leash};
use crate::run::Run;
use crate::runs::AttemptPath;

/// What the attempts of a run stand on.
#[derive(Debug)]
pub struct Ground {
    /// Top of the repository, or the folder that the run works in.
    pub root: PathBuf,
    /// The repository, if there is one.
    pub repository: Option<Repository>,
    /// The run's worktrees, if there is a repository.
    pub worktrees: Option<Worktrees>,
    /// Commands that prepare every new worktree.
    pub setup: Vec<String>,
    /// Run id.
    pub run: String,
    /// Folder of the run.
    pub folder: PathBuf,
}

/// This machine.
pub struct Local {
    launcher: Launcher,
    ground: Arc<Ground>,
    held: BTreeMap<(String, u32), Hold>,
    turns: BTreeMap<String, Arc<Turn>>,
    eyes: Arc<Eyes>,
}

/// A worktree is made and set up by one attempt, while others that share it wait.
type Turn = tokio::sync::Mutex<()>;

/// How an attempt is ended.
enum Hold {
    Process(Leash),
    /// A worktree, a look or an action comes first; processes follow in a task of its own.
    Prepared(watch::Sender<Option<bool>>),
}

impl Local {
    /// Attempts are started by `launcher` and stand on `ground`.
    pub fn new(launcher: Launcher, ground: Ground) -> Self {
        let (held, turns, eyes) = (BTreeMap::new(), BTreeMap::new(), Arc::default());
        Self { launcher, ground: Arc::new(ground), held, turns, eyes }
    }

    /// Whoever holds this makes the worktree of `work` ready.
    fn turn(&mut self, work: &Work) -> Arc<Turn> {
        let path = work.worktree.as_ref().map(|spec| spec.path.clone()).unwrap_or_default();
        Arc::clone(self.turns.entry(path).or_default())
    }

    /// The end of a run: removes worktrees that hold nothing more; returns those that stay, and why.
    ///
    /// # Errors
    /// What git said.
    pub fn finish(&self) -> Result<Vec<Kept>, crate::git::Error> {
        self.ground.worktrees.as_ref().map_or(Ok(Vec::new()), Worktrees::finish)
    }
}

/// Brings into the main working tree what attempts of `run` wrote in views of their own, if an executor was killed before it could. Nothing
/// of them is left running, and nobody else does the same.
///
/// # Errors
/// Why not all of it is there; done once more it goes on from there.
pub async fn bring_in(ground: &Ground, run: &Run) -> Result<(), String> {
    let attempts = |ix| run.state(ix).attempts.iter().map(move |attempt| (ix, attempt.number));
    let all = run.graph().iter().flat_map(attempts);
    let paths = all.filter_map(|(ix, number)| AttemptPath::new(&run.graph().node(ix).id, number).ok());
    Eyes::default().bring_all(ground, paths.collect()).await
}

impl Place for Local {
    fn start(&mut self, work: Work, inputs: mpsc::UnboundedSender<Input>) {
        let key = (work.node.clone(), work.attempt);
        let hold = if work.worktree.is_some() || work.watched {
            let (ask, asked) = watch::channel(None);
            let turn = self.turn(&work);
            let (ground, eyes) = (Arc::clone(&self.ground), Arc::clone(&self.eyes));
            tokio::spawn(prepared(self.launcher.clone(), ground, eyes, turn, work, inputs, asked));
            Hold::Prepared(ask)
        } else if matches!(work.task, Task::Action { .. }) {
            let (ask, asked) = watch::channel(None);
            let (ground, eyes) = (Arc::clone(&self.ground), Arc::clone(&self.eyes));
            start_action(self.launcher.clone(), ground, eyes, work, None, inputs, asked);
            Hold::Prepared(ask)
        } else {
            Hold::Process(self.launcher.start(work, move |input| tell(&inputs, input)))
        };
        self.held.insert(key, hold);
    }

    fn kill(&mut self, node: &str, attempt: u32, now: bool) {
        match self.held.get(&(node.to_owned(), attempt)) {
            Some(Hold::Process(leash)) => leash.end(now),
            Some(Hold::Prepared(ask)) => {
                ask.send_replace(Some(now));
            }
            None => {}
        }
    }

    fn choose(&mut self, profile: String, agent: Agent, without: Vec<String>, inputs: mpsc::UnboundedSender<Input>) {
        let launcher = self.launcher.clone();
        // Agents may have to be asked for their version, which takes its time.
        tokio::spawn(aside(move || {
            let choice = launcher.candidates(&agent, &without);
            tell(&inputs, Input::Chosen { profile, without, choice });
        }));
    }

    fn forget(&mut self, node: &str, attempt: u32, put_by: bool) {
        let key = (node.to_owned(), attempt);
        self.held.remove(&key);
        if !put_by {
            self.eyes.put_by.forget(&key);
        }
    }

    fn know(&mut self, left: Vec<Left>) {
        self.ground.worktrees.iter().for_each(|worktrees| worktrees.know(left.iter().cloned()));
    }

    fn seal(&mut self, left: &Left) {
        self.ground.worktrees.iter().for_each(|worktrees| worktrees.seal(left));
    }

    fn rests(&mut self) {
        self.eyes.put_by.write(&self.ground);
    }
}

/// The driver may have given up waiting; then nobody needs to know.
pub(super) fn tell(inputs: &mpsc::UnboundedSender<Input>, input: Input) {
    let _ = inputs.send(input);
}

fn ended(work: &Work, exit: Exit) -> Input {
    let reply = Reply::default();
    Input::Ended(Box::new(Ended {
        node: work.node.clone(),
        attempt: work.attempt,
        exit,
        reply,
        usage: Usage::default(),
        log_tail: String::new(),
        facts: Box::default(),
    }))
}

/// The same of an attempt that may have been in a worktree.
fn ended_in(stay: Option<Stay>, work: &Work, exit: Exit) -> Input {
    let left = stay.map(Stay::end);
    match ended(work, exit) {
        Input::Ended(mut ended) => {
            ended.facts.left = left;
            Input::Ended(ended)
        }
        other => other,
    }
}

fn start_action(
    launcher: Launcher,
    ground: Arc<Ground>,
    eyes: Arc<Eyes>,
    work: Work,
    mut stay: Option<Stay>,
    inputs: mpsc::UnboundedSender<Input>,
    asked: Asked,
) {
    tokio::spawn(async move {
        let work = Arc::new(work);
        let place = stay.as_ref().map(|stay| stay.place.clone());
        let (done_ground, done_work, talk) = (Arc::clone(&ground), Arc::clone(&work), inputs.clone());
        let doing = move || perform(&launcher, &done_ground, &done_work, place.as_ref(), (&talk, &asked));
        let broken = |why| Err(Failure::new(FailureClass::Action, format!("BUG: {why}")));
        let result = tokio::task::spawn_blocking(doing).await.unwrap_or_else(broken);
        if let Some(stay) = &mut stay {
            let stand = eyes.stand(&ground, &stay.place.repository).await;
            stay.stands(stand.as_ref().ok());
        }
        tell(&inputs, ended_in(stay, &work, result.map_or_else(Exit::Failed, Exit::Value)));
    });
}

fn perform(
    launcher: &Launcher,
    ground: &Arc<Ground>,
    work: &Work,
    place: Option<&crate::git::Place>,
    talk: (&mpsc::UnboundedSender<Input>, &Asked),
) -> Result<serde_json::Value, Failure> {
    let Task::Action { name, with } = &work.task else {
        return Err(Failure::new(FailureClass::Action, "BUG: not an action"));
    };
    let job = Job {
        root: place.map_or(&ground.root, |p| &p.path),
        repository: place.map(|p| &p.repository).or(ground.repository.as_ref()),
        worktrees: ground.worktrees.as_ref(),
        run: &ground.run,
        run_dir: &ground.folder,
        node: &work.node,
        attempt: work.attempt,
        first_attempt: work.first_attempt,
    };
    probing::perform(launcher, ground, work, (name, with.clone()), &job, talk)
}

fn enter(launcher: &Launcher, ground: &Ground, work: &Work) -> Result<Stay, Failure> {
    let spec = work.worktree.as_ref().expect("asked only for work with a worktree");
    let Some(worktrees) = &ground.worktrees else {
        return Err(Failure::new(FailureClass::StartFailed, "a worktree needs a git repository"));
    };
    // An agent that is asked again, or goes on with its session, is where it was; every other new attempt begins clean.
    let fresh = !matches!(&work.task, Task::Agent { reask: Some(_), .. }) && !launcher.goes_on(work);
    worktrees
        .enter(spec, &work.node, work.attempt, fresh)
        .map(|place| Stay::begin(worktrees, spec, place))
        .map_err(|e| Failure::new(FailureClass::StartFailed, format!("the worktree `{}`: {e}", spec.path)))
}

/// Makes the worktree, if there is to be one, and sets it up, then starts the attempt in it, watched or not, and passes on
/// requests to end it.
async fn prepared(
    launcher: Launcher,
    ground: Arc<Ground>,
    eyes: Arc<Eyes>,
    turn: Arc<Turn>,
    mut work: Work,
    inputs: mpsc::UnboundedSender<Input>,
    mut asked: Asked,
) {
    let sign = Input::Progress { node: work.node.clone(), attempt: work.attempt, usage: None };
    let mut stay = None;
    if work.worktree.is_some() {
        let turn = turn.lock().await;
        let (starter, task_ground, asking) = (launcher.clone(), Arc::clone(&ground), work.clone());
        let bug = |why| Err(Failure::new(FailureClass::StartFailed, why));
        let mut made = match aside(move || enter(&starter, &task_ground, &asking)).await.unwrap_or_else(bug) {
            Ok(made) => made,
            Err(failure) => return tell(&inputs, ended(&work, Exit::Failed(failure))),
        };
        if let Some(spec) = &mut work.worktree {
            let path = &made.place.path;
            spec.path = path.strip_prefix(&ground.root).unwrap_or(path).display().to_string();
        }
        if work.guarded
            && let Err(failure) = made.require_as_left(&eyes, &ground).await
        {
            return tell(&inputs, ended_in(Some(made), &work, Exit::Failed(failure)));
        }
        let set_up = setup::set_up(&launcher, &ground, &work, &made.place, &inputs, &mut asked, &sign).await;
        drop(turn);
        match set_up {
            Ok(shared) => made.place.shared = shared,
            Err(failure) => return tell(&inputs, ended_in(Some(made), &work, Exit::Failed(failure))),
        }
        work.shared.clone_from(&made.place.shared);
        stay = Some(made);
    }
    if asked.borrow().is_some() {
        return tell(&inputs, ended_in(stay, &work, Exit::NotStarted("ended before it began".to_owned())));
    }
    if matches!(work.task, Task::Action { .. }) {
        return start_action(launcher, ground, eyes, work, stay, inputs, asked);
    }
    let place = stay.as_ref().map(|stay| stay.place.clone());
    let mut watch = None;
    if work.watched {
        work.view = sees_for_itself(&launcher, &ground, &work).await;
        let (starter, asking) = (launcher.clone(), work.clone());
        let exposed = known_or_exposed(aside(move || starter.exposed(&asking)).await, &work.shared);
        match Watch::begin(&eyes, &ground, &work, place.as_ref(), exposed).await {
            Ok(begun) => {
                // What nobody looks for afterwards is not kept apart: it would be lost without a word.
                work.watched = begun.is_some();
                watch = begun;
            }
            Err(failure) => return tell(&inputs, ended_in(stay, &work, Exit::Failed(failure))),
        }
    }
    let own = Input::Progress { node: work.node.clone(), attempt: work.attempt, usage: Some(Usage::default()) };
    let mut ended = tokio::select! {
        ended = attend(&launcher, work, &mut asked, &inputs, own) => ended,
        never = radar::keep_looking(&ground, place.as_ref(), &inputs) => match never {},
    };
    if let Some(place) = place {
        radar::look(&ground, &place, Worktrees::watch, &inputs).await;
    }
    let Some(watch) = watch else {
        ended.facts.left = stay.map(Stay::end);
        return tell(&inputs, Input::Ended(Box::new(ended)));
    };
    let tell_end = |seen: Result<Seen, String>, stand: Option<Stand>| {
        ended.facts.left = stay.map(|mut stay| {
            stay.stands(stand.as_ref());
            stay.end()
        });
        ended.facts.seen = Some(seen);
        tell(&inputs, Input::Ended(Box::new(ended)));
    };
    watch.end(tell_end).await;
}

/// What is `told` of whether an attempt that shares `shared` is exposed. Who may be is looked after as if it was.
fn known_or_exposed(told: Result<Option<Vec<PathBuf>>, String>, shared: &[PathBuf]) -> Option<Vec<PathBuf>> {
    told.unwrap_or_else(|_| Some(shared.to_vec()))
}

/// Is it to have a view of its own of the main working tree? Who is asked again, or takes up what a lost attempt left, goes on as it
/// began; but a person who took its session over worked in the tree itself.
async fn sees_for_itself(launcher: &Launcher, ground: &Ground, work: &Work) -> bool {
    if matches!(&work.task, Task::Agent { onward: Some(onward), .. } if onward.after == Broken::Taken) {
        return false;
    }
    if let Some(had) = Watch::had_views(ground, work) {
        return had;
    }
    let (starter, asking) = (launcher.clone(), work.clone());
    work.view && aside(move || starter.has_view(&asking)).await.unwrap_or(false)
}

/// Starts the process of `work`, passes `sign` on for each of its signs of life, and requests to end it to the process.
pub(super) async fn attend(
    launcher: &Launcher,
    work: Work,
    asked: &mut Asked,
    inputs: &mpsc::UnboundedSender<Input>,
    sign: Input,
) -> Ended {
    let (send, mut heard) = mpsc::unbounded_channel();
    let (node, attempt) = (work.node.clone(), work.attempt);
    let leash = launcher.start(work, move |input| tell(&send, input));
    if let Some(now) = *asked.borrow_and_update() {
        leash.end(now);
    }
    let mut listening = true;
    loop {
        tokio::select! {
            input = heard.recv() => match input.expect("an attempt reports its end before it falls silent") {
                Input::Ended(ended) => return *ended,
                Input::Busy { .. } => tell(inputs, Input::Busy { node: node.clone(), attempt }),
                Input::Progress { usage, .. } => tell(inputs, with(&sign, usage)),
                Input::Chosen { .. } | Input::Overlap(_) | Input::Tick | Input::Decision(_) | Input::Taken(_) | Input::Cancel { .. } | Input::Interrupt { .. } => {}
            },
            changed = asked.changed(), if listening => match changed {
                Ok(()) => leash.end(asked.borrow_and_update().unwrap_or(false)),
                Err(_) => listening = false,
            },
        }
    }
}

/// A sign of life of the work behind `sign`; of a command that only prepares it, what it used says nothing.
fn with(sign: &Input, told: Option<Usage>) -> Input {
    match sign {
        Input::Progress { node, attempt, usage: Some(_) } => {
            Input::Progress { node: node.clone(), attempt: *attempt, usage: told }
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_may_be_exposed_is_looked_after() {
        let shared = [PathBuf::from("/r/modules")];
        let told = |told| known_or_exposed(told, &shared);
        assert_eq!(told(Ok(None)), None);
        assert_eq!(told(Ok(Some(Vec::new()))), Some(Vec::new()));
        assert_eq!(told(aside(|| panic!("no")).await), Some(shared.to_vec()));
    }
}
