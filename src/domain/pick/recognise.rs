//! Recognition: the first launch of a link that shows a token of ours makes its placement.
//!
//! The token is under the course author's control. In its own course it is good once; another link with it gets a
//! draft, which a teacher confirms. In a copy of its course it tells which draft belongs to the link. Anywhere
//! else it is worth nothing. Runs in the launch's transaction, and only where a link shows a token that was not
//! looked at before.

use criteria::{Reference, Rule};
use lti::Launch;
use serde_json::{Value, json};

use super::{THIS_LINK, TOKEN};
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        artwork::sha256_hex,
        audit::{self, Line},
        evaluation, line_item,
        session::Session,
    },
    error::{Error, Result},
    ids::{LinkId, OrganizationId, PlacementId},
    store::{
        WriteTx, achievement as achievements,
        entity::{
            achievement_version, course, link,
            link::TokenState,
            picked_link,
            placement::{Model as Placement, PlacementMode, PlacementState},
            placement_rule,
        },
        link as links, pick as rows, placement as placements,
    },
};

/// What became of a link's token at a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Recognised {
    /// There is none, or it was looked at before and is good.
    Nothing,
    /// The course's placements have changed.
    Placed,
    /// It is not one that we gave for this course: nothing may be earned by this launch.
    Unknown,
}

/// Looks at the token that a launch's link shows, if it shows one.
pub(in crate::domain) async fn recognise(
    app: &App,
    tx: &WriteTx,
    launch: &Launch,
    link: Option<&link::Model>,
    course: Option<&course::Model>,
) -> Result<Recognised> {
    let (Some(token), Some(link)) = (launch.custom.get(TOKEN), link) else { return Ok(Recognised::Nothing) };
    let hash = sha256_hex(token.as_bytes());
    let organization = link.organization_id;
    if link.token_hash.as_ref() == Some(&hash) {
        return Ok(known(link.token_state));
    }
    if !links::note_token(tx, organization, link.id, &hash).await? {
        // Another launch of the link was first.
        let link = links::find(tx, organization, link.id).await?;
        return Ok(known(link.and_then(|link| link.token_state)));
    }
    let picked = rows::link_of_token(tx, organization, &hash).await?;
    let (Some(picked), Some(course)) = (picked, course) else { return Ok(Recognised::Unknown) };
    let is_here = picked.deployment_id == link.deployment_id;
    let state = if is_here && picked.course_id.is_none_or(|known| known == course.id) {
        bind(app, tx, &picked, link, course).await?
    } else if picked.course_id.is_some() && picked.course_id == course.copied_from_id {
        // Of the same organization and platform: `copy` looks nowhere else.
        copied(app, tx, &picked, link, course).await?
    } else {
        tracing::info!(link.id = %link.id, "a link shows a token of another course");
        return Ok(Recognised::Unknown);
    };
    links::set_token_state(tx, organization, link.id, state).await?;
    Ok(Recognised::Placed)
}

fn known(state: Option<TokenState>) -> Recognised {
    match state {
        Some(TokenState::Unknown) => Recognised::Unknown,
        _ => Recognised::Nothing,
    }
}

/// In its own course: the first link gets the placement, every other one a draft of it.
async fn bind(
    app: &App,
    tx: &WriteTx,
    picked: &picked_link::Model,
    link: &link::Model,
    course: &course::Model,
) -> Result<TokenState> {
    if picked.link_id == Some(link.id) {
        return Ok(TokenState::Bound);
    }
    if !rows::claim(tx, picked.organization_id, picked.id, link.id, app.clock.now()).await? {
        draft(app, tx, picked, link, course).await?;
        return Ok(TokenState::Draft);
    }
    let version = achievements::version(tx, picked.organization_id, picked.achievement_version_id)
        .await?
        .ok_or_else(|| Error::internal("a version vanished"))?;
    let achievement = achievements::find(tx, picked.organization_id, version.achievement_id).await?;
    let is_archived = achievement.is_none_or(|achievement| achievement.archived_at.is_some());
    // Where the platform did not say for which course it was, a teacher of this one decides.
    let is_live = picked.live && picked.course_id.is_some() && !is_archived;
    let placement = Placement {
        id: picked.placement_id,
        state: if is_live { PlacementState::Live } else { PlacementState::Draft },
        ..placement_row(app, picked, &version, link, course)
    };
    let rule = about(&picked.rule, &[(LinkId(THIS_LINK), link.id)])?;
    insert(app, tx, picked, &placement, &rule, "placement.picked").await?;
    if is_live {
        take_effect(app, tx, &placement, &version, picked.column_maximum).await?;
    }
    Ok(if is_live { TokenState::Bound } else { TokenState::Draft })
}

