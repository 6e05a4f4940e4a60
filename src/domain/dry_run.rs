//! Dry run: whom a rule would award now, who lacks one thing, and who is left out and why; before it goes live, or
//! before it is stored at all. Nothing is written, and no more than a page of people is ever in memory.

use std::collections::HashMap;

use criteria::{Explained, Language, Names, Outcome};
use serde_json::Value;

use super::{
    course::{self, Titles},
    earning,
    evaluation::Excluded,
    issuing, placement, rule,
    weighing::{Crowd, Weighed, weigh},
};
use crate::{
    app::{App, LivePlacement},
    error::{Error, Result},
    ids::{AchievementVersionId, CourseId, LearnerId, OrganizationId, PlacementId, RuleId},
    store::{
        Page, PageQuery, enrollment as enrollments,
        entity::{
            learner,
            placement::{Model as Placement, PlacementMode, PlacementState},
            placement_rule,
        },
        learner as learners,
    },
};

/// How many people are read at once.
const CHUNK: u64 = 200;

/// A rule that is asked about.
#[derive(Debug)]
pub struct Asked {
    placed: LivePlacement,
    titles: Titles,
}

/// A rule that is stored nowhere.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The badge.
    pub version: AchievementVersionId,
    /// Where; the whole organization when none.
    pub course: Option<CourseId>,
    /// The rule; the version's own when none.
    pub rule: Option<Value>,
    /// Does "met once" count, or must it hold?
    pub mode: PlacementMode,
}

/// How many people stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Everybody whom it concerns.
    pub checked: u64,
    /// Who would be awarded now.
    pub now: u64,
    /// Who lacks one thing.
    pub nearly: u64,
    /// Who lacks more.
    pub not_yet: u64,
    /// Who has it.
    pub already: u64,
    /// Of those who would not be awarded now: about whom something is not known.
    pub unknown: u64,
    /// Left out: the platform's test users.
    pub test_users: u64,
    /// Left out: seen teaching or administering.
    pub staff: u64,
    /// Left out: not in the course any more.
    pub inactive: u64,
    /// Left out: in the course as something else.
    pub other_roles: u64,
    /// Left out: a person took it back.
    pub vetoed: u64,
}

impl Totals {
    fn add(&mut self, weighed: &Weighed) {
        self.checked += 1;
        self.unknown += u64::from(weighed.is_unknown());
        let counted = match weighed {
            Weighed::Already => &mut self.already,
            Weighed::Now(_) => &mut self.now,
            Weighed::Nearly(..) => &mut self.nearly,
            Weighed::NotYet(..) => &mut self.not_yet,
            Weighed::Excluded(Excluded::TestUser) => &mut self.test_users,
            Weighed::Excluded(Excluded::Staff) => &mut self.staff,
            Weighed::Excluded(Excluded::Inactive) => &mut self.inactive,
            Weighed::Excluded(Excluded::OtherRole) => &mut self.other_roles,
            Weighed::Excluded(Excluded::Vetoed) => &mut self.vetoed,
        };
        *counted += 1;
    }
}

/// One of the ways to stand, for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// [`Weighed::Now`].
    Now,
    /// [`Weighed::Nearly`].
    Nearly,
    /// [`Weighed::NotYet`].
    NotYet,
    /// [`Weighed::Excluded`].
    Excluded,
    /// [`Weighed::Already`].
    Already,
}

impl Group {
    /// Where this is.
    #[must_use]
    pub fn of(weighed: &Weighed) -> Self {
        match weighed {
            Weighed::Already => Self::Already,
            Weighed::Excluded(_) => Self::Excluded,
            Weighed::Now(_) => Self::Now,
            Weighed::Nearly(..) => Self::Nearly,
            Weighed::NotYet(..) => Self::NotYet,
        }
    }
}

/// One person of the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Who.
    pub learner: learner::Model,
    /// Where they stand.
    pub weighed: Weighed,
}

