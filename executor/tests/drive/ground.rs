//! A scratch folder with everything a run stands on.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use mission_compiler::template::Data;
use mission_executor::action;
use mission_executor::agent::prices::Prices;
use mission_executor::clock::SystemClock;
use mission_executor::decide::port::Input;
use mission_executor::drive::{self, Begin, Control, Drive, DriveError, Local, TakeOver};
use mission_executor::event::{Event, Record, RunStatus};
use mission_executor::process::apart::Isolation;
use mission_executor::process::{Launcher, Limits, Settings, recover};
use mission_executor::run::Run;
use mission_executor::runs::{RunDir, Runs};
use mission_executor::store::Definition;
use tokio::sync::mpsc;

pub(crate) struct Ground {
    folder: tempfile::TempDir,
}

impl Ground {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn begin(&self, workflow: &str, inputs: BTreeMap<String, Data>) -> RunDir {
        let name = workflow.lines().find_map(|l| l.strip_prefix("name: ")).expect("the workflow has a name");
        let definition = Definition {
            name: name.to_owned(),
            origin: "test.yaml".to_owned(),
            workflow: workflow.to_owned(),
            files: BTreeMap::new(),
            inputs,
            agents: BTreeMap::new(),
            catalogue: None,
            engine: "test".to_owned(),
        };
        let compiled = drive::compile(&definition, &action::registry()).expect("the workflow compiles");
        let begin = Begin { definition, flags: Vec::new() };
        let made = drive::begin(&Runs::of(self.root()), &SystemClock::new(), &begin, &compiled);
        made.map_err(|e| e.to_string()).expect("the run begins").0
    }

    pub(crate) fn file(&self, run: &RunDir, name: &str) -> String {
        std::fs::read_to_string(run.path().join(name)).expect("the file is there")
    }

    pub(crate) fn report(&self, run: &RunDir) -> serde_json::Value {
        serde_json::from_str(&self.file(run, "report.json")).expect("the report is JSON")
    }

    fn place(&self, run: &RunDir) -> Local {
        let settings = Settings {
            repository: self.root().to_owned(),
            folder: run.path().to_owned(),
            run: run.id().as_str().to_owned(),
            environment: std::env::vars_os().collect(),
            agents: None,
            guard: Vec::new(),
            keeper: Vec::new(),
            isolation: Isolation::Auto,
            prices: Prices::default(),
            limits: Limits::default(),
        };
        let ground = drive::Ground {
            root: self.root().to_owned(),
            repository: None,
            worktrees: None,
            setup: Vec::new(),
            run: run.id().as_str().to_owned(),
            folder: run.path().to_owned(),
        };
        Local::new(Launcher::new(settings, None).expect("attempts can be started"), ground)
    }

    pub(crate) async fn drive(&self, run: &RunDir, how: TakeOver) -> (RunStatus, Vec<Record>) {
        self.drive_with(run, how, Vec::new()).await
    }

    pub(crate) async fn drive_with(
        &self,
        run: &RunDir,
        how: TakeOver,
        controls: Vec<Control>,
    ) -> (RunStatus, Vec<Record>) {
        let mut records = Vec::new();
        let mut drive = self.taken(run, how).expect("the run can be taken over");
        let (sender, mut receiver) = mpsc::channel(16);
        let hold = !controls.is_empty();
        for control in controls {
            sender.send(control).await.expect("there is room");
        }
        let (mut place, mut observe) = (self.place(run), |record: &Record, _: &Run| records.push(record.clone()));
        let hold = || hold;
        let going = drive.go(&mut place, &mut receiver, &hold, &mut observe);
        let status = tokio::time::timeout(Duration::from_secs(60), going).await.expect("the run comes to rest");
        (status.expect("the run can be driven"), records)
    }

    /// Drives until the node starts, then sends the input.
    pub(crate) async fn drive_until(&self, run: &RunDir, node: &str, input: Input) -> RunStatus {
        let mut drive = self.taken(run, TakeOver::Begin).expect("the run can be taken over");
        let (sender, mut receiver) = mpsc::channel(16);
        let mut input = Some(input);
        let mut observe = |record: &Record, _: &Run| {
            if let Event::NodeStarted { node: started, .. } = &record.event
                && started == node
                && let Some(input) = input.take()
            {
                // Give the process time to begin; the test holds without it, too.
                let sender = sender.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    sender.send(Control { input, answer: None }).await.expect("the driver listens");
                });
            }
        };
        let mut place = self.place(run);
        let going = drive.go(&mut place, &mut receiver, &|| false, &mut observe);
        tokio::time::timeout(Duration::from_secs(60), going)
            .await
            .expect("the run comes to rest")
            .expect("it can be driven")
    }

    pub(crate) async fn try_drive(&self, run: &RunDir, how: TakeOver) -> Result<RunStatus, DriveError> {
        let mut drive = self.taken(run, how)?;
        let (_sender, mut receiver) = mpsc::channel(1);
        drive.go(&mut self.place(run), &mut receiver, &|| false, &mut |_, _| {}).await
    }

    fn taken(&self, run: &RunDir, how: TakeOver) -> Result<Drive<SystemClock>, DriveError> {
        let clock = SystemClock::new();
        let now = mission_executor::clock::Clock::now(&clock);
        let lock = run.lock(now).expect("nobody else has the run");
        recover::sweep(run.path(), run.id().as_str()).expect("the run's folder can be read");
        Drive::take_over(run.clone(), lock, clock, &action::registry(), None, None, how)
    }
}
