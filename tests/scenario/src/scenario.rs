//! What the address of a request asks for: the name of a scenario and its settings.

use std::collections::BTreeMap;

/// A scenario with its settings, as written in an address: `NAME,KEY=VALUE,…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scenario {
    /// As written: requests of the same scenario are counted by it.
    pub(crate) written: String,
    /// Its name.
    pub(crate) name: String,
    settings: BTreeMap<String, String>,
}

impl Scenario {
    /// Reads the first part of a path.
    pub(crate) fn read(written: &str) -> Self {
        let mut parts = written.split(',');
        let name = parts.next().unwrap_or_default().to_owned();
        let settings = parts.map(|part| part.split_once('=').unwrap_or((part, "1")));
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { written: written.to_owned(), name, settings }
    }
    /// The text of a setting.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }
    /// The number of a setting.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.text(key)?.parse().ok()
    }
    /// Under which tag it is counted.
    pub(crate) fn tag(&self) -> &str {
        self.text("tag").unwrap_or(&self.name)
    }
    /// The status that it refuses with.
    pub(crate) fn status(&self) -> Option<u16> {
        match self.name.as_str() {
            "quota" => Some(429),
            name => name.parse().ok().filter(|status| (400..600).contains(status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_behind_the_name() {
        let one = Scenario::read("429,times=2,retry=1,tag=a.1");
        assert_eq!((one.name.as_str(), one.status(), one.tag()), ("429", Some(429), "a.1"));
        assert_eq!((one.number("times"), one.number("reset"), one.number("tag")), (Some(2), None, None));
        let other = Scenario::read("ok");
        assert_eq!((other.status(), other.tag()), (None, "ok"));
        assert_eq!(Scenario::read("99999").status(), None);
    }
}
