//! Keeping what a record tells: the platform's numbers become the learners we know, and what is new becomes readings
//! of channel `record`, strength strong (design §2). A few dozen people in one transaction; nothing is written where
//! nothing changed.
//!
//! Who is unknown is counted and not kept: the next reading tells of them again, when the roster has named them. Not
//! done, and no score, are kept only where something else was read before: then they are contrary.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use criteria::{Channel, Strength};
use serde_json::{Value, json};
use uuid::Uuid;

use super::told::Told;
use crate::{
    app::App,
    domain::event_channel::item::CANVAS,
    error::{Error, Result},
    ids::LearnerId,
    store::{
        entity::{
            course,
            external_name::NamedNoun,
            learner,
            record_source::{Model, RecordKind},
            signal,
        },
        external_name as names, learner as learners, signal as signals,
    },
};

/// How many people one transaction takes (design §7).
const CHUNK: usize = 64;
/// How many readings, where people have many.
const READINGS: usize = 512;

/// The course that is read, and for whom.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub app: &'a App,
    pub source: &'a Model,
    pub course: &'a course::Model,
    pub issuer_url: &'a str,
    /// What the source is called where it is shown.
    pub label: &'a str,
    /// Names this reading.
    pub run: Uuid,
}

/// What has come of a reading so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Things told about learners we know.
    pub read: u64,
    /// Of those, new or changed.
    pub new: u64,
    /// People whom we do not know, or not which of two they are.
    pub unknown: BTreeSet<String>,
    /// Entries that could not be read.
    pub unreadable: u64,
}

