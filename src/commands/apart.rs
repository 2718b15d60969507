//! `mission apart`: the process in front of an attempt that keeps it apart from what belongs to others.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use mission_executor::process::apart::{self, Isolation};

use crate::args;
use crate::failure::{Exit, Failure};
use crate::files;

/// How this program is started in front of an attempt; nothing if it does not know where it is.
pub(crate) fn command() -> Vec<OsString> {
    std::env::current_exe().map_or_else(|_| Vec::new(), |program| vec![program.into(), "apart".into()])
}

/// What `words`, those after the program's own name, ask for, if they are as runs write them. It is asked for twice before every attempt,
/// and to make ready for all that people may type costs as much as to do it.
pub(crate) fn wanted(words: impl IntoIterator<Item = OsString>) -> Option<args::Apart> {
    let mut words = words.into_iter().peekable();
    if words.next()? != "apart" {
        return None;
    }
    if words.next_if(|word| word == "--map").is_some() {
        return mapping(&words.next()?).filter(|_| words.next().is_none());
    }
    let (mut tree, mut places, mut own) = (None, Vec::new(), Vec::new());
    let (mut aside, mut hidden, mut isolation) = (None, None, None);
    while let Some(word) = words.next().filter(|word| word != "--") {
        let value = words.next()?;
        match word.to_str()? {
            "--tree" if tree.is_none() => tree = Some(value.into()),
            "--place" => places.push(value.into()),
            "--own" => own.push(value.into()),
            "--aside" if aside.is_none() => aside = Some(value.into()),
            "--hidden" if hidden.is_none() => hidden = Some(value.into()),
            "--isolation" if isolation.is_none() => isolation = Some(value.into_string().ok()?),
            _ => return None,
        }
    }
    let (aside, command) = (Some(aside?), words.collect());
    Some(args::Apart { map: None, tree, places, own, aside, hidden, isolation: isolation?, command })
}

/// To help the process `pid`.
fn mapping(pid: &OsStr) -> Option<args::Apart> {
    let map = Some(pid.to_str()?.parse().ok()?);
    let (places, own, command) = (Vec::new(), Vec::new(), Vec::new());
    Some(args::Apart { map, tree: None, places, own, aside: None, hidden: None, isolation: String::new(), command })
}

/// Becomes the attempt.
pub(crate) fn perform(args: args::Apart) -> Result<Exit, Failure> {
    let args::Apart { map, tree, places, own, aside, hidden, isolation, command: mut words } = args;
    if let Some(pid) = map {
        apart::map(pid).map_err(|source| files::io("help from outside", Path::new("/proc"), source))?;
        return Ok(Exit::Done);
    }
    let isolation = Isolation::parse(&isolation)
        .ok_or_else(|| Failure::usage(format!("`{isolation}` is no isolation"), "it is `auto`, `always` or `never`"))?;
    let program: Option<PathBuf> = (!words.is_empty()).then(|| words.remove(0).into());
    let mapper: Vec<OsString> = command().into_iter().chain(["--map".into()]).collect();
    let aside = aside.expect("clap demands it");
    let hidden = hidden.unwrap_or_else(|| aside.clone());
    let apart = apart::Apart { tree, places, own, aside, hidden, isolation };
    let entered = apart::enter(&apart, &mapper, program.as_deref(), &words);
    entered.map_err(|source| files::io("start", program.as_deref().unwrap_or(Path::new("nothing")), source))?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_runs_write_is_understood_as_clap_understands_it() {
        for line in [
            "apart --aside /a --isolation auto",
            "apart --place /p --place /q --own /p/o --aside /a --isolation always -- program -C x --aside -- y",
            "apart --tree /t --place /p --own /t/o --aside /a/1 --hidden /a --isolation auto -- program",
            "apart --aside /a --isolation never --",
            "apart --map 12",
        ] {
            let found = wanted(words(line)).expect(line);
            let typed = std::iter::once("mission".into()).chain(words(line));
            let args::Command::Apart(said) = args::Cli::try_parse_from(typed).expect(line).command else {
                panic!("{line}");
            };
            let isolation = if said.map.is_some() { String::new() } else { said.isolation.clone() };
            assert_eq!(format!("{found:?}"), format!("{:?}", args::Apart { isolation, ..said }));
        }
    }

    #[test]
    fn everything_else_is_left_to_clap() {
        for line in [
            "run x",
            "apart",
            "apart --help",
            "apart --aside /a",
            "apart --isolation auto",
            "apart --aside /a --aside /b --isolation auto",
            "apart --tree /a --tree /b --aside /a --isolation auto",
            "apart --aside /a --isolation auto -C /x",
            "apart --aside=/a --isolation auto",
            "apart --aside /a --isolation",
            "apart --map x",
            "apart --map 1 --aside /a",
            "apart --place /p --map 1 --aside /a",
        ] {
            assert!(wanted(words(line)).is_none(), "{line}");
        }
    }
}
