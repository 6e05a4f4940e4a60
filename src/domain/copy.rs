//! Copied courses (lti-1.3-tool §13, §21): the placements of the original come along as drafts, once, and award
//! nothing before a teacher of the new course confirms them. Awards are never copied.
//!
//! What a course was copied from is told by the platform: in a launch's history, which a course author could have
//! written, or in a notice. So nothing is looked for outside the same organization and platform.

use std::collections::HashMap;

use criteria::{Reference, Rule};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
        pick,
        placement::rule_row,
        rule,
    },
    error::{Error, Kind, Result},
    ids::{CourseId, DeploymentId, LinkId, OrganizationId, PlacementId, PlatformId},
    store::{
        WriteTx, course as courses, deployment as deployments,
        entity::{course, link, placement, placement::PlacementState},
        link as links, placement as placements,
    },
};

/// Prepares a copied course: drafts of what the nearest known original has. `origins` are its earlier context ids,
/// newest first. The course as it is then, if anything was done.
pub(super) async fn prepare(
    app: &App,
    tx: &WriteTx,
    platform: PlatformId,
    course: &course::Model,
    origins: &[String],
) -> Result<Option<course::Model>> {
    if course.copied_from_id.is_some() || origins.is_empty() {
        return Ok(None);
    }
    let organization = course.organization_id;
    let deployments = deployments_of(tx, organization, platform).await?;
    let known = courses::of_contexts(tx, organization, &deployments, origins).await?;
    let nearest = origins.iter().find_map(|origin| {
        let mut found: Vec<_> = known.iter().filter(|known| known.context_id == *origin).collect();
        // Another deployment may use the same id; the own one's is meant first.
        found.sort_by_key(|known| known.deployment_id != course.deployment_id);
        found.into_iter().find(|known| known.id != course.id)
    });
    let Some(origin) = nearest else { return Ok(None) };
    if !courses::set_origin(tx, organization, course.id, origin.id).await? {
        return Ok(None);
    }
    let originals = placements::open_in_course(tx, organization, origin.id).await?;
    let rules = placements::newest_rules(tx, organization, originals.iter().map(|one| one.id)).await?;
    let here = links::of_course(tx, organization, course.id).await?;
    let moved: HashMap<Uuid, LinkId> =
        here.iter().filter_map(|link| Some((link.copied_from_id?.0, link.id))).collect();
    for original in &originals {
        let Some(rule) = rules.iter().find(|rule| rule.placement_id == original.id) else { continue };
        let rule = moved_rule(&rule.rule, |reference| match reference {
            Reference::Link(link) => moved.get(&link).map(|link| link.0),
            Reference::Course(of) => (of == origin.id.0).then_some(course.id.0),
            Reference::Achievement(_) => None,
        })?;
        let now = app.clock.now();
        let draft = placement::Model {
            id: app.dice.row_id(now),
            course_id: Some(course.id),
            link_id: original.link_id.and_then(|link| moved.get(&link.0).copied()),
            state: PlacementState::Draft,
            copied_from_id: Some(original.id),
            created_at: now,
            updated_at: now,
            ..original.clone()
        };
        placements::insert(tx, draft.clone()).await?;
        let caller = by_copy(organization);
        rule::keep(app, tx, draft.course_id, rule_row(app, &caller, draft.id, 1, rule)).await?;
        note(app, tx, &caller, &draft, "placement.copied").await?;
    }
    tracing::info!(course.id = %course.id, drafts = originals.len(), "a copied course was prepared");
    Ok(Some(course::Model { copied_from_id: Some(origin.id), ..course.clone() }))
}

/// Writes down of which link a launch's link is a copy, and lets the drafts of its course mean the new one.
pub(super) async fn trace(
    app: &App,
    tx: &WriteTx,
    platform: PlatformId,
    course: &course::Model,
    link: &link::Model,
    origins: &[String],
) -> Result<()> {
    if link.copied_from_id.is_some() || origins.is_empty() {
        return Ok(());
    }
    let organization = link.organization_id;
    let deployments = deployments_of(tx, organization, platform).await?;
    let known = links::of_resource_links(tx, organization, &deployments, origins).await?;
    let nearest = origins.iter().find_map(|origin| {
        known.iter().find(|known| known.resource_link_id == *origin && known.id != link.id)
    });
    let Some(origin) = nearest else { return Ok(()) };
    if links::set_origin(tx, organization, link.id, origin.id).await? {
        move_references(app, tx, course, origin.id, link.id).await?;
    }
    Ok(())
}

/// Lets the copied drafts of a course mean `new` where they mean `old`.
pub(super) async fn move_references(
    app: &App,
    tx: &WriteTx,
    course: &course::Model,
    old: LinkId,
    new: LinkId,
) -> Result<()> {
    let organization = course.organization_id;
    let mut drafts = placements::open_in_course(tx, organization, course.id).await?;
    drafts.retain(|draft| draft.state == PlacementState::Draft && draft.copied_from_id.is_some());
    if drafts.is_empty() {
        return Ok(());
    }
    let rules = placements::newest_rules(tx, organization, drafts.iter().map(|draft| draft.id)).await?;
    let bound: Vec<PlacementId> =
        placements::of_link(tx, organization, old).await?.into_iter().map(|original| original.id).collect();
    for mut draft in drafts {
        let Some(rule) = rules.iter().find(|rule| rule.placement_id == draft.id) else { continue };
        let now_rule = with_links(&rule.rule, &[(old, new)])?;
        if now_rule != rule.rule {
            let row = rule_row(app, &by_copy(organization), draft.id, rule.number + 1, now_rule);
            rule::keep(app, tx, draft.course_id, row).await?;
        }
        if draft.link_id.is_none() && draft.copied_from_id.is_some_and(|original| bound.contains(&original)) {
            draft.link_id = Some(new);
            draft.updated_at = app.clock.now();
            placements::update(tx, draft).await?;
        }
    }
    Ok(())
}

