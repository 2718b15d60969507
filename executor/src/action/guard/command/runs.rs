//! What a command runs, as far as it is in the repository: scripts of `package.json`, targets, recipes, script files.

use serde_json::Value;

use super::super::language;
use super::super::recipe::{self, Files, Recipe, folder, joined};
use super::super::tree::Tree;

/// Something that a check runs. Folders have no `/` at their end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Run {
    /// A script of the `package.json` in a folder.
    Package { folder: String, script: String },
    /// A target of a Makefile; empty: the first.
    Make { folder: String, file: Option<String>, target: String },
    /// A recipe of the justfile in a folder; empty: the first.
    Just { folder: String, recipe: String },
    /// A script file.
    Script(String),
    /// A file that is read, and that nobody runs.
    Data(String),
    /// A file for tests that something is compared with.
    Expected(String),
}

/// What is run, and what it is.
pub(super) struct Says {
    pub(super) file: String,
    pub(super) text: String,
    /// Of a target or recipe.
    pub(super) recipe: Option<Recipe>,
}

impl Run {
    /// Where the commands that it consists of are run, if it was begun in `place`.
    pub(super) fn place(&self, place: &str) -> String {
        match self {
            Self::Package { folder, .. } | Self::Make { folder, .. } | Self::Just { folder, .. } => folder.clone(),
            Self::Script(_) | Self::Data(_) | Self::Expected(_) => place.to_owned(),
        }
    }

    /// Data for tests that something is compared with.
    fn expected(self) -> Self {
        match self {
            Self::Data(path) if language::Path::new(&path).in_tests() => Self::Expected(path),
            other => other,
        }
    }

    /// Is it read and not run?
    pub(super) fn is_data(&self) -> bool {
        matches!(self, Self::Data(_) | Self::Expected(_))
    }

    /// Is it there to prove something? A script elsewhere may be the work itself.
    pub(super) fn is_for_proof(&self) -> bool {
        match self {
            Self::Script(path) => by_place(&language::Path::new(path)),
            Self::Package { .. } | Self::Make { .. } | Self::Just { .. } => true,
            Self::Data(_) | Self::Expected(_) => false,
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Package { script, .. } => format!("the script `{script}`"),
            Self::Make { target: name, .. } | Self::Just { recipe: name, .. } if name.is_empty() => {
                "the first target".to_owned()
            }
            Self::Make { target: name, .. } | Self::Just { recipe: name, .. } => format!("the target `{name}`"),
            Self::Script(_) => "this script".to_owned(),
            Self::Data(_) => "a command with this file".to_owned(),
            Self::Expected(_) => "a comparison with this file".to_owned(),
        }
    }

    /// What it says in `tree`.
    pub(super) fn says(&self, tree: &Tree<'_>) -> Option<Says> {
        match self {
            Self::Package { folder, script } => {
                let file = joined(folder, "package.json");
                let text = package_script(tree, &file, script)?;
                Some(Says { file, text, recipe: None })
            }
            Self::Make { folder, file, target } => {
                let names = recipe::MAKEFILES.map(|name| joined(folder, name));
                let given = file.clone().or_else(|| names.into_iter().find(|name| tree.has(name)))?;
                target_of(tree, given, target, recipe::make)
            }
            Self::Just { folder, recipe } => {
                let names = recipe::JUSTFILES.map(|name| joined(folder, name));
                let given = names.into_iter().find(|name| tree.has(name))?;
                target_of(tree, given, recipe, recipe::just)
            }
            Self::Script(path) | Self::Data(path) | Self::Expected(path) => {
                let text = tree.text(path).readable()?.to_owned();
                Some(Says { file: path.clone(), text, recipe: None })
            }
        }
    }
}

/// A script with what runs before and after it.
fn package_script(tree: &Tree<'_>, file: &str, name: &str) -> Option<String> {
    let text = tree.text(file);
    let value: Value = serde_json::from_str(text.readable()?).ok()?;
    let scripts = value.get("scripts")?;
    let script = |name: &str| scripts.get(name).and_then(Value::as_str).map(str::to_owned);
    let main = script(name)?;
    let lines = [script(&format!("pre{name}")), Some(main), script(&format!("post{name}"))];
    Some(lines.into_iter().flatten().collect::<Vec<_>>().join("\n"))
}

