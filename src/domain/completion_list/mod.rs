//! Completion lists: a course's own list of who has completed it, compared with the badges of a placement. Who is on
//! it and has no badge (with why not), who has one and is not on it, and whom nobody knows; kept, and read again.
//!
//! Nothing is awarded by comparing. Only where whoever gives the list says so its lines count as completions of the
//! course, of channel `import`, as strong as that key's events.

pub mod parse;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use criteria::{Channel, Kind, Strength, Subject};
use open_badges::recipient::normalize_email;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    app::{App, LivePlacement},
    domain::{
        access::{Actor, Caller},
        api_key,
        audit::{self, Line},
        course, earning,
        evaluation::Excluded,
        issuing, once, placement, validate,
        weighing::{Crowd, Weighed, weigh},
    },
    error::{Error, Result},
    ids::{AwardId, CompletionListId, CourseId, LearnerId, OrganizationId, PlacementId},
    outbox::{self, NewJob, Payload},
    store::{
        Page, PageQuery, WriteTx, api_key as api_keys, award as awards, completion_list as rows,
        enrollment as enrollments,
        entity::{completion_list::Model, signal},
        learner as learners, signal as signals,
    },
};

/// How many people are looked at together.
const CHUNK: usize = 128;
/// How many signals one transaction writes.
const SIGNALS: usize = 64;

/// A list to be compared.
#[derive(Clone, Debug)]
pub struct NewList {
    /// Of which course.
    pub course: CourseId,
    /// With whose badge.
    pub placement: PlacementId,
    /// What it is called.
    pub name: String,
    /// Its lines.
    pub lines: Vec<parse::Line>,
    /// They count as completions, too.
    pub counts: bool,
}

/// Somebody on the list who has no badge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlyThere {
    /// Who.
    pub learner: LearnerId,
    /// When they completed, as the list says.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why not: `met` (it is due and not made yet), `unknown`, `nearly`, `not_yet`,
    /// or why nobody like them is awarded (`staff`, `inactive`, …).
    pub why: String,
}

/// Somebody with a badge who is not on the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlyHere {
    /// Who.
    pub learner: LearnerId,
    /// The award.
    pub award: AwardId,
}

/// The difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// On both.
    pub both: u64,
    /// On the list, without a badge.
    pub only_there: Vec<OnlyThere>,
    /// With a badge, not on the list.
    pub only_here: Vec<OnlyHere>,
    /// Lines that name nobody we know, by their number.
    pub unknown: Vec<u64>,
    /// Lines that name several people (one address, two accounts), by their number.
    pub ambiguous: Vec<u64>,
    /// Lines that name somebody again.
    pub repeated: u64,
}

/// Compares a list, keeps the difference, and takes its lines for completions where that is wished.
///
/// # Errors
/// `not_found` (course, placement); `list.*`; invalid fields.
pub async fn compare(app: &App, caller: &Caller, new: NewList) -> Result<Model> {
    let organization = caller.organization;
    let course = course::find(app, organization, new.course).await?;
    let placed = placement::find(app, organization, new.placement).await?;
    if placed.placement.course_id.is_some_and(|own| own != course.id) {
        let words = "This placement is in another course.";
        return Err(Error::invalid("list.elsewhere", "placement_id", words));
    }
    let name = validate::line("name", &new.name, 200)?;
    let lines = parse::checked(new.lines)?;
    let named = Named::find(app, organization, course.id, &lines).await?;
    let version = placed.placement.achievement_version_id;
    let prepared = issuing::prepared(app, organization, version).await?;
    let placed = earning::compiled(placed.placement, &placed.rule, &prepared.version)?;
    let difference = difference(app, organization, course.id, &placed, &named).await?;
    let now = app.clock.now();
    let row = Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        course_id: course.id,
        placement_id: placed.placement.id,
        name,
        given_by: caller.actor.to_string(),
        counts: new.counts,
        rows: i32::try_from(lines.len()).unwrap_or(i32::MAX),
        difference: serde_json::to_value(&difference).map_err(Error::internal)?,
        created_at: now,
    };
    let strength = strength_of(app, caller).await?;
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, row.id.0).await? {
        return find(app, organization, CompletionListId(earlier)).await;
    }
    rows::insert(&tx, row.clone()).await?;
    let detail = json!({ "course": course.id, "placement": row.placement_id, "counts": row.counts });
    let subject_id = row.id.to_string();
    let line = Line {
        action: "completion_list.given",
        subject_kind: "completion_list",
        subject_id,
        detail: &detail,
    };
    audit::record(app, &tx, Some(organization), caller, line).await?;
    if row.counts {
        hand_on(app, &tx, &row, strength, named.people).await?;
    }
    tx.commit().await?;
    Ok(row)
}

