//! The queue: who waits for people only, worked out from what is heard now, so that it is never out of date.

use std::collections::HashMap;

use super::{
    Decided, KIND, Waiting, Wanted,
    decide::{asks, said},
};
use crate::{
    app::{App, Lasts, LivePlacement},
    domain::{
        earning::{self, Stand},
        evaluation::{self, Person},
        heard::{self, Known},
        weighing::Crowd,
    },
    error::{Error, Result},
    ids::{CourseId, LearnerId, OrganizationId, PlacementId},
    store::{
        Page, PageQuery, enrollment as enrollments,
        entity::{learner, placement::PlacementState, signal},
        learner as learners, placement as placements, signal as signals,
    },
};

/// Whose queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of all live placements of a course, the organization's own among them.
    Course(CourseId),
    /// Of one placement; of a course's, its people, else everybody.
    Placement(PlacementId),
}

/// How many people one page looks at, at most: a page may have fewer people than asked for and still say that there
/// may be more.
const LOOKED_AT: usize = 2_048;
/// How many are read at once.
const CHUNK: u64 = 128;

/// A page of those who wait for people, in the order of their ids.
///
/// # Errors
/// `not_found`.
pub async fn waiting(
    app: &App,
    organization: OrganizationId,
    of: Of,
    page: PageQuery,
) -> Result<Page<Waiting>> {
    let db = app.store.read();
    let course = match of {
        Of::Course(course) => Some(crate::domain::course::find(app, organization, course).await?.id),
        Of::Placement(id) => {
            let found = placements::find(db, organization, id).await?;
            found.ok_or_else(|| Error::not_found("placement"))?.course_id
        }
    };
    let live = evaluation::live(app, db, organization, course).await?;
    let is_meant = |placed: &&LivePlacement| match of {
        Of::Course(_) => true,
        Of::Placement(id) => placed.placement.id == id,
    };
    let placed: Vec<&LivePlacement> =
        live.placements.iter().filter(is_meant).filter(|placed| may_wait(placed)).collect();
    if placed.is_empty() {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let wanted = usize::try_from(page.limit.clamp(1, 200)).unwrap_or(1);
    let (mut found, mut looked_at, mut after) = (Vec::new(), 0, page.after.map(LearnerId));
    loop {
        let ids = match course {
            Some(course) => enrollments::learners_after(db, organization, course, after, CHUNK).await?,
            None => learners::ids_after(db, organization, after, CHUNK).await?,
        };
        let Some(last) = ids.last().copied() else { return Ok(Page { items: found, next: None }) };
        found.extend(among(app, organization, course, &placed, &ids).await?);
        looked_at += ids.len();
        if found.len() > wanted {
            found.truncate(wanted);
            let next = found.last().map(|waiting| waiting.learner.id.0);
            return Ok(Page { items: found, next });
        }
        if (ids.len() as u64) < CHUNK {
            return Ok(Page { items: found, next: None });
        }
        if looked_at >= LOOKED_AT {
            return Ok(Page { items: found, next: Some(last.0) });
        }
        after = Some(last);
    }
}

/// What one learner waits for at one placement; `None` when for nothing, or for more than people.
///
/// # Errors
/// Only ours.
pub async fn find(
    app: &App,
    organization: OrganizationId,
    placement: PlacementId,
    learner: LearnerId,
) -> Result<Option<Wanted>> {
    let db = app.store.read();
    let Some(row) = placements::find(db, organization, placement).await? else { return Ok(None) };
    if row.state != PlacementState::Live {
        return Ok(None);
    }
    let live = evaluation::live(app, db, organization, row.course_id).await?;
    let placed: Vec<&LivePlacement> =
        live.placements.iter().filter(|placed| placed.placement.id == placement).collect();
    let mut found = among(app, organization, row.course_id, &placed, &[learner]).await?;
    Ok(found.pop().and_then(|mut waiting| waiting.wanted.pop()))
}

/// Whether anybody could ever wait there for people: where they are asked, or where not all of time counts.
fn may_wait(placed: &LivePlacement) -> bool {
    let is_bounded =
        |node: &criteria::Node| node.within.is_some() || matches!(node.test, criteria::Test::During { .. });
    // What is earned in periods, or again after it has ended, is bounded as a whole.
    let is_framed = placed.periods.is_some() || placed.lasts != Lasts::default();
    asks(placed) || is_framed || placed.rule.nodes().any(|(_, node)| is_bounded(node))
}

/// Those among these learners, in the order of their ids.
async fn among(
    app: &App,
    organization: OrganizationId,
    course: Option<CourseId>,
    placed: &[&LivePlacement],
    ids: &[LearnerId],
) -> Result<Vec<Waiting>> {
    let db = app.store.read();
    let crowd = Crowd::read(db, organization, course, ids).await?;
    let mut people = crowd.people();
    people.retain(|person| evaluation::is_candidate(person.learner, person.enrollments));
    let known: Vec<Known<'_>> = people.iter().map(Person::known).collect();
    let heard = heard::hear(db, organization, placed.iter().map(|placed| &placed.rule), &known).await?;
    let mut found = Vec::new();
    for person in &people {
        let heard = heard.get(&person.learner.id).map_or(&[][..], Vec::as_slice);
        let mut wanted = Vec::new();
        for placed in placed {
            if !matches!(earning::stand(app, placed, heard, person.existing), Stand::NotYet(_)) {
                continue;
            }
            let Some(verdict) = earning::awaiting(app, placed, heard, person.existing) else { continue };
            let (placement, rule) = (placed.placement.clone(), placed.rule.clone());
            wanted.push(Wanted { placement, rule, verdict, decisions: Vec::new() });
        }
        if !wanted.is_empty() {
            found.push(Waiting { learner: person.learner.clone(), wanted });
        }
    }
    decided(app, organization, &mut found).await?;
    Ok(found)
}

/// Adds what was decided so far.
async fn decided(app: &App, organization: OrganizationId, found: &mut [Waiting]) -> Result<()> {
    let db = app.store.read();
    let ids: Vec<LearnerId> = found.iter().map(|waiting| waiting.learner.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut rows = signals::of_kind(db, organization, ids, KIND).await?;
    rows.sort_by_key(|row| row.happened_at);
    let deciders = rows.iter().filter_map(account_of);
    let accounts = learners::of_ids(db, organization, deciders).await?;
    let accounts: HashMap<LearnerId, learner::Model> =
        accounts.into_iter().map(|account| (account.id, account)).collect();
    for waiting in found {
        for wanted in &mut waiting.wanted {
            let subject = wanted.placement.id.to_string();
            let here =
                rows.iter().filter(|row| row.learner_id == waiting.learner.id && row.subject == subject);
            wanted.decisions.extend(here.map(|row| {
                Decided {
                    by: account_of(row).and_then(|id| accounts.get(&id).cloned()),
                    approves: row.value.pointer("/said/approves") == Some(&serde_json::Value::Bool(true)),
                    roles: row
                        .value
                        .pointer("/said/roles")
                        .and_then(|roles| serde_json::from_value(roles.clone()).ok())
                        .unwrap_or_default(),
                    note: row.value.get("note").and_then(serde_json::Value::as_str).map(str::to_owned),
                    at: row.heard_at,
                }
            }));
        }
    }
    Ok(())
}

/// The account by which a decision was made last, or first.
fn account_of(row: &signal::Model) -> Option<LearnerId> {
    let account = row.value.get("account").and_then(serde_json::Value::as_str);
    account.or_else(|| said(row, "by"))?.parse().ok()
}
