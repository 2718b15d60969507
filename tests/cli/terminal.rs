//! The live screen, in a terminal of its own: what is drawn, and what typed lines do.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::Place;

const GATE: &str = r#"
mission: 1
name: w
nodes:
  a: { run: "echo '[1]'; while [ ! -e go ]; do sleep 0.02; done", output: { from: stdout, schema: { type: array, items: { type: integer, maximum: 5 } } } }
  gate:
    needs: [a]
    gate:
      title: Publish?
      summary: One list.
      edit: nodes.a.output
      choices:
        approve: { go: next }
        again: { go: a, comment: required, max: 1 }
        deny: { go: end }
  last: { needs: [gate], run: "cat > result", stdin: "{{ nodes.gate.output }}" }
"#;

/// `mission` in a terminal.
pub(crate) struct Terminal {
    child: Child,
    typed: File,
    shown: Arc<Mutex<String>>,
    /// How much of what was shown has been looked at.
    seen: usize,
}

impl Terminal {
    pub(crate) fn start(place: &Place, args: &[&str], editor: &str) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("a terminal");
        unlockpt(&master).expect("a terminal");
        let name = ptsname(&master, Vec::new()).expect("a terminal").into_string().expect("UTF-8");
        let open = || File::options().read(true).write(true).open(&name).expect("a terminal");
        let slave = open();
        tcsetwinsize(&slave, Winsize { ws_row: 12, ws_col: 90, ws_xpixel: 0, ws_ypixel: 0 }).expect("a terminal");
        let mut command = place.prepare(args);
        command.env("TERM", "xterm").env("EDITOR", editor).stdin(open()).stdout(open()).stderr(Stdio::from(slave));
        let child = command.spawn().expect("it starts");
        drop(command);
        let typed = File::from(master);
        let mut screen = typed.try_clone().expect("a terminal");
        let shown = Arc::new(Mutex::new(String::new()));
        let writing = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = screen.read(&mut bytes) {
                writing.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..n]));
            }
        });
        Self { child, typed, shown, seen: 0 }
    }
    /// Everything shown so far, without colours.
    fn text(&self) -> String {
        anstream::adapter::strip_str(&self.shown.lock().unwrap()).to_string()
    }
    /// Waits until `part` is shown behind everything that was waited for before.
    #[track_caller]
    pub(crate) fn shows(&mut self, part: &str) -> &mut Self {
        let since = Instant::now();
        loop {
            let text = self.text();
            if let Some(at) = text.get(self.seen..).and_then(|rest| rest.find(part)) {
                self.seen += at + part.len();
                return self;
            }
            assert!(
                since.elapsed() < Duration::from_secs(60),
                "waited in vain for {part:?} in:\n{}",
                text.get(self.seen..).unwrap_or_default().chars().take(4000).collect::<String>()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    pub(crate) fn types(&mut self, line: &str) -> &mut Self {
        self.typed.write_all(format!("{line}\n").as_bytes()).expect("a terminal");
        self
    }
    #[track_caller]
    pub(crate) fn ends(&mut self, code: i32) {
        let ended = self.child.wait().expect("it ends").code();
        assert_eq!(ended, Some(code), "{}", self.text());
    }
}

fn place() -> Place {
    let place = Place::new();
    place.write("w.yaml", GATE);
    place
}

#[test]
fn a_row_for_what_runs_and_a_question_at_the_gate() {
    let place = place();
    let mut terminal = Terminal::start(&place, &["run", "w.yaml"], "false");
    terminal.shows("started     w:a").shows("w:a").shows("[1]").shows("1 running · 0 done");
    place.write("go", "");
    terminal.shows("Publish?").shows("One list.").shows("[a] approve").shows("[g] again").shows("needs a comment");
    terminal.shows("> ").types("nonsense").shows("`nonsense` is none of these.");
    terminal.shows("> ").types("show").shows("[d] deny");
    terminal.shows("> ").types("again").shows("comment for again: ").types("").shows("`again` needs a comment.");
    terminal.types("once more").shows("again by").shows("once more").shows("Publish?").shows("[a] approve");
    terminal.shows("> ").types("a").shows("comment (or nothing): ").types("good").shows("approve by");
    terminal.shows("succeeded   the run").shows("# w: succeeded").ends(0);
    assert_eq!(place.read("result"), "[1]");
}

#[test]
fn an_edit_that_is_refused_is_asked_again() {
    let place = place();
    place
        .write("go", "")
        .write("editor.sh", "if grep -q 9 \"$1\"; then echo '[4, 2]' > \"$1\"; else echo '[9]' > \"$1\"; fi\n");
    let editor = format!("sh '{}'", place.path().join("editor.sh").display());
    let mut terminal = Terminal::start(&place, &["run", "w.yaml"], &editor);
    terminal.shows("> ").types("edit").shows("takes effect with your answer").shows("9");
    terminal.shows("> ").types("approve").shows("(or nothing): ").types("").shows("refused");
    terminal.shows("9 is greater than the maximum of 5");
    terminal.shows("> ").types("edit").shows("takes effect with your answer");
    terminal.shows("> ").types("approve").shows("(or nothing): ").types("").shows("succeeded   the run").ends(0);
    assert_eq!(place.read("result"), "[4,2]");
}

#[test]
fn where_there_is_no_editor_it_is_said_what_to_do() {
    let place = place();
    place.write("go", "");
    let mut terminal = Terminal::start(&place, &["run", "w.yaml"], "");
    terminal.shows("? Publish?").shows("> ").types("edit");
    terminal.shows("neither VISUAL nor EDITOR is set: set one, or give the value with --value @FILE").shows("> ");
    terminal.types("aprove").shows("`aprove` is none of these.").shows("> ").types("later");
    terminal.ends(3);
}

#[test]
fn later_leaves_the_gate_waiting() {
    let place = place();
    place.write("go", "");
    let mut terminal = Terminal::start(&place, &["run", "w.yaml"], "false");
    terminal.shows("> ").types("later").shows("mission approve").ends(3);
    assert_eq!(place.mission(&["status", "--json"]).json()["state"], "waiting");
    let mut terminal = Terminal::start(&place, &["resume"], "false");
    terminal.shows("resumed").ends(3);
}

#[test]
fn an_answer_from_elsewhere_ends_the_question() {
    let place = place();
    place.write("go", "");
    let mut terminal = Terminal::start(&place, &["run", "w.yaml"], "false");
    terminal.shows("> ");
    place.mission(&["approve"]).exits(0);
    terminal.shows("approve by").shows("succeeded   the run").ends(0);
}

#[test]
fn denying_ends_the_run() {
    let place = place();
    place.write("go", "");
    let mut terminal = Terminal::start(&place, &["run", "w.yaml"], "false");
    terminal.shows("> ").types("d").shows("(or nothing): ").types("no").shows("cancelled   the run").ends(1);
}

#[test]
fn ci_gets_plain_lines_in_a_terminal_too() {
    let place = Place::new();
    place.write("w.yaml", "mission: 1\nname: w\nnodes:\n  a: { run: \"true\" }\n");
    let mut terminal = Terminal::start(&place, &["run", "w.yaml", "--color", "never"], "false");
    terminal.shows("succeeded   the run").ends(0);
    assert!(terminal.text().contains("1 running"));
    let mut plain = place.prepare(&["run", "w.yaml"]);
    let said = crate::support::said(plain.env("CI", "1").env("TERM", "xterm"), &place.path()).exits(0);
    assert!(!said.out.contains("running"), "{}", said.out);
}

#[test]
fn the_first_interrupt_says_what_a_second_one_does() {
    let place = Place::new();
    place.write(
        "w.yaml",
        "mission: 1\nname: w\nnodes:\n  a: { run: \"trap '' TERM INT; echo ready; while :; do sleep 0.1; done\" }\n",
    );
    let mut terminal = Terminal::start(&place, &["run", "w.yaml"], "false");
    terminal.shows("ready");
    let id = terminal.child.id().to_string();
    let interrupt = || assert!(place.command("kill").args(["-INT", &id]).status().unwrap().success());
    interrupt();
    terminal.shows("stopping: what runs is asked to end; Ctrl-C once more ends it at once");
    interrupt();
    terminal.shows("interrupted: what was finished is kept").ends(130);
    assert_eq!(terminal.text().matches("stopping:").count(), 1);
}
