//! A target of a Makefile or a recipe of a justfile, with everything that it needs and the files that are included. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::environment;
use super::glob;
use super::hollow::{self, Ends, Known};

/// In the order in which GNU make looks.
pub(in crate::action) const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];
pub(in crate::action) const JUSTFILES: [&str; 3] = ["justfile", "Justfile", ".justfile"];

/// Most files that one file brings in.
const MOST_FILES: usize = 100;
/// How often variables are filled in that hold others.
const DEEPEST: usize = 50;

/// What changes how every recipe is run, wherever it stands.
static RULING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:^|[\s:$({])(?:(?:GNU)?MAKEFLAGS|\.?SHELL(?:FLAGS)?|\.IGNORE|\.ONESHELL|\.RECIPEPREFIX|\.DEFAULT_GOAL|VPATH|PATH)\b|^-?load\s|^vpath\s|^\$\(.*\beval\b";
    Regex::new(pattern).expect("a constant pattern")
});

/// Where the files are that a file includes.
pub(in crate::action) struct Files<'f> {
    /// What a file says.
    pub(in crate::action) read: &'f dyn Fn(&str) -> Option<String>,
    /// Every file there is.
    pub(in crate::action) list: &'f dyn Fn() -> Vec<String>,
}

/// What a target comes to.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::action) struct Recipe {
    /// Everything, in lines.
    pub(super) lines: Vec<String>,
    /// What is run, with the variables filled in that are known.
    pub(super) commands: Vec<String>,
    /// What is needed, and made by no rule.
    pub(super) unmade: Vec<String>,
    /// Targets that are only names, and yet are not said to be.
    pub(super) unguarded: Vec<String>,
    /// Files that are included and are not there.
    pub(super) missing: Vec<String>,
    /// The fault of no line counts.
    ignores: bool,
}

impl Recipe {
    /// Would make do nothing for `target` if there were a file of its name?
    pub(in crate::action) fn is_unguarded(&self, target: &str) -> bool {
        self.unguarded.iter().any(|name| name == target)
    }

    /// Folders in which make looks for what is not there.
    pub(super) fn looked_in(&self) -> Vec<String> {
        let lines = self.lines.iter().filter_map(|line| {
            let of_all = line.strip_prefix("VPATH").and_then(|rest| rest.split_once('=')).map(|(_, folders)| folders);
            of_all.or_else(|| {
                line.strip_prefix("vpath ").and_then(|rest| rest.trim().split_once(' ')).map(|(_, own)| own)
            })
        });
        let folders = lines.flat_map(|folders| folders.split([' ', ':'])).filter(|folder| !folder.is_empty());
        folders.map(str::to_owned).collect()
    }

    /// How it ends.
    pub(in crate::action) fn ends(&self, known: Known<'_>) -> Ends {
        let commands = match self.commands.first().map(|line| line.trim()) {
            // The recipe is one script.
            Some(first) if first.starts_with("#!") => return hollow::ends(&self.commands.join("\n"), known),
            _ => self.commands.iter().map(String::as_str),
        };
        match hollow::recipe(commands, known) {
            Ends::AsFound if self.ignores => Ends::Masked,
            Ends::Idle | Ends::Masked if self.unmade.iter().any(|need| need.contains(['.', '/', '$', '%'])) => {
                Ends::AsFound
            }
            ends => ends,
        }
    }
}

#[derive(Default)]
struct Rules {
    first: Option<String>,
    /// Target → its lines: what it needs, and its recipe.
    rules: BTreeMap<String, Vec<String>>,
    needs: BTreeMap<String, Vec<String>>,
    variables: BTreeMap<String, Vec<String>>,
    /// What is said about how everything is run, and what is included.
    ruling: Vec<String>,
}

/// What `target` (empty: the first) of the Makefile `file` does.
pub(in crate::action) fn make(files: &Files<'_>, file: &str, target: &str) -> Option<Recipe> {
    of(&read(&whole(files, file, true)?, true), target)
        .map(|recipe| Recipe { missing: missing(files, &recipe), ..recipe })
}

/// What `recipe` (empty: the first) of the justfile `file` does.
pub(in crate::action) fn just(files: &Files<'_>, file: &str, recipe: &str) -> Option<Recipe> {
    of(&read(&whole(files, file, false)?, false), recipe)
}

/// The text of `file`, with what it includes at its place, each file once. Make looks from where it runs, Just from
/// where the file is.
fn whole(files: &Files<'_>, file: &str, make: bool) -> Option<String> {
    let mut all = String::new();
    let top = folder(file);
    add(files, (file, top), make, &mut BTreeSet::new(), &mut all)?;
    Some(all)
}

