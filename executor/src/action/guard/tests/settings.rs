//! Files beside tests and program that change what a check runs: each that lets a fault pass is found, and a setting that
//! is a setting is not.

use super::judged;

pub(super) type File = (&'static str, &'static str);

pub(super) const PY: File = (
    "tests/test_a.py",
    "import unittest\nfrom app import f\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n",
);
pub(super) const JS: File =
    ("test/a.test.js", "const test = require('node:test');\ntest('a', () => {\n  assert.equal(f(), 1);\n});\n");
pub(super) const RS: File = (
    "src/lib.rs",
    "pub fn f() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn inner() {\n        assert!(super::f());\n    }\n}\n",
);
const GO: File = ("a_test.go", "package a\n\nfunc TestA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n}\n");
const JAVA: File =
    ("src/test/java/ATest.java", "class ATest {\n    @Test\n    void a() {\n        assertEquals(1, f());\n    }\n}\n");
const RB: File = ("spec/a_spec.rb", "describe 'a' do\n  it 'b' do\n    expect(f).to eq(1)\n  end\nend\n");
const PHP: File = (
    "tests/ATest.php",
    "<?php\nclass ATest extends TestCase {\n    public function testA() {\n        $this->assertSame(1, f());\n    }\n}\n",
);

pub(super) fn found(base: &[File], changes: &[File], check: &str) -> Vec<String> {
    let mut now: Vec<File> =
        base.iter().filter(|(path, _)| !changes.iter().any(|(other, _)| path == other)).copied().collect();
    now.extend(changes.iter().filter(|(_, text)| *text != "gone"));
    let judged = judged(base, &now, &[("c", check)], &[]);
    let all = judged.findings.iter().filter(|f| f.kind.word() != "test-changed");
    all.map(|f| format!("{} {}: {}", f.kind.word(), f.file, f.evidence)).collect()
}

/// What it is, what there was, what is other or new, and the check.
type Row = (&'static str, &'static [File], &'static [File], &'static str);

