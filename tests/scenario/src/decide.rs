//! From a scenario and a request to what the model answers. Pure: the same request is answered the same way.

use serde_json::{Value, json};

use crate::asked::Asked;
use crate::scenario::Scenario;
use crate::tools::{self, Call};
use crate::{mission, result, trial};

/// How `mission` begins when it refuses a result.
const REFUSED: &str = "Your last reply was not accepted";
/// A command that ends only when it is ended, and says that it began.
const ENDLESS: &str = "echo started > tool-started && tail -f /dev/null";
/// A command that writes a file.
const HELLO: &str = "echo 'hello from the model' > hello.txt && cat hello.txt";
/// A file as agents without tools are told to write one.
const EDIT: &str = "hello.txt\n```\n<<<<<<< SEARCH\n=======\nhello from the model\n>>>>>>> REPLACE\n```\n\n";
/// A command that commits.
const COMMIT: &str = "echo hello > hello.txt; git add -A; \
                      git -c user.name=Model -c user.email=model@example.org commit -qm work; echo code $?";

/// What the model says and does.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answer {
    /// What it says.
    pub(crate) say: Option<String>,
    /// The tool that it calls then.
    pub(crate) call: Option<Call>,
}

/// A task: calls of tools, one after the other, then a result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Work {
    /// The calls.
    pub(crate) calls: Vec<Call>,
    /// The result; `None` if no schema asks for one.
    pub(crate) result: Option<Value>,
}

/// How the result is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Good,
    Bad,
    Prose,
}

/// What the model answers.
pub(crate) fn answer(scenario: &Scenario, asked: &Asked) -> Answer {
    if asked.in_text {
        return told(scenario, asked);
    }
    if asked.is_aside() {
        let text =
            asked.format.as_ref().map_or_else(|| "A title".to_owned(), |schema| result::sample(schema).to_string());
        return Answer { say: Some(text), call: None };
    }
    let mut work = match scenario.name.as_str() {
        "trial" => match trial::work(asked) {
            Some(work) => work,
            None => return Answer { say: Some(trial::SAY.to_owned()), call: None },
        },
        "mission" => mission::work(scenario, asked),
        name => Work { calls: calls(name, asked), result: result::schema(asked).map(|schema| result::sample(&schema)) },
    };
    if asked.last().starts_with(REFUSED) {
        work.calls.clear();
    }
    match work.calls.get(asked.results) {
        Some(call) => Answer { say: Some("I will do that.".to_owned()), call: Some(call.clone()) },
        None => ending(manner(scenario, asked), asked, &work),
    }
}

/// The same for an agent without tools: its model tells in its reply what to write.
fn told(scenario: &Scenario, asked: &Asked) -> Answer {
    let work = Work { calls: Vec::new(), result: result::schema(asked).map(|schema| result::sample(&schema)) };
    let answer = ending(manner(scenario, asked), asked, &work);
    let say = answer.say.map(|text| if asked.last().starts_with(REFUSED) { text } else { format!("{EDIT}{text}") });
    Answer { say, call: None }
}

fn calls(name: &str, asked: &Asked) -> Vec<Call> {
    let command = match name {
        "say" => return Vec::new(),
        "write" => return files(asked.task()).filter_map(|file| written(asked, file)).collect(),
        "longtool" => ENDLESS,
        "commit" => COMMIT,
        _ => HELLO,
    };
    // Who has no shell can at least write.
    tools::run(asked, command).or_else(|| written(asked, "hello.txt")).into_iter().collect()
}

fn written(asked: &Asked, file: &str) -> Option<Call> {
    tools::write(asked, file, &format!("{file} by the model\n"))
}

/// The files that a prompt names: `` file `NAME` ``.
pub(crate) fn files(prompt: &str) -> impl Iterator<Item = &str> {
    prompt.split("file `").skip(1).filter_map(|rest| rest.split_once('`')).map(|(name, _)| name)
}

fn manner(scenario: &Scenario, asked: &Asked) -> Manner {
    let until = usize::try_from(scenario.number("until").unwrap_or(1)).unwrap_or(usize::MAX);
    let early = asked.prompts.len() <= until;
    match scenario.name.as_str() {
        "alwaysbad" => Manner::Bad,
        "bad" if early => Manner::Bad,
        "prose" => Manner::Prose,
        "noschema" if early => Manner::Prose,
        _ => Manner::Good,
    }
}

