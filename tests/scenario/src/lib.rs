//! A scripted model server on loopback, for tests only: real coding agents talk to it as they would to a provider.
//!
//! It speaks Anthropic Messages, OpenAI Responses, OpenAI Chat Completions and Gemini on one port and keeps no conversations: what
//! it answers follows from the request alone, from the scenario in the address, and from the tools that the agent itself offers.
//! So one script serves every agent. What it knows nothing of: the agents.
//!
//! ```
//! let server = mission_scenario::Server::start()?;
//! // The base URL of an agent: the first part of the path is the scenario, with settings behind commas.
//! let url = server.url("ok,tag=plan.1");
//! assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/ok,tag=plan.1"));
//! // What it told the agents under that tag, in tokens:
//! assert_eq!(server.ledger().of("plan.1").input, 0);
//! # std::io::Result::Ok(())
//! ```
//!
//! Agents add their own path behind the base URL: `/v1/messages`, `/responses`, `/chat/completions`, `/models/M:generateContent` …
//! The server ends when the `Server` is dropped. From a shell: `mission-scenario [--port N] [--seconds N] [--log FILE]` prints its
//! address and ends with its parent process, at the latest after the time.
//!
//! # Scenarios
//!
//! | name | the model |
//! |---|---|
//! | `ok` | writes `hello.txt` by a shell command, then gives the result |
//! | `write` | writes each file that the prompt names as `` file `NAME` `` with the agent's own tool, then gives the result |
//! | `say` | gives the result at once, without a tool |
//! | `bad` | gives a result that does not fit until the person has written again (`until=N` times), then a good one |
//! | `alwaysbad` | never gives one that fits |
//! | `prose` | writes the file, then talks, and never gives JSON |
//! | `noschema` | ignores the tool or format for results and gives prose; asked again, the result as text |
//! | `401` `403` `429` `500` `529` … | refuses with that status; `times=N` only the first N requests, `after=N` only later ones, `for=S` only S seconds from the first; `retry=S` says when to try again, `reset=S` when the limit ends |
//! | `quota` | as `429`, in the words for a limit of the account |
//! | `cut` | breaks every stream off in the middle; `times=N`, `after=N` |
//! | `hang` | does not answer; `times=N`, `after=N` |
//! | `slow` | takes `pause=MS` (400) between the parts of an answer |
//! | `longtool` | has the agent run a command that never ends; the command writes `tool-started` first |
//! | `commit` | has the agent commit with git |
//! | `trial` | plays what `mission agents test` asks |
//! | `mission` | plays every role of the shipped mission by its prompt; see below |
//!
//! With `silent=N` the model says nothing any more after `N` answers, whatever it plays. With `text=1` the agent is one without tools: its model tells in the reply what to write, as a block to search and replace.
//!
//! The result is made from the schema that the request names: its format, its tool for results, or the schema in the prompt.
//!
//! # `mission`
//!
//! The plan has `milestones=N` (2) of `features=N` (3); workers write `f<milestone>-<feature>.txt` by their own tool; the judge goes
//! by the checks in its prompt, and is red for as long as one failed; the follow-up writes `repaired.txt`; the report counts what its
//! prompt shows as done. With `conflict=1` the features of a milestone write the same file, and who resolves that keeps both sides.
//!
//! # Figures
//!
//! Every answer tells other token counts, so that sums cannot be right by chance. `GET /ledger` is what was told, by tag: requests,
//! refusals, tokens read (cached ones are part of them) and written. What agents ask aside, such as a title for the session, is
//! counted apart.

mod asked;
mod decide;
mod http;
mod ledger;
mod mission;
mod result;
mod scenario;
mod server;
mod tools;
mod trial;
mod wire;

pub use ledger::{Count, Ledger};
pub use server::Server;
