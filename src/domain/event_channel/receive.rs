//! Taking items in: whom and which course they mean, whether the channel may say so, and what follows.
//!
//! Each item is a decision of its own, in its own transaction: a wrong one spoils no other. One that changes nothing
//! costs one insert. What is said of somebody nobody knows waits in a table of its own; nothing refused is stored.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use criteria::Kind;
use serde_json::{Value, json};

use super::{
    courses_of,
    find::{Found, find_course, find_learner},
    item::{self, Item, Naming, Reading},
    source_of, strength_of,
};
use crate::{
    app::{App, PlatformEntry},
    domain::{
        access::{Actor, Caller},
        elsewhere,
        evaluation::{self, Decided, Person, Place},
        indexes, judged, platform, signal,
    },
    error::{Error, Result},
    ids::{AwardId, CourseId, LearnerId, OrganizationId, UnclaimedEventId},
    store::{
        WriteTx, award as awards,
        entity::{course, event_channel::Model, learner, signal as entity, unclaimed_event},
        learner as learners, signal as signals, unclaimed_event as unclaimed,
    },
};

/// What became of an item.
#[derive(Debug)]
pub enum Outcome {
    /// It is a signal now; with the awards it led to.
    Recorded(Vec<AwardId>),
    /// It had been received before; nothing changed.
    Repeated,
    /// Nobody here is called so yet; it waits.
    Waiting,
    /// What it takes back does not count any more.
    Withdrawn,
    /// Nothing that we serve.
    Ignored(&'static str),
    /// It may not be said, or not so.
    Refused(Error),
}

impl Outcome {
    /// The outcome in a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Recorded(_) => "recorded",
            Self::Repeated => "repeated",
            Self::Waiting => "waiting",
            Self::Withdrawn => "withdrawn",
            Self::Ignored(_) => "ignored",
            Self::Refused(_) => "refused",
        }
    }

    /// The reason of what was ignored or refused; otherwise the word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ignored(why) => why,
            Self::Refused(error) => error.code(),
            other => other.word(),
        }
    }
}

/// Takes in what one request of a channel brought, item by item, in the order they came.
///
/// # Errors
/// Only ours, before anything is taken in; later ones are an item's outcome.
pub async fn receive(
    app: &App,
    channel: &Model,
    correlation: Option<&str>,
    items: Vec<Result<Reading>>,
) -> Result<Vec<Outcome>> {
    let platform = platform::entry(app, channel.platform_id).await?;
    let mut desk = Desk::new(app, channel, &platform, correlation);
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        let outcome = match item {
            Ok(reading) => desk.take_in(reading).await.unwrap_or_else(Outcome::Refused),
            Err(error) => Outcome::Refused(error),
        };
        outcomes.push(outcome);
    }
    super::counts::note(app, channel, &outcomes);
    Ok(outcomes)
}