/// A part of a rule that somebody has not met, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The node's path in the rule.
    pub path: String,
    /// What is asked.
    pub text: String,
    /// What is missing, and what to do.
    pub note: Option<String>,
    /// Whether nobody knows, rather than that it is not so.
    pub is_unknown: bool,
}

/// A stored placement with its newest rule, draft or live.
///
/// # Errors
/// `not_found`; `placement.ended`.
pub async fn of_placement(app: &App, organization: OrganizationId, id: PlacementId) -> Result<Asked> {
    with_rule(app, organization, id, None, None).await
}

/// The same with another rule or mode than the stored one: for whoever is editing it.
///
/// # Errors
/// As [`of_placement`]; `rule.*`.
pub async fn with_rule(
    app: &App,
    organization: OrganizationId,
    id: PlacementId,
    rule: Option<&Value>,
    mode: Option<PlacementMode>,
) -> Result<Asked> {
    let mut placed = placement::find(app, organization, id).await?;
    if placed.placement.state == PlacementState::Ended {
        return Err(Error::conflict("placement.ended", "This placement has ended."));
    }
    if let Some(rule) = rule {
        let achievement = Some(placed.placement.achievement_id);
        let checked = rule::checked(app.store.read(), organization, achievement, rule).await?;
        placed.rule.rule = checked.to_value();
    }
    placed.placement.mode = mode.unwrap_or(placed.placement.mode);
    let version = placed.placement.achievement_version_id;
    let prepared = issuing::prepared(app, organization, version).await?;
    let placed = earning::compiled(placed.placement, &placed.rule, &prepared.version)?;
    asked(app, organization, placed).await
}

/// A rule that is stored nowhere.
///
/// # Errors
/// `not_found` (version, course); `rule.*`; `placement.rule_missing`.
pub async fn proposed(app: &App, organization: OrganizationId, proposal: &Proposal) -> Result<Asked> {
    let prepared = issuing::prepared(app, organization, proposal.version).await?;
    let version = &prepared.version;
    let given = proposal.rule.as_ref().or(Some(&version.rule).filter(|rule| **rule != Value::Null));
    let given = given.ok_or_else(|| {
        let words = "Give a rule: this achievement has none of its own.";
        Error::invalid("placement.rule_missing", "rule", words)
    })?;
    let rule = rule::checked(app.store.read(), organization, Some(version.achievement_id), given).await?;
    let now = app.clock.now();
    let placement = Placement {
        // Nothing is called so: no approval names it.
        id: PlacementId(uuid::Uuid::nil()),
        organization_id: organization,
        achievement_id: version.achievement_id,
        achievement_version_id: version.id,
        course_id: proposal.course,
        link_id: None,
        state: PlacementState::Draft,
        mode: proposal.mode,
        settings: Value::Null,
        copied_from_id: None,
        created_at: now,
        updated_at: now,
    };
    let row = placement_rule::Model {
        id: RuleId(uuid::Uuid::nil()),
        organization_id: organization,
        placement_id: placement.id,
        number: 1,
        rule: rule.to_value(),
        created_by: String::new(),
        created_at: now,
    };
    asked(app, organization, earning::compiled(placement, &row, version)?).await
}

async fn asked(app: &App, organization: OrganizationId, placed: LivePlacement) -> Result<Asked> {
    let titles = match placed.placement.course_id {
        None => Titles::everywhere(app, organization).await?,
        Some(id) => Titles::of(app, &course::find(app, organization, id).await?).await?,
    };
    Ok(Asked { placed, titles })
}

/// How many people stand where.
///
/// # Errors
/// Only ours.
pub async fn totals(app: &App, organization: OrganizationId, asked: &Asked) -> Result<Totals> {
    let (mut totals, mut after) = (Totals::default(), None);
    loop {
        let (lines, next) = chunk(app, organization, asked, after, CHUNK).await?;
        lines.iter().for_each(|(_, line)| totals.add(&line.weighed));
        after = next;
        if after.is_none() {
            return Ok(totals);
        }
    }
}

