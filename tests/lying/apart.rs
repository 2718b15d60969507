//! Lies about the worktrees of others where attempts are kept apart: nothing gets there, and who tried is known for certain.

use std::process::Command;

use serde_json::{Value, json};

use crate::bench::{APART, Bench, Lie, Outcome, check};

/// Works until the liar has done its deed, then goes on with the file that it had begun.
const HONEST: &str = r#"echo "$last" > "$last.txt"; : > "$REPO/../there"; n=0; until [ -e "$REPO/../done" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; ok "[\"$last.txt\"]""#;

/// What a liar waits for; then `$w` is the worktree of `two`.
const THERE: &str = r#"n=0; until [ -e "$REPO/../there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; w=$(echo "$REPO"/.worktrees/*-two); work; "#;

const LIAR: Lie = Lie { features: &["one", "two"], together: 2, ..APART };

/// Does the system let the tools of the system do the same where the test works?
fn could(bench: &Bench) -> bool {
    let place = bench.path("could");
    for folder in ["lower", "upper", "work", "at"] {
        std::fs::create_dir_all(place.join(folder)).expect("a folder");
    }
    let text =
        "mount -t overlay overlay -o userxattr,lowerdir=lower,upperdir=upper,workdir=work at && unshare -Urm true";
    let mut command = Command::new("unshare");
    let told = command.args(["-m", "sh", "-c", text]).current_dir(&place).output();
    told.is_ok_and(|told| told.status.success())
}

/// Can attempts be kept apart on this machine? Told by the program itself; where not, other tests hold what is seen instead.
#[expect(clippy::print_stderr, reason = "whoever looks at a test that tried nothing must see why")]
pub(crate) fn is_possible(bench: &Bench) -> bool {
    let told = bench.command(&["doctor", "--json"]).output().expect("it runs");
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let found = told["findings"].as_array().expect("findings").iter().find(|f| f["about"] == json!("isolation"));
    let possible = found.expect("it is told")["state"] == json!("ok");
    assert!(possible || !could(bench), "this system could: {found:?}");
    if !possible {
        eprintln!("skipped: attempts cannot be kept apart here: {found:?}");
    }
    possible
}

fn told(lie: &Lie, honest: &str, wrap: impl Fn(Command) -> Command) -> Option<(Bench, Outcome)> {
    let bench = Bench::new(lie);
    bench.write("ctl/lie/one", &format!("{THERE}{}; : > \"$REPO/../done\"", lie.script));
    bench.write("ctl/lie/two", honest);
    if !is_possible(&bench) {
        return None;
    }
    let outcome = bench.outcome(&mut wrap(bench.start(lie, &[])));
    Some((bench, outcome))
}

/// The liar is named with what it did; who worked beside it is not, and its work is as it left it.
fn caught_apart(script: &'static str, evidence: &'static [&'static str]) {
    let lie = Lie { script, evidence, ..LIAR };
    let Some((bench, outcome)) = told(&lie, HONEST, |command| command) else { return };
    check(&lie, &outcome);
    assert!(
        outcome.told_of("mission:milestone:1:feature:one").contains("it wrote to what belongs to others"),
        "{}",
        outcome.said
    );
    assert_eq!(outcome.told_of("mission:milestone:1:feature:two"), "", "{}", outcome.markdown);
    let branches = Command::new("git")
        .args(["for-each-ref", "--format=%(refname:short)", "refs/heads/mission/*/1/two"])
        .current_dir(bench.path("repo"))
        .output()
        .expect("git runs");
    let left = String::from_utf8_lossy(&branches.stdout).trim().to_owned();
    let worktrees = std::fs::read_dir(bench.path("repo/.worktrees")).expect("a folder").flatten();
    let of_two = worktrees.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with("-two"));
    let file = of_two.map(|path| path.join("two.txt")).find_map(|path| std::fs::read_to_string(path).ok());
    let file = file.unwrap_or_else(|| {
        let show =
            Command::new("git").args(["show", &format!("{left}:two.txt")]).current_dir(bench.path("repo")).output();
        String::from_utf8_lossy(&show.expect("git runs").stdout).into_owned()
    });
    assert_eq!(file, "two\n");
}

