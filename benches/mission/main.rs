//! What running costs, from outside: the release binary in throw-away directories, beside the programs it is compared with.
//!
//! `cargo bench --bench mission [-- SECTION…]`, or `scripts/bench`. Ratios of one run count, absolute times do not. Programs that
//! are not there are left out (`–`). `MISSION_FLOOR` names a program that does nothing but spawn and commit, called as
//! `floor DAG.json J full direct|sh thr DATABASE`; `MISSION_BENCH_SAMPLES` says how often each figure is taken (default 5). Ends
//! with 1 if a goal is missed.

mod checking;
mod ground;
mod output;
mod resuming;
mod sample;
mod shape;
mod startup;
mod table;
mod throughput;
mod whole;

use std::io;
use std::process::ExitCode;

use table::Table;

/// A section and what it is called.
type Section = (&'static str, fn(&mut Table) -> io::Result<()>);

const SECTIONS: &[Section] = &[
    ("throughput", throughput::measure),
    ("startup", startup::measure),
    ("whole", whole::measure),
    ("output", output::measure),
    ("check", checking::measure),
    ("resume", resuming::measure),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [mark, path] = &words[..]
        && mark == startup::STAMP
    {
        return code(startup::stamp(path));
    }
    if let Some(unknown) = words.iter().find(|word| SECTIONS.iter().all(|(name, _)| name != word)) {
        let names: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
        let message = format!("there is no section `{unknown}`; expected {}", names.join(", "));
        return code(Err(io::Error::other(message)));
    }
    let mut table = Table::default();
    let asked = SECTIONS.iter().filter(|(name, _)| words.is_empty() || words.iter().any(|word| word == name));
    let done = asked.into_iter().try_for_each(|(_, measure)| measure(&mut table));
    code(done.and_then(|()| match table.missed() {
        [] => Ok(()),
        missed => Err(io::Error::other(format!("missed:\n  {}", missed.join("\n  ")))),
    }))
}

fn code(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told if standard error is gone.
            let _ = io::Write::write_all(&mut io::stderr(), format!("{error}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}
