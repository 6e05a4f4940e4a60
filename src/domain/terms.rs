//! Terms: how often an achievement is awarded by a placement, for how long, and whether awards are taken back when
//! their rule is no longer met (design §2, §5).
//!
//! Exactly:
//! - *Scope.* Within it there is one current award per learner and period: the achievement by default, or the
//!   achievement in the placement's course, or the placement alone.
//! - *Period.* What is earned in one is decided by `criteria::by_period`. An award **stands for** a period when it
//!   bears its name or was earned inside of it, whatever it is called: so switching periods on or off, or cutting them
//!   otherwise, never awards the same thing twice.
//! - *Again.* A current award that stands for a period, and a person's veto, block another one of that scope and
//!   period. Where the last has expired, only what happened after it was earned counts for the next.
//! - *End.* An award ends at the earliest of what its version and its placement say; one that would be over when it
//!   is made is not made by a rule.
//! - *Withdrawal.* Only by placements that chose it, in mode `standing`, of awards of their own that a rule made, once
//!   `criteria::contrary` has settled. No veto follows: it can be earned again.

use chrono::{DateTime, Utc};
use criteria::{AwardPeriod, AwardPeriods};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::achievement::remind_days;
use crate::{
    app::Lasts,
    error::{Error, Result},
    store::entity::{
        achievement_version,
        award::{self, AwardState},
        placement::{self, PlacementMode},
    },
};

/// On what terms a placement awards; part of its settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Within what it is awarded once.
    pub scope: Scope,
    /// When it can be earned anew; never when none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub periods: Option<AwardPeriods>,
    /// When awards end, beside what the version says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expires>,
    /// How many days before its end a holder is reminded; what the version says when none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remind_days: Option<Vec<u16>>,
    /// Whether awards are taken back.
    pub withdraw: Withdraw,
}

/// Within what an achievement is awarded once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everywhere.
    #[default]
    Achievement,
    /// In the placement's course.
    Course,
    /// By this placement.
    Placement,
}

/// When awards end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expires {
    /// So many days after they were earned.
    Days(i32),
    /// All at this moment.
    At(DateTime<Utc>),
    /// With the period that they were earned in.
    WithPeriod,
}

/// Whether awards are taken back when their rule is no longer met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdraw {
    /// What was earned stays earned.
    #[default]
    Never,
    /// When a reading says otherwise.
    WhenNotMet,
}

impl Terms {
    /// A placement's.
    ///
    /// # Errors
    /// Only ours: stored terms that do not read.
    pub fn of(placement: &placement::Model) -> Result<Self> {
        match placement.settings.get(TERMS) {
            Some(stored) => serde_json::from_value(stored.clone()).map_err(Error::internal),
            None => Ok(Self::default()),
        }
    }

    /// Puts them into a placement's settings.
    ///
    /// # Errors
    /// Only ours.
    pub fn keep(&self, settings: &mut Value) -> Result<()> {
        let stored = serde_json::to_value(self).map_err(Error::internal)?;
        match settings {
            Value::Object(settings) => {
                settings.insert(TERMS.to_owned(), stored);
            }
            other => *other = serde_json::json!({ TERMS: stored }),
        }
        Ok(())
    }

    /// The terms, if a placement may have them.
    ///
    /// # Errors
    /// `placement.scope_needs_course`; `placement.expiry_invalid`; `placement.expiry_needs_periods`;
    /// `remind_days.invalid`; `placement.withdraw_needs_standing`.
    pub fn checked(mut self, placement: &placement::Model, now: DateTime<Utc>) -> Result<Self> {
        if self.scope == Scope::Course && placement.course_id.is_none() {
            return Err(Error::invalid(
                "placement.scope_needs_course",
                "terms.scope",
                "Only a placement in a course can award once per course.",
            ));
        }
        match self.expires {
            Some(Expires::Days(days)) if !(1..=36_500).contains(&days) => {
                return Err(Error::invalid(
                    "placement.expiry_invalid",
                    "terms.expires.days",
                    "Give 1 to 36500 days.",
                ));
            }
            Some(Expires::At(at)) if at <= now => {
                return Err(Error::invalid(
                    "placement.expiry_invalid",
                    "terms.expires.at",
                    "Awards would have ended already.",
                ));
            }
            Some(Expires::WithPeriod) if self.periods.is_none() => {
                return Err(Error::invalid(
                    "placement.expiry_needs_periods",
                    "terms.expires",
                    "Without periods there is none to end with.",
                ));
            }
            _ => {}
        }
        if let Some(days) = &mut self.remind_days {
            *days = remind_days("terms.remind_days", days)?;
        }
        if self.withdraw == Withdraw::WhenNotMet && placement.mode != PlacementMode::Standing {
            return Err(Error::invalid(
                "placement.withdraw_needs_standing",
                "terms.withdraw",
                "Only where the rule must hold (mode standing) can awards be taken back by it.",
            ));
        }
        Ok(self)
    }