fn target_of(
    tree: &Tree<'_>,
    file: String,
    target: &str,
    read: fn(&Files<'_>, &str, &str) -> Option<Recipe>,
) -> Option<Says> {
    let text = |path: &str| tree.text(path).readable().map(str::to_owned);
    let list = || tree.paths().map(str::to_owned).collect();
    let recipe = read(&Files { read: &text, list: &list }, &file, target)?;
    Some(Says { text: recipe.lines.join("\n"), file, recipe: Some(recipe) })
}

/// What `command` runs that is in one of `trees`, begun in the folder `place`.
pub(super) fn runs(command: &str, place: &str, trees: [&Tree<'_>; 2]) -> Vec<Run> {
    let mut found = Vec::new();
    let mut place = place.to_owned();
    for part in command.split(['\n', ';', '&', '|', '(', ')', '`']) {
        let part = part.trim_start().trim_start_matches(['@', '-', '+']);
        let words: Vec<&str> = part.split_whitespace().map(|word| word.trim_matches(['"', '\'', '{', '}'])).collect();
        // What is included has its place in what includes it.
        if matches!(words.first(), Some(&("include" | "sinclude" | "import" | "import?"))) {
            continue;
        }
        if let ["cd", to] = words.as_slice()
            && trees.iter().any(|tree| tree.holds(&joined(&place, to)))
        {
            place = joined(&place, to);
        }
        for (at, word) in words.iter().enumerate() {
            let rest = &words[at + 1..];
            match word.rsplit('/').next().unwrap_or_default() {
                "npm" | "pnpm" | "yarn" | "bun" | "turbo" | "nx" | "lerna" => {
                    found.extend(packages(rest, &place, trees))
                }
                "make" | "gmake" | "$MAKE" => found.extend(makes(rest, &place)),
                "just" => {
                    let of = |recipe| Run::Just { folder: place.clone(), recipe };
                    found.extend(targets(rest).into_iter().map(of));
                }
                _ => {
                    let run = script(word, at.checked_sub(1).map(|before| words[before]), &place, trees);
                    found.extend(run.map(|run| if compares(&words[..at]) { run.expected() } else { run }));
                }
            }
        }
    }
    found
}

/// The value of one of the options `names`: `-C x`, `--prefix x`, `--prefix=x`.
fn option<'w>(words: &[&'w str], names: &[&str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| {
        let joined = word.split_once('=').filter(|(name, _)| names.contains(name)).map(|(_, value)| value);
        joined.or_else(|| names.contains(word).then(|| words.get(at + 1).copied()).flatten())
    })
}