/// A page of the people, newest first; only those of one group if named.
///
/// # Errors
/// Only ours.
pub async fn list(
    app: &App,
    organization: OrganizationId,
    asked: &Asked,
    only: Option<Group>,
    query: PageQuery,
) -> Result<Page<Line>> {
    let wanted = usize::try_from(query.limit.clamp(1, CHUNK)).unwrap_or(1);
    let (mut items, mut after) = (Vec::with_capacity(wanted), query.after);
    loop {
        let at_once = if only.is_some() { CHUNK } else { query.limit.clamp(1, CHUNK) };
        let (lines, next) = chunk(app, organization, asked, after, at_once).await?;
        let mut lines = lines.into_iter().peekable();
        while let Some((cursor, line)) = lines.next() {
            if only.is_none_or(|only| only == Group::of(&line.weighed)) {
                items.push(line);
            }
            if items.len() == wanted {
                let has_more = lines.peek().is_some() || next.is_some();
                return Ok(Page { items, next: has_more.then_some(cursor) });
            }
        }
        after = next;
        if after.is_none() {
            return Ok(Page { items, next: None });
        }
    }
}

/// What one has not met, in words; nothing of those about whom there is no verdict.
#[must_use]
pub fn reasons(asked: &Asked, weighed: &Weighed, language: Language) -> Vec<Reason> {
    let mut found = Vec::new();
    if let Some(verdict) = weighed.verdict() {
        let names: &dyn Names = &asked.titles;
        let explained = criteria::explain(verdict, &asked.placed.rule, language, names);
        lacking(explained, &mut found);
    }
    found
}

/// The parts that are not met and have no parts that say why.
fn lacking(line: Explained, found: &mut Vec<Reason>) {
    if line.outcome == Outcome::Met {
        return;
    }
    let before = found.len();
    line.of.into_iter().for_each(|part| lacking(part, found));
    if found.len() == before {
        let is_unknown = line.outcome == Outcome::Unknown;
        found.push(Reason { path: line.path, text: line.text, note: line.note, is_unknown });
    }
}

/// Some people, newest first, each with the cursor after them; and where to go on.
async fn chunk(
    app: &App,
    organization: OrganizationId,
    asked: &Asked,
    after: Option<uuid::Uuid>,
    limit: u64,
) -> Result<(Vec<(uuid::Uuid, Line)>, Option<uuid::Uuid>)> {
    let (db, query) = (app.store.read(), PageQuery { after, limit });
    let course = asked.placed.placement.course_id;
    let (ids, next): (Vec<(uuid::Uuid, LearnerId)>, _) = match course {
        Some(course) => {
            let page = enrollments::list(db, organization, course, query).await?;
            (page.items.iter().map(|row| (row.id.0, row.learner_id)).collect(), page.next)
        }
        None => {
            let page = learners::list(db, organization, query).await?;
            (page.items.iter().map(|row| (row.id.0, row.id)).collect(), page.next)
        }
    };
    let named: Vec<LearnerId> = ids.iter().map(|(_, learner)| *learner).collect();
    let crowd = Crowd::read(db, organization, course, &named).await?;
    let heard = crowd.hear(db, organization, std::slice::from_ref(&asked.placed)).await?;
    let mut weighed: HashMap<LearnerId, Line> = crowd
        .people()
        .iter()
        .map(|person| {
            let told = heard.get(&person.learner.id).map_or(&[][..], Vec::as_slice);
            let weighed = weigh(app, &asked.placed, person, told);
            (person.learner.id, Line { learner: person.learner.clone(), weighed })
        })
        .collect();
    let lines = ids.into_iter().filter_map(|(cursor, id)| Some((cursor, weighed.remove(&id)?)));
    Ok((lines.collect(), next))
}
