//! Missions with fake agents: one shell script for every role, which answers by node id.
//!
//! What a feature writes, and how a conflict is resolved, are scripts of the test.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::place::Place;

const AGENT: &str = r#"
set -eu
CTL='@CTL@'
last=${MISSION_NODE_ID##*:}
n=$(printf %s "$MISSION_NODE_ID" | cut -d: -f3)
cat > "$CTL/prompt-$(printf %s "$MISSION_NODE_ID" | tr : _)"
answer() { cat > "$MISSION_OUTPUT"; }
case "$MISSION_NODE_ID" in
  mission:milestone:*:feature:*)
    if [ -e "$CTL/feature-$last" ]; then . "$CTL/feature-$last"; else mkdir -p "m$n"; echo "$last" > "m$n/$last"; fi
    files=$(git status --porcelain -uall | grep -v '^U\|^AA' | cut -c4- | sed 's/.*/"&"/' | paste -sd, -)
    printf '{"featureId":"%s","status":"success","summary":"did %s","filesChanged":[%s]}' "$last" "$last" "$files" | answer ;;
  *:resolve) . "$CTL/resolve" ;;
  *:integrate) printf '{"milestoneId":"m%s","status":"integrated","summary":"all in"}' "$n" | answer ;;
  *:judge)
    if [ ! -e "$CTL/judge" ] || sh "$CTL/judge"; then passed=true status=met; else passed=false status=unmet; fi
    printf '{"milestoneId":"m%s","passed":%s,"summary":"judged","checks":[],"assertions":[{"id":"a%s","status":"%s","evidence":"looked"}]}' "$n" $passed "$n" $status | answer ;;
  *:follow-up) if [ -e "$CTL/follow-up" ]; then . "$CTL/follow-up"; exit; fi
    printf '{"featureId":"follow-up","status":"failed","summary":"could not"}' | answer ;;
  mission:final) printf '{"status":"completed","summary":"done","completedMilestones":%s,"totalMilestones":%s,"validationPassed":true,"markdownBody":"All."}' "$(cat "$CTL/count")" "$(cat "$CTL/count")" | answer ;;
  *) echo "unknown node $MISSION_NODE_ID" >&2; exit 9 ;;
esac
"#;

/// A repository, agents, and a plan of milestones `m1`, `m2` … with these features.
pub(crate) struct Mission {
    pub(crate) place: Place,
}

impl Mission {
    pub(crate) fn new(milestones: &[&[&str]]) -> Self {
        let place = Place::plain("mission: 1\nname: two\nnodes: { a: { run: 'true' } }\n");
        let made = Self { place };
        std::fs::create_dir(made.ctl("")).unwrap();
        let text = AGENT.replace("@CTL@", &made.ctl("").display().to_string());
        // A process of its own writes it: see the fixture of the executor's tests.
        let write = "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"";
        made.place.run(Command::new("sh").args(["-c", write, "sh"]).arg(made.ctl("agent.sh")).arg(text));
        made.write("plan.json", &plan(milestones).to_string());
        made.write("count", &milestones.len().to_string());
        made
    }
    /// A file that tells the agents something.
    pub(crate) fn ctl(&self, name: &str) -> PathBuf {
        self.place.dir.path().join("ctl").join(name)
    }
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.ctl(name), text).unwrap();
    }
    pub(crate) fn prompt(&self, node: &str) -> String {
        std::fs::read_to_string(self.ctl(&format!("prompt-{}", node.replace(':', "_")))).unwrap_or_default()
    }
    /// `mission run mission` with worktrees.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        self.together(4, more)
    }
    /// The same with so many nodes under way at once.
    pub(crate) fn together(&self, most: u32, more: &[&str]) -> Command {
        let agent = format!("*={}", self.ctl("agent.sh").display());
        let plan = format!("plan=@{}", self.ctl("plan.json").display());
        let most = format!("maxConcurrency={most}");
        let args = ["run", "mission", "--yes", "--agent", &agent, "-i", &plan, "-i", "useWorktrees=true", "-i", &most];
        self.place.mission(&[&args[..], more].concat())
    }
    /// Runs it to its end; the exit code and what was printed.
    pub(crate) fn run(&self) -> (Option<i32>, String) {
        let output = self.command(&[]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    }
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.place.run(&mut self.place.mission(&["report", "--json"]))).unwrap()
    }
    /// The same of one of several runs.
    pub(crate) fn report_of(&self, run: &str) -> Value {
        serde_json::from_str(&self.place.run(&mut self.place.mission(&["report", run, "--json"]))).unwrap()
    }
    /// Subjects of the commits of the integration branch, oldest first.
    pub(crate) fn commits(&self) -> Vec<String> {
        let range = format!("main..{}", self.place.integrated());
        let text = self.place.here(&["log", "--first-parent", "--reverse", "--format=%s", &range]);
        text.lines().map(str::to_owned).collect()
    }
    /// A trailer of the last commit of the integration branch.
    pub(crate) fn trailer(&self, key: &str) -> String {
        let format = format!("--format=%(trailers:key={key},valueonly)");
        self.place.here(&["log", "-1", &format, &self.place.integrated()]).trim().to_owned()
    }
    /// What the integration branch has of a file.
    pub(crate) fn show(&self, path: &str) -> String {
        self.place.here(&["show", &format!("{}:{path}", self.place.integrated())])
    }
}

fn plan(milestones: &[&[&str]]) -> Value {
    let milestone = |(at, features): (usize, &&[&str])| {
        let feature = |id: &&str| {
            json!({ "id": id, "title": format!("Feature {id}"), "instructions": format!("write {id}"),
                "fulfills": if features.first() == Some(id) { vec![format!("a{at}")] } else { vec![] } })
        };
        json!({ "id": format!("m{at}"), "title": format!("Milestone {at}"), "objective": "files",
            "features": features.iter().map(feature).collect::<Vec<_>>(),
            "assertions": [{ "id": format!("a{at}"), "text": "the files are there" }] })
    };
    let milestones: Vec<Value> = (1..).zip(milestones).map(milestone).collect();
    json!({ "goal": "files", "summary": "write files", "milestones": milestones })
}

/// What was found of what results say, and of what was done beside that.
pub(crate) fn findings(report: &Value) -> Vec<Value> {
    let handoffs = report["handoffs"].as_array().into_iter().flatten();
    handoffs.flat_map(|h| h["checked"]["findings"].as_array().cloned().unwrap_or_default()).collect()
}

/// Every file below `folder` whose name ends with `.lock`.
pub(crate) fn locks(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(locks(&path));
        } else if path.extension().is_some_and(|e| e == "lock") {
            found.push(path);
        }
    }
    found
}
