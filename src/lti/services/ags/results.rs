//! Results (§17.5): what the gradebook holds now, perhaps changed by a teacher. Exact decimals; no score
//! is no score, never zero; no maximum means 1 (A26).

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{RESULTS_TYPE, decimal, judge};
use crate::{
    Refusal,
    claims::clean,
    quirks::ServiceQuirks,
    services::{
        failure::{Failure, Next},
        scope,
        walk::{Lenient, Walk},
        wire::{Answer, Request, below, with_query},
    },
};

/// One learner's result. Borrowed from the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The learner's `sub`; may be nobody we know (A27).
    pub user_id: Cow<'a, str>,
    /// Points; `None` is "no result", which some platforms also write for zero.
    pub score: Option<Decimal>,
    /// The most there was to reach, > 0.
    pub maximum: Decimal,
    /// The teacher's words.
    pub comment: Option<Cow<'a, str>>,
}

/// One page of results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page<'a> {
    /// What could be read.
    pub entries: Vec<Entry<'a>>,
    /// How many entries could not.
    pub unreadable: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw<'a> {
    #[serde(borrow, default)]
    user_id: Lenient<'a>,
    #[serde(borrow, default)]
    result_score: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result_maximum: Option<&'a RawValue>,
    #[serde(borrow, default)]
    comment: Lenient<'a>,
}

impl<'a> Entry<'a> {
    fn read(raw: &'a RawValue) -> Option<Self> {
        let raw: Raw<'a> = serde_json::from_str(raw.get()).ok()?;
        let maximum = match raw.result_maximum {
            Some(text) => decimal(text.get())?,
            None => Decimal::ONE,
        };
        Some(Self {
            user_id: raw.user_id.id()?,
            // Anything but a number is no number of points: unreadable, not "none".
            score: raw.result_score.map(|text| decimal(text.get()).ok_or(())).transpose().ok()?,
            maximum: (maximum > Decimal::ZERO).then_some(maximum)?,
            comment: raw.comment.0.and_then(clean),
        })
    }
}

/// The reading of a column's results, page by page.
#[derive(Clone, Debug)]
pub struct Results {
    walk: Walk,
}

impl Results {
    /// Begins: all results of a column, or one learner's. `limit` is a wish, left out where it breaks things.
    ///
    /// # Errors
    /// [`Refusal::AgsPaging`] when `item` is no address.
    pub fn new(
        item: &str,
        user_id: Option<&str>,
        limit: Option<u32>,
        quirks: &ServiceQuirks,
    ) -> Result<Self, Failure> {
        let limit = limit.filter(|_| quirks.limit_on_results).map(|limit| limit.to_string());
        let url = with_query(&below(item, "results"), &[("user_id", user_id), ("limit", limit.as_deref())]);
        Ok(Self { walk: Walk::new(&url, RESULTS_TYPE, scope::RESULT_READONLY, Refusal::AgsPaging)? })
    }

    /// The request for the next page; `None` at the end, good or bad.
    #[must_use]
    pub fn request(&self) -> Option<Request> {
        self.walk.request()
    }

    /// Takes in a page. After a failure the same page may be asked for again.
    ///
    /// # Errors
    /// As the status says (§17.4), or [`Refusal::AgsInvalidResponse`].
    pub fn heard<'a>(&mut self, answer: &Answer<'a>, now: DateTime<Utc>) -> Result<Page<'a>, Failure> {
        judge(answer, now)?;
        let body = answer.unmarked().trim_ascii();
        let raw: Vec<&'a RawValue> = match body.is_empty() {
            true => Vec::new(),
            false => serde_json::from_slice(body)
                .map_err(|_| Failure::unreadable(answer, Refusal::AgsInvalidResponse, Next::Alarm))?,
        };
        let entries: Vec<Entry<'a>> = raw.iter().filter_map(|raw| Entry::read(raw)).collect();
        let unreadable = raw.len() - entries.len();
        self.walk.turn(answer, unreadable);
        Ok(Page { entries, unreadable })
    }

    /// Whether every result was read: only then does an absent learner have none.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.walk.is_complete()
    }

    /// Why the walk ended before its end, if it did.
    #[must_use]
    pub fn trouble(&self) -> Option<&Failure> {
        self.walk.trouble()
    }
}
