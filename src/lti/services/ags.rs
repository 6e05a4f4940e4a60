//! Assignment and Grade Services 2.0 (§17): line items, scores, results.
//!
//! `find` finds or makes a column, `list` reads all there are, `item` is a column with everything the platform wrote into it, `score`
//! posts, `results` reads. Which column may be posted to (never one that is watched), the queue per column
//! and learner, and the lock per (course, resource id) while a column is made are the application's.

pub mod find;
pub mod item;
pub mod list;
pub mod results;
pub mod score;

pub use find::{Found, How, Move, Search, Wanted};
pub use item::LineItem;
pub use list::Items;
pub use results::{Entry, Results};
pub use score::{Event, Score};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    failure::{Failure, Next, is_later, later},
    scope,
    wire::Answer,
};
use crate::{Refusal, claims::Ags};

/// One line item, read or written.
pub const LINEITEM_TYPE: &str = "application/vnd.ims.lis.v2.lineitem+json";
/// A list of line items.
pub const LINEITEMS_TYPE: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
/// A list of results.
pub const RESULTS_TYPE: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
/// A score, written.
pub const SCORE_TYPE: &str = "application/vnd.ims.lis.v1.score+json";

/// Refuses what the launch's claim does not allow, before anything is sent (A09).
///
/// # Errors
/// [`Refusal::AgsScopeNotGranted`], naming the scope.
pub fn require(ags: &Ags, scope: &str) -> Result<(), Failure> {
    let has = |wanted: &str| ags.scope.iter().any(|granted| granted == wanted);
    if has(scope) || (scope == scope::LINEITEM_READONLY && has(scope::LINEITEM)) {
        return Ok(());
    }
    Err(Failure::about(Refusal::AgsScopeNotGranted, Next::Stop, scope))
}

/// What a status means (§17.4). 401 is what Moodle says to a wrong scope, and what everybody says to a
/// token that has ended.
pub(crate) fn judge(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    let (refusal, next) = match answer.status {
        200..=299 => return Ok(()),
        401 => (Refusal::AgsScopeNotGranted, Next::FreshToken),
        403 => (Refusal::AgsScopeNotGranted, Next::Alarm),
        404 | 410 => (Refusal::AgsNotFound, Next::Rediscover),
        409 => (Refusal::AgsSuperseded, Next::Stop),
        status if is_later(status) => (Refusal::AgsUnavailable, later(answer, now)),
        400..=499 => (Refusal::AgsRejected, Next::Stop),
        _ => (Refusal::AgsInvalidResponse, Next::Alarm),
    };
    Err(Failure::of(answer, refusal, next))
}

/// A JSON number's text as an exact decimal; `None` when it does not fit without rounding.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    let mut number = Decimal::from_str_exact(digits).ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    if number.is_zero() {
        return Some(Decimal::ZERO);
    }
    let scale = i64::from(number.scale()) - i64::from(exponent);
    if scale >= 0 {
        number.set_scale(u32::try_from(scale).ok()?).ok()?;
        return Some(number);
    }
    number.set_scale(0).ok()?;
    let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
    number.checked_mul(Decimal::try_from_i128_with_scale(factor, 0).ok()?)
}
