//! A repository, a plan of one milestone, and agents of a few lines: honest ones for every role, and one that lies.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// A lie: who tells it, how, and what must stand in the report.
pub(crate) struct Lie {
    /// Last part of the id of the node that lies.
    pub(crate) who: &'static str,
    /// Ids of the features; the first is named `one`.
    pub(crate) features: &'static [&'static str],
    /// Every feature has a worktree.
    pub(crate) worktrees: bool,
    /// The liar is an agent whose events are understood.
    pub(crate) events: bool,
    /// What it does instead of its work.
    pub(crate) script: &'static str,
    /// The node that the report must name, below `mission:milestone:1:`.
    pub(crate) named: &'static str,
    /// What the report must say, in `report.json` and in `report.md`.
    pub(crate) evidence: &'static [&'static str],
    /// Files that the repository has from the beginning, beside its own few.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// The command that proves the work; empty: what is found in the repository.
    pub(crate) check: &'static str,
    /// How many features are under way at once.
    pub(crate) together: usize,
    /// When attempts are kept apart.
    pub(crate) isolation: &'static str,
}

/// A lie of the feature `one` in the user's own tree.
pub(crate) const LIE: Lie = Lie {
    who: "one",
    features: &["one"],
    worktrees: false,
    events: false,
    script: "",
    named: "feature:one",
    evidence: &[],
    files: &[],
    check: "test -e one.txt",
    together: 1,
    isolation: "auto",
};

/// The same in a worktree.
pub(crate) const APART: Lie = Lie { worktrees: true, ..LIE };

/// What every agent begins with. `ok FILES` says that the work is done, `built` and `repaired` that it or the repair is, with every file that
/// changed.
const HEAD: &str = r#"#!/bin/sh
set -eu
cat > /dev/null
last=${MISSION_NODE_ID##*:}
REPO='@REPO@'
HERE=$PWD
answer() {
  if [ -n "${MISSION_OUTPUT:-}" ]; then printf '%s' "$1" > "$MISSION_OUTPUT"
  else printf '{"t":"said","text":"%s"}\n' "$(printf '%s' "$1" | sed 's/"/\\"/g')"; fi
}
ok() { answer "{\"featureId\":\"$last\",\"status\":\"success\",\"summary\":\"done\",\"filesChanged\":$1}"; }
work() { echo "$last" > "$last.txt"; ok "[\"$last.txt\"]"; }
tree() { git -c user.name=a -c user.email=a@b commit-tree -m x "HEAD^{tree}"; }
commit() { git -c user.name=a -c user.email=a@b commit -q "$@"; }
snap() { (cd "$HERE" && git ls-files -co --exclude-standard | while read -r f; do [ ! -e "$f" ] || echo "$(git hash-object "$f") $f"; done | sort); }
all() { (echo "$BEFORE"; snap) | sort | uniq -u | sed 's/^[^ ]* \(.*\)/"\1"/' | grep . | sort -u | paste -sd, -; }
built() { ok "[$(all)]"; }
repaired() { answer "{\"featureId\":\"follow-up\",\"status\":\"success\",\"summary\":\"done\",\"filesChanged\":[$(all)]}"; }
cmd() { printf '{"t":"cmd","id":"%s","command":"%s"}\n{"t":"end","id":"%s","exit":%s}\n' "$1" "$2" "$1" "$3"; }
said() { printf '{"t":"said","text":"{\\"featureId\\":\\"%s\\",\\"status\\":\\"success\\",\\"summary\\":\\"done\\",\\"commandsRun\\":[\\"%s\\"],\\"filesChanged\\":[\\"%s\\"]}"}\n' "$last" "$1" "${2:-one.txt}"; }
"#;

const ROLES: &str = r#"
BEFORE=$(snap)
if [ -e '@CTL@/lie/'"$last" ]; then . '@CTL@/lie/'"$last"; exit 0; fi
case "$MISSION_NODE_ID" in
  *:feature:*) work ;;
  *:integrate) answer '{"milestoneId":"m1","status":"integrated","summary":"all in","filesChanged":[]}' ;;
  *:judge) answer '{"milestoneId":"m1","passed":true,"summary":"fine","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"seen"}]}' ;;
  *:follow-up) answer '{"featureId":"follow-up","status":"failed","summary":"no idea","filesChanged":[]}' ;;
  mission:final) answer '{"status":"completed","summary":"done","completedMilestones":1,"totalMilestones":1,"validationPassed":true,"markdownBody":"All."}' ;;
