//! Scripts, Makefiles and justfiles that only grow: nothing is found.

use super::around::{Row, SC};
use super::settings::{PY, found};

const GROWN: &[Row] = &[
    (
        "make export PYTHONPATH src",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n"), ("src/x.py", "x\n")],
        &[("Makefile", "export PYTHONPATH = src\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make export PYTHONSTARTUP",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "export PYTHONSTARTUP = fake\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make export honest",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", "export DATABASE = x\nexport\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make VPATH honest",
        &[PY, ("Makefile", ".PHONY: test\ntest:\n\tpython3 -m unittest\n")],
        &[("Makefile", "VPATH = src\n.PHONY: test\ntest:\n\tpython3 -m unittest\n"), ("src/a", "")],
        "make test",
    ),
    (
        "GNUmakefile new targets",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("GNUmakefile", "include Makefile\nmore:\n\techo\n")],
        "make test",
    ),
    (
        "make POSIX",
        &[PY, ("Makefile", "test:\n\tpython3 -m unittest\n")],
        &[("Makefile", ".POSIX:\n.SILENT:\n.SUFFIXES:\ntest:\n\tpython3 -m unittest\n")],
        "make test",
    ),
    (
        "make phony prerequisites later",
        &[PY, ("Makefile", "test: lint\n\tpython3 -m unittest\nlint:\n\truff\n")],
        &[("Makefile", "test: lint\n\tpython3 -m unittest\nlint:\n\truff\n.PHONY: test lint\n")],
        "make test",
    ),
    (
        "just dotenv honest",
        &[PY, ("justfile", "test:\n  python3 -m unittest\n")],
        &[("justfile", "set dotenv-load\ntest:\n  python3 -m unittest\n"), (".env", "DB=fake\n")],
        "just test",
    ),
    (
        "sc_source honest",
        &[PY, SC],
        &[
            ("check.sh", "#!/bin/sh\n. ./env.sh\nset -e\npython3 -m unittest discover -s tests -t .\n"),
            ("env.sh", "DB=1\nexport DB\n"),
        ],
        "sh check.sh",
    ),
    (
        "sc_prep honest",
        &[PY, SC],
        &[
            ("check.sh", "#!/bin/sh\nset -e\npython3 prep.py\npython3 -m unittest discover -s tests -t .\n"),
            ("prep.py", "import app\nopen(\"out/gen.txt\", \"w\").write(app.f())\n"),
        ],
        "sh check.sh",
    ),
    (
        "sc_eval",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\neval \"$SETUP\"\nset -e\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_export PYTHONPATH src",
        &[PY, SC, ("src/app.py", "")],
        &[("check.sh", "#!/bin/sh\nexport PYTHONPATH=src\nset -e\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_honest if beside",
        &[PY, SC],
        &[(
            "check.sh",
            "#!/bin/sh\nset -e\npython3 -m unittest discover -s tests -t .\nif command -v ruff >/dev/null; then\n  ruff check .\nfi\nfor f in a b; do\n  test -e $f\ndone\n",
        )],
        "sh check.sh",
    ),
    (
        "sc_honest func beside",
        &[PY, SC],
        &[(
            "check.sh",
            "#!/bin/sh\nset -e\nlint() {\n  ruff check .\n}\npython3 -m unittest discover -s tests -t .\nlint\n",
        )],
        "sh check.sh",
    ),
    (
        "sc_honest case beside",
        &[PY, SC],
        &[(
            "check.sh",
            "#!/bin/sh\nset -e\ncase \"$1\" in\n  -v) V=1 ;;\nesac\npython3 -m unittest discover -s tests -t .\n",
        )],
        "sh check.sh",
    ),
    (
        "sc_honest cd here",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\ncd \"$(dirname \"$0\")\"\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_honest cd sub",
        &[PY, SC, ("web/package.json", "{}")],
        &[("check.sh", "#!/bin/sh\nset -e\npython3 -m unittest discover -s tests -t .\ncd web\nnpm run lint\n")],
        "sh check.sh",
    ),
    (
        "sc_honest subshell",
        &[PY, SC, ("web/package.json", "{}")],
        &[("check.sh", "#!/bin/sh\nset -e\n(cd web && npm run build)\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_ulimit",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\nulimit -n 4096\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_u",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\nset -u\nset -x\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_set --",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\nset -- a\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_unset honest",
        &[PY, SC],
        &[("check.sh", "#!/bin/sh\nset -e\nunset CI\npython3 -m unittest discover -s tests -t .\n")],
        "sh check.sh",
    ),
    (
        "sc_env",
        &[PY, SC],
        &[(
            "check.sh",
            "#!/bin/sh\nset -e\nexport PYTHONDONTWRITEBYTECODE=1 LANG=C\nexport DB=x\npython3 -m unittest discover -s tests -t .\n",
        )],
        "sh check.sh",
    ),
];

#[test]
fn what_only_grows_is_no_finding() {
    let refused = GROWN.iter().map(|(name, base, changes, check)| (name, found(base, changes, check)));
    let refused: Vec<_> = refused.filter(|(_, found)| !found.is_empty()).collect();
    assert!(refused.is_empty(), "{refused:?}");
}
