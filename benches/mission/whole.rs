//! The whole mission: 20 milestones of 20 features, agents that answer at once. 442 attempts of agents and 20 commits.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::ground::Ground;
use crate::sample::{in_turn, run, samples, watch};
use crate::table::{Table, Unit, median, seconds};

const SIDE: usize = 20;
/// Attempts: the plan, each feature, integration and verdict of each milestone, the report.
const ATTEMPTS: usize = SIDE * (SIDE + 2) + 2;

/// Adds the section.
pub(crate) fn measure(table: &mut Table) -> io::Result<()> {
    let (mut walls, mut peaks, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..samples() {
        let ground = Ground::repository()?;
        let agent = agent(&ground)?;
        let sample = watch(&mut ground.mission(&words(&format!("*={agent}"))), 0)?;
        walls.push(sample.wall.as_secs_f64());
        peaks.push(sample.peak as f64);
        sizes.push(state(&ground.run()?) as f64);
        last = Some(ground);
    }
    let wall = median(walls);
    table.figure("mission of 20 x 20, 442 attempts", Unit::Time, wall, Some(5.0))?;
    table.figure("  per attempt", Unit::Time, wall / ATTEMPTS as f64, None)?;
    table.figure("  memory", Unit::Size, median(peaks), Some(f64::from(32 << 20)))?;
    table.figure("  run.db with its log", Unit::Size, median(sizes), Some(6e6))?;
    last.map_or(Ok(()), |ground| looking(table, &ground))
}

/// The commands that look at that run.
fn looking(table: &mut Table, ground: &Ground) -> io::Result<()> {
    // With one run, where RUN may be left out it is that one.
    for words in [&["status"][..], &["why"], &["ps"], &["compile", "mission"]] {
        let mut look = || run(&mut ground.mission(words), 0);
        let times = in_turn(&mut [&mut look])?;
        table.figure(&format!("  {}", words[0]), Unit::Time, median(seconds(&times[0])), Some(0.015))?;
    }
    Ok(())
}

fn words(agent: &str) -> Vec<&str> {
    let limits = ["-i", "maxMilestones=20", "-i", "maxFeaturesPerMilestone=20", "-i", "maxConcurrency=8"];
    let mut words = vec!["run", "mission", "--yes", "--prompt", "Measure.", "--agent", agent];
    words.extend(limits);
    words
}

/// The database while it is open is as large as it ever gets; what is left of the log when it is closed is counted as well.
fn state(run: &Path) -> u64 {
    let size = |name: &str| fs::metadata(run.join(name)).map_or(0, |about| about.len());
    size("run.db") + size("run.db-wal")
}

/// A program that plays every agent; returns its path.
fn agent(ground: &Ground) -> io::Result<String> {
    let plan = ground.outside("plan.json");
    fs::write(&plan, plan_of().to_string())?;
    let text = r##"#!/bin/sh
id=${MISSION_NODE_ID##*:}
rest=${MISSION_NODE_ID#*:milestone:}
m=m${rest%%:*}
case $MISSION_NODE_ID in
*:plan) exec cp PLAN "$MISSION_OUTPUT" ;;
*:feature:*)
  : >"$m-$id.txt"
  answer='"featureId":"'$id'","status":"success","summary":"Done as asked; the tests of the feature pass.","filesChanged":["'$m-$id.txt'"]' ;;
*:integrate) answer='"milestoneId":"'$m'","status":"integrated","summary":"The features fit together."' ;;
*:judge)
  answer='"milestoneId":"'$m'","passed":true,"summary":"Every assertion holds.","checks":[],"assertions":[{"id":"'$m-a'","status":"met","evidence":"The files are there."}]' ;;
*:final) answer='"status":"completed","summary":"All is done.","completedMilestones":20,"totalMilestones":20,"validationPassed":true,"markdownBody":"# Done"' ;;
esac
echo "{$answer}" >"$MISSION_OUTPUT"
"##;
    let path = ground.script("agent", &text.replace("PLAN", &plan.display().to_string()))?;
    Ok(path.display().to_string())
}

fn plan_of() -> Value {
    let feature = |m: usize, f: usize| {
        json!({
            "id": format!("f{f}"),
            "title": format!("Feature {f} of milestone {m}"),
            "instructions": "Write the file that proves the feature, as small as it may be, and touch nothing else in the repository.",
            "files": [format!("m{m}-f{f}.txt")],
            "fulfills": [format!("m{m}-a")],
        })
    };
    let milestone = |m: usize| {
        json!({
            "id": format!("m{m}"),
            "title": format!("Milestone {m}"),
            "objective": "Twenty small files are there, each written by a worker of its own.",
            "features": (1..=SIDE).map(|f| feature(m, f)).collect::<Vec<_>>(),
            "assertions": [{"id": format!("m{m}-a"), "text": "The files are there."}],
        })
    };
    json!({
        "goal": "A mission as long as it may be.",
        "summary": "Twenty milestones of twenty features.",
        "milestones": (1..=SIDE).map(milestone).collect::<Vec<_>>(),
    })
}