esac
"#;

const CATALOGUE: &str = "
fake:
  bin: '@CTL@/agent.sh'
  events:
    - { match: { /t: cmd }, tool: /t, command: /command, opens: /id }
    - { match: { /t: end }, closes: /id, exit: /exit }
    - { match: { /t: wrote }, tool: /t, writes: [/path] }
    - { match: { /t: write }, tool: /t, writes: [/path], opens: /id }
    - { match: { /t: said }, text: /text, done: true }
";

/// What came of a mission.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
    pub(crate) report: Value,
    pub(crate) markdown: String,
}

pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new(lie: &Lie) -> Self {
        let bench = Self { folder: tempfile::tempdir().expect("a folder") };
        for folder in ["repo/.mission", "repo/docs", "home", "ctl/lie"] {
            std::fs::create_dir_all(bench.path(folder)).expect("a folder");
        }
        let own = |text: &str| {
            let (ctl, repo) = (bench.path("ctl").display().to_string(), bench.path("repo").display().to_string());
            text.replace("@CTL@", &ctl).replace("@REPO@", &repo)
        };
        bench.write("ctl/agent.sh", &own(&format!("{HEAD}{ROLES}")));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(bench.path("ctl/agent.sh"), mode).expect("a script");
        bench.write("repo/.mission/.gitignore", "*\n");
        bench.write("repo/.mission/agents.yaml", &own(CATALOGUE));
        if lie.isolation != "auto" {
            bench.write("repo/.mission/config.yaml", &format!("worktree: {{ isolation: {} }}\n", lie.isolation));
        }
        bench.write("repo/README.md", "start\n");
        bench.write("repo/.gitignore", "out/\n");
        bench.write("repo/docs/a.md", "a\n");
        for (path, text) in lie.files {
            let folder = std::path::Path::new(path).parent().expect("a file has a folder");
            std::fs::create_dir_all(bench.path("repo").join(folder)).expect("a folder");
            bench.write(&format!("repo/{path}"), text);
        }
        for args in [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-qm", "start"]] {
            bench.git(args);
        }
        bench.write("ctl/plan.json", &plan(lie.features).to_string());
        bench.write(&format!("ctl/lie/{}", lie.who), lie.script);
        bench
    }

    /// Lets nobody wait who is tried again: the project has the workflow as it is shipped, but for that.
    pub(crate) fn hurry(&self) {
        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let text = std::fs::read_to_string(shipped.join("mission.yaml")).expect("a workflow");
        assert_eq!(text.matches("backoff: 30s").count(), 1);
        std::fs::create_dir_all(self.path("repo/.mission/workflows/mission")).expect("a folder");
        self.write("repo/.mission/workflows/mission.yaml", &text.replace("backoff: 30s", "backoff: 10ms"));
        for prompt in std::fs::read_dir(shipped.join("mission")).expect("prompts").flatten() {
            let to = self.path("repo/.mission/workflows/mission").join(prompt.file_name());
            std::fs::copy(prompt.path(), to).expect("a prompt");
        }
    }

    pub(crate) fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there").join(inner)
    }

    pub(crate) fn write(&self, inner: &str, text: &str) {
        std::fs::write(self.path(inner), text).unwrap_or_else(|e| panic!("{inner}: {e}"));
    }

    pub(crate) fn git(&self, args: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(args).current_dir(self.path("repo"));
        assert!(git.env("HOME", self.path("home")).status().expect("git runs").success(), "{args:?}");
    }

    /// Runs `script` in the repository.
    pub(crate) fn shell(&self, script: &str) {
        let mut shell = Command::new("sh");
        shell.args(["-ec", script]).current_dir(self.path("repo")).env("HOME", self.path("home"));
        assert!(shell.status().expect("a shell runs").success(), "{script}");
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mission"));
        command.args(args).current_dir(self.path("repo")).env("HOME", self.path("home")).stdin(Stdio::null());
        command.env_remove("MISSION_NODE_ID").env_remove("MISSION_ATTEMPT_ID").env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    /// `mission run mission` with these agents.
    pub(crate) fn start(&self, lie: &Lie, more: &[&str]) -> Command {
        let all = format!("*={}", self.path("ctl/agent.sh").display());
        let worktrees = format!("useWorktrees={}", lie.worktrees);
        let mut command = self.command(&["run", "mission", "-i", "plan=@../ctl/plan.json"]);
        let together = format!("maxConcurrency={}", lie.together);
        command.args(["-i", "requirePlanApproval=false", "-i", &together, "-i", &worktrees]);
        let given = if lie.check.is_empty() { json!([]) } else { json!([{ "name": "it is there", "run": lie.check }]) };
        let checks = format!("checks={given}");
        command.args(["-i", &checks, "--agent", &all]);
        if lie.events {
            command.args(["--agent", if lie.who == "follow-up" { "fixer=fake" } else { "builder=fake" }]);
        }
        command.args(more);
        command
    }

    pub(crate) fn outcome(&self, command: &mut Command) -> Outcome {
        let output = command.output().expect("mission runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let runs = self.path("repo/.mission/runs");
        let run = std::fs::read_dir(&runs)
            .unwrap_or_else(|e| panic!("{e}: {said}"))
            .flatten()
            .filter(|e| e.path().join("run.db").is_file())
            // Of several the one that is told of first.
            .min_by_key(|e| said.find(&*e.file_name().to_string_lossy()).unwrap_or(usize::MAX))
            .expect("a run");
        let read =
            |name: &str| std::fs::read_to_string(run.path().join(name)).unwrap_or_else(|e| panic!("{e}: {said}"));
        let report = serde_json::from_str(&read("report.json")).expect("a report");
        let markdown = read("report.md");
        Outcome { code: output.status.code(), said, report, markdown }
    }
}

impl Outcome {
    /// State of the only milestone.
    pub(crate) fn milestone(&self) -> Option<&str> {
        let sections = self.report["sections"].as_array().into_iter().flatten();
        sections.filter(|s| s["node"] == json!("mission:milestone:1")).find_map(|s| s["state"].as_str())
    }
    /// Every reason of the failure of `node`, as the report tells it.
    pub(crate) fn told_of(&self, node: &str) -> String {
        let told = self.report["unresolved"].as_array().into_iter().flatten();
        told.filter(|trouble| trouble["node"] == json!(node)).map(|trouble| trouble["failure"].to_string()).collect()
    }
    /// Kinds of all findings.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        let handoffs = self.report["handoffs"].as_array().into_iter().flatten();
        let findings = handoffs.flat_map(|h| h["checked"]["findings"].as_array().into_iter().flatten());
        findings.filter_map(|f| f["kind"].as_str()).collect()
    }
}