/// The links that a rule names and that are not of this course: a draft waits until each is replaced.
#[must_use]
pub fn foreign(rule: &Rule, here: &[link::Model]) -> Vec<LinkId> {
    let mut foreign = Vec::new();
    for (_, reference) in rule.references() {
        if let Reference::Link(link) = reference
            && !here.iter().any(|known| known.id.0 == link)
            && !foreign.contains(&LinkId(link))
        {
            foreign.push(LinkId(link));
        }
    }
    foreign
}

/// A teacher lets a draft of their course award; `moved` says which link of the course stands for one that is not.
///
/// # Errors
/// `not_found`; `placement.state` when it is no draft; `placement.operators_only`; `placement.links_missing`;
/// `link.elsewhere`; `rule.*` where the rule cannot go live (any more).
pub async fn confirm(
    app: &App,
    caller: &Caller,
    course: CourseId,
    id: PlacementId,
    moved: &[(LinkId, LinkId)],
) -> Result<()> {
    let organization = caller.organization;
    let tx = app.store.write().await?;
    let mut draft = draft_of(&tx, organization, course, id).await?;
    let (may, version) = pick::may_go_live(&tx, organization, draft.achievement_version_id).await?;
    if !may {
        return Err(Error::new(
            Kind::Forbidden,
            "placement.operators_only",
            "Only the people who look after Laurel at your institution may put this badge into force.",
        ));
    }
    let here = links::of_course(&tx, organization, course).await?;
    if moved.iter().any(|(_, new)| !here.iter().any(|link| link.id == *new)) {
        return Err(Error::invalid("link.elsewhere", "link", "This link is not in this course."));
    }
    let rules = placements::newest_rules(&tx, organization, [id]).await?;
    let newest = rules.first().ok_or_else(|| Error::internal("a placement without rule"))?;
    let rule = with_links(&newest.rule, moved)?;
    if !foreign(&Rule::parse(&rule).map_err(Error::internal)?, &here).is_empty() {
        return Err(Error::invalid(
            "placement.links_missing",
            "link",
            "Choose an activity of this course for each one that the rule names.",
        ));
    }
    // As wherever a rule goes live: others may have done so since it was prepared.
    rule::checked(&tx, organization, Some(draft.achievement_id), &rule).await?;
    if rule != newest.rule {
        let row = rule_row(app, caller, id, newest.number + 1, rule);
        rule::keep(app, &tx, draft.course_id, row).await?;
    }
    draft.state = PlacementState::Live;
    draft.updated_at = app.clock.now();
    placements::update(&tx, draft.clone()).await?;
    note(app, &tx, caller, &draft, "placement.went_live").await?;
    pick::take_effect(app, &tx, &draft, &version).await?;
    tx.commit().await
}

/// A teacher does away with a draft of their course.
///
/// # Errors
/// `not_found`; `placement.state` when it is no draft.
pub async fn discard(app: &App, caller: &Caller, course: CourseId, id: PlacementId) -> Result<()> {
    let tx = app.store.write().await?;
    let mut draft = draft_of(&tx, caller.organization, course, id).await?;
    draft.state = PlacementState::Ended;
    draft.updated_at = app.clock.now();
    placements::update(&tx, draft.clone()).await?;
    note(app, &tx, caller, &draft, "placement.ended").await?;
    tx.commit().await
}

async fn draft_of(
    tx: &WriteTx,
    organization: OrganizationId,
    course: CourseId,
    id: PlacementId,
) -> Result<placement::Model> {
    let found = placements::find(tx, organization, id).await?;
    let found = found.filter(|placement| placement.course_id == Some(course));
    let draft = found.ok_or_else(|| Error::not_found("placement"))?;
    if draft.state != PlacementState::Draft {
        return Err(Error::conflict("placement.state", "Somebody has decided about this badge already."));
    }
    Ok(draft)
}

async fn deployments_of(
    tx: &WriteTx,
    organization: OrganizationId,
    platform: PlatformId,
) -> Result<Vec<DeploymentId>> {
    let known = deployments::of_platform(tx, organization, platform).await?;
    Ok(known.into_iter().map(|deployment| deployment.id).collect())
}

/// A stored rule with links replaced.
pub(super) fn with_links(rule: &Value, moved: &[(LinkId, LinkId)]) -> Result<Value> {
    moved_rule(rule, |reference| match reference {
        Reference::Link(link) => moved.iter().find(|(old, _)| old.0 == link).map(|(_, new)| new.0),
        _ => None,
    })
}

fn moved_rule(rule: &Value, to: impl Fn(Reference) -> Option<Uuid>) -> Result<Value> {
    let rule = Rule::parse(rule).map_err(Error::internal)?;
    // Where two parts would become the same, the rule stays as it is, to be looked at.
    Ok(rule.with_references(to).unwrap_or(rule).to_value())
}

fn by_copy(organization: OrganizationId) -> Caller {
    Caller::new(organization, Actor::Laurel("copy"))
}

async fn note(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    draft: &placement::Model,
    action: &'static str,
) -> Result<()> {
    audit::record(
        app,
        tx,
        Some(draft.organization_id),
        caller,
        Line {
            action,
            subject_kind: "placement",
            subject_id: draft.id.to_string(),
            detail: &json!({ "course": draft.course_id, "copied_from": draft.copied_from_id }),
        },
    )
    .await
}
