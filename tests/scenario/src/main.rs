//! The server as a program: prints its address and ends with its parent, at the latest after its time.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people and scripts")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mission_scenario::Server;

const USAGE: &str = "usage: mission-scenario [--port N] [--seconds N] [--log FILE]";

struct Told {
    port: u16,
    seconds: u64,
    log: Option<PathBuf>,
}

fn told() -> Option<Told> {
    let mut told = Told { port: 0, seconds: 3600, log: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next()?;
        match word.as_str() {
            "--port" => told.port = value.parse().ok()?,
            "--seconds" => told.seconds = value.parse().ok()?,
            "--log" => told.log = Some(value.into()),
            _ => return None,
        }
    }
    Some(told)
}

fn main() -> ExitCode {
    let Some(told) = told() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let parent = rustix::process::getppid();
    let began = Instant::now();
    let server = match Server::start_on(told.port, told.log.as_deref()) {
        Ok(server) => server,
        Err(error) => {
            eprintln!("it cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("http://{}", server.address());
    while rustix::process::getppid() == parent && began.elapsed() < Duration::from_secs(told.seconds) {
        std::thread::sleep(Duration::from_millis(200));
    }
    ExitCode::SUCCESS
}
