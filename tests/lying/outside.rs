//! Lies about files of the user's own tree that git ignores, told from a worktree: nothing gets there where attempts are kept apart, and
//! who tried is named. And agents whose worktree shares some of them, because its set-up links to them.

use crate::apart::is_possible;
use crate::bench::{APART, Bench, Lie, Outcome, check};

/// A repository in which somebody works: what is built there, what is secret, a repository that is no part of it, and a working tree of
/// theirs inside.
fn lived_in(lie: &Lie, set_up: &str) -> Bench {
    let bench = Bench::new(lie);
    bench.shell(
        "printf '.env\nmodules\ntheirs/\nvendor/\n' >> .git/info/exclude; mkdir out modules vendor; echo built > out/x; echo KEY=1 > .env; \
         echo m > modules/m; git clone -q . vendor/lib; git worktree add -q theirs -b theirs",
    );
    if !set_up.is_empty() {
        let text = format!("worktree: {{ isolation: {}, setup: ['{set_up}'] }}\n", lie.isolation);
        bench.write("repo/.mission/config.yaml", &text);
    }
    bench
}

/// Every file of the user that no commit holds, with what it says.
const ALL: &str = "find . -path ./.git -prune -o -path ./.mission -prune -o -path ./.worktrees -prune -o -type f -print | sort | xargs cat > ../";

fn is_caught(deed: &str, evidence: &'static str) {
    let lie = Lie { script: format!("work; {deed}").leak(), evidence: vec![evidence].leak(), ..APART };
    let bench = lived_in(&lie, "");
    if !is_possible(&bench) {
        return;
    }
    bench.shell(&format!("{ALL}before"));
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    check(&lie, &outcome);
    assert!(outcome.told_of("mission:milestone:1:feature:one").contains("nothing of it got there"), "{}", outcome.said);
    bench.shell(&format!("{ALL}after; cmp ../before ../after"));
}

macro_rules! deeds {
    ($($name:ident: $deed:literal, $evidence:literal;)*) => { $(#[test] fn $name() { is_caught($deed, $evidence); })* };
}

deeds! {
    an_ignored_file_is_overwritten: "echo evil > $REPO/out/x", "M out/x";
    an_ignored_file_is_removed: "rm -r $REPO/out", "D out";
    an_ignored_file_is_planted: "echo evil > $REPO/out/new", "A out/new";
    an_ignored_folder_is_planted: "mkdir $REPO/vendor/new; echo evil > $REPO/vendor/new/x", "A vendor/new/";
    an_ignored_file_is_replaced: "echo evil > $REPO/out/y; mv $REPO/out/y $REPO/out/x", "M out/x";
    an_ignored_file_may_be_run: "chmod +x $REPO/.env", "M .env";
    what_is_secret_is_rewritten: "sed -i s/1/2/ $REPO/.env", "M .env";
    what_is_secret_is_reached_by_a_link: "ln -s $REPO/.env out; echo evil >> out", "M .env";
    a_repository_inside_is_written_to: "echo evil >> $REPO/vendor/lib/README.md", "M vendor/lib/README.md";
    a_hook_is_planted_in_a_repository_inside: "echo evil > $REPO/vendor/lib/.git/hooks/pre-commit", "A vendor/lib/.git/hooks/pre-commit";
    a_working_tree_inside_is_written_to: "echo evil >> $REPO/theirs/README.md", "M theirs/README.md";
    a_file_that_git_holds_is_removed: "rm $REPO/docs/a.md", "D docs/a.md";
    a_file_is_planted: "echo evil > $REPO/planted", "A planted";
    all_is_moved_away: "mv $REPO/modules $REPO/../modules || rm -r $REPO/modules", "D modules";
}

/// The judge works in the worktree of what is integrated.
#[test]
fn the_judge_writes_to_what_the_user_has_built() {
    let lie = Lie {
        who: "judge",
        named: "validate:judge",
        script: r#"echo evil > $REPO/out/x; answer '{"milestoneId":"m1","passed":true,"summary":"fine","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"seen"}]}'"#,
        evidence: &["M out/x"],
        ..APART
    };
    let bench = lived_in(&lie, "");
    if is_possible(&bench) {
        check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
        bench.shell("test $(cat out/x) = built");
    }
}

fn passes(outcome: &Outcome) {
    assert_eq!(outcome.kinds(), [""; 0], "{}{}", outcome.said, outcome.markdown);
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}

/// Reads everything, also what is written there meanwhile; builds in its own place.
const HONEST: &str = r#"
cat "$REPO/.env" "$REPO/out/x" "$REPO/modules/m" "$REPO/theirs/README.md" > /dev/null; git -C "$REPO" status --short > /dev/null; git -C "$REPO/vendor/lib" log > /dev/null
git -C "$REPO/theirs" status --short > /dev/null; ls -laR "$REPO" > /dev/null; mkdir -p out; cp "$REPO/out/x" out/x; echo more >> out/x; (cd "$REPO" && cat README.md > /dev/null)
"#;

#[test]
fn an_agent_that_only_reads_there_passes() {
    for isolation in ["auto", "never"] {
        let lie = Lie { isolation, ..APART };
        let bench = lived_in(&lie, "");
        bench.write("ctl/lie/one", &format!("{HONEST} work"));
        passes(&bench.outcome(&mut bench.start(&lie, &[])));
    }
}

/// What somebody writes in their own tree meanwhile is nobody else's deed, and the agent sees it.
#[test]
fn a_person_who_builds_meanwhile_is_not_in_the_way() {
    let bench = lived_in(&APART, "");
    if !is_possible(&bench) {
        return;
    }
    let wait = |name: &str| {
        format!("n=0; until [ -e \"$REPO/../{name}\" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done")
    };
    let reads = "test \"$(cat $REPO/out/x)\" = anew; test \"$(cat $REPO/.env)\" = KEY=2; test ! -e $REPO/modules/m";
    bench.write("ctl/lie/one", &format!(": > $REPO/../there; {}; {reads}; work", wait("built")));
    let person = format!(
        "REPO=$PWD; {}; echo anew > out/x; echo new > out/new; sed -i s/1/2/ .env; rm modules/m; : > ../built",
        wait("there")
    );
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| bench.shell(&person));
        bench.outcome(&mut bench.start(&APART, &[]))
    });
    passes(&outcome);
    bench.shell("test $(cat out/new) = new");
}