fn ending(manner: Manner, asked: &Asked, work: &Work) -> Answer {
    let says = |text: String| Answer { say: Some(text), call: None };
    let Some(result) = &work.result else { return says("Done.".to_owned()) };
    let taker = tools::taker(asked).filter(|_| manner != Manner::Prose);
    if let Some(tool) = taker {
        if manner == Manner::Good && asked.results > work.calls.len() {
            return says("The result was taken.".to_owned());
        }
        let arguments = if manner == Manner::Bad { result::misfit() } else { result.clone() };
        return Answer { say: None, call: Some(Call { tool: tool.name.clone(), arguments }) };
    }
    match manner {
        Manner::Good if asked.format.is_some() => says(result.to_string()),
        Manner::Bad if asked.format.is_some() => says(result::misfit().to_string()),
        Manner::Good => says(format!("All done. The result:\n\n```json\n{result:#}\n```\n")),
        Manner::Bad => says(format!("All done. The result:\n\n```json\n{}\n```\n", json!({ "unexpected": 42 }))),
        Manner::Prose => says("I did it, and that is all there is to say.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked::Tool;

    fn asked(prompts: &[&str], results: usize, tools: &[&str]) -> Asked {
        let schema = json!({ "properties": { "command": { "type": "string" } }, "required": ["command"] });
        let tools = tools.iter().map(|name| Tool { name: (*name).to_owned(), schema: schema.clone() }).collect();
        let prompts = prompts.iter().map(|text| (*text).to_owned()).collect();
        Asked { prompts, results, tools, ..Asked::default() }
    }

    const TASK: &str =
        "Do it.\n\n{\"type\":\"object\",\"required\":[\"answer\"],\"properties\":{\"answer\":{\"type\":\"string\"}}}\n";

    #[track_caller]
    fn says(name: &str, asked: &Asked) -> String {
        let answer = answer(&Scenario::read(name), asked);
        match answer.call {
            Some(call) => format!("{} {}", call.tool, call.arguments),
            None => answer.say.expect("it says or does something").replace('\n', " "),
        }
    }

    #[test]
    fn steps_follow_from_the_request() {
        assert!(says("ok", &asked(&[TASK], 0, &["bash"])).starts_with("bash "));
        let good = "All done. The result:  ```json {   \"answer\": \"done\" } ``` ";
        assert_eq!(says("ok", &asked(&[TASK], 1, &["bash"])), good);
        assert_eq!(says("say", &asked(&[TASK], 0, &["bash"])), good);
        assert!(says("bad", &asked(&[TASK], 1, &["bash"])).contains("unexpected"));
        assert_eq!(says("bad", &asked(&[TASK, "Your last reply was not accepted: x"], 0, &["bash"])), good);
        assert!(
            says("alwaysbad", &asked(&[TASK, "Your last reply was not accepted: x"], 0, &["bash"]))
                .contains("unexpected")
        );
        assert!(!says("prose", &asked(&[TASK, "Your last reply was not accepted: x"], 0, &["bash"])).contains('{'));
        assert_eq!(says("ok", &asked(&["Hello."], 1, &["bash"])), "Done.");
        assert_eq!(says("ok", &asked(&["A title?"], 0, &[])), "A title");
    }

    #[test]
    fn without_tools_the_file_stands_in_the_reply() {
        let in_text = |prompts: &[&str]| Asked { in_text: true, ..asked(prompts, 0, &[]) };
        let first = says("ok", &in_text(&[TASK]));
        assert!(first.starts_with("hello.txt ``` <<<<<<< SEARCH") && first.contains("\"answer\": \"done\""), "{first}");
        assert!(says("bad", &in_text(&[TASK])).contains("unexpected"));
    }

    #[test]
    fn a_tool_for_results_is_used_and_then_left_alone() {
        let tools = ["bash", "StructuredOutput"];
        assert_eq!(says("ok", &asked(&[TASK], 1, &tools)), "StructuredOutput {\"answer\":\"done\"}");
        assert_eq!(says("ok", &asked(&[TASK], 2, &tools)), "The result was taken.");
        assert_eq!(says("alwaysbad", &asked(&[TASK], 5, &tools)), "StructuredOutput {\"unexpected\":42}");
        assert!(says("noschema", &asked(&[TASK], 1, &tools)).starts_with("I did it"));
    }

    #[test]
    fn files_are_those_that_the_prompt_names() {
        let all: Vec<&str> = files("Write the file `a.txt` and the file `b c.txt`, not `d`.").collect();
        assert_eq!(all, ["a.txt", "b c.txt"]);
    }
}