/// What follows from going live: its column is found, and whoever meets the rule by now is awarded. No score is
/// sent but for an award.
pub(in crate::domain) async fn take_effect(
    app: &App,
    tx: &WriteTx,
    placement: &Placement,
    version: &achievement_version::Model,
    column_maximum: Option<i32>,
) -> Result<()> {
    if crate::domain::placement::Settings::of(placement).report_score {
        let mut item = line_item::of_placement(app, tx, placement, &version.name).await?;
        if let Some(maximum) = column_maximum.map(|maximum| maximum.to_string())
            && item.url.is_none()
            && item.maximum != maximum
        {
            item.maximum = maximum;
            crate::store::line_item::update(tx, item.clone()).await?;
        }
        line_item::enqueue_settle(app, tx, &item, "picked").await?;
    }
    evaluation::enqueue_for_placement(app, tx, placement).await
}

/// A draft for a link that shows a used token.
async fn draft(
    app: &App,
    tx: &WriteTx,
    picked: &picked_link::Model,
    link: &link::Model,
    course: &course::Model,
) -> Result<()> {
    let organization = picked.organization_id;
    let version = achievements::version(tx, organization, picked.achievement_version_id)
        .await?
        .ok_or_else(|| Error::internal("a version vanished"))?;
    // As its rule is now, which may be another than was picked.
    let original = placements::find(tx, organization, picked.placement_id).await?;
    let newest = placements::newest_rules(tx, organization, [picked.placement_id]).await?.pop();
    let rule = newest.map_or_else(|| picked.rule.clone(), |newest| newest.rule);
    let mut moved = vec![(LinkId(THIS_LINK), link.id)];
    moved.extend(picked.link_id.map(|first| (first, link.id)));
    let placement = Placement {
        copied_from_id: original.map(|original| original.id),
        ..placement_row(app, picked, &version, link, course)
    };
    insert(app, tx, picked, &placement, &about(&rule, &moved)?, "placement.drafted").await
}

/// In a copy of its course: the draft that was prepared there belongs to this link.
async fn copied(
    app: &App,
    tx: &WriteTx,
    picked: &picked_link::Model,
    link: &link::Model,
    course: &course::Model,
) -> Result<TokenState> {
    let organization = picked.organization_id;
    if let Some(origin) = picked.link_id {
        links::set_origin(tx, organization, link.id, origin).await?;
        crate::domain::copy::move_references(app, tx, course, origin, link.id).await?;
    }
    let here = placements::open_in_course(tx, organization, course.id).await?;
    let prepared = here.into_iter().find(|placement| {
        placement.copied_from_id == Some(picked.placement_id)
            && placement.link_id.is_none_or(|known| known == link.id)
    });
    match prepared {
        Some(mut prepared) => {
            if prepared.link_id.is_none() {
                prepared.link_id = Some(link.id);
                prepared.updated_at = app.clock.now();
                placements::update(tx, prepared).await?;
            }
        }
        None => draft(app, tx, picked, link, course).await?,
    }
    Ok(TokenState::Draft)
}

