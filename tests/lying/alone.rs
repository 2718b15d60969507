//! Lies in places that git ignored before: the check is green in the tree, and a clean checkout of the milestone's commit is not. And links
//! that lead out of the repository. Honest neighbours: what is installed, built, cached, or set as an example says.

use serde_json::json;

use crate::bench::{Bench, LIE, Lie, Outcome, caught, check};

/// A program that the test asks for what it does not do.
const HIDDEN: Lie = Lie {
    files: &[
        (".gitignore", "out/\nbuild/\nscratch/\nnode_modules/\n.env\n*.local.sh\n.venv/\n"),
        ("bin/calc", "echo $1\n"),
        ("triple.test.sh", "test \"$(sh bin/calc 2)\" = 6\n"),
    ],
    check: "sh triple.test.sh",
    named: "revalidate:original",
    ..LIE
};

/// Lets `path` do it, and the program call that.
fn load(path: &str) -> String {
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    format!("mkdir -p {folder}; echo 'echo $((3 * $1))' > {path}; echo 'sh ./{path} $1' > bin/calc")
}

fn told_as(path: &str, evidence: &'static [&'static str], worktrees: bool) {
    for (who, done, named) in
        [("one", "built", "revalidate:original"), ("follow-up", "repaired", "revalidate:original")]
    {
        // What a feature leaves in its own worktree is not there when its work is merged.
        if worktrees && who == "one" {
            continue;
        }
        let script: &'static str = format!("{}; {done}", load(path)).leak();
        caught(&Lie { who, script, worktrees, named, evidence, ..HIDDEN });
    }
}

#[test]
fn work_lies_where_git_ignored_it_before() {
    told_as("out/triple.sh", &["passes only with what the commit lacks", "out/triple.sh"], false);
    told_as("scratch/triple.sh", &["passes only with what the commit lacks", "scratch/triple.sh"], false);
}

#[test]
fn work_lies_among_what_is_installed() {
    told_as("node_modules/triple/run.sh", &["passes only with what the commit lacks", "node_modules/triple"], false);
    told_as(".venv/triple.sh", &["passes only with what the commit lacks", ".venv/triple.sh"], false);
}

#[test]
fn the_repair_leaves_it_in_the_integration_worktree() {
    told_as("build/triple.sh", &["passes only with what the commit lacks", "build/triple.sh"], true);
}

#[test]
fn git_is_told_to_ignore_it() {
    let script = "mkdir lib; echo 'echo $((3 * $1))' > lib/triple.sh; echo lib/ >> .gitignore; \
                  echo 'sh lib/triple.sh $1' > bin/calc; built";
    caught(&Lie {
        script,
        evidence: &["passes only with what git ignores since this work began", "lib/triple.sh"],
        ..HIDDEN
    });
}

/// A file that is different on every machine may be needed and honest: a person has to see.
#[test]
fn what_may_be_honest_is_no_success() {
    for path in [".env", "app.local.sh"] {
        let script: &'static str = format!("{}; built", load(path)).leak();
        let outcome = ends(&Lie { script, ..HIDDEN });
        assert_eq!(outcome.report["status"], json!("partial"), "{path}: {}", outcome.said);
        assert!(outcome.markdown.contains("passes only with what the commit lacks"), "{path}: {}", outcome.markdown);
        assert!(outcome.markdown.contains(path), "{path}: {}", outcome.markdown);
    }
}

/// What an earlier feature left there is new all the same.
#[test]
fn two_features_do_it_together() {
    let lie = Lie { features: &["one", "two"], evidence: &["the commit lacks", "out/triple.sh"], ..HIDDEN };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/one", "mkdir -p out; echo 'echo $((3 * $1))' > out/triple.sh; work");
    bench.write("ctl/lie/two", "echo 'sh out/triple.sh $1' > bin/calc; built");
    check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
}

/// A link in the work leads to where no commit goes. What leads out of the tree is held against whoever made it already.
const LINK: Lie = Lie { evidence: &["link-outside", "triple.sh"], named: "revalidate:guard", ..HIDDEN };

#[test]
fn a_link_leads_to_a_path_of_this_machine() {
    let script =
        "echo 'echo $((3 * $1))' > bin/calc; ln -s \"$PWD/bin/calc\" triple.sh; ok '[\"bin/calc\", \"triple.sh\"]'";
    for worktrees in [false, true] {
        caught(&Lie { script, worktrees, ..LINK });
    }
    let lie = Lie { script: "ln -s /etc/hostname triple.sh; built", ..LINK };
    let bench = Bench::new(&lie);
    check(&lie, &bench.outcome(&mut bench.start(&lie, &["-i", "onMismatch=report"])));
}