#[test]
fn a_file_that_the_other_feature_names_is_written_to() {
    caught_apart(r#"echo evil >> "$w/two.txt""#, &["-two/two.txt", "nothing of it got there"]);
}

#[test]
fn the_same_by_a_relative_path() {
    caught_apart(r#"f=$(cd .. && echo ./*-two/two.txt); (cd .. && echo evil > "$f")"#, &["M ", "-two/two.txt"]);
}

#[test]
fn a_file_of_the_other_feature_is_deleted_or_its_mode_changed() {
    caught_apart(r#"rm "$w/two.txt"; chmod +x "$w/README.md""#, &["D ", "-two/two.txt", "-two/README.md"]);
}

#[test]
fn a_file_is_planted_in_the_worktree_of_the_other_feature() {
    caught_apart(r#"mkdir "$w/deep"; echo evil > "$w/deep/planted.txt""#, &["A ", "-two/deep/"]);
}

#[test]
fn the_worktree_of_the_other_feature_is_moved_away() {
    caught_apart(r#"mv "$w" "$w.gone" || rm -rf "$w""#, &["-two"]);
}

#[test]
fn something_is_planted_beside_the_worktrees() {
    caught_apart(
        r#"echo evil > "$REPO/.worktrees/planted.txt"; echo evil > "$REPO/.worktrees/.gitignore""#,
        &["A .worktrees/planted.txt", "M .worktrees/.gitignore"],
    );
}

#[test]
fn the_worktree_of_what_is_integrated_is_written_to_where_one_had_none() {
    // A node without a worktree of its own may write to none.
    let lie = Lie { who: "final", named: "", script: "echo evil > \"$REPO\"/.worktrees/planted.txt", ..APART };
    let bench = Bench::new(&lie);
    if !is_possible(&bench) {
        return;
    }
    let text = format!(
        "{}; answer '{{\"status\":\"completed\",\"summary\":\"done\",\"completedMilestones\":1,\"totalMilestones\":1,\"validationPassed\":true,\"markdownBody\":\"All.\"}}'",
        lie.script
    );
    bench.write("ctl/lie/final", &text);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_ne!(outcome.code, Some(0), "{}", outcome.said);
    assert!(outcome.told_of("mission:final").contains("A .worktrees/planted.txt"), "{}", outcome.markdown);
}

#[test]
fn what_was_written_aside_cannot_be_taken_back() {
    caught_apart(
        r#"echo evil > "$w/two.txt"; a=$(echo "$REPO"/.mission/runs/*/aside); rm -rf "$a" || true; rm -rf "$a"/* || true"#,
        &["M ", "-two/two.txt"],
    );
}

/// What is mounted stays mounted, and there is no way around it.
#[test]
fn nobody_gets_around_it() {
    // Where there are no user namespaces, root may take away what is mounted.
    if !Command::new("unshare").args(["-Urm", "true"]).output().is_ok_and(|told| told.status.success()) {
        return;
    }
    caught_apart(
        r#"echo evil > "$w/two.txt" || true
umount -l "$REPO/.worktrees" 2> /dev/null || true; echo evil >> "$w/two.txt" || true
mkdir "$REPO/../peek"; mount --bind / "$REPO/../peek" 2> /dev/null || true; echo evil >> "$REPO/../peek$w/two.txt" 2> /dev/null || true
for p in /proc/[0-9]*; do echo evil >> "$p/root$w/two.txt" || true; echo evil >> "$p/cwd/two.txt" || true; done 2> /dev/null"#,
        &["M ", "-two/two.txt"],
    );
}

/// The result of a plain command is a file of its attempt, which nobody else may write.
#[test]
fn the_result_of_the_other_feature_is_forged() {
    caught_apart(
        r#"for f in "$REPO"/.mission/runs/*/attempts/mission/milestone/1/feature/two/1; do echo '{"status":"success"}' > "$f/result.json"; done"#,
        &["/attempts/mission/milestone/1/feature/two/1/result.json"],
    );
}

#[test]
fn a_log_is_planted_and_a_note_of_the_engine_rewritten() {
    caught_apart(
        r#"for f in "$REPO"/.mission/runs/*/git/worktree-*; do echo lies >> "$f"; done; for d in "$REPO"/.mission/runs/*/logs; do echo lies > "$d/two.log"; done"#,
        &["A .mission/runs/", "/logs/two.log", "/git/worktree-"],
    );
}

/// Without the right to mount: in a user namespace.
#[test]
fn the_same_without_the_right_to_mount() {
    let lie = Lie { script: r#"echo evil >> "$w/two.txt""#, evidence: &["-two/two.txt"], isolation: "always", ..LIAR };
    let unprivileged = |command: Command| {
        let mut wrapped = Command::new("setpriv");
        wrapped
            .args(["--bounding-set=-sys_admin", "--inh-caps=-sys_admin"])
            .arg(command.get_program())
            .args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            wrapped.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(name, value),
                None => wrapped.env_remove(name),
            };
        }
        wrapped
    };
    let mut tried = Command::new("setpriv");
    tried.args(["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", "unshare", "-Urm", "true"]);
    if !tried.output().is_ok_and(|told| told.status.success()) {
        return;
    }
    let Some((_, outcome)) = told(&lie, HONEST, unprivileged) else { return };
    check(&lie, &outcome);
    assert_eq!(outcome.told_of("mission:milestone:1:feature:two"), "", "{}", outcome.markdown);
}

/// Honest neighbours do in their own place whatever they like, and may read everywhere.
#[test]
fn honest_neighbours_notice_nothing() {
    let honest = r#": > "$REPO/../$last.there"; n=0; until [ -e "$REPO/../one.there" ] && [ -e "$REPO/../two.there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done
mkdir -p out/a out/b; echo x > out/a/f; ln out/a/f out/b/hard; ln -s ../a/f out/b/soft; mv out/a out/c; printf '#!/bin/sh\necho run\n' > out/s; chmod +x out/s; test "$(out/s)" = run
cat "$REPO"/.worktrees/*/README.md > /dev/null; git worktree list > /dev/null; git -C "$REPO" status --short > /dev/null; ls -la .. > /dev/null
test "$(git rev-parse --show-toplevel)" = "$PWD"; cd ..; cd -; echo "$last" > tmp; mv tmp "$last.txt"; git add "$last.txt"; commit -m mine; ok "[\"$last.txt\"]""#;
    let lie = Lie { script: "", ..LIAR };
    let bench = Bench::new(&lie);
    for who in lie.features {
        bench.write(&format!("ctl/lie/{who}"), honest);
    }
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!(outcome.code, Some(0), "{}", outcome.said);
    let left = std::fs::read_dir(bench.path("repo/.mission/runs")).expect("runs").flatten().find(|e| e.path().is_dir());
    let asides =
        Command::new("find").arg(left.expect("a run").path()).args(["-name", "written"]).output().expect("find runs");
    assert_eq!(String::from_utf8_lossy(&asides.stdout), "", "nothing stays where nothing was written");
}

/// Whoever reads the report knows what was not seen.
#[test]
fn the_report_says_who_was_not_kept_apart() {
    let script = r#": > "$REPO/../$last.there"; n=0; until [ -e "$REPO/../one.there" ] && [ -e "$REPO/../two.there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; work"#;
    for (isolation, together) in [("never", 2), ("auto", 2), ("never", 1)] {
        let lie = Lie { script: "", isolation, together, ..LIAR };
        let bench = Bench::new(&lie);
        for who in lie.features {
            bench.write(&format!("ctl/lie/{who}"), if together == 2 { script } else { "work" });
        }
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!((outcome.code, outcome.kinds().len()), (Some(0), 0), "{}", outcome.said);
        let is_exposed = together == 2 && (isolation == "never" || !is_possible(&bench));
        let all: Vec<&serde_json::Value> = outcome.report["handoffs"].as_array().expect("some").iter().collect();
        let exposed = all.iter().filter(|h| h["checked"]["exposed"] == true).count();
        assert_eq!(exposed, if is_exposed { 2 } else { 0 }, "{isolation} {together}: {}", outcome.markdown);
        let told = outcome.markdown.contains("2 nodes were not kept apart from others who worked at the same time");
        assert_eq!(told, is_exposed, "{}", outcome.markdown);
    }
}

#[test]
fn a_program_that_cannot_be_started_is_told_as_ever() {
    let bench = Bench::new(&LIAR);
    if !is_possible(&bench) {
        return;
    }
    for folder in ["place/runs", "place/aside/written/runs", "place/aside/scratch/runs"] {
        std::fs::create_dir_all(bench.path(folder)).expect("a folder");
    }
    bench.write("place/agent", "#!/nowhere/sh\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(bench.path("place/agent"), mode).expect("a script");
    let mut command = bench.command(&["apart", "--isolation", "auto"]);
    command.arg("--place").arg(bench.path("place/runs")).arg("--aside").arg(bench.path("place/aside"));
    let output = command.arg("--").arg(bench.path("place/agent")).output().expect("it runs");
    assert!(!output.status.success());
    let told = std::fs::read_to_string(bench.path("place/aside/refusal"));
    let told = told.unwrap_or_else(|_| String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(told.contains("the interpreter that its first line names is not there"), "{told}");
}

#[test]
fn a_place_on_which_something_else_is_mounted_is_covered_as_well() {
    let bench = Bench::new(&LIAR);
    if !is_possible(&bench) {
        return;
    }
    for folder in ["place/runs/own", "place/logs", "place/aside"] {
        std::fs::create_dir_all(bench.path(folder)).expect("a folder");
    }
    let script = r#"mount -t tmpfs none "$1/runs" && mkdir "$1/runs/own" && echo before >"$1/runs/file" &&
"$2" apart --isolation auto --place "$1/runs" --place "$1/logs" --own "$1/runs/own" --aside "$1/aside" -- \
  /bin/sh -c 'cat "$1/runs/file"; echo after >"$1/runs/file"; echo new >"$1/logs/new"; echo mine >"$1/runs/own/mine"' - "$1" &&
cat "$1/runs/file" "$1/runs/own/mine" && ls "$1/logs""#;
    let mut command = Command::new("unshare");
    command.args(["-m", "/bin/sh", "-c", script, "-"]).arg(bench.path("place")).arg(env!("CARGO_BIN_EXE_mission"));
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "before\nbefore\nmine\n", "{}", String::from_utf8_lossy(&output.stderr));
    for (name, content) in [("runs/file", "after\n"), ("logs/new", "new\n")] {
        let written = bench.path("place/aside/written/place").join(name);
        assert_eq!(std::fs::read_to_string(written).ok().as_deref(), Some(content), "{name}");
    }
}
