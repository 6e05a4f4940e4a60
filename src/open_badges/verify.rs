//! Verifying somebody's badge: a report in which each check has a name, a state and a sentence (open-badges.md §12).
//!
//! Pure: [`needs`] says what must be fetched (the caller's guarded client does it), then [`credential()`] judges an Open Badges
//! 3.0 credential and [`assertion()`] a hosted 2.0 Assertion. Nothing unreachable ever counts as good: it is *unknown*.

mod assertion;
mod credential;
mod json;
mod shape;
mod status;

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use assertion::{Hosted, assertion, badge_address, is_assertion, issuer_address};
pub use credential::{credential, needs};
pub use json::parse;

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It holds, with something to say.
    Warn,
    /// It could not be found out.
    Unknown,
    /// It does not apply.
    Skip,
}

/// The sum of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything holds.
    Valid,
    /// Its time is over.
    Expired,
    /// The issuer took it back, or suspends it.
    Revoked,
    /// Its time has not come.
    NotYetValid,
    /// It is not what it says, or not by whom it says.
    Invalid,
    /// Status or key could not be looked up.
    Unknown,
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable name: `ob.proof.value`.
    pub name: Cow<'static, str>,
    /// What came of it.
    pub state: State,
    /// A sentence for people.
    pub message: String,
}

/// What is known about a badge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The sum.
    pub verdict: Verdict,
    /// The checks in their order.
    pub checks: Vec<Check>,
}

/// A document to fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// How the badge names it, the key in [`Resolved::documents`]: a DID or an address.
    pub id: String,
    /// Where it is.
    pub url: String,
}

/// What must be fetched before judging.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// DID documents and other controller or key documents.
    pub documents: Vec<Need>,
    /// Addresses of status lists, the keys in [`Resolved::status_lists`].
    pub status_lists: Vec<String>,
}

/// What was fetched; whatever is missing could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// By [`Need::id`].
    pub documents: HashMap<String, Value>,
    /// By address.
    pub status_lists: HashMap<String, Value>,
}

impl Report {
    /// The check of that name, if it was made.
    #[must_use]
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// Sum up: any failure outside time, status and recipient makes a badge invalid; then revoked beats expired beats not yet
    /// valid beats unknown. But while it is unknown by whom it is, nothing else it says counts.
    #[must_use]
    pub fn of(checks: Vec<Check>) -> Self {
        let failed = |names: &[&str]| {
            checks.iter().any(|check| check.state == State::Fail && names.contains(&check.name.as_ref()))
        };
        let is_apart = |name: &str| {
            name.starts_with("ob.status.")
                || name.starts_with("ob.time.")
                || matches!(
                    name,
                    "ob.recipient" | "ob2.recipient" | "ob2.revoked" | "ob2.expired" | "ob2.future"
                )
        };
        let is_origin = |name: &str| {
            name.starts_with("ob.proof.") || matches!(name, "ob2.fetch" | "ob2.badgeclass" | "ob2.issuer")
        };
        let is_lookup = |check: &Check| {
            check.state == State::Unknown
                || (check.state == State::Fail && check.name.starts_with("ob.status."))
        };
        let verdict = if checks.iter().any(|check| check.state == State::Fail && !is_apart(&check.name)) {
            Verdict::Invalid
        } else if failed(&["ob.status.revoked", "ob.status.suspended", "ob2.revoked"]) {
            Verdict::Revoked
        } else if checks.iter().any(|check| check.state == State::Unknown && is_origin(&check.name)) {
            Verdict::Unknown
        } else if failed(&["ob.time.expired", "ob2.expired"]) {
            Verdict::Expired
        } else if failed(&["ob.time.notyet", "ob2.future"]) {
            Verdict::NotYetValid
        } else if checks.iter().any(is_lookup) {
            Verdict::Unknown
        } else {
            Verdict::Valid
        };
        Self { verdict, checks }
    }
}

/// Collects checks.
#[derive(Debug, Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn add(&mut self, name: &'static str, state: State, message: impl Into<String>) {
        self.0.push(Check { name: Cow::Borrowed(name), state, message: message.into() });
    }

    fn pass(&mut self, name: &'static str, message: impl Into<String>) {
        self.add(name, State::Pass, message);
    }

    fn fail(&mut self, name: &'static str, message: impl Into<String>) {
        self.add(name, State::Fail, message);
    }

    /// Pass, or fail with the reason.
    fn result(&mut self, name: &'static str, good: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.pass(name, good),
            Err(reason) => self.fail(name, reason),
        }
    }

    fn has_failed(&self) -> bool {
        self.0.iter().any(|check| check.state == State::Fail)
    }

    fn report(self) -> Report {
        Report::of(self.0)
    }
}

/// A member's text.
fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// A member as a list, whether it is an array or stands alone.
fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    match value.get(name) {
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

/// Whether `type` has the word.
fn has_type(value: &Value, word: &str) -> bool {
    list(value, "type").iter().any(|kind| kind.as_str() == Some(word))
}
