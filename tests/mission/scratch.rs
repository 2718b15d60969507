//! A scratch repository, a throw-away home, and fake agents that note what they do.
//!
//! The agent is one shell script for every role. It answers by node id; a test changes an answer by putting a script in
//! `ctl/on/<node with _ for :>` (or `ctl/on/<last part>`), which runs instead and may call `default`;
//! a repair that changes more than `default` does names it in `also`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

const AGENT: &str = r#"#!/bin/sh
# A fake agent for tests: answers by node id and notes what it did in CTL.
set -eu
CTL='@CTL@'
name=$(printf %s "$MISSION_NODE_ID" | tr : _)
last=${MISSION_NODE_ID##*:}
echo "start $MISSION_NODE_ID $MISSION_ATTEMPT" >> "$CTL/log"
cat > "$CTL/prompts/$name.$MISSION_ATTEMPT"
# Is an earlier attempt of this node still at work?
if [ -e "$CTL/pids/$name" ]; then
  old=$(cat "$CTL/pids/$name")
  case $(sed -n 's/^State:[^A-Z]*\([A-Z]\).*/\1/p' "/proc/$old/status" 2>/dev/null || true) in
    ''|X|Z) ;;
    *) echo "$MISSION_NODE_ID $MISSION_ATTEMPT" >> "$CTL/alive" ;;
  esac
fi
echo $$ > "$CTL/pids/$name"
n=$(printf %s "$MISSION_NODE_ID" | cut -d: -f3)
answer() { cat > "$MISSION_OUTPUT"; }
default() {
  case "$MISSION_NODE_ID" in
    mission:plan|mission:plan-*) answer < "$CTL/plan.json" ;;
    mission:milestone:*:feature:*)
      mkdir -p "$CTL/running/$last"
      # One write, so that two workers do not write into each other's line.
      echo "$(ls "$CTL/running" | tr '\n' ' ' | sed 's/ $//')" >> "$CTL/overlaps"
      sleep "${FEATURE_SLEEP:-0.2}"
      echo "$last" > "$last.txt"
      rmdir "$CTL/running/$last"
      printf '{"featureId":"%s","status":"success","summary":"done","filesChanged":["%s.txt"%s]}' "$last" "$last" "${also:+,\"$also\"}" | answer ;;
    *:integrate) printf '{"milestoneId":"m%s","status":"integrated","summary":"all in","filesChanged":[%s]}' "$n" "${also:+\"$also\"}" | answer ;;
    *:judge) printf '{"milestoneId":"m%s","passed":true,"summary":"looks right","checks":[],"assertions":[{"id":"a%s","status":"met","evidence":"seen"}]}' "$n" "$n" | answer ;;
    *:follow-up|*:follow-up-*) echo fixed >> fixed.txt; printf '{"featureId":"follow-up","status":"success","summary":"fixed","filesChanged":["fixed.txt"%s]}' "${also:+,\"$also\"}" | answer ;;
    mission:final) printf '{"status":"completed","summary":"done","completedMilestones":2,"totalMilestones":2,"validationPassed":true,"markdownBody":"All of it."}' | answer ;;
    *) echo "unknown node $MISSION_NODE_ID" >&2; exit 9 ;;
  esac
}
if [ -e "$CTL/on/$name" ]; then . "$CTL/on/$name"
elif [ -e "$CTL/on/$last" ]; then . "$CTL/on/$last"
else default
fi
echo "end $MISSION_NODE_ID $MISSION_ATTEMPT" >> "$CTL/log"
"#;

impl Scratch {
    /// A repository with one commit, and a plan of `milestones` × `features` in `ctl/plan.json`.
    pub(crate) fn new(milestones: usize, features: usize) -> Self {
        let made = Self { folder: tempfile::tempdir().expect("a folder can be made") };
        for folder in ["repo", "home", "ctl/on", "ctl/prompts", "ctl/running", "ctl/pids"] {
            std::fs::create_dir_all(made.path(folder)).expect("a folder can be made");
        }
        let agent = AGENT.replace("@CTL@", &made.path("ctl").display().to_string());
        made.write("ctl/agent.sh", &agent);
        std::fs::set_permissions(made.path("ctl/agent.sh"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("permissions can be set");
        made.write("ctl/plan.json", &plan(milestones, features).to_string());
        made.write("repo/README.md", "scratch\n");
        for args in [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-q", "-m", "begin"]] {
            made.git(args);
        }
        made
    }

    pub(crate) fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().join(inner)
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    pub(crate) fn write(&self, inner: &str, text: &str) {
        std::fs::write(self.path(inner), text).unwrap_or_else(|e| panic!("{inner}: {e}"));
    }

    pub(crate) fn read(&self, inner: &str) -> String {
        std::fs::read_to_string(self.path(inner)).unwrap_or_default()
    }

    /// What the agent does at a node instead.
    pub(crate) fn on(&self, node: &str, script: &str) {
        self.write(&format!("ctl/on/{}", node.replace(':', "_")), script);
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]).args(args);
        let output = git.current_dir(self.repo()).env("HOME", self.path("home")).output().expect("git runs");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mission"));
        command.args(args).current_dir(self.repo()).env("HOME", self.path("home")).stdin(Stdio::null());
        command.env_remove("MISSION_NODE_ID").env_remove("MISSION_ATTEMPT_ID").env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    pub(crate) fn mission(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("mission runs"))
    }

