//! What is wrong with a platform, from what it answered: findings in plain words, with what to change over there
//! (§4.2, §16.3, §25; moodle-platform.md §7). Pure: somebody else asked, `now` is given, nothing is looked up.
//!
//! Menu names come from the family's [`Setup`]. Nothing here repeats a body, a query or a token; at most a page's
//! title, cleaned as `services` cleans a platform's words.

mod address;
mod finding;
mod grant;
mod heard;

pub use self::{
    address::{authorization, clock, keys, own},
    finding::{Finding, Level, Part},
    grant::{Asked, scopes, token},
    heard::{Heard, Unheard},
};
use crate::{
    quirks::{Family, Setup},
    registration::Algorithm,
};

/// What we know of the platform, and it of us.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Our name of its family.
    pub family: &'a str,
    /// Whether it may launch.
    pub is_active: bool,
    /// Whether it was stopped because it speaks of another installation than before.
    pub is_frozen: bool,
    /// Our name there.
    pub client_id: &'a str,
    /// The deployment for which we ask, if the assertion is to name one and one is known.
    pub deployment: Option<&'a str>,
    /// Where tokens are given.
    pub token_endpoint: Option<&'a str>,
    /// The assertion's audience.
    pub token_audience: Option<&'a str>,
    /// The address of our keys for it.
    pub own_keys: &'a str,
    /// The algorithms that launches may have.
    pub algorithms: &'a [Algorithm],
}

impl Subject<'_> {
    fn setup(&self) -> &'static Setup {
        Family::setup_of(self.family)
    }

    fn title(&self) -> &'static str {
        Family::named(self.family).map_or("The platform", |family| family.title)
    }
}

/// What is known without asking.
#[must_use]
pub fn registration(about: &Subject<'_>) -> Vec<Finding> {
    const PART: Part = Part::Registration;
    let mut findings = Vec::new();
    if about.client_id.is_empty() {
        let advice = format!("{}: copy the client id, then `laurel platform set`.", about.setup().told_at);
        findings.push(Finding::wrong(PART, "check.client_missing", "It has no client id yet.", advice));
    } else if about.is_frozen {
        let sentence = "It is frozen: its launches speak of another installation than before.";
        findings.push(Finding::wrong(
            PART,
            "check.frozen",
            sentence,
            "`laurel platform thaw` says which it is.",
        ));
    } else if !about.is_active {
        let sentence = "It is switched off here: every login is refused.";
        findings.push(Finding::wrong(PART, "check.disabled", sentence, "`laurel platform set … --enable`."));
    }
    if about.token_endpoint.is_none() {
        let advice = "Enter the platform's token address: `laurel platform set … --token-endpoint URL`.";
        findings.push(Finding::wrong(
            PART,
            "check.token_address_missing",
            "No token address is known.",
            advice,
        ));
    }
    findings
}