fn packages(words: &[&str], place: &str, trees: [&Tree<'_>; 2]) -> Vec<Run> {
    const PLACES: [&str; 4] = ["--prefix", "-C", "--cwd", "--dir"];
    const ONE: [&str; 6] = ["-w", "--workspace", "--filter", "-F", "workspace", "--scope"];
    let is_value = |at: usize| at > 0 && (PLACES.contains(&words[at - 1]) || ONE.contains(&words[at - 1]));
    let plain =
        words.iter().enumerate().filter(|(at, word)| !word.starts_with('-') && !is_value(*at)).map(|(_, word)| *word);
    const CALLS: [&str; 7] = ["run", "run-script", "workspace", "workspaces", "foreach", "run-many", "exec"];
    let Some(name) = plain.clone().find(|word| !CALLS.contains(word)) else { return Vec::new() };
    let script = if matches!(name, "t" | "tst") { "test" } else { name }.to_owned();
    let own = option(words, &PLACES).map_or_else(|| place.to_owned(), |to| joined(place, to));
    let all = ["--workspaces", "-ws", "-r", "--recursive", "workspaces", "run-many", "--all", "-A"];
    let folders = match option(words, &ONE) {
        Some(one) => below(&own, trees, Some(one)),
        None if words.iter().any(|word| all.contains(word)) => below(&own, trees, None),
        None => vec![own],
    };
    folders.into_iter().map(|folder| Run::Package { folder, script: script.clone() }).collect()
}

/// Folders with a `package.json` below `place`: all, or those that are called `one`.
fn below(place: &str, trees: [&Tree<'_>; 2], one: Option<&str>) -> Vec<String> {
    let mut folders: Vec<String> = Vec::new();
    for tree in trees {
        let files = tree.paths().filter(|path| path.ends_with("/package.json") && !path.contains("node_modules/"));
        for file in files.filter(|path| place.is_empty() || path.starts_with(&format!("{place}/"))) {
            let own = folder(file);
            let text = tree.text(file);
            let called = |one: &str| {
                let one = one.trim_end_matches(['.', '/']);
                own == joined(place, one) || text.readable().is_some_and(|text| text.contains(&format!("\"{one}\"")))
            };
            if one.is_none_or(|one| one.contains('*') || called(one)) && !folders.iter().any(|folder| folder == own) {
                folders.push(own.to_owned());
            }
        }
    }
    folders
}

fn makes(words: &[&str], place: &str) -> Vec<Run> {
    let own = option(words, &["-C", "--directory"]).map_or_else(|| place.to_owned(), |to| joined(place, to));
    let file = option(words, &["-f", "--file", "--makefile"]).map(|file| joined(&own, file));
    let value = |at: usize| at > 0 && ["-C", "-f", "--file", "--directory", "--makefile"].contains(&words[at - 1]);
    let plain: Vec<&str> = words.iter().enumerate().filter(|(at, _)| !value(*at)).map(|(_, word)| *word).collect();
    let of = |target| Run::Make { folder: own.clone(), file: file.clone(), target };
    targets(&plain).into_iter().map(of).collect()
}

fn targets(words: &[&str]) -> Vec<String> {
    let plain = |word: &&&str| !word.starts_with('-') && !word.contains('=') && !word.starts_with(['>', '<', '2']);
    let named: Vec<String> = words.iter().filter(plain).map(|word| (*word).to_owned()).collect();
    if named.is_empty() { vec![String::new()] } else { named }
}

/// Do these words compare what follows?
fn compares(words: &[&str]) -> bool {
    words.iter().any(|word| matches!(word.rsplit('/').next(), Some("diff" | "cmp" | "comm" | "colordiff")))
}

/// A word that names a script of the repository, or data that a command reads.
fn script(word: &str, before: Option<&str>, place: &str, trees: [&Tree<'_>; 2]) -> Option<Run> {
    // `$here/x.sh`: where `$here` is cannot be told, but what stands behind it often can.
    let path = if word.starts_with('$') { word.split_once('/')?.1 } else { word };
    let paths = [joined(place, path), joined("", path)];
    let (path, tree) = paths.iter().find_map(|path| Some((path, trees.into_iter().find(|tree| tree.has(path))?)))?;
    const SETTINGS: [&str; 8] = ["-c", "--config", "-f", "--file", "-p", "--project", "--settings", "--rcfile"];
    if is_data(path) && before.is_none_or(|before| !SETTINGS.contains(&before)) {
        return Some(Run::Data(path.clone()));
    }
    proves(path, tree).then(|| Run::Script(path.clone()))
}

/// Is it read, and never run?
fn is_data(path: &str) -> bool {
    let parts = language::Path::new(path);
    match parts.extension {
        "txt" | "md" | "csv" | "tsv" | "log" | "out" | "expected" | "golden" | "snap" | "html" | "svg" | "png"
        | "jpg" | "gif" | "dat" | "bin" | "pdf" => !is_for_scripts(&parts),
        "json" | "yaml" | "yml" | "xml" | "toml" | "ini" | "jsonl" | "ndjson" | "sql" => parts.in_tests(),
        _ => false,
    }
}

/// Can a check run the file at `path`, as far as the path tells?
pub(in super::super) fn may_be_run(path: &str) -> bool {
    let parts = language::Path::new(path);
    let known = matches!(parts.extension, "sh" | "bash" | "zsh" | "ksh" | "mk" | "just" | "");
    let name = path.rsplit('/').next().unwrap_or(path);
    let ruled = recipe::MAKEFILES.contains(&name) || recipe::JUSTFILES.contains(&name) || name == "package.json";
    known || ruled && !path.contains("node_modules/") || by_place(&parts)
}

/// Is the file a script that proves something, and not the program that is proved, nor a file of tests?
fn proves(path: &str, tree: &Tree<'_>) -> bool {
    let parts = language::Path::new(path);
    match parts.extension {
        "sh" | "bash" | "zsh" | "ksh" | "mk" => true,
        _ if language::of(path).is_some() => false,
        "" => by_place(&parts) || tree.text(path).readable().is_some_and(is_shell),
        _ => by_place(&parts),
    }
}

fn is_shell(text: &str) -> bool {
    text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("sh"))
}

fn is_for_scripts(parts: &language::Path<'_>) -> bool {
    parts.folders.iter().any(|f| matches!(*f, "scripts" | "script" | "ci" | ".ci" | "hack" | "checks"))
}

/// Do folder or name say that it proves something?
fn by_place(parts: &language::Path<'_>) -> bool {
    let named = parts.named(&["test", "check", "smoke", "lint", "verify", "valid", "e2e", "prove"]);
    // What runs the tests of Django.
    let manages = parts.folders.is_empty() && parts.stem == "manage" && parts.extension == "py";
    is_for_scripts(parts) || named || manages || parts.in_tests()
}
