//! Weighing: what a placement's rule says of many people, without writing anything. Dry runs and passes weigh; who
//! awards decides again in its transaction ([`super::evaluation`]).
//!
//! Five ways to stand: has it already, is excluded whatever the rule says, would be awarded now, lacks one thing
//! ([`criteria::lack`]), lacks more.

use std::collections::HashMap;

use criteria::{Lack, Outcome, Signal, Verdict};
use sea_orm::ConnectionTrait;

use super::{
    earning::{self, Stand},
    evaluation::{self, Excluded, Person, Place},
    heard::{self, Known},
};
use crate::{
    app::{App, LivePlacement},
    error::Result,
    ids::{CourseId, LearnerId, OrganizationId},
    store::{
        award as awards, enrollment as enrollments,
        entity::{award, enrollment, learner},
        learner as learners,
    },
};

/// Where somebody stands with a placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weighed {
    /// They have the badge.
    Already,
    /// They are never awarded by this rule.
    Excluded(Excluded),
    /// The rule is met.
    Now(Verdict),
    /// Everything but one thing is there, or all of it and only time is missing.
    Nearly(Verdict, Lack),
    /// More is missing.
    NotYet(Verdict, Lack),
}

impl Weighed {
    /// The verdict, of those about whom there is one.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Already | Self::Excluded(_) => None,
            Self::Now(verdict) | Self::Nearly(verdict, _) | Self::NotYet(verdict, _) => Some(verdict),
        }
    }

    /// Whether nobody knows: something could not be read, or was not told.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.verdict().is_some_and(|verdict| verdict.outcome == Outcome::Unknown)
    }
}

/// Weighs one person by one placement, which may be a draft. Of several periods in which they have earned it the least
/// proven counts.
#[must_use]
pub fn weigh(app: &App, placed: &LivePlacement, person: &Person<'_>, heard: &[Signal]) -> Weighed {
    let excluded = evaluation::excluded(person.learner, person.enrollments);
    let verdict = match (earning::stand(app, placed, heard, person.existing), excluded) {
        (Stand::Held, _) => return Weighed::Already,
        (_, Some(why)) => return Weighed::Excluded(why),
        (Stand::Vetoed, None) => return Weighed::Excluded(Excluded::Vetoed),
        (Stand::Earned(earned), None) => {
            let verdicts = earned.into_iter().map(|(_, verdict)| verdict);
            match verdicts.min_by_key(|verdict| verdict.strength) {
                Some(verdict) => return Weighed::Now(verdict),
                None => return Weighed::Already,
            }
        }
        (Stand::NotYet(verdict), None) => *verdict,
    };
    let lack = criteria::lack(&verdict, &placed.rule);
    if lack.is_near() { Weighed::Nearly(verdict, lack) } else { Weighed::NotYet(verdict, lack) }
}

/// Some people with all that is stored of them; in the order of their ids.
#[derive(Debug)]
pub struct Crowd {
    learners: Vec<learner::Model>,
    enrollments: HashMap<LearnerId, Vec<enrollment::Model>>,
    awards: HashMap<LearnerId, Vec<award::Model>>,
}

impl Crowd {
    /// Reads them: their standing in one course, or in all of theirs for the whole organization. Three statements.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn read(
        db: &impl ConnectionTrait,
        organization: OrganizationId,
        course: Option<CourseId>,
        ids: &[LearnerId],
    ) -> Result<Self> {
        let mut learners = learners::of_ids(db, organization, ids.iter().copied()).await?;
        learners.sort_unstable_by_key(|learner| learner.id);
        Self::of(db, organization, course, learners).await
    }

    /// The same of learners that were read already, and may be held.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn of(
        db: &impl ConnectionTrait,
        organization: OrganizationId,
        course: Option<CourseId>,
        learners: Vec<learner::Model>,
    ) -> Result<Self> {
        let ids = || learners.iter().map(|learner| learner.id);
        let rows = match course {
            Some(course) => enrollments::of_learners(db, organization, course, ids()).await?,
            None => enrollments::everywhere(db, organization, ids()).await?,
        };
        let (mut enrollments, mut held) = (HashMap::new(), HashMap::new());
        for row in rows {
            enrollments.entry(row.learner_id).or_insert_with(Vec::new).push(row);
        }
        for row in awards::of_learners(db, organization, ids()).await? {
            held.entry(row.learner_id).or_insert_with(Vec::new).push(row);
        }
        Ok(Self { learners, enrollments, awards: held })
    }

    /// Nobody?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.learners.is_empty()
    }

    /// Them, as an evaluation sees them.
    #[must_use]
    pub fn people(&self) -> Vec<Person<'_>> {
        let person = |learner| Person {
            learner,
            enrollments: of(&self.enrollments, learner),
            existing: of(&self.awards, learner),
            place: Place::default(),
        };
        self.learners.iter().map(person).collect()
    }

    /// Everything heard of them, as far as these placements may ask.
    ///
    /// # Errors
    /// As [`heard::hear`].
    pub async fn hear(
        &self,
        db: &impl ConnectionTrait,
        organization: OrganizationId,
        placed: &[LivePlacement],
    ) -> Result<HashMap<LearnerId, Vec<Signal>>> {
        let known: Vec<Known<'_>> = self.people().iter().map(Person::known).collect();
        heard::hear(db, organization, placed.iter().map(|placed| &placed.rule), &known).await
    }
}

fn of<'a, T>(all: &'a HashMap<LearnerId, Vec<T>>, learner: &learner::Model) -> &'a [T] {
    all.get(&learner.id).map_or(&[][..], Vec::as_slice)
}