/// One list.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: CompletionListId) -> Result<Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("completion_list"))
}

/// A page of a course's, newest first.
///
/// # Errors
/// `not_found` (the course).
pub async fn list(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<Model>> {
    let course = course::find(app, organization, course).await?;
    Ok(rows::list(app.store.read(), organization, course.id, query).await?)
}

/// What was different.
///
/// # Errors
/// Only ours: a stored one that does not read.
pub fn difference_of(row: &Model) -> Result<Difference> {
    serde_json::from_value(row.difference.clone()).map_err(Error::internal)
}

/// Who is named.
struct Named {
    /// With when they completed; in the list's order.
    people: Vec<(LearnerId, Option<DateTime<Utc>>)>,
    unknown: Vec<u64>,
    ambiguous: Vec<u64>,
    repeated: u64,
}

impl Named {
    /// Finds whom lines name: among the course's people by id, by the platform's name, by address. Nobody outside of
    /// the course is looked for: an address is no identity (design §6.5).
    async fn find(
        app: &App,
        organization: OrganizationId,
        course: CourseId,
        lines: &[parse::Line],
    ) -> Result<Self> {
        let mut by_name: HashMap<String, HashSet<LearnerId>> = HashMap::new();
        let db = app.store.read();
        let enrolled = enrollments::of_course(db, organization, course).await?;
        let ids: Vec<LearnerId> = enrolled.iter().map(|row| row.learner_id).collect();
        for ids in ids.chunks(512) {
            for learner in learners::of_ids(db, organization, ids.iter().copied()).await? {
                let mut name = |name: String| {
                    by_name.entry(name).or_default().insert(learner.id);
                };
                name(learner.id.to_string());
                if let Some(email) = &learner.email {
                    name(normalize_email(email));
                }
                name(learner.sub.clone());
            }
        }
        let (mut people, mut seen) = (Vec::new(), HashSet::new());
        let (mut unknown, mut ambiguous, mut repeated) = (Vec::new(), Vec::new(), 0);
        for line in lines {
            // An address may be written in capitals; other names are exact.
            let found = by_name.get(&line.who).or_else(|| by_name.get(&normalize_email(&line.who)));
            match found.map(|found| (found.len(), found.iter().next())) {
                Some((1, Some(learner))) if seen.insert(*learner) => {
                    people.push((*learner, line.completed_at));
                }
                Some((1, _)) => repeated += 1,
                Some(_) => ambiguous.push(line.number),
                None => unknown.push(line.number),
            }
        }
        Ok(Self { people, unknown, ambiguous, repeated })
    }
}

async fn difference(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    placed: &LivePlacement,
    named: &Named,
) -> Result<Difference> {
    let db = app.store.read();
    let mut difference = Difference {
        unknown: named.unknown.clone(),
        ambiguous: named.ambiguous.clone(),
        repeated: named.repeated,
        ..Difference::default()
    };
    let mut listed: HashSet<LearnerId> = HashSet::new();
    for people in named.people.chunks(CHUNK) {
        let ids: Vec<LearnerId> = people.iter().map(|(learner, _)| *learner).collect();
        listed.extend(&ids);
        let crowd = Crowd::read(db, organization, Some(course), &ids).await?;
        let told = crowd.hear(db, organization, std::slice::from_ref(placed)).await?;
        let when: HashMap<LearnerId, Option<DateTime<Utc>>> = people.iter().copied().collect();
        for person in crowd.people() {
            let heard = told.get(&person.learner.id).map_or(&[][..], Vec::as_slice);
            let weighed = weigh(app, placed, &person, heard);
            let why = match &weighed {
                Weighed::Already => {
                    difference.both += 1;
                    continue;
                }
                Weighed::Excluded(why) => excluded(*why),
                Weighed::Now(_) => "met",
                _ if weighed.is_unknown() => "unknown",
                Weighed::Nearly(..) => "nearly",
                Weighed::NotYet(..) => "not_yet",
            };
            difference.only_there.push(OnlyThere {
                learner: person.learner.id,
                completed_at: when.get(&person.learner.id).copied().flatten(),
                why: why.to_owned(),
            });
        }
    }
    let filter = awards::Filter { placement: Some(placed.placement.id), ..awards::Filter::default() };
    let mut query = PageQuery { after: None, limit: 200 };
    loop {
        let page = awards::list(db, organization, filter, query).await?;
        for award in page.items {
            if award.is_current() && !listed.contains(&award.learner_id) {
                difference.only_here.push(OnlyHere { learner: award.learner_id, award: award.id });
            }
        }
        let Some(next) = page.next else { return Ok(difference) };
        query.after = Some(next);
    }
}

fn excluded(why: Excluded) -> &'static str {
    match why {
        Excluded::TestUser => "test_user",
        Excluded::Staff => "staff",
        Excluded::Inactive => "inactive",
        Excluded::OtherRole => "other_role",
        Excluded::Vetoed => "vetoed",
    }
}

