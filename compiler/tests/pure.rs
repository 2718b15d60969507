//! The compiler must not be able to touch the world: what it is built from shows that.

use std::process::Command;

#[test]
fn the_compiler_is_built_without_runtime_and_database() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--offline", "-p", "mission-compiler", "-e", "normal", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    let crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(crates.contains(&"petgraph") && crates.contains(&"minijinja"), "{tree}");
    for banned in ["tokio", "rusqlite", "libsqlite3-sys", "mission-executor"] {
        assert!(!crates.contains(&banned), "the compiler is built from {banned}");
    }
}
