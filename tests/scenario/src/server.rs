//! The server: who asks gets an answer, a refusal, silence, or half of an answer.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use crate::asked::{self, Asked};
use crate::decide;
use crate::http::{self, Request};
use crate::ledger::{Ledger, Tokens};
use crate::scenario::Scenario;
use crate::wire::{Dialect, Refusal, Reply};

/// How long silence lasts at most.
const SILENCE: Duration = Duration::from_secs(600);
/// How long a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);
/// Pause between parts where the scenario is slow, in milliseconds.
const PAUSE: u64 = 400;

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    ledger: Mutex<Ledger>,
    /// Of each scenario, as written: its requests, and when the first came.
    seen: Mutex<BTreeMap<String, (u64, Instant)>>,
    answers: AtomicU64,
    ends: AtomicBool,
    log: Option<Mutex<File>>,
}

impl Server {
    /// Starts on a free port of loopback.
    ///
    /// # Errors
    /// If there is none.
    pub fn start() -> io::Result<Self> {
        Self::start_on(0, None)
    }
    /// Starts on `port` (0: any); requests are written to `log`, one JSON object per line.
    ///
    /// # Errors
    /// If the port is taken or the log cannot be made.
    pub fn start_on(port: u16, log: Option<&Path>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let log = log.map(File::create).transpose()?.map(Mutex::new);
        let state = Arc::new(State { log, ..State::default() });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.ends.load(Ordering::Relaxed) {
                    return;
                }
                let state = Arc::clone(&shared);
                thread::spawn(move || {
                    // Who hangs up before the end gets no more; that is theirs to do.
                    let _ = state.attend(&stream);
                });
            }
        });
        Ok(Self { address, state })
    }
    /// Where it listens: `127.0.0.1:PORT`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
    /// The base URL for `scenario`, with settings behind commas.
    pub fn url(&self, scenario: &str) -> String {
        format!("http://{}/{scenario}", self.address)
    }
    /// What was told so far.
    pub fn ledger(&self) -> Ledger {
        lock(&self.state.ledger).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.ends.store(true, Ordering::Relaxed);
        // The listener waits for somebody to come.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while holding it")
}

impl State {
    fn attend(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(ARRIVAL))?;
        stream.set_nodelay(true)?;
        let Some(request) = http::read(stream)? else { return Ok(()) };
        self.note(&request);
        let nothing = |status: u16, why: &str| http::json(stream, status, &[], &json!({ "error": { "message": why } }));
        let written = request.path.split('/').nth(1).unwrap_or_default();
        match (request.method.as_str(), Dialect::of(&request.path)) {
            ("GET", _) if request.path == "/ledger" => http::json(stream, 200, &[], &lock(&self.ledger).json()),
            ("GET", _) if request.path.ends_with("/models") => http::json(stream, 200, &[], &models()),
            ("POST", _) if request.path.ends_with("count_tokens") || request.path.ends_with(":countTokens") => {
                http::json(stream, 200, &[], &json!({ "input_tokens": 1000, "totalTokens": 1000 }))
            }
            ("POST", Some(_)) if request.compressed => nothing(415, "the body must not be compressed"),
            ("POST", Some(dialect)) => self.model(stream, &Scenario::read(written), dialect, &request),
            ("HEAD", _) => nothing(200, ""),
            _ => nothing(404, "there is nothing here"),
        }
    }
    fn note(&self, request: &Request) {
        let Some(log) = &self.log else { return };
        let line = json!({ "method": request.method, "path": request.path, "body": request.body });
        // A log that cannot be written is missed by nobody but its reader.
        let _ = writeln!(lock(log), "{line}");
    }
    /// How many requests of this scenario came before this one, and when the first came. What is asked aside does not count.
    fn seen(&self, scenario: &Scenario, counts: bool) -> (u64, Instant) {
        let mut seen = lock(&self.seen);
        let entry = seen.entry(scenario.written.clone()).or_insert_with(|| (0, Instant::now()));
        entry.0 += u64::from(counts);
        (entry.0 - u64::from(counts), entry.1)
    }
    fn model(&self, stream: &TcpStream, scenario: &Scenario, dialect: Dialect, request: &Request) -> io::Result<()> {
        let tag = scenario.tag();
        let (in_text, effort) = (scenario.number("text").is_some(), asked::effort(&request.body));
        let asked = Asked { in_text, effort, ..dialect.asked(request) };
        lock(&self.ledger).asked(tag, &asked);
        let (before, first) = self.seen(scenario, !asked.is_aside());
        let in_time = scenario.number("for").is_none_or(|seconds| first.elapsed() < Duration::from_secs(seconds));
        let after = scenario.number("after").unwrap_or(0);
        let troubled =
            in_time && before >= after && scenario.number("times").is_none_or(|times| before - after < times);
        let refused = || lock(&self.ledger).note(tag).refused += 1;
        if let Some(status) = scenario.status().filter(|_| troubled) {
            refused();
            let refusal = Refusal::new(status, scenario, now());
            return http::json(stream, status, &refusal.headers(dialect), &dialect.refusal(&refusal));
        }
        let falls_silent = scenario.number("silent").is_some_and(|after| before >= after && !asked.is_aside());
        if scenario.name == "hang" && troubled || falls_silent {
            refused();
            self.wait_silently(stream);
            return Ok(());
        }
        let answer = decide::answer(scenario, &asked);
        let tokens = Tokens::of(self.answers.fetch_add(1, Ordering::Relaxed));
        let reply = dialect.answer(&asked, &answer, tokens);
        if scenario.name == "cut" && troubled && !asked.is_aside() {
            refused();
            return half(stream, &reply);
        }
        let pause =
            Duration::from_millis(if scenario.name == "slow" { scenario.number("pause").unwrap_or(PAUSE) } else { 0 });
        // IMPORTANT: counted before it is told, so that who has heard it finds it counted.
        lock(&self.ledger).told(tag, tokens, asked.is_aside());
        if asked.stream { whole(stream, &reply, pause) } else { http::json(stream, 200, &[], &reply.whole) }
    }
    /// Says nothing until the other side hangs up, or the server ends.
    fn wait_silently(&self, mut stream: &TcpStream) {
        let began = Instant::now();
        let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
        while began.elapsed() < SILENCE && !self.ends.load(Ordering::Relaxed) {
            match stream.read(&mut [0; 64]) {
                Ok(0) => return,
                Ok(_) => {}
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Err(_) => return,
            }
        }
    }
}

/// All parts of an answer.
fn whole(stream: &TcpStream, reply: &Reply, pause: Duration) -> io::Result<()> {
    http::begin(stream)?;
    for part in &reply.parts {
        http::part(stream, part)?;
        thread::sleep(pause);
    }
    http::end(stream)
}

/// The first half of an answer, and nothing that ends it.
fn half(stream: &TcpStream, reply: &Reply) -> io::Result<()> {
    http::begin(stream)?;
    let some = (reply.parts.len() / 2).max(1);
    reply.parts.iter().take(some).try_for_each(|part| http::part(stream, part))
}

fn models() -> serde_json::Value {
    json!({ "object": "list", "models": [],
        "data": [{ "id": "scripted", "object": "model", "created": 1, "owned_by": "tests" }] })
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