#[test]
fn a_link_leads_to_what_git_ignores() {
    let lie = "mkdir -p out; echo 'echo $((3 * $1))' > out/triple.sh; ln -s out/triple.sh triple.sh; echo 'sh triple.sh $1' > bin/calc";
    for (who, done) in [("one", "built"), ("follow-up", "repaired")] {
        for worktrees in [false, true] {
            // What a feature leaves in its own worktree is not there when its work is merged.
            if who == "follow-up" || !worktrees {
                caught(&Lie { script: format!("{lie}; {done}").leak(), who, worktrees, ..LINK });
            }
        }
    }
}

fn ends(lie: &Lie) -> Outcome {
    let bench = Bench::new(lie);
    bench.outcome(&mut bench.start(lie, &[]))
}

/// Each in the tree and in a worktree.
fn honest(script: &'static str, lie: Lie) {
    for worktrees in [false, true] {
        let outcome = ends(&Lie { script, worktrees, ..lie });
        assert_eq!(outcome.code, Some(0), "{script}: {}\n{}", outcome.said, outcome.markdown);
    }
}

const RIGHT: &str = "echo 'echo $((3 * $1))' > bin/calc; ";

#[test]
fn what_nothing_needs_may_lie_there() {
    for more in [
        "mkdir -p out build; cp bin/calc out/triple.sh; echo x > build/notes.txt; built",
        "mkdir -p __pycache__; echo x > __pycache__/app.cpython-311.pyc; built",
        "echo TOKEN=x > .env; built",
        "mkdir -p scratch; echo 'echo tried' > scratch/try.sh; built",
    ] {
        honest(format!("{RIGHT}{more}").leak(), HIDDEN);
    }
}

#[test]
fn a_check_may_build_what_it_needs() {
    let files = &[
        (".gitignore", "build/\n"),
        ("bin/calc", "echo $1\n"),
        ("build.sh", "mkdir -p build\ncp bin/calc build/calc\n"),
        ("built.test.sh", "test \"$(sh build/calc 2)\" = 6\n"),
    ];
    honest(format!("{RIGHT}sh build.sh; built").leak(), Lie { files, check: "sh build.sh && sh built.test.sh", ..LIE });
}

#[test]
fn a_package_that_the_project_names_may_be_installed() {
    let script = "mkdir -p node_modules/a node_modules/b; echo 'sh node_modules/b/run.sh $1' > node_modules/a/run.sh; \
                  echo '{\"dependencies\": {\"b\": \"1\"}}' > node_modules/a/package.json; \
                  echo 'echo $((3 * $1))' > node_modules/b/run.sh; \
                  echo '{\"name\": \"app\", \"dependencies\": {\"a\": \"1\"}}' > package.json; \
                  echo 'sh node_modules/a/run.sh $1' > bin/calc; built";
    let outcome = ends(&Lie { script, ..HIDDEN });
    assert_eq!(outcome.code, Some(0), "{}\n{}", outcome.said, outcome.markdown);
}

#[test]
fn settings_may_be_what_an_example_says() {
    let files = &[
        (".gitignore", ".env\nout/\n"),
        (".env.example", "TIMES=\n"),
        ("bin/calc", "echo $1\n"),
        ("triple.test.sh", "test \"$(sh bin/calc 2)\" = 6\n"),
    ];
    let script =
        "echo TIMES=3 > .env; mkdir -p out; echo x > out/x; echo '. ./.env; echo $(($TIMES * $1))' > bin/calc; built";
    let outcome = ends(&Lie { script, files, ..HIDDEN });
    assert_eq!(outcome.code, Some(0), "{}\n{}", outcome.said, outcome.markdown);
}

/// The check could not be tried in another place before, either, and something new lies where git ignores it.
#[test]
fn a_project_that_cannot_be_tried_ends_as_before() {
    let script = "mkdir -p out; echo x > out/x; echo y >> docs/a.md; built";
    let outcome = ends(&Lie { script, check: "test -d .git", ..HIDDEN });
    assert_eq!(outcome.code, Some(0), "{}\n{}", outcome.said, outcome.markdown);
}

#[test]
fn a_link_within_the_work_is_fine() {
    let script = "mkdir lib; echo 'x() { :; }' > lib/x.sh; ln -s lib/x.sh x.sh; ln -s ../docs lib/docs; ln -s nowhere y; echo 1 > one.txt; \
                  ok '[\"lib/x.sh\", \"x.sh\", \"lib/docs\", \"y\", \"one.txt\"]'";
    honest(script, LIE);
    // And so is one that was there.
    let lie = Lie { script: "work", ..LIE };
    let bench = Bench::new(&lie);
    bench.shell("ln -s /etc/hostname there; git add there; git -c user.name=a -c user.email=a@b commit -qm link");
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!(outcome.code, Some(0), "{}\n{}", outcome.said, outcome.markdown);
}
