//! Terms: how often and for how long an achievement is awarded.

use chrono::{DateTime, Duration, Utc};

use crate::store::entity::achievement_version;

/// When an award of a version ends that was earned at some moment: after its days or on its date, whichever is
/// sooner.
#[must_use]
pub fn end_by_version(
    version: &achievement_version::Model,
    awarded_at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let days = version.validity_days.map(|days| Duration::days(i64::from(days)));
    let after_days = days.and_then(|days| awarded_at.checked_add_signed(days));
    [after_days, version.valid_until].into_iter().flatten().min()
}
