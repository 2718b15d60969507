//! `mission init`: the few files a repository needs to begin. Never overwrites.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use mission_compiler::schema::workflow_schema;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::page::{self, Page, Tone};
use crate::{files, project};

/// What `init --json` prints.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Done {
    /// Files that were written.
    created: Vec<String>,
    /// Files that were there and were left alone.
    kept: Vec<String>,
}

/// What a run writes there if nobody has prepared the repository: git sees nothing of the folder.
const IGNORE_ALL: &str = "*\n";

const IGNORE: &str = "\
# Runs stay on this machine; settings and workflows belong to the repository.
*
!.gitignore
!config.yaml
!agents.yaml
!prices.yaml
!workflow.schema.json
!workflows/
!workflows/**
";

const CONFIG: &str = "\
# Settings of `mission` for this repository. Everything is optional.

# Commands that show that the work is sound. Without this they are detected from Cargo.toml, package.json, pyproject.toml,
# go.mod, Makefile or Justfile; see what was found with `mission doctor`.
# checks:
#   - { name: test, run: cargo test }
#   - { name: lint, run: cargo clippy -- -D warnings }

# Commands that run in every new worktree before anything works in it. What they make must be ignored by git.
# worktree:
#   setup:
#     - cp $MISSION_REPOSITORY/.env .
#     - npm ci
#   isolation: always      # keep attempts apart in a user namespace, too; see `mission doctor`
";

const HELLO: &str = r#"# yaml-language-server: $schema=../workflow.schema.json
mission: 1
name: hello
description: Three commands, two of them side by side.

inputs:
  who: { type: string, default: world, description: whom to greet }

nodes:
  greet:
    run: echo "Hello, $WHO."
    env: { WHO: "{{ inputs.who }}" }
    output: { from: stdout }
  today:
    run: date
    output: { from: stdout }
  say:
    needs: [greet, today]
    run: printf '%s It is %s\n' "$GREETING" "$TODAY"
    env:
      GREETING: "{{ nodes.greet.output }}"
      TODAY: "{{ nodes.today.output }}"
    output: { from: stdout }

outputs: { said: nodes.say.output }
"#;

/// Writes what is missing.
pub(crate) fn perform(args: &args::Init) -> Result<Exit, Failure> {
    let root = project::root()?;
    let folder = project::folder(&root);
    let schema = page::json(&workflow_schema(), true) + "\n";
    let mut done = Done::default();
    let ignore = folder.join(".gitignore");
    if fs::read_to_string(&ignore).is_ok_and(|text| text == IGNORE_ALL) {
        // A run was here before: what is written below is to be seen by git.
        fs::remove_file(&ignore).map_err(|source| files::io("replace", &ignore, source))?;
    }
    let wanted = [
        (".gitignore", IGNORE),
        ("config.yaml", CONFIG),
        ("workflow.schema.json", schema.as_str()),
        ("workflows/hello.yaml", HELLO),
    ];
    for (name, text) in wanted {
        let path = folder.join(name);
        let shown = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        if create(&path, text)? { done.created.push(shown) } else { done.kept.push(shown) }
    }
    if args.json {
        page::print_json(&done)?
    } else {
        page::print(&written(&done))?
    }
    Ok(Exit::Done)
}

/// Writes a new file; false if there is one.
fn create(path: &Path, text: &str) -> Result<bool, Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| files::io("create", folder, source))?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(|source| files::io("write", path, source))?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(source) => Err(files::io("write", path, source)),
    }
}

fn written(done: &Done) -> Page {
    let mut page = Page::new();
    for file in &done.created {
        page.tone(Tone::Good, "created").line(format!("  {file}"));
    }
    for file in &done.kept {
        page.tone(Tone::Dim, "kept   ").line(format!("  {file}"));
    }
    page.end().text("Next:  ").tone(Tone::Accent, "mission run hello").end();
    page.text("       ").tone(Tone::Accent, "mission doctor").line("           what was found on this machine");
    page.text("       ").tone(Tone::Accent, "mission compile mission").line("  the shipped workflow, drawn");
    page
}
