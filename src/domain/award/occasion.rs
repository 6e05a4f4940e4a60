//! On what occasion a person gives an award: within what it is given once, for which period, and until when it lasts
//! ([`crate::domain::terms`]). By itself an achievement is given once for all of time; a named period lets it be given
//! again, and a placement's terms say all of it.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use criteria::AwardPeriod;
use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::{
    app::{Lasts, Prepared},
    domain::{
        award::grant::Decision,
        issuing,
        terms::{self, Block, Terms},
    },
    error::{Error, Result},
    ids::{AwardId, OrganizationId, PlacementId},
    store::{
        entity::{award, learner},
        placement as placements,
    },
};

/// How far ahead an award may be scheduled.
const FURTHEST_DAYS: i64 = 3_660;

/// One occasion.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// The placement on whose terms it is given.
    pub placement: Option<PlacementId>,
    /// Within what it is given once.
    pub scope: String,
    /// For which period.
    pub period: AwardPeriod,
    /// When the award ends, if ever.
    pub valid_until: Option<DateTime<Utc>>,
    /// How many days before that its holder is reminded.
    pub remind_days: Vec<u16>,
}

impl Occasion {
    /// On which occasion something is given that was or will be earned at a moment.
    ///
    /// # Errors
    /// `awarded_at.range`; `not_found` (the placement); `placement.other_badge`; `period.of_placement`; `awarded_at.no_period`;
    /// `awarded_at.after_end`.
    pub async fn find(
        db: &impl ConnectionTrait,
        organization: OrganizationId,
        prepared: &Prepared,
        (placement, period): (Option<PlacementId>, Option<&str>),
        (awarded_at, now): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Self> {
        if awarded_at < DateTime::UNIX_EPOCH || awarded_at > now + Duration::days(FURTHEST_DAYS) {
            let words = "Give a time since 1970 and within the next ten years.";
            return Err(Error::invalid("awarded_at.range", "awarded_at", words));
        }
        let version = &prepared.version;
        let (scope, period, lasts, remind_days) = match placement {
            None => {
                // A period that a person names holds nothing by its dates.
                let named =
                    |name: &str| AwardPeriod { name: name.to_owned(), start: awarded_at, end: awarded_at };
                let period = period.map_or_else(AwardPeriod::always, named);
                let (lasts, days) = (terms::lasts_by_version(version), terms::reminders_by_version(version)?);
                (issuing::achievement_scope(prepared), period, lasts, days)
            }
            Some(id) => {
                let found = placements::find(db, organization, id).await?;
                let placed = found.ok_or_else(|| Error::not_found("placement"))?;
                if placed.achievement_id != version.achievement_id {
                    return Err(Error::invalid(
                        "placement.other_badge",
                        "placement_id",
                        "This placement awards another badge.",
                    ));
                }
                if period.is_some() {
                    return Err(Error::invalid(
                        "period.of_placement",
                        "period",
                        "The placement says in which period that is: leave the period out.",
                    ));
                }
                let terms = Terms::of(&placed)?;
                let period = match &terms.periods {
                    None => AwardPeriod::always(),
                    Some(periods) => periods.at(awarded_at).ok_or_else(|| {
                        Error::invalid(
                            "awarded_at.no_period",
                            "awarded_at",
                            "At that time there is no period in which this placement awards.",
                        )
                    })?,
                };
                (terms::scope_of(&placed)?, period, terms.lasts(version), terms.reminders(version)?)
            }
        };
        let valid_until = Lasts::end(&lasts, &period, awarded_at);
        if valid_until.is_some_and(|end| end <= awarded_at) {
            return Err(Error::invalid(
                "awarded_at.after_end",
                "awarded_at",
                "Awards of this badge have ended by then.",
            ));
        }
        Ok(Self { placement, scope, period, valid_until, remind_days })
    }

    /// A person's decision to give it on this occasion, without words or evidence yet.
    #[must_use]
    pub fn decision(
        &self,
        id: AwardId,
        prepared: &Arc<Prepared>,
        learner: &learner::Model,
        awarded_at: DateTime<Utc>,
    ) -> Decision {
        Decision {
            id,
            prepared: Arc::clone(prepared),
            learner: learner.clone(),
            placement: self.placement,
            rule: None,
            scope: self.scope.clone(),
            period: self.period.name.clone(),
            strength: i16::from(criteria::Strength::Attested),
            verdict: Value::Null,
            origin: award::AwardOrigin::Manual,
            narrative: None,
            evidence: Vec::new(),
            awarded_at,
            valid_until: self.valid_until,
            remind_days: self.remind_days.clone(),
        }
    }

    /// What keeps a rule from awarding it to somebody who has these awards; a person gives again what a person took.
    #[must_use]
    pub fn blocked(&self, existing: &[award::Model]) -> Option<Block> {
        terms::blocked(existing, &self.scope, &self.period)
    }

    /// The award that stands in its way, if there is one.
    #[must_use]
    pub fn holds<'a>(&self, existing: &'a [award::Model]) -> Option<&'a award::Model> {
        self.of(existing).find(|award| award.stands())
    }

    /// The awards whose vetoes stand in its way.
    #[must_use]
    pub fn vetoes(&self, existing: &[award::Model]) -> Vec<AwardId> {
        self.of(existing).filter(|award| award.is_vetoed()).map(|award| award.id).collect()
    }

    fn of<'a>(&self, existing: &'a [award::Model]) -> impl Iterator<Item = &'a award::Model> {
        existing.iter().filter(|award| award.scope == self.scope && terms::stands_for(award, &self.period))
    }
}
