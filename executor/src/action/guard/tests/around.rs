//! What is put around the lines that a check runs, or beside the file that it reads: each is found where it lets a fault pass.

use super::settings::{File, JS, NPM2, PY, RS, found};

/// What it is, what there was, what is other or new, and the check.
pub(super) type Row = (&'static str, &'static [File], &'static [File], &'static str);

pub(super) const SC: File = ("check.sh", "#!/bin/sh\nset -e\npython3 -m unittest discover -s tests -t .\n");

const AROUND: &[Row] = &[
    (
        "make export NODE_OPTIONS",
        &[JS, ("Makefile", "test:\n\tnode --test\n")],
        &[("Makefile", "export NODE_OPTIONS = --require ./x.js\ntest:\n\tnode --test\n")],
        "make test",
    ),
    (
        "make export PYTHONPATH",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "export PYTHONPATH = fake\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make export RUSTFLAGS",
        &[RS, ("Makefile", "test:\n\tcargo test\n")],
        &[("Makefile", "export RUSTFLAGS = --cfg x\ntest:\n\tcargo test\n")],
        "make test",
    ),
    (
        "make export PYTEST_ADDOPTS",
        &[PY, ("Makefile", "test:\n\tpytest\n")],
        &[("Makefile", "export PYTEST_ADDOPTS = -k x\ntest:\n\tpytest\n")],
        "make test",
    ),
    (
        "make target export",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "test: export PYTHONPATH = fake\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make .EXPORT_ALL",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", ".EXPORT_ALL_VARIABLES:\nPYTHONPATH = fake\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make define SHELL",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "define SHELL\n/bin/true\nendef\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make VPATH",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "VPATH = fake\ntest:\n\tpython3 -m unittest\n"), ("fake/test", "")],
        "make test",
    ),
    (
        "make vpath",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "vpath test fake\ntest:\n\tpython3 -m unittest\n"), ("fake/test", "")],
        "make test",
    ),
    (
        "make undefine",
        &[PY, ("Makefile", "X = -s tests\ntest:\n\tpython3 -m unittest $(X)\n")],
        &[("Makefile", "X = -s tests\nundefine X\ntest:\n\tpython3 -m unittest $(X)\n")],
        "make test",
    ),
    (
        "make define X",
        &[PY, ("Makefile", "X = -s tests\ntest:\n\tpython3 -m unittest $(X)\n")],
        &[("Makefile", "X = -s tests\ndefine X\n-k none\nendef\ntest:\n\tpython3 -m unittest $(X)\n")],
        "make test",
    ),
    (
        "make ifdef",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "ifdef FULL\ntest:\n\tpython3 -m unittest\nelse\ntest:\n\t@true\nendif\n")],
        "make test",
    ),
    (
        "make eval",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "$(eval test: ; true)\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make load",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "load x.so\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make define recipe body swallows",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "define X\ntest:\n\tpython3 -m unittest\nendef\ntest:\n\t@true\n")],
        "make test",
    ),
    (
        "GNUmakefile beside",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("GNUmakefile", "test:\n\ttrue\n")],
        "make test",
    ),
    (
        "GNUmakefile beside lower",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("makefile", "test:\n\ttrue\n")],
        "make test",
    ),
    (
        "GNUmakefile no test",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("GNUmakefile", "more:\n\techo\n")],
        "make test",
    ),
    (
        "make oneshell",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", ".ONESHELL:\ntest:\n\tpython3 -m unittest\n\techo done\n")],
        "make test",
    ),
    (
        "just set shell",
        &[PY, ("justfile", "test:\n  python3 -m unittest\n")],
        &[("justfile", "set shell := ['true']\ntest:\n  python3 -m unittest\n")],
        "just test",
    ),
    (
        "just export",
        &[PY, ("justfile", "test:\n  python3 -m unittest\n")],
        &[("justfile", "export PYTHONPATH := 'fake'\ntest:\n  python3 -m unittest\n")],
        "just test",
    ),
    (
        "just .justfile beside",
        &[PY, (".justfile", "test:\n  python3 -m unittest\n")],
        &[("justfile", "test:\n  true\n")],
        "just test",
    ),
    (
        "just allow-duplicate",
        &[PY, ("justfile", "test:\n  python3 -m unittest\n")],
        &[("justfile", "set allow-duplicate-recipes\ntest:\n  python3 -m unittest\ntest:\n  true\n")],
        "just test",
    ),
    (
        "just ignore",
        &[PY, ("justfile", "test:\n  python3 -m unittest\n")],
        &[("justfile", "test:\n  -python3 -m unittest\n")],
        "just test",
    ),
    (
        "just tests attr",
        &[PY, ("justfile", "test:\n  python3 -m unittest\n")],
        &[("justfile", "[macos]\ntest:\n  python3 -m unittest\n[linux]\ntest:\n  true\n")],
        "just test",
    ),
    (
        "sc_if",
        &[PY, SC],
        &[(
            "check.sh",
            "#!/bin/sh\nif [ -n \"$FULL\" ]; then\nset -e\npython3 -m unittest discover -s tests -t .\nfi\n",
        )],
        "sh check.sh",
    ),
    (
        "sc_func",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\ncheck() {\nset -e\npython3 -m unittest discover -s tests -t .\n}\n")],
        "sh check.sh",
    ),
    (
        "sc_loop",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nwhile false; do\nset -e\npython3 -m unittest discover -s tests -t .\ndone\n")],
        "sh check.sh",
    ),
    (
        "sc_case",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\ncase x in y)\nset -e\npython3 -m unittest discover -s tests -t .\n;; esac\n")],
        "sh check.sh",
    ),
    (
        "sc_sub2",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\n{\nset -e\npython3 -m unittest discover -s tests -t .\n} &\n")],
        "sh check.sh",
    ),
    (
        "sc_noexec",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -n\nset -e\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_cd",
        &[PY, SC],
        &[
            ("check.sh", "#!/bin/sh\ncd fake\nset -e\npython3 -m unittest discover -s tests -t .\n"),
            ("fake/tests/__init__.py", ""),
        ],
        "sh check.sh",
    ),
    (
        "sc_pushd",
        &[PY, SC],
        &[(
            "check.sh",
            "#!/bin/sh\ncd $(mktemp -d); mkdir tests; touch tests/__init__.py\nset -e\npython3 -m unittest discover -s tests -t .\n",
        )],
        "sh check.sh",
    ),
    (
        "sc_source",
        &[PY, SC],
        &[
            ("check.sh", "#!/bin/sh\n. ./env.sh\nset -e\npython3 -m unittest discover -s tests -t .\n"),
            ("env.sh", "python3() { :; }\n"),
        ],
        "sh check.sh",
    ),
    (
        "sc_prep",
        &[PY, SC],
        &[
            (
                "check.sh",
                "#!/bin/sh\nset -e\npython3 prep.py\npython3 -m unittest discover -s tests -t .\npython3 prep.py back\n",
            ),
            (
                "prep.py",
                "import sys, subprocess\nif len(sys.argv) > 1:\n    subprocess.run([\"git\", \"checkout\", \"-q\", \"tests/test_a.py\"])\nelse:\n    open(\"tests/test_a.py\", \"w\").write(\"\")\n",
            ),
        ],
        "sh check.sh",
    ),
    (
        "sc_hash",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nhash -p /bin/true python3\nset -e\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_export PYTHONPATH",
        &[PY, SC],
        &[
            ("check.sh", "#!/bin/sh\nexport PYTHONPATH=fake\nset -e\npython3 -m unittest discover -s tests -t .\n"),
            ("fake/x.py", ""),
        ],
        "sh check.sh",
    ),
    (
        "sc_heredoc",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\ncat <<EOF\npython3 -m unittest discover -s tests -t .\nEOF\n")],
        "sh check.sh",
    ),
    (
        "sc_quote",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\necho '\npython3 -m unittest discover -s tests -t .\n'\n")],
        "sh check.sh",
    ),
    (
        "sc_backslash",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\n: \\\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_bang",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\n! \\\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_until",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\nif\npython3 -m unittest discover -s tests -t .\nthen\n:\nfi\n")],
        "sh check.sh",
    ),
    (
        "sc_and",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\ntest -n \"$FULL\" &&\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_pipe",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\n{\npython3 -m unittest discover -s tests -t .\n} | cat\n")],
        "sh check.sh",
    ),
    (
        "sc_dollar",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\necho \"$(\npython3 -m unittest discover -s tests -t .\n)\"\n")],
        "sh check.sh",
    ),
    (
        "sc_set o",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -o noexec\nset -e\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_set -en",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\nset -un\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "a helper takes the name of what is run",
        &[PY, ("check.sh", "set -e\n. ./env.sh\npython3 -m unittest\n"), ("env.sh", "X=1\n")],
        &[("env.sh", "X=1\npython3() { :; }\n")],
        "sh check.sh",
    ),
    (
        "a program that was run writes to tests now",
        &[PY, ("prep.py", "print()\n"), ("check.sh", "set -e\npython3 prep.py\npython3 -m unittest\n")],
        &[("prep.py", "print()\nshutil.copy('fake.py', 'tests/test_a.py')\n")],
        "sh check.sh",
    ),
    (
        "npm script if",
        &[JS, NPM2],
        &[("package.json", r#"{"scripts":{"test":"node --test","pretest":"exec true"}}"#)],
        "npm test",
    ),
];

#[test]
fn what_is_put_around_a_check_is_found() {
    let passed = AROUND.iter().filter(|(_, base, changes, check)| found(base, changes, check).is_empty());
    let passed: Vec<&str> = passed.map(|(name, ..)| *name).collect();
    assert_eq!(passed, [""; 0]);
}
