//! Programs that catch what fails in a plain script that tests them.

use super::judged;

const SCRIPT: (&str, &str) = (
    "test/app.js",
    "const assert = require('assert');\nconst { add, double } = require('../app');\n\nassert.strictEqual(add(1, 2), 3);\nassert.strictEqual(double(2), 4);\nconsole.log('ok');\n",
);
const APP: &str = "exports.add = (a, b) => a + b;\nexports.double = (x) => x;\n";
const PLAIN: (&str, &str) =
    ("tests/run.py", "import sys\n\nsys.path.insert(0, \".\")\nfrom app import double\n\nassert double(2) == 4\n");
const DOUBLE: &str = "import os\nimport sys\n\n\ndef double(x):\n    return x\n";

fn found(script: (&str, &str), (path, text): (&str, &str), added: &str, run: &str) -> Vec<String> {
    let now = format!("{text}{added}");
    let judged = judged(&[script, (path, text)], &[script, (path, &now)], &[("c", run)], &[]);
    let weigh = judged.findings.iter().filter(|finding| finding.weighs());
    weigh.map(|finding| format!("{} {}", finding.kind.word(), finding.file)).collect()
}

#[test]
fn what_a_plain_script_asserts_ends_it() {
    for (added, kind) in [
        ("process.on('uncaughtException', (e) => console.error(e.message));\n", "early-exit"),
        ("process.once(\"unhandledRejection\", (e) => {\n  console.error(e);\n});\n", "early-exit"),
        ("process.on('uncaughtException', () => process.exit());\n", "early-exit"),
        ("function log(e) {\n  console.error(e);\n}\nprocess.on('uncaughtException', log);\n", "early-exit"),
        ("process.setUncaughtExceptionCaptureCallback(() => {});\n", "early-exit"),
        ("const assert = require('assert');\nassert.strictEqual = () => {};\n", "runner-replaced"),
        ("Object.assign(require('assert'), { strictEqual() {} });\n", "runner-replaced"),
        ("process.on('exit', () => { process.exitCode = 0; });\n", "early-exit"),
    ] {
        assert_eq!(found(SCRIPT, ("app.js", APP), added, "node test/app.js"), [format!("{kind} app.js")], "{added}");
    }
    for (added, kind) in [
        ("\n\nsys.excepthook = lambda *a: os._exit(0)\n", "early-exit"),
        (
            "\n\ndef report(kind, error, trace):\n    print(error)\n    os._exit(0)\n\n\nsys.excepthook = report\n",
            "early-exit",
        ),
    ] {
        assert_eq!(
            found(PLAIN, ("app.py", DOUBLE), added, "python3 tests/run.py"),
            [format!("{kind} app.py")],
            "{added}"
        );
    }
}

#[test]
fn a_program_that_fails_with_what_it_catches_may() {
    for added in [
        "process.on('uncaughtException', (e) => {\n  console.error(e.message);\n  process.exit(1);\n});\n",
        "process.on('unhandledRejection', (e) => { throw e; });\n",
        "process.on('uncaughtException', (e) => { process.exitCode = 1; });\n",
        "const fail = (e) => {\n  console.error(e);\n  process.exit(code(e));\n};\nprocess.on('uncaughtException', fail);\n",
        "process.on('SIGTERM', () => process.exit(0));\n",
        "// process.on('uncaughtException', () => {});\n",
    ] {
        assert_eq!(found(SCRIPT, ("app.js", APP), added, "node test/app.js"), [""; 0], "{added}");
    }
    let logs = "process.on('uncaughtException', (e) => console.error(e));\n";
    assert_eq!(found(SCRIPT, ("server.js", APP), logs, "node test/app.js"), [""; 0], "no test brings it in");
    let hook = "\n\ndef report(kind, error, trace):\n    print(error)\n\n\nsys.excepthook = report\n";
    assert_eq!(found(PLAIN, ("app.py", DOUBLE), hook, "python3 tests/run.py"), [""; 0]);
}