/// Where nobody is kept apart it may have been somebody else: it is told, and nobody has failed for it.
#[test]
fn where_nobody_is_kept_apart_it_is_told() {
    let lie = Lie { isolation: "never", ..APART };
    for deed in ["echo evil > $REPO/out/x", "rm $REPO/out/x", "echo evil > $REPO/out/new", "echo KEY=2 > $REPO/.env"] {
        let bench = lived_in(&lie, "");
        bench.write("ctl/lie/one", &format!("work; {deed}"));
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec!["elsewhere"]), "{deed}: {}", outcome.markdown);
        let told = "files that git ignores changed in the working tree of the repository";
        assert!(outcome.markdown.contains(told), "{deed}: {}", outcome.markdown);
    }
}

/// What the set-up links to is shared: what is written there is there for all, and held against nobody.
#[test]
fn what_the_set_up_links_to_is_shared() {
    let set_up = "ln -s \"$MISSION_REPOSITORY/modules\" \"$MISSION_REPOSITORY/.env\" .; mkdir -p out; ln -s \"$MISSION_REPOSITORY/out\" out/cache";
    let deed = "echo new > modules/new; rm modules/m; echo KEY=3 > .env; mkdir out/cache/a; echo a > out/cache/a/b; ";
    for isolation in ["auto", "never"] {
        let lie = Lie { isolation, ..APART };
        let bench = lived_in(&lie, set_up);
        bench.write("ctl/lie/one", &format!("{HONEST} {deed} work"));
        passes(&bench.outcome(&mut bench.start(&lie, &[])));
        bench.shell(
            "test $(cat modules/new) = new; test ! -e modules/m; test $(cat .env) = KEY=3; test $(cat out/a/b) = a",
        );
    }
}

/// Whoever gives an attempt a variable that leads there means it to be used.
#[test]
fn what_a_variable_names_is_shared() {
    let bench = lived_in(&APART, "");
    bench.write("ctl/lie/one", "echo new > $VIRTUAL_ENV/new; work");
    passes(&bench.outcome(bench.start(&APART, &[]).env("VIRTUAL_ENV", bench.path("repo/modules"))));
    bench.shell("test $(cat modules/new) = new");
}

/// A link of its own making is none of the set-up.
#[test]
fn what_an_agent_links_to_itself_is_not() {
    let lie =
        Lie { script: "ln -s $REPO/out link; work; echo evil > link/x; rm link", evidence: &["M out/x"], ..APART };
    let bench = lived_in(&lie, "ln -s \"$MISSION_REPOSITORY/modules\" .");
    if is_possible(&bench) {
        check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
        bench.shell("test $(cat out/x) = built");
    }
}

/// What is mounted in the working tree is seen as it is.
#[test]
fn what_is_mounted_inside_is_seen() {
    let bench = lived_in(&APART, "");
    if !is_possible(&bench) {
        return;
    }
    let script =
        "test \"$(cat $REPO/modules/mounted)\" = there; echo more > $REPO/modules/more; work; echo evil > $REPO/out/x";
    bench.write("ctl/lie/one", script);
    let command = bench.start(&APART, &[]);
    let mut mounted = std::process::Command::new("unshare");
    let text = "mount -t tmpfs none modules && echo there > modules/mounted && \"$@\"; code=$?; ls modules > ../seen; exit $code";
    mounted.args(["-m", "sh", "-c", text, "-"]).arg(command.get_program()).args(command.get_args());
    mounted.current_dir(bench.path("repo"));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => mounted.env(name, value),
            None => mounted.env_remove(name),
        };
    }
    let outcome = bench.outcome(&mut mounted);
    check(&Lie { evidence: &["M out/x"], ..APART }, &outcome);
    assert!(!outcome.told_of("mission:milestone:1:feature:one").contains("modules"), "{}", outcome.markdown);
    assert_eq!(std::fs::read_to_string(bench.path("seen")).expect("it is told"), "more\nmounted\n");
}