/// One milestone with one assertion, fulfilled by its first feature. A feature `x:GLOB` may write `GLOB` only.
fn plan(features: &[&str]) -> Value {
    let feature = |(at, text): (usize, &&str)| {
        let (id, files) = text.split_once(':').map_or((*text, vec![]), |(id, glob)| (id, vec![glob]));
        json!({ "id": id, "title": id, "instructions": "write it", "files": files,
            "fulfills": if at == 0 { vec!["a1"] } else { vec![] } })
    };
    let features: Vec<Value> = features.iter().enumerate().map(feature).collect();
    json!({ "goal": "files", "summary": "files", "milestones": [{ "id": "m1", "title": "M", "objective": "files",
        "features": features, "assertions": [{ "id": "a1", "text": "it is there" }] }] })
}

/// Runs the lie: the milestone must not succeed, and the report must name the liar with the evidence.
pub(crate) fn caught(lie: &Lie) {
    let bench = Bench::new(lie);
    check(lie, &bench.outcome(&mut bench.start(lie, &[])));
}

/// The milestone did not succeed, and the report names the liar with the evidence.
pub(crate) fn check(lie: &Lie, outcome: &Outcome) {
    let node = format!("mission:milestone:1:{}", lie.named);
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!(outcome.code, Some(1), "{all}");
    assert_ne!(outcome.report["status"], json!("succeeded"), "{all}");
    assert_ne!(outcome.milestone(), Some("done"), "{all}");
    let told = outcome.told_of(&node);
    assert!(!told.is_empty() && outcome.markdown.contains(&node), "nobody names {node}: {all}");
    for part in lie.evidence {
        assert!(told.contains(part), "`{part}` is not told of {node}: {told}\n{all}");
        let escaped = outcome.markdown.replace('\\', "");
        // Classes are for programs; people read sentences.
        assert!(!part.contains(' ') || escaped.contains(part), "`{part}` is not in report.md: {all}");
    }
}
