//! Looking at others' work: submission reviews (lti-1.3-tool §19), and mentors, who see those in their care (§12,
//! R05). What may be seen was checked by `lti` when the launch came; here it is checked again at each look, as far as
//! a later launch may have taken it away.

use criteria::{ScoreTest, Subject, Test};
use lti::launch::review::is_same_line_item;
use sea_orm::ConnectionTrait;
use serde_json::Value;

use super::{earning, line_item::resource_id, session::Session};
use crate::{
    app::{App, LivePlacement},
    error::{Error, Kind, Result},
    ids::{LearnerId, LinkId, OrganizationId},
    store::{
        achievement as achievements, alias as aliases, enrollment as enrollments,
        entity::{
            alias::AliasKind,
            course, enrollment, learner,
            line_item::{self, LineItemPurpose},
            placement::PlacementState,
            review,
        },
        learner as learners, line_item as columns, link as links, placement as placements, review as rows,
    },
};

/// The page of a submission.
pub const PATH: &str = "/course/review";
/// The most people of whom a mentor's page tells.
const MOST_MENTORED: usize = 100;

/// A submission that is looked at.
#[derive(Debug)]
pub struct Submission {
    /// Whose it is; `None` when nobody has told us of them yet.
    pub whose: Option<learner::Model>,
    /// Their standing in the course.
    pub enrollment: Option<enrollment::Model>,
    /// Whether they look themselves.
    pub is_own: bool,
    /// The badges that count in its column, with their rules.
    pub placements: Vec<LivePlacement>,
    /// Where the person may go back to.
    pub return_url: Option<String>,
}

/// Somebody in a mentor's care.
#[derive(Debug)]
pub struct Mentee {
    /// Who.
    pub learner: learner::Model,
    /// Their standing in the course.
    pub enrollment: enrollment::Model,
}

/// The submission that a launch opened.
///
/// # Errors
/// `not_found` when it opened none; `lti.sr.not_permitted` when the person may not see it any more.
pub async fn submission(app: &App, session: &Session) -> Result<Submission> {
    let db = app.store.read();
    let (Some(organization), Some(viewer)) = (session.launch.organization_id, &session.learner) else {
        return Err(Error::not_found("submission"));
    };
    let kept = rows::find(db, organization, session.launch.id).await?;
    let (Some(kept), Some(for_user)) = (&kept, kept.as_ref().and_then(|kept| kept.for_user.as_deref()))
    else {
        return Err(Error::not_found("submission"));
    };
    let is_own = viewer.sub == for_user;
    if !is_own && !session.may_review() && !is_mentored(db, session, kept, for_user).await? {
        return Err(Error::new(
            Kind::Forbidden,
            "lti.sr.not_permitted",
            "Only teachers of the course and the person themselves see this submission.",
        ));
    }
    let whose = named(db, organization, &viewer.platform_issuer_url, for_user).await?;
    let (placements, enrollment) = match &session.course {
        None => (Vec::new(), None),
        Some(course) => {
            let enrollment = match &whose {
                None => None,
                Some(whose) => enrollments::find(db, organization, course.id, whose.id).await?,
            };
            (counting(app, course, kept, session.launch.link_id).await?, enrollment)
        }
    };
    Ok(Submission { whose, enrollment, is_own, placements, return_url: kept.return_url.clone() })
}

/// The people of the course whom a mentor may see, in the order of the claim; `None` for whoever is no mentor.
///
/// # Errors
/// Only the database's.
pub async fn mentees(app: &App, session: &Session) -> Result<Option<Vec<Mentee>>> {
    let (true, Some(course), Some(mentor)) = (session.observes(), &session.course, &session.learner) else {
        return Ok(None);
    };
    let (db, organization) = (app.store.read(), course.organization_id);
    let Some(kept) = rows::find(db, organization, session.launch.id).await? else { return Ok(None) };
    let mut subs = still_mentored(db, session, &kept).await?;
    subs.truncate(MOST_MENTORED);
    let names: Vec<&str> = subs.iter().map(String::as_str).collect();
    let mut people = learners::of_subs(db, organization, &mentor.platform_issuer_url, &names).await?;
    let ids = people.iter().map(|learner| learner.id);
    let mut here = enrollments::of_learners(db, organization, course.id, ids).await?;
    let mut found = Vec::with_capacity(here.len());
    for sub in &subs {
        let Some(at) = people.iter().position(|learner| learner.sub == *sub) else { continue };
        let learner = people.swap_remove(at);
        let Some(at) = here.iter().position(|enrollment| enrollment.learner_id == learner.id) else {
            continue;
        };
        found.push(Mentee { learner, enrollment: here.swap_remove(at) });
    }
    Ok(Some(found))
}

async fn is_mentored(
    db: &impl ConnectionTrait,
    session: &Session,
    kept: &review::Model,
    sub: &str,
) -> Result<bool> {
    Ok(still_mentored(db, session, kept).await?.iter().any(|one| one == sub))
}