    /// Arguments of `mission run mission` with the fake agent and a goal.
    pub(crate) fn run_args<'a>(&self, more: &[&'a str]) -> Vec<String> {
        let agent = format!("*={}", self.path("ctl/agent.sh").display());
        let base = ["run", "mission", "--prompt", "make it so", "--agent", &agent];
        base.iter().map(|s| (*s).to_owned()).chain(more.iter().map(|s: &&'a str| (*s).to_owned())).collect()
    }

    /// `mission run mission …`.
    pub(crate) fn run(&self, more: &[&str]) -> Ran {
        let args = self.run_args(more);
        self.mission(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(crate) fn spawn(&self, more: &[&str]) -> Child {
        let args = self.run_args(more);
        let mut command = self.command(&args.iter().map(String::as_str).collect::<Vec<_>>());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("mission runs")
    }

    pub(crate) fn status(&self) -> Value {
        let ran = self.mission(&["status", "--json"]);
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
    }

    /// Id of the latest run.
    pub(crate) fn id(&self) -> String {
        self.status()["run"].as_str().expect("a run has an id").to_owned()
    }

    /// `mission VERB RUN …` for the latest run.
    pub(crate) fn to_run(&self, verb: &str, more: &[&str]) -> Ran {
        let id = self.id();
        self.mission(&[&[verb, id.as_str()], more].concat())
    }

    pub(crate) fn report(&self) -> Value {
        let ran = self.mission(&["report", "--json"]);
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        let ran = self.mission(&["events", "--json"]);
        ran.out.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
    }

    pub(crate) fn runs(&self) -> usize {
        let entries = std::fs::read_dir(self.path("repo/.mission/runs")).into_iter().flatten().flatten();
        entries.filter(|e| e.path().is_dir()).count()
    }

    /// State of a node in the latest run.
    pub(crate) fn state(&self, node: &str) -> String {
        let status = self.status();
        let nodes = status["nodes"].as_array().cloned().unwrap_or_default();
        let found = nodes.iter().find(|n| n["id"] == json!(node));
        found.unwrap_or_else(|| panic!("no {node}"))["state"].as_str().unwrap_or_default().to_owned()
    }

    /// How often each node's agent began.
    pub(crate) fn starts(&self) -> BTreeMap<String, usize> {
        let mut starts = BTreeMap::new();
        for line in self.read("ctl/log").lines().filter_map(|l| l.strip_prefix("start ")) {
            *starts.entry(line.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        starts
    }

    pub(crate) fn wait_for(&self, inner: &str, part: &str) {
        let began = Instant::now();
        while !self.read(inner).contains(part) {
            assert!(began.elapsed() < Duration::from_secs(120), "`{part}` never came in {inner}: {}", self.read(inner));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A plan: milestone i has the assertion `a<i>`, fulfilled by its first feature, and features `f<i>-<j>`.
pub(crate) fn plan(milestones: usize, features: usize) -> Value {
    let milestone = |i: usize| {
        let feature = |j: usize| {
            json!({ "id": format!("f{i}-{j}"), "title": format!("Feature {i}.{j}"), "instructions": "write the file",
                "fulfills": if j == 1 { vec![format!("a{i}")] } else { vec![] } })
        };
        json!({ "id": format!("m{i}"), "title": format!("Milestone {i}"), "objective": "files",
            "features": (1..=features).map(feature).collect::<Vec<_>>(),
            "assertions": [{ "id": format!("a{i}"), "text": "the files are there" }] })
    };
    json!({ "goal": "files", "summary": "write files", "milestones": (1..=milestones).map(milestone).collect::<Vec<_>>() })
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(
            self.out.contains(part) || self.err.contains(part),
            "`{part}` in\nstdout:\n{}\nstderr:\n{}",
            self.out,
            self.err
        );
        self
    }
}

/// The file name of a prompt kept by the agent.
pub(crate) fn prompt(scratch: &Scratch, node: &str, attempt: u32) -> String {
    scratch.read(&format!("ctl/prompts/{}.{attempt}", node.replace(':', "_")))
}