fn add(
    files: &Files<'_>,
    (file, top): (&str, &str),
    make: bool,
    seen: &mut BTreeSet<String>,
    all: &mut String,
) -> Option<()> {
    if !seen.insert(file.to_owned()) || seen.len() > MOST_FILES {
        return None;
    }
    for line in (files.read)(file)?.replace("\\\n", " ").lines() {
        all.push_str(line);
        all.push('\n');
        for inner in included(line, make) {
            let path = joined(if make { top } else { folder(file) }, &inner);
            let named = match path.contains(['*', '?']) {
                true => (files.list)().into_iter().filter(|other| glob::matches(&path, other)).collect(),
                false => vec![path],
            };
            for path in named {
                add(files, (&path, top), make, seen, all);
                all.push('\n');
            }
        }
    }
    Some(())
}

/// The folder that `path` is in, without a `/` at its end.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path of `inner`, as seen from `folder`.
pub(super) fn joined(folder: &str, inner: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in inner.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The files that `line` includes.
fn included(line: &str, make: bool) -> Vec<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some((first, rest)) = words.split_first().filter(|_| !line.starts_with('\t')) else { return Vec::new() };
    let names = match *first {
        "include" | "-include" | "sinclude" if make => rest,
        "import" | "import?" if !make => rest,
        _ => return Vec::new(),
    };
    let bare = names.iter().map(|name| name.trim_matches(['"', '\'']));
    // `$(wildcard x/*.mk)`
    bare.filter(|name| *name != "$(wildcard").map(|name| name.trim_end_matches(')').to_owned()).collect()
}

/// A target, with everything that it needs, and the variables in it.
fn of(rules: &Rules, target: &str) -> Option<Recipe> {
    let target = if target.is_empty() { rules.first.clone()? } else { target.to_owned() };
    rules.rules.get(&target)?;
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    let (mut unmade, mut unguarded) = (Vec::new(), Vec::new());
    let mut open = vec![target];
    let phony = rules.needs.get(".PHONY");
    while let Some(target) = open.pop() {
        if !seen.insert(target.clone()) {
            continue;
        }
        let needs = rules.needs.get(&target);
        match rules.rules.get(&target) {
            Some(says) => lines.extend(says.iter().cloned()),
            None => unmade.push(target.clone()),
        }
        let named = phony.is_some_and(|all| all.contains(&target));
        if !named && needs.is_none() && rules.rules.contains_key(&target) {
            unguarded.push(target.clone());
        }
        open.extend(needs.into_iter().flatten().rev().cloned());
    }
    with_variables(rules, &mut lines);
    let commands = lines.iter().filter(|line| line.starts_with(char::is_whitespace)).map(|line| filled(rules, line));
    let commands = commands.collect();
    let ignores = rules.rules.contains_key(".IGNORE") && !rules.needs.contains_key(".IGNORE")
        || rules
            .ruling
            .iter()
            .any(|line| line.contains("MAKEFLAGS") && line.split('=').next_back().is_some_and(ignoring));
    lines.extend(rules.ruling.iter().cloned());
    Some(Recipe { lines, commands, unmade, unguarded, missing: Vec::new(), ignores })
}

/// Files that are included, and that nobody sees; dependencies that a compiler writes are no rules.
fn missing(files: &Files<'_>, recipe: &Recipe) -> Vec<String> {
    let named =
        recipe.lines.iter().filter(|line| !line.starts_with(char::is_whitespace)).flat_map(|line| included(line, true));
    let plain =
        named.filter(|name| !name.contains(['$', '*', '?', '(']) && !name.ends_with(".d") && !name.ends_with(".env"));
    plain.filter(|name| (files.read)(name).is_none()).collect()
}

/// `-i`, `-n`, and both without their `-`.
fn ignoring(flags: &str) -> bool {
    let short = |word: &str| !word.starts_with("--") && !word.contains('=') && word.contains(['i', 'n', 'q', 't']);
    flags.split_whitespace().any(|word| short(word) || ["--ignore-errors", "--dry-run", "--just-print"].contains(&word))
}

/// The lines of variables that are named in `lines`.
fn with_variables(rules: &Rules, lines: &mut Vec<String>) {
    let mut at = 0;
    let mut named = BTreeSet::new();
    while at < lines.len() {
        for name in variables(&lines[at]) {
            if named.insert(name.clone()) {
                lines.extend(rules.variables.get(&name).into_iter().flatten().cloned());
            }
        }
        at += 1;
    }
}