/// Where a request's items are taken in, with what it has looked up so far.
pub(super) struct Desk<'a> {
    app: &'a App,
    channel: &'a Model,
    platform: &'a Arc<PlatformEntry>,
    bound: Vec<CourseId>,
    caller: Caller,
    courses: HashMap<Vec<String>, Option<course::Model>>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        app: &'a App,
        channel: &'a Model,
        platform: &'a Arc<PlatformEntry>,
        correlation: Option<&str>,
    ) -> Self {
        let mut caller = Caller::new(channel.organization_id, Actor::Laurel("event channel"));
        caller.correlation = correlation.map(str::to_owned);
        Self { app, channel, platform, bound: courses_of(channel), caller, courses: HashMap::new() }
    }

    fn organization(&self) -> OrganizationId {
        self.channel.organization_id
    }

    pub(super) fn naming(&self) -> Naming<'_> {
        Naming {
            home_page: self.channel.home_page.as_deref().unwrap_or(&self.platform.row.issuer_url),
            account_scheme: &self.channel.account_scheme,
            allows_email: self.channel.allows_email,
        }
    }

    async fn take_in(&mut self, reading: Reading) -> Result<Outcome> {
        match reading {
            Reading::Ignored { why, .. } => Ok(Outcome::Ignored(why)),
            Reading::TakenBack { voids, .. } => self.withdraw(&voids).await,
            Reading::Said(item) => self.said(&item).await,
        }
    }

    async fn said(&mut self, item: &Item) -> Result<Outcome> {
        check_time(item, self.app.clock.now())?;
        let name = self.naming().of(&item.actor)?;
        let course = match self.course(item).await? {
            Ok(course) => course,
            Err(why) => return Ok(Outcome::Ignored(why)),
        };
        match find_learner(self.app.store.read(), self.organization(), self.platform, &name).await? {
            Found::One(learner) => self.record(item, &learner, course.as_ref(), None).await,
            Found::Nobody => self.wait(item, course.as_ref()).await,
        }
    }

    /// The course an item means, if any; or why it is none of ours.
    async fn course(&mut self, item: &Item) -> Result<Result<Option<course::Model>, &'static str>> {
        let names = self.naming().contexts(&item.courses);
        let key: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        let found = match self.courses.get(&key) {
            Some(known) => known.clone(),
            None => {
                let found = find_course(self.app, self.organization(), self.platform, &names).await?;
                self.courses.insert(key, found.clone());
                found
            }
        };
        match found {
            Some(course) if self.bound.is_empty() || self.bound.contains(&course.id) => Ok(Ok(Some(course))),
            None if self.bound.is_empty() && !item::names_a_course(&item.courses) => Ok(Ok(None)),
            None if self.bound.is_empty() => Ok(Err("course.unknown")),
            _ => Err(item::refused("course.not_granted", "This channel may not speak of that course.")),
        }
    }

    /// Keeps what is said of somebody unknown until they appear.
    async fn wait(&self, item: &Item, course: Option<&course::Model>) -> Result<Outcome> {
        let now = self.app.clock.now();
        let tx = self.app.store.write().await?;
        let kept = unclaimed::insert_if_new(
            &tx,
            unclaimed_event::Model {
                id: self.app.dice.row_id(now),
                organization_id: self.organization(),
                channel_id: self.channel.id,
                course_id: course.map(|course| course.id),
                source_id: item.id.clone(),
                digest: item.digest.clone(),
                event: serde_json::to_value(item).map_err(Error::internal)?,
                is_voided: false,
                heard_at: now,
            },
        )
        .await?;
        if kept {
            tx.commit().await?;
            return Ok(Outcome::Waiting);
        }
        let known = unclaimed::of_source(&tx, self.organization(), self.channel.id, &item.id).await?;
        known.map_or(Ok(Outcome::Repeated), |known| before(&known, item))
    }

    /// Writes down what is said of a learner, and what follows from it. `claimed` is the row in which it waited.
    pub(super) async fn record(
        &self,
        item: &Item,
        learner: &learner::Model,
        course: Option<&course::Model>,
        claimed: Option<&unclaimed_event::Model>,
    ) -> Result<Outcome> {
        let (app, organization) = (self.app, self.organization());
        let course_id = course.map(|course| course.id);
        let heard_at = claimed.map_or_else(|| app.clock.now(), |claimed| claimed.heard_at);
        let rows = self.rows(item, learner.id, course_id, heard_at)?;
        loop {
            let live = evaluation::live(app, app.store.read(), organization, course_id).await?;
            indexes::reserve(app, organization, &live).await?;
            let tx = app.store.write().await?;
            let Some(learner) = learners::lock(&tx, organization, learner.id).await? else {
                return Err(Error::not_found("learner"));
            };
            match claimed {
                Some(claimed) if !unclaimed::take(&tx, organization, claimed.id).await? => {
                    return Ok(Outcome::Repeated);
                }
                Some(_) => {}
                None => {
                    let known = unclaimed::of_source(&tx, organization, self.channel.id, &item.id).await?;
                    if let Some(known) = known {
                        return before(&known, item);
                    }
                }
            }
            let new = signals::record(&tx, rows.clone()).await?;
            if new.len() < rows.len() {
                let outcome = self.recorded_before(&tx, item).await?;
                if claimed.is_some() {
                    tx.commit().await?;
                }
                return outcome;
            }
            let enrollment = match course {
                None => None,
                Some(course) => Some(signal::known_in(app, &tx, course, &learner).await?),
            };
            if let Some(course) = course_id {
                elsewhere::heard(app, &tx, organization, course, &new).await?;
            }
            let live = evaluation::live(app, &tx, organization, course_id).await?;
            if live.placements.is_empty() {
                tx.commit().await?;
                return Ok(Outcome::Recorded(Vec::new()));
            }
            let existing = awards::of_learner(&tx, organization, learner.id).await?;
            let person = Person {
                learner: &learner,
                enrollments: enrollment.as_slice(),
                existing: &existing,
                place: Place { course, link: None },
            };
            match judged::judge(app, &tx, &self.caller, &person, &live).await? {
                Decided::Awarded(made) => {
                    tx.commit().await?;
                    return Ok(Outcome::Recorded(made.iter().map(|award| award.id).collect()));
                }
                Decided::NeedsIndex => {
                    drop(tx);
                    judged::reserve(app, organization, learner.id, &live).await?;
                }
            }
        }
    }

    /// What is on record under this name says the same, or it is a conflict.
    async fn recorded_before(&self, tx: &WriteTx, item: &Item) -> Result<Result<Outcome>> {
        let names = Item::signal_names(&item.id);
        let source = source_of(self.channel.id);
        let known = signals::of_names(tx, self.organization(), &source, names).await?;
        let is_same = known
            .iter()
            .all(|row| row.value.get("digest").and_then(Value::as_str) == Some(item.digest.as_str()));
        Ok(if is_same { Ok(Outcome::Repeated) } else { Err(conflict()) })
    }

    fn rows(
        &self,
        item: &Item,
        learner: LearnerId,
        course: Option<CourseId>,
        heard_at: DateTime<Utc>,
    ) -> Result<Vec<entity::Model>> {
        let strength = strength_of(self.channel).min(item.at_most);
        let names = Item::signal_names(&item.id);
        let mut rows = Vec::with_capacity(item.told.len());
        for (told, name) in item.told.iter().zip(names) {
            let subject = match told {
                Kind::Completed { subject } | Kind::Score { subject, .. } => subject.to_string(),
                _ => String::new(),
            };
            rows.push(entity::Model {
                id: self.app.dice.row_id(heard_at),
                organization_id: self.organization(),
                form: entity::SignalForm::Event,
                source: source_of(self.channel.id),
                source_id: name,
                channel: criteria::Channel::Event.as_str().to_owned(),
                strength: i16::from(strength),
                learner_id: learner,
                course_id: course,
                link_id: None,
                kind: told.name().to_owned(),
                subject,
                value: json!({
                    "said": serde_json::to_value(told).map_err(Error::internal)?,
                    "by": self.channel.name,
                    "digest": item.digest,
                }),
                previous: None,
                run_id: None,
                seen_at: None,
                not_before: None,
                happened_at: item.happened_at.unwrap_or(heard_at),
                heard_at,
            });
        }
        Ok(rows)
    }

    /// Takes back what the sender said under this name, unless an award rests on it; should it come (again), it
    /// does not count.
    async fn withdraw(&self, voids: &str) -> Result<Outcome> {
        let (app, organization) = (self.app, self.organization());
        let now = app.clock.now();
        let tx = app.store.write().await?;
        let names = Item::signal_names(voids);
        let known = signals::of_names(&tx, organization, &source_of(self.channel.id), names).await?;
        if let Some(first) = known.first() {
            let ids: Vec<_> = known.iter().map(|row| row.id).collect();
            learners::lock(&tx, organization, first.learner_id).await?;
            if !signals::withdraw(&tx, organization, first.learner_id, &ids).await? {
                return Err(Error::conflict(
                    "statement.awarded",
                    "An award rests on it: a person must revoke that first.",
                ));
            }
        }
        match unclaimed::of_source(&tx, organization, self.channel.id, voids).await? {
            Some(known) if known.is_voided => return Ok(Outcome::Repeated),
            Some(known) => unclaimed::void(&tx, organization, known.id, now).await?,
            None => {
                let gone = unclaimed_event::Model {
                    id: app.dice.row_id::<UnclaimedEventId>(now),
                    organization_id: organization,
                    channel_id: self.channel.id,
                    course_id: None,
                    source_id: voids.to_owned(),
                    digest: String::new(),
                    event: Value::Null,
                    is_voided: true,
                    heard_at: now,
                };
                unclaimed::insert_if_new(&tx, gone).await?;
            }
        }
        tx.commit().await?;
        Ok(Outcome::Withdrawn)
    }
}

/// The outcome of what was kept, or taken back, under the same name.
fn before(known: &unclaimed_event::Model, item: &Item) -> Result<Outcome> {
    if known.is_voided {
        return Ok(Outcome::Ignored("statement.voided"));
    }
    if known.digest == item.digest { Ok(Outcome::Repeated) } else { Err(conflict()) }
}

fn conflict() -> Error {
    Error::conflict("event.conflict", "Something else was received under this id before.")
}

fn check_time(item: &Item, now: DateTime<Utc>) -> Result<()> {
    let Some(at) = item.happened_at else { return Ok(()) };
    if at > now + Duration::days(1) {
        return Err(Error::invalid(
            "happened_at.future",
            "timestamp",
            "The event lies more than a day in the future. Check the sender's clock.",
        ));
    }
    if at < DateTime::UNIX_EPOCH {
        return Err(Error::invalid("happened_at.past", "timestamp", "The event lies before 1970."));
    }
    Ok(())
}
