//! What is known of the builtins of a shell. Pure.

use super::super::shell::Word;
use super::alike::{is_usual_path, program};
use super::worlds::{Flow, Leaves, World, Worlds};

/// After the command in `words`, which is not looked for.
pub(super) fn run(words: &[Word], worlds: Worlds, trusting: bool, place: &str, leaves: Leaves) -> Worlds {
    let Some(name) = program(words) else { return worlds.into_iter().flat_map(World::either).collect() };
    let first = words.get(1).map(|word| word.text.as_str());
    let rest = words.get(1..).unwrap_or_default();
    let each = |f: &dyn Fn(World) -> World| worlds.iter().map(|w| f(*w)).collect();
    match name.as_str() {
        "true" | ":" | "echo" | "printf" | "unset" | "umask" | "exec" => each(&|w| World { ok: true, ..w }),
        "false" => each(&|w| World { ok: false, ..w }),
        "exit" => leave(first, Flow::End, worlds),
        "return" => {
            let left = leave(first, Flow::Function, worlds.clone());
            // Outside of a function some shells complain and go on, others end.
            with(leaves.a_function, left, worlds.into_iter().flat_map(World::either).collect())
        }
        "break" | "continue" => {
            let left = each(&|w| World { flow: Flow::Loop, ok: true, ..w });
            let on = worlds.into_iter().flat_map(World::either).collect();
            if leaves.a_loop == Some(false) { on } else { with(leaves.a_loop, left, on) }
        }
        "set" => {
            let after = worlds.into_iter().map(|w| set(rest, World { ok: true, ..w }));
            // What a shell that no longer runs anything answers, differs.
            after.flat_map(|w| if w.goes_on() { vec![w] } else { w.either().to_vec() }).collect()
        }
        "alias" | "hash" | "enable" | "shopt" => each(&|w| World { ok: true, doubt: w.doubt || !rest.is_empty(), ..w }),
        "trap" => each(&|w| World { ok: true, trapped: w.trapped || traps(rest), ..w }),
        "export" | "declare" | "typeset" | "local" | "readonly" => {
            let strange = rest.iter().any(|word| word.text.strip_prefix("PATH=").is_some_and(|v| !is_usual_path(v)));
            let steered =
                rest.iter().filter_map(|w| w.text.split_once('=')).any(|(name, _)| super::alike::steers(name));
            each(&|w| World { ok: true, doubt: w.doubt || strange || steered, ..w })
        }
        "source" | "." => {
            let doubt = !first.is_some_and(is_environment);
            let after = worlds.into_iter().map(|w| World { doubt: w.doubt || doubt, ..w });
            answers(after.collect(), trusting)
        }
        "cd" | "pushd" | "popd" => {
            let away = first.is_some_and(|folder| folder.starts_with('/') && !is_inside(folder, place));
            let after = worlds.into_iter().map(|w| World { doubt: w.doubt || away, ..w });
            answers(after.collect(), trusting)
        }
        _ => answers(worlds, false),
    }
}

/// What was left, and unless there surely is something to leave, what goes on.
fn with(sure: Option<bool>, left: Worlds, on: Worlds) -> Worlds {
    if sure == Some(true) { left } else { left.into_iter().chain(on).collect() }
}

fn answers(worlds: Worlds, trusting: bool) -> Worlds {
    worlds.into_iter().flat_map(World::either).filter(|w| w.ok || !trusting).collect()
}

/// A place that is not known holds everything.
fn is_inside(folder: &str, place: &str) -> bool {
    place.is_empty() || folder.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn leave(with: Option<&str>, flow: Flow, worlds: Worlds) -> Worlds {
    let worlds = worlds.into_iter().map(|w| World { flow, ..w });
    match with {
        None | Some("$?") => worlds.collect(),
        Some(code) => match code.parse::<i64>() {
            Ok(code) => worlds.map(|w| World { ok: code % 256 == 0, ..w }).collect(),
            Err(_) => worlds.flat_map(World::either).collect(),
        },
    }
}

fn set(words: &[Word], world: World) -> World {
    let mut world = world;
    let mut words = words.iter().map(|word| word.text.as_str());
    while let Some(word) = words.next() {
        let on = word.starts_with('-');
        let Some(letters) = word.strip_prefix(['-', '+']).filter(|letters| !letters.starts_with('-')) else { break };
        if letters.contains('e') {
            world.errexit = on;
        }
        if on && letters.contains('n') {
            world.flow = Flow::End;
        }
        if letters.contains('o') {
            match words.next() {
                Some("pipefail") => world.pipefail = on,
                Some("errexit") => world.errexit = on,
                Some("noexec") if on => world.flow = Flow::End,
                _ => {}
            }
        }
    }
    world
}

/// Does something run when the shell ends?
fn traps(words: &[Word]) -> bool {
    let is_reset = words.first().is_none_or(|word| matches!(word.text.as_str(), "-" | "-l" | "-p"));
    let at_end = |word: &Word| matches!(word.text.as_str(), "EXIT" | "0" | "ERR" | "DEBUG" | "RETURN");
    !is_reset && words.iter().skip(1).any(at_end)
}

/// Files that are read for what they set, and which everybody reads.
fn is_environment(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    matches!(
        name,
        "activate" | "nvm.sh" | "env" | "setup.sh" | ".profile" | ".bashrc" | ".zshrc" | ".bash_profile" | "cargo"
    ) || name.starts_with(".env")
        || name.ends_with(".env")
}
