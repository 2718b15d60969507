//! `mission attach`, in a terminal of its own: the real program opens, in the session of the attempt.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::bench::Bench;
use crate::real::{Real, Script};

/// How long a person waits before typing once more: a program may first ask whether the folder is to be trusted.
const PAUSE: Duration = Duration::from_secs(3);
/// How long that goes on.
const PATIENCE: Duration = Duration::from_secs(300);
/// Where the first choice is not to trust the folder, as it is shown without the moves of the cursor; and how the other is chosen.
const DISTRUST: &str = "Yes,Itrustthisfolder";
const DOWN: &str = "\x1b[B";
/// What programs ask a terminal, and what one answers.
const ANSWERS: [(&str, &str); 3] = [("\x1b[6n", "\x1b[1;1R"), ("\x1b[c", "\x1b[?1;2c"), ("\x1b[?u", "\x1b[?0u")];

/// A command in a terminal.
struct Terminal {
    child: Child,
    typed: File,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    fn start(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("a terminal");
        unlockpt(&master).expect("a terminal");
        let name = ptsname(&master, Vec::new()).expect("a terminal").into_string().expect("UTF-8");
        let open = || File::options().read(true).write(true).open(&name).expect("a terminal");
        let slave = open();
        tcsetwinsize(&slave, Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 }).expect("a terminal");
        command.env("TERM", "xterm-256color").stdin(open()).stdout(open()).stderr(Stdio::from(slave));
        let child = command.spawn().expect("it starts");
        drop(command);
        let typed = File::from(master);
        let (mut screen, mut answering) =
            (typed.try_clone().expect("a terminal"), typed.try_clone().expect("a terminal"));
        let shown = Arc::new(Mutex::new(String::new()));
        let writing = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = screen.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..n]).into_owned();
                for (_, answer) in ANSWERS.iter().filter(|(question, _)| text.contains(question)) {
                    // Who has gone needs no answer.
                    let _ = answering.write_all(answer.as_bytes());
                }
                writing.lock().expect("nobody panics while holding it").push_str(&text);
            }
        });
        Self { child, typed, shown }
    }
    /// What was shown so far, without colours.
    fn text(&self) -> String {
        anstream::adapter::strip_str(&self.shown.lock().expect("nobody panics while holding it")).to_string()
    }
    fn type_in(&mut self, text: &str) {
        // Who has gone reads nothing; the test finds that out by what did not happen.
        let _ = self.typed.write_all(text.as_bytes());
    }
}

impl Drop for Terminal {
    /// The person closes the window.
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // Who has gone need not be ended.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn attached(name: &str) {
    let Some(real) = Real::find(name) else { return };
    let bench = Bench::new(real);
    bench.lead(&Script::always("ok"));
    let flow = format!(
        "mission: 1\nname: cell\nagents:\n  worker: {{ runner: {name}, access: write }}\nnodes:\n  work:\n    agent: worker\n\
         \x20   prompt: Make a small file, then tell the result.\n    timeout: 300s\n"
    );
    bench.write("repo/cell.yaml", &flow);
    bench.git(&["add", "."]);
    bench.git(&["commit", "-q", "-m", "flow"]);
    bench.start(&["run", "cell.yaml"]).wait().exits(0);

    let run = bench.id();
    let mut terminal = Terminal::start(bench.in_terminal(&["attach", &run, "work"]));
    let turns = || bench.server.ledger().of("none.0").turns;
    let (began, mut trusted) = (Instant::now(), false);
    while turns() < 2 {
        std::thread::sleep(PAUSE);
        let shown = terminal.text();
        assert!(began.elapsed() < PATIENCE, "{shown}\n{}", bench.heard());
        if shown.contains(DISTRUST) && !std::mem::replace(&mut trusted, true) {
            terminal.type_in(DOWN);
        } else {
            terminal.type_in("And what did you do before?");
        }
        std::thread::sleep(PAUSE);
        terminal.type_in("\r");
    }
    drop(terminal);
    bench.is_clean();
}

macro_rules! tests {
    ($($name:ident)*) => { $(#[test] fn $name() { attached(&stringify!($name).replace('_', "-")); })* };
}

tests! { claude codex opencode gemini goose qwen copilot pi kimi opencode_acp goose_acp qwen_acp copilot_acp kimi_acp }
