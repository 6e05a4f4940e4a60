//! Telemetry: logs, figures and correlation ids.
//!
//! Log fields are dotted (`award.id`, `job.kind`, `duration_ms`) and hold ids, codes and times only:
//! never a name, an address of a person, a token or a body (conformance O02). `logs.rs` keeps to that
//! what others say; figures have the names in [`names`], so that a dashboard finds them. Base:
//! everybody may use it; it knows nobody.

mod figures;
mod logs;

use crate::clock::Dice;
pub use figures::{Figures, names};
pub use logs::start_logs;

/// Ties together what the log, the launch record and the error page say of one request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CorrelationId(String);

impl CorrelationId {
    /// A new one.
    #[must_use]
    pub fn new(dice: &Dice) -> Self {
        Self(dice.token())
    }

    /// One made by a proxy that we trust: 8 to 64 letters, digits, `-`, `_` or `.`. The caller knows
    /// whether the peer is trusted (`settings.server.trusts`).
    #[must_use]
    pub fn of_header(text: &str) -> Option<Self> {
        let is_good = (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        is_good.then(|| Self(text.to_owned()))
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