/// Whom the launch named as in the mentor's care, as far as their newest launch into the course still does (R06).
async fn still_mentored(
    db: &impl ConnectionTrait,
    session: &Session,
    kept: &review::Model,
) -> Result<Vec<String>> {
    let mut subs = subs_in(kept);
    if let Some(course) = kept.course_id
        && let Some(newest) = rows::newest(db, kept.organization_id, kept.learner_id, course).await?
        && newest.id != session.launch.id
    {
        let today = subs_in(&newest);
        subs.retain(|sub| today.contains(sub));
    }
    Ok(subs)
}

fn subs_in(kept: &review::Model) -> Vec<String> {
    let subs = kept.mentored.as_array().into_iter().flatten();
    subs.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The learner of that name, also where LTI 1.1 gave it.
async fn named(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    issuer_url: &str,
    sub: &str,
) -> Result<Option<learner::Model>> {
    if let Some(found) = learners::of_sub(db, organization, issuer_url, sub).await? {
        return Ok(Some(found));
    }
    match aliases::of_former(db, organization, AliasKind::Learner, issuer_url, sub).await? {
        Some(alias) => Ok(learners::find(db, organization, LearnerId(alias.subject_id)).await?),
        None => Ok(None),
    }
}

/// What counts in a column: badges reported into it, or whose rules read it; otherwise those of the link that it
/// belongs to; otherwise, if only the link is known, all badges of the course.
async fn counting(
    app: &App,
    course: &course::Model,
    kept: &review::Model,
    opened: Option<LinkId>,
) -> Result<Vec<LivePlacement>> {
    let (db, organization) = (app.store.read(), course.organization_id);
    let all = shown(app, course).await?;
    let mut known: Vec<LinkId> = opened.into_iter().collect();
    if let Some(url) = kept.line_item_url.as_deref() {
        let found = columns::of_course(db, organization, course.id).await?;
        let column = best(&found, url, |column| column.url.as_deref());
        if let Some(column) = column {
            return Ok(all.into_iter().filter(|placed| counts_in(placed, column)).collect());
        }
        let found = links::of_course(db, organization, course.id).await?;
        known.extend(best(&found, url, |link| link.line_item_url.as_deref()).map(|link| link.id));
    }
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let is_of_link = |placed: &LivePlacement| {
        placed.placement.link_id.is_some_and(|link| known.contains(&link))
            || placed.rule.references().iter().any(|(_, reference)| {
                matches!(reference, criteria::Reference::Link(link) if known.contains(&LinkId(*link)))
            })
    };
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_of_link);
    Ok(if own.is_empty() { others } else { own })
}

/// The one with this address, or else with this address but for the query.
fn best<'a, T>(all: &'a [T], url: &str, address: impl Fn(&T) -> Option<&str>) -> Option<&'a T> {
    let exact = all.iter().find(|one| address(one) == Some(url));
    exact.or_else(|| all.iter().find(|one| address(one).is_some_and(|other| is_same_line_item(url, other))))
}

fn counts_in(placed: &LivePlacement, column: &line_item::Model) -> bool {
    match column.purpose {
        LineItemPurpose::Report => resource_id(placed.placement.achievement_id) == column.resource_id,
        LineItemPurpose::Watched | LineItemPurpose::Trigger | LineItemPurpose::Gradebook => {
            placed.rule.nodes().any(|(_, node)| match &node.test {
                Test::Score(ScoreTest { target, .. }) | Test::Completed(target) => {
                    target.subject == Subject::Activity(column.resource_id.clone())
                }
                _ => false,
            })
        }
    }
}

/// The badges of a course that learners see or saw, with their newest rules.
///
/// # Errors
/// Only ours: a stored rule that does not read.
pub async fn shown(app: &App, course: &course::Model) -> Result<Vec<LivePlacement>> {
    let (db, organization) = (app.store.read(), course.organization_id);
    let mut placed = placements::of_course(db, organization, course.id).await?;
    placed.retain(|placement| placement.state != PlacementState::Draft);
    let ids = placed.iter().map(|placement| placement.id);
    let mut rules = placements::newest_rules(db, organization, ids).await?;
    let versions = placed.iter().map(|placement| placement.achievement_version_id);
    let versions = achievements::versions_of_ids(db, organization, versions).await?;
    let mut all = Vec::with_capacity(placed.len());
    for placement in placed {
        let Some(at) = rules.iter().position(|rule| rule.placement_id == placement.id) else { continue };
        let rule = rules.swap_remove(at);
        let version = versions.iter().find(|version| version.id == placement.achievement_version_id);
        let version = version.ok_or_else(|| Error::internal("a placement without version"))?;
        all.push(earning::compiled(placement, &rule, version)?);
    }
    Ok(all)
}
