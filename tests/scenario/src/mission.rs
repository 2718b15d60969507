//! Plays every role of the shipped mission: which one is asked, and everything it needs, stands in its prompt.

use serde_json::{Value, json};

use crate::asked::Asked;
use crate::decide::{Work, files};
use crate::result;
use crate::scenario::Scenario;
use crate::tools;

/// The file that a repair writes; a check may look for it.
const REPAIRED: &str = "repaired.txt";

/// Takes the markers out of files in conflict, so that both sides are kept.
const KEEP_BOTH: &str =
    "git diff --name-only --diff-filter=U | xargs sed -i '/^<<<<<<</d;/^|||||||/d;/^=======/d;/^>>>>>>>/d'";

/// What the role that `asked` is for does and returns.
pub(crate) fn work(scenario: &Scenario, asked: &Asked) -> Work {
    let prompt = asked.task();
    let returns = |result: Value| Work { calls: Vec::new(), result: Some(result) };
    let writes = |file: &str, text: &str, result: Value| Work {
        calls: tools::write(asked, file, text).into_iter().collect(),
        result: Some(result),
    };
    if prompt.contains("You plan a software mission") {
        return returns(plan(scenario));
    }
    if prompt.contains("You build one feature") {
        let feature = fenced(prompt, "## Your feature");
        let id = feature["id"].as_str().unwrap_or("unknown");
        let file = files(feature["instructions"].as_str().unwrap_or_default()).next().unwrap_or("unknown.txt");
        return writes(file, &format!("built by {id}\n"), done(id, file));
    }
    if prompt.contains("The validation of a milestone failed") {
        return writes(REPAIRED, "repaired\n", done("follow-up", REPAIRED));
    }
    if prompt.contains("You bring the features of one milestone together") {
        return returns(
            json!({ "milestoneId": milestone(prompt), "status": "integrated", "summary": "all features fit together" }),
        );
    }
    if prompt.contains("You resolve one merge") {
        let result = json!({ "status": "resolved", "summary": "both sides are kept" });
        return Work { calls: tools::run(asked, KEEP_BOTH).into_iter().collect(), result: Some(result) };
    }
    if prompt.contains("You judge whether a milestone is reached") {
        return returns(verdict(prompt));
    }
    if prompt.contains("You write the report of a mission") {
        return returns(report(prompt));
    }
    // A role that is not known here does nothing and returns what its schema asks for.
    Work { calls: Vec::new(), result: result::schema(asked).map(|schema| result::sample(&schema)) }
}

fn plan(scenario: &Scenario) -> Value {
    let number = |key: &str, otherwise: u64| scenario.number(key).unwrap_or(otherwise);
    let conflict = number("conflict", 0) > 0;
    let feature = |i: u64, j: u64| {
        let id = format!("f{i}-{j}");
        let file = if conflict { format!("shared-{i}.txt") } else { format!("{id}.txt") };
        let mut feature = json!({ "id": id, "title": format!("Feature {i}.{j}"),
            "instructions": format!("Write the file `{file}` with the line `built by {id}`."),
            "fulfills": if j == 1 { vec![format!("a{i}")] } else { Vec::new() } });
        if !conflict {
            feature["files"] = json!([file]);
        }
        feature
    };
    let milestone = |i: u64| {
        json!({ "id": format!("m{i}"), "title": format!("Milestone {i}"), "objective": format!("the files of part {i}"),
            "features": (1..=number("features", 3)).map(|j| feature(i, j)).collect::<Vec<_>>(),
            "assertions": [{ "id": format!("a{i}"), "text": format!("the files of part {i} are there") }] })
    };
    json!({ "goal": "files", "summary": "files, part by part",
        "milestones": (1..=number("milestones", 2)).map(milestone).collect::<Vec<_>>() })
}

fn done(feature: &str, file: &str) -> Value {
    json!({ "featureId": feature, "status": "success", "summary": format!("wrote {file}"), "filesChanged": [file] })
}