    /// How long awards of a version last.
    #[must_use]
    pub fn lasts(&self, version: &achievement_version::Model) -> Lasts {
        let own = match self.expires {
            Some(Expires::Days(days)) => Lasts { days: Some(days), ..Lasts::default() },
            Some(Expires::At(at)) => Lasts { until: Some(at), ..Lasts::default() },
            Some(Expires::WithPeriod) => Lasts { with_period: true, ..Lasts::default() },
            None => Lasts::default(),
        };
        let of_version = lasts_by_version(version);
        Lasts {
            days: [own.days, of_version.days].into_iter().flatten().min(),
            until: [own.until, of_version.until].into_iter().flatten().min(),
            with_period: own.with_period,
        }
    }

    /// How many days before its end a holder is reminded.
    ///
    /// # Errors
    /// Only ours: stored days that do not read.
    pub fn reminders(&self, version: &achievement_version::Model) -> Result<Vec<u16>> {
        match &self.remind_days {
            Some(days) => Ok(days.clone()),
            None => reminders_by_version(version),
        }
    }
}

const TERMS: &str = "terms";

/// The key of a placement's scope: what `award.scope` holds.
///
/// # Errors
/// Only ours: stored terms that do not read.
pub fn scope_of(placement: &placement::Model) -> Result<String> {
    let achievement = placement.achievement_id;
    Ok(match (Terms::of(placement)?.scope, placement.course_id) {
        (Scope::Course, Some(course)) => format!("course:{course}:achievement:{achievement}"),
        (Scope::Placement, _) => format!("placement:{}", placement.id),
        _ => format!("achievement:{achievement}"),
    })
}

/// How long awards of a version last without a placement: after its days or until its date, whichever is sooner.
#[must_use]
pub fn lasts_by_version(version: &achievement_version::Model) -> Lasts {
    Lasts { days: version.validity_days, until: version.valid_until, with_period: false }
}

/// When an award of a version ends that was earned at some moment without a placement.
#[must_use]
pub fn end_by_version(
    version: &achievement_version::Model,
    awarded_at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    lasts_by_version(version).end(&AwardPeriod::always(), awarded_at)
}

/// How many days before its end a holder of a version's award is reminded.
///
/// # Errors
/// Only ours: stored days that do not read.
pub fn reminders_by_version(version: &achievement_version::Model) -> Result<Vec<u16>> {
    serde_json::from_value(version.remind_days.clone()).map_err(Error::internal)
}

/// Whether an award stands for a period: see the module.
#[must_use]
pub fn stands_for(award: &award::Model, period: &AwardPeriod) -> bool {
    award.period == period.name || period.contains(award.awarded_at)
}

/// What keeps a rule from awarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// There is a current award.
    Held,
    /// A person took it back, and nobody has lifted that.
    Vetoed,
}

/// What keeps a rule from awarding within a scope and period somebody who has these awards.
#[must_use]
pub fn blocked(existing: &[award::Model], scope: &str, period: &AwardPeriod) -> Option<Block> {
    let block = |award: &award::Model| match award.is_vetoed() {
        true => Some(Block::Vetoed),
        false => award.stands().then_some(Block::Held),
    };
    let own = existing.iter().filter(|award| award.scope == scope && stands_for(award, period));
    own.filter_map(block).reduce(|one, other| if one == Block::Held { one } else { other })
}

/// What the last award rested on that expired: only what happened later counts for the next.
#[must_use]
pub fn expired_onset(existing: &[award::Model], scope: &str, period: &AwardPeriod) -> Option<DateTime<Utc>> {
    let is_over = |award: &&award::Model| {
        award.state == AwardState::Expired && award.scope == scope && stands_for(award, period)
    };
    existing.iter().filter(is_over).map(|award| award.awarded_at).max()
}
