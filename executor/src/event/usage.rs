//! What attempts used, as far as somebody told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What attempts used. `None` is unknown, never zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Milliseconds of running.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub millis: Option<u64>,
    /// Tokens read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub input_tokens: Option<u64>,
    /// Tokens written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output_tokens: Option<u64>,
    /// Of the tokens read, those from a cache.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cached_tokens: Option<u64>,
    /// Of the tokens read, those put into a cache.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cache_write_tokens: Option<u64>,
    /// USD, as the agent told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usd: Option<f64>,
    /// USD, estimated from the user's table of prices, where the agent told none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub estimated_usd: Option<f64>,
    /// The model, as far as known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<String>,
    /// Processes of the attempt that outlived it and were ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaked: Option<u32>,
    /// It went on with the session of the attempt before it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub continued: bool,
}

impl Usage {
    /// Is nothing known at all?
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}