/// The line with what its variables say last.
fn filled(rules: &Rules, line: &str) -> String {
    let mut line = line.to_owned();
    for _ in 0..DEEPEST {
        let Some(name) = variables(&line).into_iter().find(|name| rules.variables.contains_key(name)) else { break };
        let says = rules.variables[&name].last().and_then(|says| says.split_once('='));
        let value = says.map_or("", |(_, value)| value.trim()).trim_matches(['"', '\'']);
        for form in
            [format!("$({name})"), format!("${{{name}}}"), format!("{{{{{name}}}}}"), format!("{{{{ {name} }}}}")]
        {
            line = line.replace(&form, value);
        }
    }
    line.replace("$$", "$")
}

/// Names in `$(…)`, `${…}` and `{{…}}`.
pub(super) fn variables(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (open, close) in [("$(", ')'), ("${", '}'), ("{{", '}')] {
        for (at, _) in line.match_indices(open) {
            let inside = &line[at + open.len()..];
            let end = inside.find(close).unwrap_or(inside.len());
            names
                .extend(inside[..end].split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').map(str::to_owned));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn read(text: &str, make: bool) -> Rules {
    let mut rules = Rules::default();
    let mut current: Vec<String> = Vec::new();
    // Of two recipes of one target the later one is run.
    let mut begun = true;
    // What stands in `[…]` above a recipe of Just.
    let mut attributes: Vec<String> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let indented = line.starts_with('\t') || !make && line.starts_with(' ');
        if indented && !line.trim().is_empty() {
            for target in &current {
                let says = rules.rules.entry(target.clone()).or_default();
                if !begun {
                    says.retain(|says| !says.starts_with(char::is_whitespace));
                }
                says.push(line.trim_end().to_owned());
            }
            begun = true;
            continue;
        }
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        current = Vec::new();
        let steers = assigned(bare).is_some_and(|name| environment::is_known(&name));
        if make && RULING.is_match(bare) || !make && bare.starts_with("set ") || steers {
            rules.ruling.push(bare.to_owned());
        }
        if !make && bare.starts_with('[') {
            attributes.push(bare.to_owned());
            continue;
        }
        if !included(bare, make).is_empty() {
            rules.ruling.push(bare.to_owned());
        } else if let Some(name) = bare.strip_prefix("define ").or_else(|| bare.strip_prefix("override define ")) {
            let name = name.split([' ', '=', ':']).next().unwrap_or_default().to_owned();
            let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "endef").map(str::trim).collect();
            let says = format!("{name} = {}", body.join("; "));
            if RULING.is_match(&says) {
                rules.ruling.push(says.clone());
            }
            rules.variables.entry(name).or_default().push(says);
        } else if let Some(name) = bare.strip_prefix("undefine ").or_else(|| bare.strip_prefix("override undefine ")) {
            rules.variables.entry(name.trim().to_owned()).or_default().push(format!("{} =", name.trim()));
        } else if let Some(name) = assigned(bare) {
            rules.variables.entry(name).or_default().push(bare.to_owned());
        } else if let Some((targets, needs)) = bare.split_once(':') {
            begun = !make || needs.starts_with(':');
            let needs = needs.trim_start_matches(':');
            match assigned(needs.trim()).filter(|_| make) {
                // A variable for one target.
                Some(name) => {
                    if environment::is_known(&name) {
                        rules.ruling.push(needs.trim().to_owned());
                    }
                    rules.variables.entry(name).or_default().push(needs.trim().to_owned());
                }
                None => {
                    current = rule(&mut rules, bare, (targets, needs), make, &mut begun);
                    for target in &current {
                        rules.rules.entry(target.clone()).or_default().extend(attributes.iter().cloned());
                    }
                    attributes.clear();
                }
            }
        }
    }
    rules
}

/// Notes a rule, and returns its targets.
fn rule(rules: &mut Rules, line: &str, (targets, needs): (&str, &str), make: bool, begun: &mut bool) -> Vec<String> {
    let targets: Vec<String> = if make {
        targets.split_whitespace().map(str::to_owned).collect()
    } else {
        // The parameters of a recipe follow its name.
        targets.split_whitespace().take(1).map(|name| name.trim_start_matches('@').to_owned()).collect()
    };
    let (needs, inline) = needs.split_once(';').unwrap_or((needs, ""));
    for target in &targets {
        if !target.starts_with('.') {
            rules.first.get_or_insert_with(|| target.clone());
        }
        let says = rules.rules.entry(target.clone()).or_default();
        if !inline.is_empty() {
            if !*begun {
                says.retain(|says| !says.starts_with(char::is_whitespace));
            }
            says.push(format!("\t{}", inline.trim()));
        }
        if target.starts_with('.') {
            says.push(line.to_owned());
        }
        for need in needs.split_whitespace().filter(|need| *need != "|" && *need != "&&") {
            says.push(format!("needs {need}"));
            rules.needs.entry(target.clone()).or_default().push(need.trim_matches(['(', ')']).to_owned());
        }
    }
    *begun |= !inline.is_empty();
    targets
}

/// The variable that `line` sets.
pub(super) fn assigned(line: &str) -> Option<String> {
    let at = line.find('=')?;
    let before = line[..at].trim_end_matches([':', '?', '+', '!']).trim();
    let name = before.strip_prefix("override ").unwrap_or(before).trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
    plain.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Files<'static> = Files { read: &|_| None, list: &Vec::new };

    fn told(read: fn(&Files<'_>, &str, &str) -> Option<Recipe>, text: &str, target: &str) -> Option<Recipe> {
        let own = |path: &str| (path == "f").then(|| text.to_owned());
        read(&Files { read: &own, ..NOTHING }, "f", target)
    }

    #[test]
    fn a_target_comes_with_what_it_needs() {
        let text = "X := 1\nall: test\n\n# c\ntest: build lib ; echo $(X)\n\trun $(Y)\nY = 2\nbuild:\n\tcc\nlib:\n\tar\nother:\n\tno\n";
        let said = told(make, text, "test").expect("a target").lines.join("\n");
        assert_eq!(said, "\techo $(X)\nneeds build\nneeds lib\n\trun $(Y)\n\tcc\n\tar\nX := 1\nY = 2");
        assert_eq!(
            told(make, text, "").map(|all| all.lines.contains(&"\tcc".to_owned())),
            Some(true),
            "the first target"
        );
        assert_eq!(told(make, text, "none"), None);
    }

    #[test]
    fn a_recipe_has_parameters_and_settings() {
        let text =
            "set shell := ['sh']\nv := 'x'\n@test *args: build\n  cargo test {{args}} {{v}}\nbuild:\n  cargo build\n";
        let said = told(just, text, "test").expect("a recipe").lines.join("\n");
        assert_eq!(said, "needs build\n  cargo test {{args}} {{v}}\n  cargo build\nv := 'x'\nset shell := ['sh']");
    }

    #[test]
    fn files_are_included_where_they_are_named() {
        let texts = BTreeMap::from([
            ("Makefile", "include mk/a.mk\n-include none.mk\ninclude $(wildcard more/*.mk)\ntest:\n\tpytest\n"),
            ("mk/a.mk", "include b.mk\n"),
            ("mk/b.mk", "MAKEFLAGS += -i\n"),
            ("more/c.mk", "test: x\n"),
        ]);
        let own = |path: &str| texts.get(path).map(|text| (*text).to_owned());
        let list = || texts.keys().map(|path| (*path).to_owned()).collect();
        let said = make(&Files { read: &own, list: &list }, "Makefile", "test").expect("a target");
        assert!(
            said.lines.contains(&"needs x".to_owned()) && !said.lines.contains(&"MAKEFLAGS += -i".to_owned()),
            "{said:?}"
        );
        let texts = BTreeMap::from([("Makefile", "sinclude a.mk\ntest:\n\tpytest\n"), ("a.mk", "MAKEFLAGS += -i\n")]);
        let own = |path: &str| texts.get(path).map(|text| (*text).to_owned());
        let said = make(&Files { read: &own, ..NOTHING }, "Makefile", "test").expect("a target");
        assert_eq!(said.lines, ["\tpytest", "sinclude a.mk", "MAKEFLAGS += -i"]);
        assert_eq!(said.ends(hollow::UNKNOWN), Ends::Masked);
    }

    #[test]
    fn how_a_target_ends() {
        let rows = [
            ("test:\n\tpytest\n", Ends::AsFound),
            ("test:\n\t-pytest\n", Ends::Masked),
            ("test:\n\t@true\n", Ends::Idle),
            ("test:\n", Ends::Idle),
            ("test: a\na:\n\tpytest\n", Ends::AsFound),
            ("test: a\na:\n\techo\n", Ends::Idle),
            ("test: a.o\n", Ends::AsFound),
            ("test:\n\tpytest\n.IGNORE:\n", Ends::Masked),
            ("test:\n\tpytest\n.IGNORE: other\n", Ends::AsFound),
            ("RUN = true\ntest:\n\t$(RUN)\n", Ends::Idle),
            ("RUN = pytest\ntest:\n\t$(RUN) -x\n", Ends::AsFound),
            ("test:\n\tpytest\ntest:\n\ttrue\n", Ends::Idle),
            ("test::\n\tpytest\ntest::\n\ttrue\n", Ends::AsFound),
            ("test:\n\tfor d in a b; do $(MAKE) -C $$d test || exit 1; done\n", Ends::AsFound),
        ];
        for (text, expected) in rows {
            assert_eq!(told(make, text, "test").map(|recipe| recipe.ends(hollow::UNKNOWN)), Some(expected), "{text:?}");
        }
    }
}