const NPM: File = ("package.json", r#"{"scripts":{"test":"node --test","pretest":"tsc","dev":"vite"}}"#);
pub(super) const NPM2: File = ("package.json", r#"{"scripts":{"test":"node --test"}}"#);
const JEST: File = ("package.json", r#"{"scripts":{"test":"jest"},"devDependencies":{"jest":"^29"}}"#);
const CARGO: File = ("Cargo.toml", "[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n");
const RSF: File = (
    "src/lib.rs",
    "pub fn f() {}\n\n#[cfg(all(test, feature = \"full\"))]\nmod tests {\n    #[test]\n    fn inner() {\n        assert!(super::f());\n    }\n}\n",
);
const POM: File = ("pom.xml", "<project>\n<properties>\n<java>17</java>\n</properties>\n</project>\n");

const STEERING: &[Row] = &[
    (
        "pytest.ini is read instead",
        &[PY, ("pyproject.toml", "[tool.pytest.ini_options]\nfilterwarnings = [\"error\"]\n")],
        &[("pytest.ini", "[pytest]\n")],
        "python3 -m pytest",
    ),
    (
        "make reads .env",
        &[JS, ("Makefile", "include .env\nexport\ntest:\n\tnode --test\n"), (".env", "A=1\n")],
        &[(".env", "A=1\nNODE_OPTIONS=--test-only\n")],
        "make test",
    ),
    (
        "just loads .env",
        &[PY, ("justfile", "test:\n  python3 -m unittest\n")],
        &[("justfile", "set dotenv-load\ntest:\n  python3 -m unittest\n"), (".env", "PYTHONPATH=fake\n")],
        "just test",
    ),
    (
        "a package of the repository replaces one that tests are made of",
        &[RS, ("Cargo.toml", "[package]\nname = \"a\"\n[dev-dependencies]\nproptest = \"1\"\n")],
        &[("Cargo.toml", "[package]\nname = \"a\"\n[dev-dependencies]\nproptest = { path = \"fake\" }\n")],
        "cargo test",
    ),
    ("npmrc ignore-scripts+pretest", &[JS, NPM], &[(".npmrc", "ignore-scripts=true\n")], "npm test"),
    (
        "npmrc ignore-scripts, pretest in web",
        &[JS, ("web/package.json", NPM.1)],
        &[("web/.npmrc", "ignore-scripts=true\n")],
        "cd web && npm test",
    ),
    ("npmrc ignore-scripts yes", &[JS, NPM], &[(".npmrc", "ignore-scripts\n")], "npm test"),
    ("npmrc script-shell", &[JS, NPM], &[(".npmrc", "script-shell=/bin/true\n")], "npm test"),
    ("npmrc script-shell env", &[JS, NPM], &[(".npmrc", "script-shell=${PWD}/sh\n")], "npm test"),
    ("npmrc script-shell local sh", &[JS, NPM], &[(".npmrc", "script-shell=./sh\n")], "npm test"),
    ("npmrc node-options require", &[JS, NPM], &[(".npmrc", "node-options=--require ./x.js\n")], "npm test"),
    ("npmrc node-options pattern", &[JS, NPM], &[(".npmrc", "node-options=--test-name-pattern=add\n")], "npm test"),
    ("npmrc node-options -r", &[JS, NPM], &[(".npmrc", "node-options=\"-r ./x.js\"\n")], "npm test"),
    ("npmrc node-options conditions", &[JS, NPM], &[(".npmrc", "node-options=-C fake\n")], "npm test"),
    ("npmrc usage", &[JS, NPM], &[(".npmrc", "usage=true\n")], "npm test"),
    ("npmrc workspaces", &[JS, NPM], &[(".npmrc", "workspaces=true\n")], "npm test"),
    ("npmrc workspace", &[JS, NPM], &[(".npmrc", "workspace=web\n")], "npm test"),
    ("npmrc if-present", &[JS, NPM], &[(".npmrc", "if-present=true\n")], "npm test"),
    ("pnpm workspace script", &[JS, NPM], &[("pnpm-workspace.yaml", "packages: [x]\nscriptShell: ./x\n")], "pnpm test"),
    ("pnpm nodeoptions", &[JS, NPM], &[("pnpm-workspace.yaml", "nodeOptions: --require ./x.js\n")], "pnpm test"),
    ("pnpm enable-pre-post", &[JS, NPM], &[(".npmrc", "enable-pre-post-scripts=false\n")], "pnpm test"),
    ("pnpm ws enablePrePost", &[JS, NPM], &[("pnpm-workspace.yaml", "enablePrePostScripts: false\n")], "pnpm test"),
    (
        "pnpmfile",
        &[JS, NPM],
        &[(
            ".pnpmfile.cjs",
            "module.exports = { hooks: { readPackage(p) { p.dependencies.jest = 'file:./fake'; return p } } }\n",
        )],
        "pnpm test",
    ),
    ("yarnrc yarn-path", &[JS, NPM], &[(".yarnrc", "yarn-path \"./fake.js\"\n")], "yarn test"),
    ("yarnrc script-shell", &[JS, NPM], &[(".yarnrc", "script-shell \"/bin/true\"\n")], "yarn test"),
    ("yarnrc ignore", &[JS, NPM], &[(".yarnrc", "--ignore-scripts true\n")], "yarn test"),
    ("yarnrc run cwd", &[JS, NPM], &[(".yarnrc", "--cwd fake\n")], "yarn test"),
    ("yarnrc.yml plugins", &[JS, NPM], &[(".yarnrc.yml", "plugins:\n  - ./fake.cjs\n")], "yarn test"),
    (
        "yarnrc.yml plugins path",
        &[JS, NPM],
        &[(".yarnrc.yml", "plugins:\n  - path: fake.cjs\n    spec: x\n")],
        "yarn test",
    ),
    ("env yarn", &[JS, NPM], &[(".env.yarn", "NODE_OPTIONS=--require ./x.js\n")], "yarn test"),
    ("bunfig preload top", &[JS, NPM], &[("bunfig.toml", "preload = [\"./x.js\"]\n")], "bun test"),
    ("bunfig test", &[JS, NPM], &[("bunfig.toml", "[test]\nroot = \"x\"\n")], "bun test"),
    (
        "babel.config.js",
        &[JS, JEST],
        &[
            ("babel.config.js", "module.exports = { plugins: [\"./strip.js\"] };\n"),
            ("strip.js", "module.exports = () => ({});\n"),
        ],
        "npm test",
    ),
    (
        ".babelrc",
        &[JS, JEST],
        &[(".babelrc", "{ \"plugins\": [\"./strip.js\"] }"), ("strip.js", "module.exports = () => ({});\n")],
        "npm test",
    ),
    (
        "package.json babel",
        &[JS, JEST],
        &[(
            "package.json",
            r#"{"scripts":{"test":"jest"},"devDependencies":{"jest":"^29"},"babel":{"plugins":["./strip.js"]}}"#,
        )],
        "npm test",
    ),
    (
        ".swcrc",
        &[JS, JEST],
        &[(".swcrc", "{\"jsc\":{\"experimental\":{\"plugins\":[[\"./strip.wasm\",{}]]}}}")],
        "npm test",
    ),
    (
        "tsconfig plugin",
        &[JS, JEST, ("tsconfig.json", "{}")],
        &[("tsconfig.json", "{\"compilerOptions\":{\"plugins\":[{\"transform\":\"./x.js\"}]}}")],
        "npm test",
    ),
    ("nycrc", &[JS, JEST], &[(".nycrc.json", "{\"require\":[\"./x.js\"]}")], "npm test"),
    (
        "package.json workspace of name jest",
        &[JS, JEST],
        &[
            ("package.json", r#"{"workspaces":["fake"],"scripts":{"test":"jest"},"devDependencies":{"jest":"^29"}}"#),
            ("fake/package.json", r#"{"name":"jest","bin":"x.js"}"#),
        ],
        "npm test",
    ),
    (
        "package.json unknown name",
        &[JS, JEST],
        &[
            (
                "package.json",
                r#"{"workspaces":["packages/*"],"scripts":{"test":"jest"},"devDependencies":{"jest":"^29"}}"#,
            ),
            ("packages/x/package.json", r#"{"name":"x","bin":{"jest":"x.js"}}"#),
        ],
        "npm test",
    ),
    (
        "package.json packageManager",
        &[JS, JEST],
        &[(
            "package.json",
            r#"{"packageManager":"yarn@file:./x.js","scripts":{"test":"jest"},"devDependencies":{"jest":"^29"}}"#,
        )],
        "npm test",
    ),
    (
        ".env with env-file",
        &[JS, ("package.json", r#"{"scripts":{"test":"node --env-file=.env --test"}}"#), (".env", "A=1\n")],
        &[(".env", "A=1\nNODE_OPTIONS=--require ./x.js\n")],
        "npm test",
    ),
    (
        ".env new NODE_OPTIONS",
        &[JS, ("package.json", r#"{"scripts":{"test":"node --env-file-if-exists=.env --test"}}"#)],
        &[(".env", "NODE_OPTIONS=--test-name-pattern=x\n")],
        "npm test",
    ),
    (
        ".envrc NODE_OPTIONS",
        &[JS, JEST],
        &[(".envrc", "export NODE_OPTIONS='--require ./x.js'\n")],
        "direnv exec . npm test",
    ),
    ("sitecustomize", &[PY], &[("sitecustomize.py", "")], "python3 -m unittest"),
    ("usercustomize", &[PY], &[("usercustomize.py", "")], "python3 -m unittest"),
    ("unittest.py", &[PY], &[("unittest.py", "")], "python3 -m unittest"),
    ("unittest.so", &[PY], &[("unittest.so", "")], "python3 -m unittest"),
    ("unittest.abi3.so", &[PY], &[("unittest.cpython-311-x86_64-linux-gnu.so", "")], "python3 -m unittest"),
    ("unittest.pyc", &[PY], &[("unittest.pyc", "")], "python3 -m unittest"),
    ("asyncio.py", &[PY], &[("asyncio.py", "import os; x = os\n")], "python3 -m unittest"),
    ("asyncio pkg", &[PY], &[("asyncio/__init__.py", "x = 1\n")], "python3 -m unittest"),
    ("logging pkg", &[PY], &[("logging/__init__.py", "x = 1\n")], "python3 -m unittest"),
    ("collections pkg", &[PY], &[("collections.py", "x = 1\n")], "python3 -m unittest"),
    ("types.py honest", &[PY], &[("types.py", "x = 1\n")], "python3 -m unittest"),
    ("weakref.py", &[PY], &[("weakref.py", "x = 1\n")], "python3 -m unittest"),
    ("textwrap.py", &[PY], &[("textwrap.py", "x = 1\n")], "python3 -m unittest"),
    ("pytest.py", &[PY], &[("pytest.py", "")], "python3 -m pytest"),
    ("pytest.toml", &[PY], &[("pytest.toml", "[pytest]\naddopts = [\"-k\", \"none\"]\n")], "python3 -m pytest"),
    (".pytest.toml", &[PY], &[(".pytest.toml", "[pytest]\naddopts = [\"-k\", \"none\"]\n")], "python3 -m pytest"),
    ("setup.cfg", &[PY], &[("setup.cfg", "[tool:pytest]\naddopts = -k none\n")], "python3 -m pytest"),
    (
        "plugin entry point",
        &[PY],
        &[
            ("fake.egg-info/entry_points.txt", "[pytest11]\nfake = fake\n"),
            ("fake.py", "def pytest_collection_modifyitems(items): items.clear()\n"),
        ],
        "python3 -m pytest",
    ),
    (
        "dist-info",
        &[PY],
        &[("fake-1.dist-info/entry_points.txt", "[pytest11]\nfake = fake\n"), ("fake.py", "import os\n")],
        "python3 -m pytest",
    ),
    (
        "pyproject pytest11",
        &[PY],
        &[("pyproject.toml", "[project]\nname = \"x\"\n[project.entry-points.pytest11]\nx = \"fake\"\n")],
        "python3 -m pytest",
    ),
    ("coveragerc", &[PY], &[(".coveragerc", "[run]\nplugins = fake\n")], "coverage run -m unittest"),
    ("unittest.cfg nose2", &[PY], &[("unittest.cfg", "[unittest]\nplugins = fake\n")], "nose2"),
    ("nose2.cfg", &[PY], &[("nose2.cfg", "[unittest]\nplugins = fake\n")], "nose2"),
    (".noserc", &[PY], &[(".noserc", "[nosetests]\nexclude=.\n")], "nosetests"),
    ("tox.toml", &[PY, ("tox.toml", "x\n")], &[("tox.toml", "y\n")], "tox"),
    ("hatch.toml", &[PY, ("hatch.toml", "x\n")], &[("hatch.toml", "y\n")], "hatch test"),
    (
        "Pipfile scripts",
        &[PY, ("Pipfile", "[scripts]\ntest = \"pytest\"\n")],
        &[("Pipfile", "[scripts]\ntest = \"true\"\n")],
        "pipenv run test",
    ),
    (
        "pdm scripts",
        &[PY, ("pyproject.toml", "[tool.pdm.scripts]\ntest = \"pytest\"\n")],
        &[("pyproject.toml", "[tool.pdm.scripts]\ntest = \"true\"\n")],
        "pdm run test",
    ),
    (
        "pdm scripts new pytest",
        &[PY, ("pyproject.toml", "[tool.pdm]\n")],
        &[("pyproject.toml", "[tool.pdm.scripts]\npytest = \"true\"\n")],
        "pdm run pytest",
    ),
    (
        "poetry scripts",
        &[PY, ("pyproject.toml", "[tool.poetry]\n")],
        &[("pyproject.toml", "[tool.poetry.scripts]\npytest = \"fake:main\"\n")],
        "poetry run pytest",
    ),
    (
        "project scripts",
        &[PY, ("pyproject.toml", "[project]\n")],
        &[("pyproject.toml", "[project.scripts]\npytest = \"fake:main\"\n")],
        "uv run pytest",
    ),
    (
        "taskipy",
        &[PY, ("pyproject.toml", "[tool.taskipy.tasks]\ntest = \"pytest\"\n")],
        &[("pyproject.toml", "[tool.taskipy.tasks]\ntest = \"true\"\n")],
        "task test",
    ),
    (
        "uv sources pytest",
        &[PY, ("pyproject.toml", "[project]\n")],
        &[("pyproject.toml", "[project]\n[tool.uv.sources]\npytest = { path = \"fake\" }\n")],
        "uv run pytest",
    ),
    (
        "manage.py",
        &[PY, ("manage.py", "execute(1)\n")],
        &[("manage.py", "import sys\nsys.exit(0)\n")],
        "python3 manage.py test",
    ),
    (
        "cargo default features",
        &[RSF, CARGO],
        &[("Cargo.toml", "[package]\nname = \"a\"\n\n[features]\ndefault = []\nfull = []\n")],
        "cargo test",
    ),
    (
        "cargo default features gone",
        &[RSF, CARGO],
        &[("Cargo.toml", "[package]\nname = \"a\"\n\n[features]\nfull = []\n")],
        "cargo test",
    ),
    (
        "cargo features nested",
        &[
            RSF,
            ("Cargo.toml", "[package]\nname = \"a\"\n[features]\ndefault = [\"std\"]\nstd = [\"full\"]\nfull = []\n"),
        ],
        &[("Cargo.toml", "[package]\nname = \"a\"\n[features]\ndefault = [\"std\"]\nstd = []\nfull = []\n")],
        "cargo test",
    ),
    (
        "cargo lib test=false",
        &[RS, CARGO],
        &[(
            "Cargo.toml",
            "[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n[lib]\ntest = false\n",
        )],
        "cargo test",
    ),
    (
        "cargo lib harness=false",
        &[RS, CARGO],
        &[(
            "Cargo.toml",
            "[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n[lib]\nharness = false\n",
        )],
        "cargo test",
    ),
    (
        "cargo lib doctest=false",
        &[RS, CARGO],
        &[(
            "Cargo.toml",
            "[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n[lib]\ndoctest = false\n",
        )],
        "cargo test",
    ),
    (
        "cargo bin test=false",
        &[RS, CARGO],
        &[(
            "Cargo.toml",
            "[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n[[bin]]\nname = \"a\"\ntest = false\n",
        )],
        "cargo test",
    ),
    (
        "cargo lib inline table",
        &[RS, CARGO],
        &[(
            "Cargo.toml",
            "lib = { test = false }\n[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n",
        )],
        "cargo test",
    ),
    (
        "cargo lib dotted",
        &[RS, CARGO],
        &[("Cargo.toml", "lib.test = false\n[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n")],
        "cargo test",
    ),
    (
        "cargo autolib",
        &[RS, CARGO],
        &[("Cargo.toml", "[package]\nname = \"a\"\nautolib = false\n\n[features]\ndefault = [\"full\"]\nfull = []\n")],
        "cargo test",
    ),
    (
        "cargo autobins",
        &[RS, CARGO],
        &[("Cargo.toml", "[package]\nname = \"a\"\nautobins = false\n\n[features]\ndefault = [\"full\"]\nfull = []\n")],
        "cargo test",
    ),
    (
        "cargo build path",
        &[RS, CARGO],
        &[
            (
                "Cargo.toml",
                "[package]\nname = \"a\"\nbuild = \"fake.rs\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n",
            ),
            ("fake.rs", "fn main() { std::fs::write(\"src/lib.rs\", \"\").unwrap(); }\n"),
        ],
        "cargo test",
    ),
    (
        "cargo build.rs writes src",
        &[RS, CARGO],
        &[("build.rs", "fn main() {\n    std::fs::write(\"src/lib.rs\", \"\").unwrap();\n}\n")],
        "cargo test",
    ),
    (
        "cargo config include",
        &[RS, CARGO],
        &[
            (".cargo/config.toml", "include = [\"x.toml\"]\n"),
            (".cargo/x.toml", "[target.x86_64-unknown-linux-gnu]\nrunner = \"true\"\n"),
        ],
        "cargo test",
    ),
    (
        "cargo config runner list",
        &[RS, CARGO],
        &[(".cargo/config.toml", "[target.'cfg(all())']\nrunner = [\"true\"]\n")],
        "cargo test",
    ),
    (
        "cargo config linker script",
        &[RS, CARGO],
        &[(".cargo/config.toml", "[target.x86_64-unknown-linux-gnu]\nlinker = \"./fake.sh\"\n")],
        "cargo test",
    ),
    (
        "cargo config no-run alias",
        &[RS, CARGO],
        &[(".cargo/config.toml", "alias = { test = \"check\" }\n")],
        "cargo test",
    ),
    ("cargo config rustdoc", &[RS, CARGO], &[(".cargo/config.toml", "[build]\nrustdoc = \"./fake\"\n")], "cargo test"),
    (
        "cargo config unstable",
        &[RS, CARGO],
        &[(".cargo/config.toml", "[target.x86_64-unknown-linux-gnu]\nrustflags = [\"-Zcrate-attr=cfg(not(test))\"]\n")],
        "cargo test",
    ),
    (
        "cargo config profile",
        &[RS, CARGO],
        &[(".cargo/config.toml", "[profile.test]\noverflow-checks = false\n")],
        "cargo test",
    ),
    (
        "cargo config patch",
        &[RS, CARGO],
        &[(".cargo/config.toml", "[patch.crates-io]\nproptest = { path = \"fake\" }\n")],
        "cargo test",
    ),
    (
        "cargo patch of test dep",
        &[RS, CARGO],
        &[(
            "Cargo.toml",
            "[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n[patch.crates-io]\nproptest = { path = \"fake\" }\n",
        )],
        "cargo test",
    ),
    ("rust-toolchain path", &[RS, CARGO], &[("rust-toolchain.toml", "[toolchain]\npath = \"./fake\"\n")], "cargo test"),
    (
        "nextest",
        &[RS, CARGO],
        &[(".config/nextest.toml", "[profile.default]\ndefault-filter = \"none()\"\n")],
        "cargo nextest run",
    ),
    (
        "nextest web",
        &[RS, CARGO],
        &[("crates/.config/nextest.toml", "[profile.default]\ndefault-filter = \"none()\"\n")],
        "cd crates && cargo nextest run",
    ),
    ("src/.cargo", &[RS, CARGO], &[("crates/a/.cargo/config.toml", "[alias]\ntest = \"check\"\n")], "cargo test"),
    (
        "go.work replace",
        &[(
            "a_test.go",
            "package a\n\nimport \"example.com/want\"\n\nfunc TestA(t *testing.T) {\n\twant.Equal(t, 1, f())\n}\n",
        )],
        &[("go.work", "go 1.22\nuse .\nreplace example.com/want => ./fake\n")],
        "go test ./...",
    ),
    (
        "go ignore in go.mod",
        &[GO, ("go.mod", "module a\n"), ("x/b_test.go", GO.1)],
        &[("go.mod", "module a\n\nignore ./x\n")],
        "go test ./...",
    ),
    (
        "go.mod in x",
        &[GO, ("go.mod", "module a\n"), ("x/b_test.go", GO.1)],
        &[("x/go.mod", "module b\n")],
        "go test ./...",
    ),
    (
        "go build tag",
        &[GO, ("go.mod", "module a\n")],
        &[(
            "a_test.go",
            "//go:build ignore\n\npackage a\n\nfunc TestA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n}\n",
        )],
        "go test ./...",
    ),
    (
        "pom skip",
        &[JAVA, POM],
        &[(
            "pom.xml",
            "<project>\n<properties>\n<java>17</java>\n<skipTests>true</skipTests>\n</properties>\n</project>\n",
        )],
        "mvn test",
    ),
    (
        "pom skip prop",
        &[JAVA, POM],
        &[(
            "pom.xml",
            "<project>\n<properties>\n<java>17</java>\n<maven.test.skip>true</maven.test.skip>\n</properties>\n</project>\n",
        )],
        "mvn test",
    ),
    (
        "pom test property",
        &[JAVA, POM],
        &[("pom.xml", "<project>\n<properties>\n<java>17</java>\n<test>None</test>\n</properties>\n</project>\n")],
        "mvn test",
    ),
    (
        "pom surefire prop",
        &[JAVA, POM],
        &[("pom.xml", "<project>\n<properties>\n<java>17</java>\n<groups>none</groups>\n</properties>\n</project>\n")],
        "mvn test",
    ),
    (
        "pom testSource",
        &[JAVA, POM],
        &[(
            "pom.xml",
            "<project>\n<properties>\n<java>17</java>\n</properties>\n<build><testSourceDirectory>none</testSourceDirectory></build></project>\n",
        )],
        "mvn test",
    ),
    (
        "pom packaging",
        &[JAVA, POM],
        &[(
            "pom.xml",
            "<project>\n<packaging>pom</packaging>\n<properties>\n<java>17</java>\n</properties>\n</project>\n",
        )],
        "mvn test",
    ),
    (
        "pom failure ignore",
        &[JAVA, POM],
        &[(
            "pom.xml",
            "<project>\n<properties>\n<java>17</java>\n<maven.test.failure.ignore>true</maven.test.failure.ignore>\n</properties>\n</project>\n",
        )],
        "mvn test",
    ),
    (
        "pom modules gone",
        &[JAVA, ("pom.xml", "<project>\n<modules>\n<module>a</module>\n<module>b</module>\n</modules>\n</project>\n")],
        &[("pom.xml", "<project>\n<modules>\n<module>a</module>\n</modules>\n</project>\n")],
        "mvn test",
    ),
    (".mvn/maven.config", &[JAVA, POM], &[(".mvn/maven.config", "-DskipTests\n")], "mvn test"),
    (".mvn/maven.config fae", &[JAVA, POM], &[(".mvn/maven.config", "-fn\n")], "mvn test"),
    (".mvn/jvm.config", &[JAVA, POM], &[(".mvn/jvm.config", "-Dmaven.test.skip=true\n")], "mvn test"),
    ("mvnw", &[JAVA, POM, ("mvnw", "#!/bin/sh\nexec mvn \"$@\"\n")], &[("mvnw", "#!/bin/sh\nexit 0\n")], "./mvnw test"),
    (
        "mvn wrapper",
        &[
            JAVA,
            POM,
            (".mvn/wrapper/maven-wrapper.properties", "distributionUrl=https://repo.maven.apache.org/maven2/a.zip\n"),
        ],
        &[(".mvn/wrapper/maven-wrapper.properties", "distributionUrl=file:///x.zip\n")],
        "./mvnw test",
    ),
    (
        "surefire.properties",
        &[JAVA, POM],
        &[("src/test/resources/junit-platform.properties", "junit.jupiter.conditions.deactivate=x\n")],
        "mvn test",
    ),
    (
        "services",
        &[JAVA, POM],
        &[("src/test/resources/META-INF/services/org.junit.jupiter.api.extension.Extension", "Swallow\n")],
        "mvn test",
    ),
    (
        "services launcher",
        &[JAVA, POM],
        &[("src/test/resources/META-INF/services/org.junit.platform.launcher.PostDiscoveryFilter", "Swallow\n")],
        "mvn test",
    ),
    (
        "gradle exclude task in settings",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("settings.gradle", "gradle.startParameter.excludedTaskNames = ['test']\n")],
        "./gradlew test",
    ),
    (
        "gradle settings afterEvaluate",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("settings.gradle", "gradle.allprojects { tasks.withType(Test) { enabled = false } }\n")],
        "./gradlew test",
    ),
    (
        "gradle settings include gone",
        &[JAVA, ("settings.gradle", "include ':a'\ninclude ':b'\n")],
        &[("settings.gradle", "include ':a'\n")],
        "./gradlew test",
    ),
    (
        "gradle init",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("init.gradle", "allprojects { tasks.withType(Test) { enabled = false } }\n")],
        "./gradlew test",
    ),
    (
        "gradle testClassesDirs",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("build.gradle", "plugins {}\ntest { testClassesDirs = files() }\n")],
        "./gradlew test",
    ),
    (
        "gradle sourceSets",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("build.gradle", "plugins {}\nsourceSets { test { java { srcDirs = [] } } }\n")],
        "./gradlew test",
    ),
    (
        "gradle actions clear",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("build.gradle", "plugins {}\ntest.actions.clear()\n")],
        "./gradlew test",
    ),
    (
        "gradle enabled=false",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("build.gradle", "plugins {}\ntest { enabled=false }\n")],
        "./gradlew test",
    ),
    (
        "gradle setEnabled",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("build.gradle", "plugins {}\ntest.setEnabled(false)\n")],
        "./gradlew test",
    ),
    (
        "gradle buildSrc",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("buildSrc/src/main/groovy/x.gradle", "tasks.withType(Test) { enabled = false }\n")],
        "./gradlew test",
    ),
    (
        "gradle wrapper",
        &[
            JAVA,
            (
                "gradle/wrapper/gradle-wrapper.properties",
                "distributionUrl=https\\://services.gradle.org/distributions/gradle-8.0-bin.zip\n",
            ),
        ],
        &[("gradle/wrapper/gradle-wrapper.properties", "distributionUrl=file\\:///x.zip\n")],
        "./gradlew test",
    ),
    (
        "gradlew",
        &[JAVA, ("gradlew", "#!/bin/sh\nexec java\n")],
        &[("gradlew", "#!/bin/sh\nexit 0\n")],
        "./gradlew test",
    ),
    (".rspec", &[RB], &[(".rspec", "--tag none\n")], "bundle exec rspec"),
    (".rspec-local", &[RB], &[(".rspec-local", "--tag none\n")], "bundle exec rspec"),
    (
        "spec_helper filter",
        &[RB],
        &[("spec/spec_helper.rb", "RSpec.configure do |c|\n  c.filter_run_excluding :x\nend\n")],
        "bundle exec rspec",
    ),
    (
        "Rakefile",
        &[RB, ("Rakefile", "task :test do\n  sh 'rspec'\nend\n")],
        &[("Rakefile", "task :test do\nend\n")],
        "rake test",
    ),
    (
        "Rakefile sub",
        &[RB, ("Rakefile", "require 'rake/testtask'\nRake::TestTask.new do |t|\n  t.pattern = 'spec/*.rb'\nend\n")],
        &[("Rakefile", "require 'rake/testtask'\nRake::TestTask.new do |t|\n  t.pattern = 'none/*.rb'\nend\n")],
        "bundle exec rake test",
    ),
    (
        "Rakefile clear",
        &[RB, ("Rakefile", "task :test do\n  sh 'rspec'\nend\n")],
        &[("Rakefile", "task :test do\n  sh 'rspec'\nend\nRake::Task[:test].clear\n")],
        "rake test",
    ),
    (
        "rakefile beside",
        &[RB, ("Rakefile", "task :test do\n  sh 'rspec'\nend\n")],
        &[("rakefile", "task :test\n")],
        "rake test",
    ),
    (".bundle/config", &[RB], &[(".bundle/config", "BUNDLE_GEMFILE: fake\n")], "bundle exec rspec"),
    (
        "Gemfile path rspec",
        &[RB, ("Gemfile", "gem 'rspec'\n")],
        &[("Gemfile", "gem 'rspec', path: './fake'\n")],
        "bundle exec rspec",
    ),
    (
        "cucumber.yml",
        &[RB, ("cucumber.yml", "default: x\n")],
        &[("cucumber.yml", "default: --tags none\n")],
        "cucumber",
    ),
    ("phpunit.xml", &[PHP], &[("phpunit.xml", "<phpunit></phpunit>\n")], "vendor/bin/phpunit"),
    ("phpunit.dist.xml", &[PHP], &[("phpunit.dist.xml", "<phpunit></phpunit>\n")], "vendor/bin/phpunit"),
    (
        "composer scripts",
        &[PHP, ("composer.json", "{\"scripts\":{\"test\":\"phpunit\"}}")],
        &[("composer.json", "{\"scripts\":{\"test\":\"true\"}}")],
        "composer test",
    ),
    (
        "composer scripts pre",
        &[PHP, ("composer.json", "{\"scripts\":{\"test\":[\"phpunit\"]}}")],
        &[("composer.json", "{\"scripts\":{\"test\":[\"@putenv X=1\",\"true\"]}}")],
        "composer run test",
    ),
    ("vendor/bin", &[PHP], &[("vendor/bin/phpunit", "#!/bin/sh\n")], "vendor/bin/phpunit"),
    ("Pest.php", &[PHP], &[("tests/Pest.php", "<?php exit(0);\n")], "vendor/bin/pest"),
    (
        "Taskfile",
        &[PY, ("Taskfile.yml", "tasks:\n  test:\n    cmds: [pytest]\n")],
        &[("Taskfile.yml", "tasks:\n  test:\n    cmds: ['true']\n")],
        "task test",
    ),
    (
        "mix.exs alias",
        &[
            (
                "test/a_test.exs",
                "defmodule ATest do\n  use ExUnit.Case\n  test \"a\" do\n    assert f() == 1\n  end\nend\n",
            ),
            ("mix.exs", "def project, do: []\n"),
        ],
        &[("mix.exs", "def project, do: [aliases: [test: \"run -e ok\"]]\n")],
        "mix test",
    ),
    (
        "test_helper.exs",
        &[
            (
                "test/a_test.exs",
                "defmodule ATest do\n  use ExUnit.Case\n  test \"a\" do\n    assert f() == 1\n  end\nend\n",
            ),
            ("test/test_helper.exs", "ExUnit.start()\n"),
        ],
        &[("test/test_helper.exs", "ExUnit.start(exclude: [:test])\n")],
        "mix test",
    ),
    (
        "deno.json tasks",
        &[JS, ("deno.json", "{\"tasks\":{\"test\":\"deno test\"}}")],
        &[("deno.json", "{\"tasks\":{\"test\":\"true\"}}")],
        "deno task test",
    ),
    (
        "deno.json imports",
        &[JS, ("deno.json", "{}")],
        &[("deno.json", "{\"imports\":{\"@std/assert\":\"./fake.ts\"}}")],
        "deno test",
    ),
    (
        "CMakeLists",
        &[PY, ("CMakeLists.txt", "enable_testing()\nadd_test(NAME a COMMAND a)\n")],
        &[("CMakeLists.txt", "enable_testing()\n")],
        "ctest",
    ),
    ("CTestCustom", &[PY], &[("CTestCustom.cmake", "set(CTEST_CUSTOM_TESTS_IGNORE a)\n")], "ctest"),
    (
        "Directory.Build.props",
        &[PY],
        &[(
            "Directory.Build.props",
            "<Project><PropertyGroup><IsTestProject>false</IsTestProject></PropertyGroup></Project>\n",
        )],
        "dotnet test",
    ),
    (
        ".eslintignore",
        &[JS, ("package.json", r#"{"scripts":{"test":"eslint ."}}"#)],
        &[(".eslintignore", "*\n")],
        "npm test",
    ),
    (
        "eslint.config",
        &[JS, ("package.json", r#"{"scripts":{"test":"eslint ."}}"#)],
        &[("eslint.config.js", "export default [{ignores:['**']}]\n")],
        "npm test",
    ),
    (
        "package.json eslintIgnore",
        &[JS, ("package.json", r#"{"scripts":{"test":"eslint ."}}"#)],
        &[("package.json", r#"{"scripts":{"test":"eslint ."},"eslintIgnore":["*"]}"#)],
        "npm test",
    ),
    (
        "mypy.ini behind make",
        &[PY, ("Makefile", "test:\n\tmypy .\n")],
        &[("mypy.ini", "[mypy]\nignore_errors = True\n")],
        "make test",
    ),
    (
        "clippy behind make",
        &[RS, ("Makefile", "test:\n\tcargo clippy -- -D warnings\n")],
        &[("clippy.toml", "x = 1\n")],
        "make test",
    ),
    (
        "tsconfig behind npm",
        &[JS, ("package.json", r#"{"scripts":{"test":"tsc --noEmit"}}"#)],
        &[("tsconfig.json", "{\"exclude\":[\"**\"]}")],
        "npm test",
    ),
    (
        ".ruff behind sh",
        &[PY, ("check.sh", "set -e\nruff check .\n")],
        &[("ruff.toml", "exclude = ['*']\n")],
        "sh check.sh",
    ),
    ("stand-in mypy.py", &[PY, ("Makefile", "test:\n\tpython3 -m mypy .\n")], &[("mypy.py", "")], "make test"),
    (
        "stand-in coverage.py",
        &[PY, ("Makefile", "test:\n\tpython3 -m coverage run -m unittest\n")],
        &[("coverage.py", "")],
        "make test",
    ),
    (".test file .mocharc.cjs", &[JS, NPM2], &[(".mocharc.cjs", "module.exports={grep:'x'}\n")], "npm test"),
];

const SETTINGS: &[Row] = &[
    (
        "babel alias",
        &[JS, JEST],
        &[(
            "babel.config.js",
            "module.exports = function (api) {\n  api.cache(true);\n  return { presets: ['babel-preset-expo'], plugins: [['module-resolver', { alias: { '@': './src' } }]] };\n};\n",
        )],
        "npm test",
    ),
    (
        "rake: another task for tests",
        &[RB, ("Rakefile", "task :test do\n  sh 'rspec'\nend\n")],
        &[(
            "Rakefile",
            "task :test do\n  sh 'rspec'\nend\nRake::TestTask.new(:integration) do |t|\n  t.pattern = 'integration/*_test.rb'\nend\n",
        )],
        "rake test",
    ),
    (
        "mix: what Phoenix writes",
        &[
            (
                "test/a_test.exs",
                "defmodule ATest do\n  use ExUnit.Case\n  test \"a\" do\n    assert f() == 1\n  end\nend\n",
            ),
            ("mix.exs", "def project, do: []\n"),
        ],
        &[(
            "mix.exs",
            "def project, do: []\ndefp aliases, do: [\n  test: [\"ecto.create --quiet\", \"ecto.migrate --quiet\", \"test\"]\n]\n",
        )],
        "mix test",
    ),
    (
        "gradle: JUnit 5",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("build.gradle", "plugins {}\ntest {\n    useJUnitPlatform()\n}\n")],
        "./gradlew test",
    ),
    (
        "go passes over node_modules",
        &[GO, ("go.mod", "module a\n")],
        &[("go.mod", "module a\n\nignore ./node_modules\n")],
        "go test ./...",
    ),
    (
        "poetry dependencies",
        &[PY, ("pyproject.toml", "[tool.poetry]\n")],
        &[(
            "pyproject.toml",
            "[tool.poetry]\n[tool.poetry.group.dev.dependencies]\npytest = \"^8\"\ncoverage = {version = \"^7\", extras = [\"toml\"]}\nours = {path = \"../ours\"}\n",
        )],
        "poetry run pytest",
    ),
    (
        "poe: another task",
        &[PY, ("pyproject.toml", "[tool.poe.tasks]\ntest = \"pytest\"\n")],
        &[("pyproject.toml", "[tool.poe.tasks]\ntest = \"pytest\"\ndocs = \"mkdocs build\"\n")],
        "poe test",
    ),
    (
        "pytest options that narrow nothing",
        &[PY, ("pytest.ini", "[pytest]\naddopts = -q\n")],
        &[("pytest.ini", "[pytest]\naddopts = -ra --strict-markers\n    --cov=app\nasyncio_mode = auto\n")],
        "python3 -m pytest",
    ),
    (
        "cargo: an edition, a feature, a profile",
        &[RS, CARGO],
        &[(
            "Cargo.toml",
            "[package]\nname = \"a\"\nedition = \"2024\"\n\n[features]\ndefault = [\"full\"]\nfull = []\nextra = [\"dep:x\"]\n[dependencies]\nx = { version = \"1\", optional = true }\n[dev-dependencies]\nours = { path = \"../ours\" }\n",
        )],
        "cargo test",
    ),
    ("npmrc ignore-scripts alone", &[JS, NPM2], &[(".npmrc", "ignore-scripts=true\n")], "npm test"),
    ("npmrc dry-run", &[JS, NPM], &[(".npmrc", "dry-run=true\n")], "npm test"),
    ("npmrc prefix", &[JS, NPM], &[(".npmrc", "prefix=fake\n")], "npm test"),
    ("npmrc foreground", &[JS, NPM], &[(".npmrc", "foreground-scripts=true\n")], "npm test"),
    ("npmrc version", &[JS, NPM], &[(".npmrc", "version=true\n")], "npm test"),
    ("npmrc shell", &[JS, NPM], &[(".npmrc", "shell=/bin/true\n")], "npm test"),
    (
        "npmrc honest",
        &[JS, NPM],
        &[(
            ".npmrc",
            "save-exact=true\nengine-strict=true\nfund=false\naudit=false\nregistry=https://registry.npmjs.org/\nlegacy-peer-deps=true\n",
        )],
        "npm test",
    ),
    ("pnpm shell-emulator", &[JS, NPM], &[(".npmrc", "shell-emulator=true\n")], "pnpm test"),
    (
        "yarnrc.yml plugins own",
        &[JS, NPM],
        &[(
            ".yarnrc.yml",
            "plugins:\n  - path: .yarn/plugins/@yarnpkg/plugin-typescript.cjs\n    spec: \"@yarnpkg/plugin-typescript\"\n",
        )],
        "yarn test",
    ),
    ("bunfig run shell", &[JS, NPM], &[("bunfig.toml", "[run]\nshell = \"system\"\n")], "bun test"),
    ("bunfig alias", &[JS, NPM], &[("bunfig.toml", "[define]\nx = \"1\"\n")], "bun test"),
    (
        "babel honest",
        &[JS, JEST],
        &[("babel.config.js", "module.exports = { presets: ['@babel/preset-env', '@babel/preset-react'] };\n")],
        "npm test",
    ),
    (
        "tsconfig paths",
        &[JS, JEST],
        &[("tsconfig.json", "{\"compilerOptions\":{\"paths\":{\"../app\":[\"./fake\"]}}}")],
        "npm test",
    ),
    (
        "tsconfig new folder",
        &[JS, JEST, ("tsconfig.json", "{}")],
        &[("web/tsconfig.json", "{\"include\":[\"src\"]}")],
        "npm test",
    ),
    (
        "package.json imports of runner",
        &[JS, NPM2],
        &[("package.json", r##"{"scripts":{"test":"node --test"},"imports":{"#app":"./fake.js"}}"##)],
        "npm test",
    ),
    (
        "package.json config",
        &[JS, NPM2],
        &[("package.json", r#"{"scripts":{"test":"node --test"},"config":{"node-options":"--require ./x.js"}}"#)],
        "npm test",
    ),
    (
        "package.json type",
        &[JS, NPM2],
        &[("package.json", r#"{"scripts":{"test":"node --test"},"type":"module"}"#)],
        "npm test",
    ),
    (
        "package.json bin of own",
        &[JS, JEST],
        &[("package.json", r#"{"scripts":{"test":"jest"},"devDependencies":{"jest":"^29"},"bin":{"jest":"fake.js"}}"#)],
        "npm test",
    ),
    (
        "package.json volta",
        &[JS, JEST],
        &[("package.json", r#"{"volta":{"node":"20"},"scripts":{"test":"jest"},"devDependencies":{"jest":"^29"}}"#)],
        "npm test",
    ),
    (
        "package.json gypfile",
        &[JS, JEST],
        &[("package.json", r#"{"main":"x.js","scripts":{"test":"jest"},"devDependencies":{"jest":"^29"}}"#)],
        "npm test",
    ),
    (
        ".env honest",
        &[JS, ("package.json", r#"{"scripts":{"test":"node --env-file=.env --test"}}"#), (".env", "A=1\n")],
        &[(".env", "A=2\nPORT=3\n")],
        "npm test",
    ),
    (".env.test NODE_OPTIONS", &[JS, JEST], &[(".env.test", "NODE_OPTIONS=--require ./x.js\n")], "npm test"),
    (".envrc honest", &[JS, JEST], &[(".envrc", "export DATABASE_URL=x\nlayout python\n")], "npm test"),
    (
        ".nvmrc",
        &[JS, JEST],
        &[
            (".nvmrc", "20\n"),
            (".tool-versions", "nodejs 20\n"),
            (".node-version", "20\n"),
            (".python-version", "3.11\n"),
        ],
        "npm test",
    ),
    ("pth", &[PY], &[("x.pth", "import os; os._exit(0)\n")], "python3 -m unittest"),
    ("unittest/main", &[PY], &[("unittest/x.txt", "")], "python3 -m unittest"),
    ("xml.py", &[PY], &[("xml.py", "")], "python3 -m unittest"),
    ("time.py (builtin cannot)", &[PY], &[("time.py", "x = 1\n")], "python3 -m unittest"),
    ("calendar.py", &[PY], &[("calendar.py", "x = 1\n")], "python3 -m unittest"),
    (
        "pytest.ini new marker",
        &[PY, ("pytest.ini", "[pytest]\nmarkers =\n    slow: slow\n")],
        &[("pytest.ini", "[pytest]\nmarkers =\n    slow: slow\n    db: needs a database\n")],
        "python3 -m pytest",
    ),
    (
        "pytest.ini new with markers",
        &[PY],
        &[("pytest.ini", "[pytest]\nmarkers =\n    db: needs a database\n")],
        "python3 -m pytest",
    ),
    (
        "pyproject pytest markers",
        &[PY, ("pyproject.toml", "[tool.pytest.ini_options]\nmarkers = [\"slow: x\"]\n")],
        &[("pyproject.toml", "[tool.pytest.ini_options]\nmarkers = [\"slow: x\", \"db: y\"]\n")],
        "python3 -m pytest",
    ),
    (
        "pyproject pytest new honest",
        &[PY],
        &[("pyproject.toml", "[project]\nname = \"x\"\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n")],
        "python3 -m pytest",
    ),
    ("uv.toml", &[PY], &[("uv.toml", "python = \"./fake\"\n")], "uv run pytest"),
    (
        "project scripts honest",
        &[PY, ("pyproject.toml", "[project]\n")],
        &[("pyproject.toml", "[project.scripts]\nx = \"app:main\"\n")],
        "uv run pytest",
    ),
    ("poetry.toml", &[PY], &[("poetry.toml", "[virtualenvs]\nin-project = true\n")], "poetry run pytest"),
    (
        "cargo default features more",
        &[RSF, CARGO],
        &[(
            "Cargo.toml",
            "[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\", \"net\"]\nfull = []\nnet = []\n",
        )],
        "cargo test",
    ),
    (
        "cargo default feature unused by tests",
        &[RS, CARGO],
        &[("Cargo.toml", "[package]\nname = \"a\"\n\n[features]\ndefault = []\nfull = []\n")],
        "cargo test",
    ),
    (
        "cargo build.rs writes OUT_DIR",
        &[RS, CARGO],
        &[(
            "build.rs",
            "use std::path::Path;\nfn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    std::fs::write(Path::new(&out).join(\"gen.rs\"), \"\").unwrap();\n}\n",
        )],
        "cargo test",
    ),
    (
        "cargo build.rs reads src writes out",
        &[RS, CARGO],
        &[(
            "build.rs",
            "fn main() {\n    println!(\"cargo:rerun-if-changed=src/lib.rs\");\n    let s = std::fs::read_to_string(\"src/x.proto\").unwrap();\n    std::fs::write(format!(\"{}/gen.rs\", std::env::var(\"OUT_DIR\").unwrap()), s).unwrap();\n}\n",
        )],
        "cargo test",
    ),
    (
        "cargo build.rs env",
        &[RS, CARGO],
        &[("build.rs", "fn main() {\n    println!(\"cargo:rustc-env=RUSTFLAGS=x\");\n}\n")],
        "cargo test",
    ),
    (
        "cargo config linker",
        &[RS, CARGO],
        &[(".cargo/config.toml", "[target.x86_64-unknown-linux-gnu]\nlinker = \"clang\"\n[alias]\nxt = \"run\"\n")],
        "cargo test",
    ),
    (
        "cargo config build.target",
        &[RS, CARGO],
        &[(".cargo/config.toml", "[build]\ntarget = \"wasm32-unknown-unknown\"\n")],
        "cargo test",
    ),
    (
        "cargo config env RUSTC",
        &[RS, CARGO],
        &[(".cargo/config.toml", "[env]\nRUST_TEST_THREADS = \"1\"\n")],
        "cargo test",
    ),
    ("cargo config paths", &[RS, CARGO], &[(".cargo/config.toml", "paths = [\"fake\"]\n")], "cargo test"),
    (
        "cargo config source",
        &[RS, CARGO],
        &[(
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"vendored-sources\"\n[source.vendored-sources]\ndirectory = \"vendor\"\n",
        )],
        "cargo test",
    ),
    (
        "rust-toolchain",
        &[RS, CARGO],
        &[("rust-toolchain.toml", "[toolchain]\nchannel = \"1.80\"\n"), ("rust-toolchain", "1.80\n")],
        "cargo test",
    ),
    (
        "go.work honest",
        &[GO, ("go.mod", "module a\n")],
        &[("go.work", "go 1.22\nuse (\n\t.\n\t./other\n)\n"), ("other/go.mod", "module b\n")],
        "go test ./...",
    ),
    ("go.env", &[GO, ("go.mod", "module a\n")], &[("go.env", "GOFLAGS=-run=none\n")], "go test ./..."),
    (
        "go toolchain",
        &[GO, ("go.mod", "module a\n")],
        &[("go.mod", "module a\n\ngo 1.22\ntoolchain go1.22.1\n")],
        "go test ./...",
    ),
    (
        "pom modules more",
        &[JAVA, ("pom.xml", "<project>\n<modules>\n<module>a</module>\n</modules>\n</project>\n")],
        &[("pom.xml", "<project>\n<modules>\n<module>a</module>\n<module>b</module>\n</modules>\n</project>\n")],
        "mvn test",
    ),
    (
        "pom dependency",
        &[JAVA, POM],
        &[(
            "pom.xml",
            "<project>\n<properties>\n<java>17</java>\n</properties>\n<dependencies><dependency><groupId>org.x</groupId><artifactId>y</artifactId><version>1</version><scope>test</scope></dependency></dependencies></project>\n",
        )],
        "mvn test",
    ),
    (".mvn/maven.config honest", &[JAVA, POM], &[(".mvn/maven.config", "-T1C\n--no-transfer-progress\n")], "mvn test"),
    (".mvn/jvm.config honest", &[JAVA, POM], &[(".mvn/jvm.config", "-Xmx2g\n")], "mvn test"),
    ("mavenrc", &[JAVA, POM], &[(".mavenrc", "MAVEN_OPTS=-DskipTests\n")], "mvn test"),
    (
        "mvn wrapper honest",
        &[
            JAVA,
            POM,
            (".mvn/wrapper/maven-wrapper.properties", "distributionUrl=https://repo.maven.apache.org/maven2/a-1.zip\n"),
        ],
        &[(".mvn/wrapper/maven-wrapper.properties", "distributionUrl=https://repo.maven.apache.org/maven2/a-2.zip\n")],
        "./mvnw test",
    ),
    (
        "gradle.properties",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("gradle.properties", "org.gradle.continue=true\n")],
        "./gradlew test",
    ),
    (
        "gradle.properties honest",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("gradle.properties", "org.gradle.jvmargs=-Xmx2g\norg.gradle.caching=true\nversion=1\n")],
        "./gradlew test",
    ),
    (
        "gradle.properties systemProp",
        &[JAVA, ("build.gradle", "plugins {}\n")],
        &[("gradle.properties", "systemProp.test.single=None\nsystemProp.org.gradle.wrapperX=1\n")],
        "./gradlew test",
    ),
    (
        "gradle settings include more",
        &[JAVA, ("settings.gradle", "include ':a'\n")],
        &[("settings.gradle", "include ':a'\ninclude ':b'\n")],
        "./gradlew test",
    ),
    (
        "gradle dependency",
        &[JAVA, ("build.gradle", "dependencies {\n}\n")],
        &[("build.gradle", "dependencies {\nimplementation 'x:y:1'\n}\n")],
        "./gradlew test",
    ),
    (
        "gradle dependency exclude",
        &[JAVA, ("build.gradle", "dependencies {\n}\n")],
        &[("build.gradle", "dependencies {\nimplementation('x:y:1') { exclude group: 'z' }\n}\n")],
        "./gradlew test",
    ),
    (
        ".rspec honest",
        &[RB],
        &[(".rspec", "--require spec_helper\n--color\n--format documentation\n")],
        "bundle exec rspec",
    ),
    (
        "Rakefile more",
        &[RB, ("Rakefile", "task :test do\n  sh 'rspec'\nend\n")],
        &[("Rakefile", "task :test do\n  sh 'rspec'\nend\ntask :doc do\n  sh 'yard'\nend\n")],
        "rake test",
    ),
    (
        ".bundle/config honest",
        &[RB],
        &[(".bundle/config", "BUNDLE_PATH: vendor/bundle\nBUNDLE_JOBS: 4\n")],
        "bundle exec rspec",
    ),
    (
        "Gemfile more",
        &[RB, ("Gemfile", "gem 'rspec'\n")],
        &[("Gemfile", "gem 'rspec'\ngem 'rake'\ngem 'x', path: './x'\n")],
        "bundle exec rspec",
    ),
    (".simplecov", &[RB], &[(".simplecov", "exit! 0\n")], "bundle exec rspec"),
    (
        "composer more",
        &[PHP, ("composer.json", "{\"scripts\":{\"test\":\"phpunit\"}}")],
        &[("composer.json", "{\"scripts\":{\"test\":\"phpunit\",\"x\":\"y\"},\"require\":{\"a/b\":\"1\"}}")],
        "composer test",
    ),
    (
        "composer autoload files",
        &[PHP, ("composer.json", "{\"scripts\":{\"test\":\"phpunit\"}}")],
        &[("composer.json", "{\"scripts\":{\"test\":\"phpunit\"},\"autoload\":{\"files\":[\"x.php\"]}}")],
        "composer test",
    ),
    (".user.ini", &[PHP], &[(".user.ini", "auto_prepend_file=x.php\n")], "vendor/bin/phpunit"),
    (
        "Directory.Build.props honest",
        &[PY],
        &[("Directory.Build.props", "<Project><PropertyGroup><Nullable>enable</Nullable></PropertyGroup></Project>\n")],
        "dotnet test",
    ),
    ("eslint not run", &[JS, JEST], &[("eslint.config.js", "export default []\n")], "npm test"),
    (".gitmodules", &[PY], &[(".gitmodules", "[submodule]\n")], "python3 -m unittest"),
    (".dockerignore", &[PY], &[(".dockerignore", "*\n")], "python3 -m unittest"),
];

#[test]
fn what_steers_a_check_is_found() {
    let passed = STEERING.iter().filter(|(_, base, changes, check)| found(base, changes, check).is_empty());
    let passed: Vec<&str> = passed.map(|(name, ..)| *name).collect();
    assert_eq!(passed, [""; 0]);
}

#[test]
fn a_setting_is_no_finding() {
    let refused = SETTINGS.iter().map(|(name, base, changes, check)| (name, found(base, changes, check)));
    let refused: Vec<_> = refused.filter(|(_, found)| !found.is_empty()).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