fn placement_row(
    app: &App,
    picked: &picked_link::Model,
    version: &achievement_version::Model,
    link: &link::Model,
    course: &course::Model,
) -> Placement {
    let now = app.clock.now();
    let settings = if picked.column_maximum.is_some() { json!({ "report_score": true }) } else { json!({}) };
    Placement {
        id: app.dice.row_id(now),
        organization_id: picked.organization_id,
        achievement_id: version.achievement_id,
        achievement_version_id: version.id,
        course_id: Some(course.id),
        link_id: Some(link.id),
        state: PlacementState::Draft,
        mode: PlacementMode::Ever,
        settings,
        copied_from_id: None,
        created_at: now,
        updated_at: now,
    }
}

async fn insert(
    app: &App,
    tx: &WriteTx,
    picked: &picked_link::Model,
    placement: &Placement,
    rule: &Value,
    action: &'static str,
) -> Result<()> {
    let now = app.clock.now();
    let author = Caller::new(picked.organization_id, Actor::Instructor(picked.pick_id));
    placements::insert(tx, placement.clone()).await?;
    let row = placement_rule::Model {
        id: app.dice.row_id(now),
        organization_id: picked.organization_id,
        placement_id: placement.id,
        number: 1,
        rule: rule.clone(),
        created_by: author.actor.to_string(),
        created_at: now,
    };
    placements::insert_rule(tx, placement.course_id, row).await?;
    audit::record(
        app,
        tx,
        Some(picked.organization_id),
        &author,
        Line {
            action,
            subject_kind: "placement",
            subject_id: placement.id.to_string(),
            detail: &json!({ "link": placement.link_id, "picked": picked.id }),
        },
    )
    .await
}

/// A stored rule with links replaced.
fn about(rule: &Value, moved: &[(LinkId, LinkId)]) -> Result<Value> {
    let rule = Rule::parse(rule).map_err(Error::internal)?;
    let moved = rule.with_references(|reference| match reference {
        Reference::Link(link) => moved.iter().find(|(old, _)| old.0 == link).map(|(_, new)| new.0),
        _ => None,
    });
    // Where two parts would become the same, the rule stays as it is, to be looked at.
    Ok(moved.unwrap_or(rule).to_value())
}

/// Which placements the page of a launch shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All of the course.
    All,
    /// One.
    Only(PlacementId),
    /// The link shows a token that is worth nothing here.
    Unknown,
}

/// Which placements the page of a launch shows; `named` is the one in its address. A copied link still has the
/// address of the original, so what is bound to the link counts.
///
/// # Errors
/// Only the database's.
pub async fn shown(app: &App, session: &Session, named: Option<PlacementId>) -> Result<Shown> {
    let plain = named.map_or(Shown::All, Shown::Only);
    let (Some(organization), Some(link)) = (session.launch.organization_id, session.launch.link_id) else {
        return Ok(plain);
    };
    let db = app.store.read();
    match links::find(db, organization, link).await?.and_then(|link| link.token_state) {
        None => Ok(plain),
        Some(TokenState::Unknown) => Ok(Shown::Unknown),
        Some(TokenState::Bound | TokenState::Draft) => {
            Ok(bound(app, organization, link).await?.map_or(plain, Shown::Only))
        }
    }
}

async fn bound(app: &App, organization: OrganizationId, link: LinkId) -> Result<Option<PlacementId>> {
    let bound = placements::of_link(app.store.read(), organization, link).await?;
    let is_open = |placement: &&Placement| placement.state != PlacementState::Ended;
    Ok(bound.iter().find(is_open).or(bound.first()).map(|placement| placement.id))
}

/// Whether instructors may place the achievement of a placement; the version is the one that is placed.
///
/// # Errors
/// Ours.
pub(in crate::domain) async fn may_go_live(
    tx: &WriteTx,
    placement: &Placement,
) -> Result<(bool, achievement_version::Model)> {
    let organization = placement.organization_id;
    let version = achievements::version(tx, organization, placement.achievement_version_id)
        .await?
        .ok_or_else(|| Error::not_found("achievement version"))?;
    let owner = achievements::find(tx, organization, version.achievement_id).await?;
    let is_current = owner.is_some_and(|owner| owner.archived_at.is_none());
    let may = version.may_place == achievement_version::MayPlace::Instructors;
    Ok((may && is_current, version))
}
