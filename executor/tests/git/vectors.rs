//! Repositories that try to run programs, and the plain git command that shows each to be a real danger.

use std::path::{Path, PathBuf};

use crate::fixture::{Fixture, script, write_in};

/// How a repository is booby-trapped, and what plain git command springs the trap (none: there is no way without a
/// terminal or a network).
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    pub(crate) plant: fn(&Trap),
    pub(crate) proof: &'static [&'static str],
}

pub(crate) struct Trap {
    pub(crate) fixture: Fixture,
}

impl Trap {
    /// `src/a` differs on `main` and `side` in places far enough apart to be merged; `b` only exists on `side`.
    pub(crate) fn new() -> Self {
        let fixture = Fixture::new();
        fixture.commit("src/a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        fixture.git(&["checkout", "-q", "-b", "side"]);
        fixture.commit("src/a", "one\n2\n3\n4\n5\n6\n7\n8\n9\n");
        fixture.commit("b", "only on side\n");
        fixture.git(&["checkout", "-q", "main"]);
        fixture.commit("src/a", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
        let trap = Self { fixture };
        trap.script(&trap.evil());
        trap
    }
    fn canary(&self) -> PathBuf {
        self.fixture.outside().join("canary")
    }
    fn evil(&self) -> PathBuf {
        self.fixture.outside().join("evil")
    }
    fn script(&self, path: &Path) {
        script(path, &format!("touch '{}'; exit 0", self.canary().display()));
    }
    pub(crate) fn hook(&self, name: &str) {
        self.script(&self.fixture.root.join(".git/hooks").join(name));
    }
    fn config(&self, key: &str) {
        self.set(key, self.evil().to_str().unwrap());
    }
    fn set(&self, key: &str, value: &str) {
        self.fixture.git(&["config", key, value]);
    }
    /// Attributes for every file, committed on the branch that is checked out.
    fn attributes(&self, text: &str) {
        self.fixture.commit(".gitattributes", text);
    }
    pub(crate) fn dirty(&self) {
        self.fixture.write("src/a", "1\n2\n3\n4\n5\n6\n7\n8\nninety\n");
        self.fixture.write("new", "x\n");
        // A change that git was told to overlook.
        self.fixture.try_git_in(&self.fixture.root, &["update-index", "--assume-unchanged", "README"]);
        self.fixture.write("README", "hidden\n");
    }
    pub(crate) fn fired(&self) -> bool {
        std::fs::remove_file(self.canary()).is_ok()
    }
}

const COMMIT: &[&str] = &["commit", "-qam", "x"];
const ADD: &[&str] = &["add", "-A"];
const STATUS: &[&str] = &["status"];
const DIFF: &[&str] = &["diff"];
const MERGE: &[&str] = &["merge", "--autostash", "-q", "-m", "x", "side"];
const CHECKOUT: &[&str] = &["checkout", "-q", "-f", "side"];

pub(crate) const VECTORS: &[Vector] = &[
    Vector { name: "hook pre-commit", plant: |t| t.hook("pre-commit"), proof: COMMIT },
    Vector { name: "hook prepare-commit-msg", plant: |t| t.hook("prepare-commit-msg"), proof: COMMIT },
    Vector { name: "hook commit-msg", plant: |t| t.hook("commit-msg"), proof: COMMIT },
    Vector { name: "hook post-commit", plant: |t| t.hook("post-commit"), proof: COMMIT },
    Vector { name: "hook post-index-change", plant: |t| t.hook("post-index-change"), proof: ADD },
    Vector { name: "hook reference-transaction", plant: |t| t.hook("reference-transaction"), proof: COMMIT },
    Vector { name: "hook post-checkout", plant: |t| t.hook("post-checkout"), proof: CHECKOUT },
    Vector {
        name: "hook post-rewrite",
        plant: |t| t.hook("post-rewrite"),
        proof: &["commit", "-q", "--amend", "-m", "x"],
    },
    Vector { name: "hook pre-merge-commit", plant: |t| t.hook("pre-merge-commit"), proof: MERGE },
    Vector {
        name: "hooks path",
        plant: |t| {
            t.script(&t.fixture.root.join("tools/pre-commit"));
            t.script(&t.fixture.root.join("tools/reference-transaction"));
            t.script(&t.fixture.root.join("tools/post-checkout"));
            t.set("core.hooksPath", "tools");
        },
        proof: COMMIT,
    },
    Vector { name: "fsmonitor", plant: |t| t.config("core.fsmonitor"), proof: STATUS },
    Vector {
        name: "filter clean",
        plant: |t| {
            t.attributes("* filter=x\n");
            t.config("filter.x.clean");
        },
        proof: ADD,
    },
    Vector {
        name: "filter smudge",
        plant: |t| {
            t.attributes("* filter=x\n");
            t.config("filter.x.smudge");
        },
        proof: CHECKOUT_KEEPING,
    },
    Vector {
        name: "filter process",
        plant: |t| {
            t.attributes("* filter=x\n");
            t.config("filter.x.process");
        },
        proof: ADD,
    },
    Vector {
        name: "filter required",
        plant: |t| {
            t.attributes("* filter=x\n");
            t.config("filter.x.clean");
            t.config("filter.x.smudge");
            t.set("filter.x.required", "true");
        },
        proof: ADD,
    },
    Vector {
        name: "filter with an odd name",
        plant: |t| {
            t.attributes("* filter=a=b.C/d\n");
            t.config("filter.a=b.C/d.clean");
            t.config("filter.a=b.C/d.smudge");
        },
        proof: ADD,
    },
    Vector {
        name: "filter in info/attributes",
        plant: |t| {
            t.fixture.write(".git/info/attributes", "* filter=x\n");
            t.config("filter.x.clean");
            t.config("filter.x.smudge");
        },
        proof: ADD,
    },
    Vector {
        name: "filter in core.attributesFile",
        plant: |t| {
            t.fixture.write(".git/attr", "* filter=x\n");
            t.set("core.attributesFile", t.fixture.root.join(".git/attr").to_str().unwrap());
            t.config("filter.x.clean");
            t.config("filter.x.smudge");
        },
        proof: ADD,
    },
    Vector { name: "external diff", plant: |t| t.config("diff.external"), proof: DIFF },
    Vector {
        name: "diff driver",
        plant: |t| {
            t.attributes("* diff=x\n");
            t.config("diff.x.command");
        },
        proof: DIFF,
    },
    Vector {
        name: "textconv",
        plant: |t| {
            t.attributes("* diff=x\n");
            t.config("diff.x.textconv");
        },
        proof: DIFF,
    },
    Vector {
        name: "merge driver",
        plant: |t| {
            t.attributes("* merge=x\n");
            t.config("merge.x.driver");
        },
        proof: MERGE,
    },
    Vector {
        name: "default merge driver",
        plant: |t| {
            t.set("merge.default", "x");
            t.config("merge.x.driver");
        },
        proof: MERGE,
    },
    Vector {
        name: "gpg",
        plant: |t| {
            t.set("commit.gpgSign", "true");
            t.config("gpg.program");
        },
        proof: COMMIT,
    },
    Vector {
        name: "gpg by ssh",
        plant: |t| {
            t.set("commit.gpgSign", "true");
            t.set("gpg.format", "ssh");
            t.set("user.signingKey", "key::ssh-ed25519 AAAA");
            t.config("gpg.ssh.program");
        },
        proof: COMMIT,
    },
    Vector {
        name: "gpg default key command",
        plant: |t| {
            t.set("commit.gpgSign", "true");
            t.set("gpg.format", "ssh");
            t.config("gpg.ssh.defaultKeyCommand");
        },
        proof: COMMIT,
    },
    Vector { name: "signatures shown", plant: signed_head, proof: &["log", "-1"] },
    Vector { name: "editor", plant: |t| t.config("core.editor"), proof: &["commit", "-q", "-a"] },
    Vector {
        name: "sequence editor",
        plant: |t| t.config("sequence.editor"),
        proof: &["rebase", "-q", "--autostash", "-i", "HEAD~1"],
    },
    Vector {
        name: "pager",
        plant: |t| {
            t.config("core.pager");
            t.config("pager.status");
            t.config("pager.log");
            t.config("pager.diff");
        },
        proof: &[],
    },
    Vector {
        name: "alias",
        plant: |t| {
            for name in ["status", "rev-parse", "commit-tree", "update-ref", "x"] {
                t.set(&format!("alias.{name}"), &format!("!{}", t.evil().display()));
            }
        },
        proof: &["x"],
    },
    Vector {
        name: "include",
        plant: |t| {
            t.fixture.write(".git/more", &format!("[core]\n\tfsmonitor = {}\n", t.evil().display()));
            t.set("include.path", "more");
        },
        proof: STATUS,
    },
    Vector {
        name: "include on a branch",
        plant: |t| {
            t.attributes("* filter=inc\n");
            t.fixture
                .write(".git/more", &format!("[filter \"inc\"]\n\tclean = {0}\n\tsmudge = {0}\n", t.evil().display()));
            t.set("includeIf.onbranch:main.path", "more");
        },
        proof: ADD,
    },
    Vector {
        name: "config of the worktree",
        plant: |t| {
            t.attributes("* filter=wt\n");
            t.set("extensions.worktreeConfig", "true");
            let text = format!(
                "[core]\n\tfsmonitor = {0}\n[filter \"wt\"]\n\tclean = {0}\n\tsmudge = {0}\n",
                t.evil().display()
            );
            t.fixture.write(".git/config.worktree", &text);
        },
        proof: STATUS,
    },
    Vector {
        name: "ssh",
        plant: |t| {
            t.config("core.sshCommand");
            t.set("remote.origin.url", "ssh://nowhere.invalid/x");
            t.set("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
        },
        proof: &["fetch", "-q", "ssh://nowhere.invalid/x"],
    },
    Vector { name: "missing objects fetched by a program", plant: promisor, proof: CHECKOUT },
    Vector {
        name: "missing objects fetched by ext::",
        plant: |t| {
            promisor(t);
            t.set("remote.origin.url", &format!("ext::{}", t.evil().display()));
            t.set("protocol.ext.allow", "always");
        },
        proof: CHECKOUT,
    },
    Vector {
        name: "credential helper",
        plant: |t| {
            t.config("credential.helper");
            t.config("core.askPass");
        },
        proof: &[],
    },
    Vector {
        name: "trailer command",
        plant: |t| {
            t.set("trailer.Mission-Run.key", "Mission-Run");
            t.config("trailer.Mission-Run.command");
            t.config("trailer.x.cmd");
        },
        proof: &["interpret-trailers", "--trailer", "Mission-Run=1"],
    },
    Vector {
        name: "submodule with a monitor",
        plant: |t| {
            submodule(t, |t, dir| {
                t.fixture.git_in(dir, &["config", "core.fsmonitor", t.evil().to_str().unwrap()]);
            });
        },
        proof: STATUS,
    },
    Vector {
        name: "submodule with a filter",
        plant: |t| {
            submodule(t, |t, dir| {
                write_in(&t.fixture.root, ".git/modules/lib/info/attributes", "* filter=inner\n");
                t.fixture.git_in(dir, &["config", "filter.inner.clean", t.evil().to_str().unwrap()]);
                std::fs::write(dir.join("README"), "HELLO\n").unwrap();
            });
        },
        proof: STATUS,
    },
    Vector {
        name: "submodule update",
        plant: |t| {
            submodule(t, |t, _| t.set("submodule.lib.update", &format!("!{}", t.evil().display())));
            t.set("submodule.recurse", "true");
            t.set("status.submoduleSummary", "true");
        },
        proof: &[],
    },
    Vector {
        name: "repository inside",
        plant: |t| {
            let inner = t.fixture.root.join("inner");
            std::fs::create_dir(&inner).unwrap();
            t.fixture.git_in(&inner, &["init", "-q"]);
            t.fixture.git_in(&inner, &["config", "core.fsmonitor", t.evil().to_str().unwrap()]);
            write_in(&inner, "x", "x");
        },
        proof: &["-C", "inner", "status"],
    },
    Vector {
        name: "folder that looks like a bare repository",
        plant: |t| {
            let fake = t.fixture.root.join("src");
            t.fixture.git(&["init", "-q", "--bare", "src"]);
            let text = format!(
                "[core]\n\trepositoryformatversion = 0\n\tworktree = {}\n\tfsmonitor = {}\n",
                fake.display(),
                t.evil().display()
            );
            std::fs::write(fake.join("config"), text).unwrap();
        },
        proof: &["-C", "src", "status"],
    },
    Vector {
        name: "replaced objects",
        plant: |t| {
            t.fixture.git(&["replace", "HEAD", "side"]);
        },
        proof: &[],
    },
    Vector {
        name: "settings that mislead",
        plant: |t| {
            t.set("core.bare", "true");
            t.set("core.excludesFile", "/dev/null");
            t.set("status.showUntrackedFiles", "no");
            t.set("diff.ignoreSubmodules", "none");
            t.set("color.ui", "always");
            t.set("i18n.logOutputEncoding", "UTF-16");
            t.set("commit.template", "/etc/hostname");
            t.set("merge.verifySignatures", "true");
            t.set("rerere.enabled", "true");
        },
        proof: &[],
    },
];

const CHECKOUT_KEEPING: &[&str] = &["checkout", "-q", "-f", "HEAD", "--", "src/a"];

fn signed_head(t: &Trap) {
    let body = t.fixture.git(&["cat-file", "commit", "HEAD"]);
    let signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----";
    let at = body.find("\n\n").unwrap();
    t.fixture.write("../signed", &format!("{}\n{signature}{}\n", &body[..at], &body[at..]));
    let signed = t.fixture.outside().join("signed");
    let oid = t.fixture.git(&["hash-object", "-t", "commit", "-w", signed.to_str().unwrap()]);
    t.fixture.git(&["update-ref", "HEAD", &oid]);
    t.set("log.showSignature", "true");
    t.config("gpg.program");
}

/// `b`, which is only on `side`, is missing and would be fetched by a program.
fn promisor(t: &Trap) {
    let oid = t.fixture.git(&["rev-parse", "side:b"]);
    std::fs::remove_file(t.fixture.root.join(format!(".git/objects/{}/{}", &oid[..2], &oid[2..]))).unwrap();
    t.set("core.repositoryFormatVersion", "1");
    t.set("extensions.partialClone", "origin");
    t.set("remote.origin.url", t.fixture.root.to_str().unwrap());
    t.set("remote.origin.promisor", "true");
    t.config("remote.origin.uploadpack");
}

fn submodule(t: &Trap, arm: fn(&Trap, &Path)) {
    let library = Fixture::new();
    let url = library.root.to_str().unwrap().to_owned();
    t.fixture.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "lib"]);
    t.fixture.git(&["commit", "-qm", "lib"]);
    arm(t, &t.fixture.root.join("lib"));
}
