//! What the record of a run says about its attempts.

use serde_json::Value;

/// One attempt.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) node: String,
    pub(crate) number: u64,
    /// Why it began.
    pub(crate) cause: String,
    /// Class of its failure.
    pub(crate) class: Option<String>,
    pub(crate) message: String,
    /// Tokens read and written, if both are known.
    pub(crate) tokens: Option<(u64, u64)>,
    pub(crate) usd: Option<f64>,
    pub(crate) output: Option<Value>,
    pub(crate) is_over: bool,
}

impl Attempt {
    /// The tag under which the server counts it.
    pub(crate) fn tag(&self) -> String {
        format!("{}.{}", self.node.replace(':', "-"), self.number)
    }
}

/// A record.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) attempts: Vec<Attempt>,
    /// How the run ended.
    pub(crate) status: Option<String>,
}

impl Told {
    pub(crate) fn read(records: impl Iterator<Item = Value>) -> Self {
        let mut told = Self::default();
        for record in records {
            let event = &record["event"];
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            match event["type"].as_str() {
                // Maps and groups have no attempts of their own.
                Some("node-started") if event["attempt"] == 0 => {}
                Some("node-started") => told.attempts.push(Attempt {
                    node: text("node"),
                    number: event["attempt"].as_u64().unwrap_or(0),
                    cause: text("cause"),
                    ..Attempt::default()
                }),
                Some("run-finished") => told.status = Some(text("status")),
                _ if event["attempt"].is_u64() => told.end(event),
                _ => {}
            }
        }
        told
    }
    fn end(&mut self, event: &Value) {
        let same = |one: &&mut Attempt| event["node"] == one.node.as_str() && event["attempt"] == one.number;
        let Some(attempt) = self.attempts.iter_mut().find(same) else { return };
        let failure = if event["failure"].is_object() { &event["failure"] } else { &event["error"] };
        if event.get("usage").is_some() {
            let usage = &event["usage"];
            attempt.is_over = true;
            attempt.tokens = usage["inputTokens"].as_u64().zip(usage["outputTokens"].as_u64());
            attempt.usd = usage["usd"].as_f64();
        }
        attempt.class = failure["class"].as_str().map(str::to_owned).or(attempt.class.take());
        attempt.message = failure["message"].as_str().unwrap_or(&attempt.message).to_owned();
        attempt.output = event.get("output").filter(|output| !output.is_null()).cloned().or(attempt.output.take());
    }
    /// An attempt of a node.
    pub(crate) fn of(&self, node: &str, number: u64) -> Option<&Attempt> {
        self.attempts.iter().find(|one| one.node == node && one.number == number)
    }
    /// It failed, and the same was tried again.
    pub(crate) fn tried_again(&self, one: &Attempt) -> bool {
        let next = || self.of(&one.node, one.number + 1);
        one.class.is_some() && next().is_some_and(|next| next.cause == "retry")
    }
    /// The one attempt of this number.
    #[track_caller]
    pub(crate) fn attempt(&self, number: u64) -> &Attempt {
        self.attempts
            .iter()
            .find(|one| one.number == number)
            .unwrap_or_else(|| panic!("no attempt {number}: {self:#?}"))
    }
}