/// The judge goes by what the checks said.
fn verdict(prompt: &str) -> Value {
    let heads = prompt.lines().filter_map(|line| line.strip_prefix("### "));
    let passed = !heads.into_iter().any(|head| head.contains(", exit code "));
    let status = if passed { "met" } else { "unmet" };
    let evidence = if passed { "the files and the checks" } else { "a check failed" };
    let all = fenced(prompt, "Assertions to judge:");
    let judged = all.as_array().into_iter().flatten();
    let judged = judged.map(|one| json!({ "id": one["id"], "status": status, "evidence": evidence }));
    json!({ "milestoneId": milestone(prompt), "passed": passed, "summary": evidence, "checks": [],
        "assertions": judged.collect::<Vec<_>>(),
        "followUps": if passed { vec![] } else { vec![format!("write {REPAIRED}")] } })
}

/// The report counts what its prompt shows.
fn report(prompt: &str) -> Value {
    let planned = fenced(prompt, "## The plan")["milestones"].as_array().map_or(0, Vec::len);
    let items = fenced(prompt, "## The milestones");
    let reached = items.as_array().into_iter().flatten().filter(|item| item["status"] == "done").count();
    let all = reached == planned;
    json!({ "status": if all { "completed" } else { "partial" }, "summary": format!("{reached} of {planned}"),
        "completedMilestones": reached, "totalMilestones": planned, "validationPassed": all,
        "markdownBody": "Everything the record shows." })
}

/// The id that a prompt wants to see in `milestoneId`.
fn milestone(prompt: &str) -> &str {
    let behind = prompt.split("- `milestoneId`: `").nth(1).unwrap_or_default();
    behind.split('`').next().unwrap_or_default()
}

/// The first fenced JSON block behind `heading`.
fn fenced(prompt: &str, heading: &str) -> Value {
    let behind = prompt.split_once(heading).map_or("", |(_, behind)| behind);
    let block = behind.split_once("```json\n").map_or("", |(_, behind)| behind);
    let block = block.split_once("\n```").map_or("", |(block, _)| block);
    serde_json::from_str(block).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returned(prompt: &str) -> Value {
        let asked = Asked { prompts: vec![prompt.to_owned()], ..Asked::default() };
        work(&Scenario::read("mission"), &asked).result.expect("a role returns something")
    }

    #[test]
    fn the_plan_has_what_was_asked_for() {
        let plan = plan(&Scenario::read("mission,milestones=3,features=2"));
        assert_eq!(plan["milestones"].as_array().map(Vec::len), Some(3));
        assert_eq!(plan["milestones"][2]["features"][1]["files"], json!(["f3-2.txt"]));
    }

    #[test]
    fn the_judge_goes_by_the_checks() {
        let prompt = |check: &str| {
            format!(
                "You judge whether a milestone is reached.\nAssertions to judge:\n```json\n[{{\"id\": \"a1\"}}]\n```\n\
                 ### unit: {check}\n- `milestoneId`: `m1`\n"
            )
        };
        let red = returned(&prompt("failed, exit code 1"));
        assert_eq!((&red["passed"], &red["assertions"][0]["status"]), (&json!(false), &json!("unmet")));
        let green = returned(&prompt("done"));
        assert_eq!((&green["passed"], &green["assertions"][0]["status"]), (&json!(true), &json!("met")));
        assert_eq!(green["milestoneId"], "m1");
    }

    #[test]
    fn the_report_counts() {
        let prompt = "You write the report of a mission.\n## The plan\n```json\n{\"milestones\": [{}, {}]}\n```\n\
                      ## The milestones\nAll together: failed.\n```json\n[{\"status\": \"done\"}, {\"status\": \"failed\"}]\n```\n";
        let report = returned(prompt);
        assert_eq!((&report["completedMilestones"], &report["status"]), (&json!(1), &json!("partial")));
    }
}
