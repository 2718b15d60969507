//! Who sits here: the name that decisions are recorded under unless `--by` gives one.

/// The login name; the number of the user if the environment does not tell.
pub(crate) fn name() -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    set("USER").or_else(|| set("LOGNAME")).unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}
