//! The committed schemas are what the program prints.

use std::path::Path;

use crate::support::Place;

const NAMES: [&str; 20] = [
    "workflow", "preset", "event", "plan", "report", "graph", "status", "runs", "why", "log", "findings", "doctor",
    "agents", "prices", "found", "trial", "init", "gc", "attach", "receipt",
];

#[test]
fn the_committed_schemas_are_what_the_program_prints() {
    let place = Place::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut wrong = Vec::new();
    for name in NAMES {
        let printed = place.mission(&["schema", name]).exits(0).out;
        let path = folder.join(format!("{name}.schema.json"));
        if std::env::var_os("MISSION_BLESS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &printed).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != printed {
            wrong.push(name);
        }
        let schema = serde_json::from_str(&printed).unwrap();
        jsonschema::draft7::new(&schema).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    assert!(wrong.is_empty(), "out of date: {wrong:?}: run MISSION_BLESS=1 cargo test --test cli");
}