/// Hands the lines on to jobs, a chunk to each: so they count if the list is kept, and only then.
async fn hand_on(
    app: &App,
    tx: &WriteTx,
    list: &Model,
    strength: Strength,
    people: Vec<(LearnerId, Option<DateTime<Utc>>)>,
) -> Result<()> {
    let now = app.clock.now();
    let jobs = people.chunks(SIGNALS).enumerate().map(|(number, people)| NewJob {
        organization: Some(list.organization_id),
        payload: Payload::TakeLines { list: list.id, strength, people: people.to_vec() },
        run_at: now,
        dedup_key: Some(format!("lines:{}:{number}", list.id)),
        max_attempts: app.settings.outbox.attempts(),
    });
    outbox::enqueue_many(tx, now, &app.dice, jobs.collect()).await?;
    Ok(())
}

/// Takes lines of a list for completions of its course; whoever they are about is evaluated. Taken again they change
/// nothing.
///
/// # Errors
/// `not_found`: the list, with all that was to be taken from it, is gone.
pub async fn take(
    app: &App,
    organization: OrganizationId,
    list: CompletionListId,
    strength: Strength,
    people: &[(LearnerId, Option<DateTime<Utc>>)],
) -> Result<()> {
    let list = find(app, organization, list).await?;
    let tx = app.store.write().await?;
    take_lines(app, &tx, &list, strength, people).await?;
    tx.commit().await
}

async fn take_lines(
    app: &App,
    tx: &WriteTx,
    list: &Model,
    strength: Strength,
    people: &[(LearnerId, Option<DateTime<Utc>>)],
) -> Result<()> {
    let (organization, now) = (list.organization_id, app.clock.now());
    learners::lock_many(tx, organization, people.iter().map(|(learner, _)| *learner)).await?;
    let kind = Kind::Completed { subject: Subject::Course };
    let said = serde_json::to_value(&kind).map_err(Error::internal)?;
    let new = people.iter().map(|(learner, when)| signal::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        form: signal::SignalForm::Event,
        source: format!("import:{}", list.id),
        source_id: learner.to_string(),
        channel: Channel::Import.as_str().to_owned(),
        strength: i16::from(strength),
        learner_id: *learner,
        course_id: Some(list.course_id),
        link_id: None,
        kind: kind.name().to_owned(),
        subject: Subject::Course.to_string(),
        value: json!({ "said": said, "by": list.name }),
        previous: None,
        run_id: None,
        seen_at: None,
        not_before: None,
        // Who is on it had completed when it was given.
        happened_at: when.unwrap_or(list.created_at),
        heard_at: now,
    });
    let recorded = signals::record(tx, new.collect()).await?;
    let jobs = recorded.iter().map(|row| NewJob {
        organization: Some(organization),
        payload: Payload::EvaluateLearner { organization, learner: row.learner_id },
        run_at: now,
        dedup_key: Some(format!("import:{}:{}", list.id, row.learner_id)),
        max_attempts: app.settings.outbox.attempts(),
    });
    outbox::enqueue_many(tx, now, &app.dice, jobs.collect()).await?;
    Ok(())
}

/// As strong as the events of the key that gives it; of whoever stands at the server, strong.
async fn strength_of(app: &App, caller: &Caller) -> Result<Strength> {
    let Actor::ApiKey(id) = caller.actor else { return Ok(Strength::Strong) };
    let key = api_keys::find(app.store.read(), caller.organization, id).await?;
    Ok(key.map_or(Strength::Weak, |key| api_key::strength_of(&key)))
}