impl Scene<'_> {
    /// Keeps what was told.
    pub async fn keep(&self, mut told: Vec<Told>, tally: &mut Tally) -> Result<()> {
        told.sort_by(|one, other| one.user.cmp(&other.user));
        let mut rest = told.as_slice();
        while !rest.is_empty() {
            let (chunk, later) = rest.split_at(first_chunk(rest));
            rest = later;
            let users: BTreeSet<&str> = chunk.iter().map(|told| told.user.as_str()).collect();
            let known = self.learners(&users.iter().copied().collect::<Vec<_>>()).await?;
            let is_unknown = |user: &&&str| !known.contains_key(**user);
            tally.unknown.extend(users.iter().filter(is_unknown).map(|user| (*user).to_owned()));
            self.keep_chunk(chunk, &known, tally).await?;
        }
        Ok(())
    }

    /// The learners of these numbers, as far as we know them.
    pub async fn learners(&self, users: &[&str]) -> Result<HashMap<String, learner::Model>> {
        let (db, organization) = (self.app.store.read(), self.course.organization_id);
        match self.source.kind {
            // A person's number is the `sub` of launches.
            RecordKind::Moodle => {
                let known = learners::of_subs(db, organization, self.issuer_url, users).await?;
                Ok(known.into_iter().map(|row| (row.sub.clone(), row)).collect())
            }
            RecordKind::Canvas => {
                let platform = self.source.platform_id;
                let rows =
                    names::of_names(db, organization, platform, (NamedNoun::Learner, CANVAS), users).await?;
                let mut by_name: BTreeMap<String, HashSet<Uuid>> = BTreeMap::new();
                for row in rows {
                    by_name.entry(row.name).or_default().insert(row.subject_id);
                }
                // A name that two people have names nobody.
                by_name.retain(|_, subjects| subjects.len() == 1);
                let ids = by_name.values().flatten().map(|id| LearnerId(*id));
                let found = learners::of_ids(db, organization, ids).await?;
                let mut by_id: HashMap<Uuid, learner::Model> =
                    found.into_iter().map(|row| (row.id.0, row)).collect();
                let named = by_name.into_iter().filter_map(|(name, subjects)| {
                    let learner = by_id.remove(subjects.iter().next()?)?;
                    // Names of another platform of the organization are not of this one.
                    (learner.platform_issuer_url == self.issuer_url).then_some((name, learner))
                });
                Ok(named.collect())
            }
        }
    }

    async fn keep_chunk(
        &self,
        told: &[Told],
        known: &HashMap<String, learner::Model>,
        tally: &mut Tally,
    ) -> Result<()> {
        let told: Vec<(&Told, &learner::Model)> = told
            .iter()
            .filter_map(|told| Some((told, known.get(&told.user)?)))
            .filter(|(_, learner)| !learner.is_test)
            .collect();
        tally.read += u64::try_from(told.len()).map_err(Error::internal)?;
        let (organization, source) = (self.course.organization_id, self.register());
        let before = self.before(self.app.store.read(), &told).await?;
        let told: Vec<(&Told, &learner::Model)> = told
            .into_iter()
            .filter(|(told, learner)| self.row(told, learner.id, &before).is_some())
            .collect();
        if told.is_empty() {
            return Ok(());
        }
        let tx = self.app.store.write().await?;
        let ids: BTreeSet<LearnerId> = told.iter().map(|(_, learner)| learner.id).collect();
        learners::lock_many(&tx, organization, ids).await?;
        // Once more: somebody else may have read the same meanwhile.
        let before = self.before(&tx, &told).await?;
        let rows: Vec<signal::Model> =
            told.iter().filter_map(|(told, learner)| self.row(told, learner.id, &before)).collect();
        let rows: Vec<signal::Model> =
            rows.into_iter().map(|row| signal::Model { source: source.clone(), ..row }).collect();
        if !rows.is_empty() {
            let recorded = signals::record(&tx, rows).await?;
            tally.new += u64::try_from(recorded.len()).map_err(Error::internal)?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// What the registers of these say now.
    async fn before(
        &self,
        db: &impl sea_orm::ConnectionTrait,
        told: &[(&Told, &learner::Model)],
    ) -> Result<HashMap<String, (Value, DateTime<Utc>)>> {
        let registers = told.iter().map(|(told, learner)| self.name_of(told, learner.id));
        let rows = signals::of_names(db, self.course.organization_id, &self.register(), registers).await?;
        Ok(rows.into_iter().map(|row| (row.source_id, (row.value, row.happened_at))).collect())
    }

    /// The reading, if it says something new.
    fn row(
        &self,
        told: &Told,
        learner: LearnerId,
        before: &HashMap<String, (Value, DateTime<Utc>)>,
    ) -> Option<signal::Model> {
        let now = self.app.clock.now();
        let name = self.name_of(told, learner);
        let before = before.get(&name);
        let value = self.value_of(told);
        if before.map_or(told.said.is_nothing(), |(known, _)| *known == value) {
            return None;
        }
        // A register only moves forward: what was read before happened before.
        let after_that = before.map(|(_, at)| *at + Duration::microseconds(1));
        let happened_at = told.at.unwrap_or(now).min(now);
        let kind = told.said.kind();
        Some(signal::Model {
            id: self.app.dice.row_id(now),
            organization_id: self.course.organization_id,
            form: signal::SignalForm::Reading,
            source: self.register(),
            source_id: name,
            channel: Channel::Record.as_str().to_owned(),
            strength: i16::from(Strength::Strong),
            learner_id: learner,
            course_id: Some(self.course.id),
            link_id: None,
            kind: kind.name().to_owned(),
            subject: told.said.subject().to_string(),
            value,
            previous: None,
            run_id: Some(self.run),
            seen_at: None,
            // Without a time of its own nobody knows since when it is so; what was read before says more.
            not_before: told.at.is_none().then_some(DateTime::UNIX_EPOCH),
            happened_at: after_that.map_or(happened_at, |earliest| happened_at.max(earliest)),
            heard_at: now,
        })
    }

    /// The source of its signals.
    fn register(&self) -> String {
        format!("record:{}", self.source.id)
    }

    /// The register of one thing about one learner.
    fn name_of(&self, told: &Told, learner: LearnerId) -> String {
        format!("{learner}:{}:{}:{}", self.course.id, told.said.kind().name(), told.said.subject())
    }

    fn value_of(&self, told: &Told) -> Value {
        let mut value = json!({ "said": told.said.kind(), "by": self.label });
        if told.said.is_contrary()
            && let Some(members) = value.as_object_mut()
        {
            members.insert("done".to_owned(), Value::Bool(false));
        }
        value
    }
}

/// How many of these, sorted by person, are kept together: never a part of one person's.
fn first_chunk(told: &[Told]) -> usize {
    let (mut people, mut last) = (0, "");
    for (index, one) in told.iter().enumerate() {
        if one.user != last {
            if people == CHUNK || index >= READINGS {
                return index;
            }
            (people, last) = (people + 1, one.user.as_str());
        }
    }
    told.len()
}
