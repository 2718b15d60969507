//! Which git is run, and in which surroundings.

use std::ffi::OsString;
use std::path::Path;

use mission_executor::git::{Error, Policy, Program, Repository};

use crate::fixture::{Fixture, script};

/// Puts a program called `git` into `folder` that leaves a canary.
fn plant(folder: &Path, canary: &Path) {
    script(&folder.join("git"), &format!("touch '{}'", canary.display()));
}

#[test]
fn relative_folders_and_folders_of_the_repository_are_not_searched() {
    let fixture = Fixture::new();
    let canary = fixture.outside().join("canary");
    plant(&fixture.root, &canary);
    plant(&fixture.root.join("node_modules/.bin"), &canary);
    std::os::unix::fs::symlink(&fixture.root, fixture.outside().join("link")).unwrap();
    let real = std::env::var("PATH").unwrap();
    let root = fixture.root.display();
    let outside = fixture.outside();
    for first in [
        ".".to_owned(),
        String::new(),
        "./".to_owned(),
        "bin".to_owned(),
        root.to_string(),
        format!("{root}/node_modules/.bin"),
        format!("{}/link", outside.display()),
        format!("{root}/../repo"),
    ] {
        let vars = [(OsString::from("PATH"), OsString::from(format!("{first}:{real}")))];
        let program = Program::find(vars, &fixture.root).unwrap();
        assert!(program.path().is_absolute());
        assert!(!program.path().starts_with(&outside), "{first:?} gave {:?}", program.path());
        program.version().unwrap();
        assert!(!canary.exists(), "{first:?}");
    }
}

#[test]
fn without_git_on_the_path_the_error_says_so() {
    let fixture = Fixture::new();
    for path in ["", ".", "/nonexistent", "relative"] {
        let vars = [(OsString::from("PATH"), OsString::from(path))];
        let error = Program::find(vars, &fixture.root).unwrap_err();
        assert!(matches!(error, Error::ProgramMissing));
        assert_eq!(error.to_string(), "`git` is not in any absolute folder of PATH");
        assert!(error.help().unwrap().contains("2.38"));
    }
}

#[test]
fn versions_below_2_38_are_refused() {
    let fixture = Fixture::new();
    for (said, refused) in [
        ("git version 2.37.9", true),
        ("git version 1.9", true),
        ("git version 2.38.0", false),
        ("git version 2.50.1 (Apple Git-155)", false),
        ("git version 3.0.rc1", false),
    ] {
        let folder = fixture.outside().join("fake");
        script(&folder.join("git"), &format!("echo '{said}'"));
        let program = Program::find([(OsString::from("PATH"), folder.into_os_string())], &fixture.root).unwrap();
        match program.version() {
            Err(Error::TooOld { found }) => assert!(refused, "{found}"),
            Ok(_) => assert!(!refused, "{said}"),
            Err(other) => panic!("{said}: {other}"),
        }
    }
}

#[test]
fn inherited_git_variables_lead_nowhere() {
    let fixture = Fixture::new();
    let other = Fixture::new();
    other.commit("other", "x");
    let mut vars = fixture.vars();
    let git_dir = other.root.join(".git");
    for (name, value) in [
        ("GIT_DIR", git_dir.clone()),
        ("GIT_WORK_TREE", other.root.clone()),
        ("GIT_COMMON_DIR", git_dir.clone()),
        ("GIT_INDEX_FILE", git_dir.join("index")),
        ("GIT_OBJECT_DIRECTORY", git_dir.join("objects")),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", git_dir.join("objects")),
        ("GIT_CEILING_DIRECTORIES", fixture.root.clone()),
        ("GIT_NAMESPACE", "x".into()),
        ("GIT_EXEC_PATH", other.root.clone()),
        ("GIT_CONFIG", git_dir.join("config")),
        ("GIT_CONFIG_PARAMETERS", "'core.bare=true'".into()),
        ("GIT_EXTERNAL_DIFF", "false".into()),
        ("GIT_PREFIX", "src/".into()),
        ("GIT_LITERAL_PATHSPECS", "1".into()),
    ] {
        vars.push((name.into(), value.into()));
    }
    let program = Program::find(vars, &fixture.root).unwrap();
    let repo = Repository::discover(&program, &fixture.root, Policy::Shielded).unwrap();
    assert_eq!(repo.root(), fixture.root);
    assert_eq!(repo.head().unwrap(), fixture.oid("HEAD"));
    let before = other.git(&["status", "--porcelain"]);
    fixture.write("new", "x");
    let staged = repo.stage(&fixture.run_dir()).unwrap();
    assert!(!staged.unchanged);
    assert_eq!(fixture.git(&["diff", "--cached", "--name-only"]), "new");
    assert_eq!(other.git(&["status", "--porcelain"]), before);
}

#[test]
fn git_is_started_in_one_place_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut places = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // Tests may prepare what they need as they like.
            if path.file_name().is_some_and(|name| name == "tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            if text.contains("Command::new(\"git\")") {
                panic!("{} runs git by its name", path.display());
            }
            if path.starts_with(src.join("git")) && text.contains("Command::new(") {
                places.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    assert_eq!(places, ["call.rs"]);
}
