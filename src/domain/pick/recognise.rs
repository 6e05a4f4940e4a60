//! Recognition: the first launch of a link that shows a token of ours makes its placement.
//!
//! The token is under the course author's control. In its own course it is good once; another link with it gets a
//! draft, which a teacher confirms. In a copy of its course it tells which draft belongs to the link. Anywhere
//! else it is worth nothing. Runs in the launch's transaction, and only where a link shows a token that was not
//! looked at before.

use lti::Launch;
use serde_json::{Value, json};

use super::{THIS_LINK, TOKEN};
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        artwork::sha256_hex,
        audit::{self, Line},
        copy, line_item, pass,
        placement::{Settings, rule_row},
        rule,
        session::Session,
    },
    error::{Error, Kind, Result},
    ids::{AchievementId, AchievementVersionId, LinkId, OrganizationId, PlacementId},
    store::{
        WriteTx, achievement as achievements,
        entity::{
            achievement_version, course, link,
            link::TokenState,
            pass::PassCause,
            picked_link,
            placement::{Model as Placement, PlacementMode, PlacementState},
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
    let showing = Showing { app, tx, picked: &picked, link, course };
    let state = if is_here && picked.course_id.is_none_or(|known| known == course.id) {
        showing.bind().await?
    } else if picked.course_id.is_some() && picked.course_id == course.copied_from_id {
        // Of the same organization and platform: `copy` looks nowhere else.
        showing.copied().await?
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

/// A link that shows a token of ours, with what was sent with it.
#[derive(Clone, Copy)]
struct Showing<'a> {
    app: &'a App,
    tx: &'a WriteTx,
    picked: &'a picked_link::Model,
    link: &'a link::Model,
    course: &'a course::Model,
}

impl Showing<'_> {
    /// In its own course: the first link gets the placement, every other one a draft of it.
    async fn bind(self) -> Result<TokenState> {
        let Self { app, tx, picked, link, .. } = self;
        let organization = picked.organization_id;
        if picked.link_id == Some(link.id) {
            return Ok(TokenState::Bound);
        }
        if !rows::claim(tx, organization, picked.id, link.id, app.clock.now()).await? {
            self.draft().await?;
            return Ok(TokenState::Draft);
        }
        let (may, version) = may_go_live(tx, organization, picked.achievement_version_id).await?;
        let rule = copy::with_links(&picked.rule, &[(LinkId(THIS_LINK), link.id)])?;
        // Where the platform did not say for which course it was, a teacher of this one decides.
        let is_live = picked.live
            && picked.course_id.is_some()
            && may
            && still_passes(tx, organization, version.achievement_id, &rule).await?;
        let placement = Placement {
            id: picked.placement_id,
            state: if is_live { PlacementState::Live } else { PlacementState::Draft },
            ..self.placement(&version)
        };
        self.insert(&placement, &rule, "placement.picked").await?;
        if !is_live {
            return Ok(TokenState::Draft);
        }
        take_effect(app, tx, &placement, &version).await?;
        Ok(TokenState::Bound)
    }

    /// A draft for a link that shows a used token.
    async fn draft(self) -> Result<()> {
        let Self { tx, picked, link, .. } = self;
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
        let placement =
            Placement { copied_from_id: original.map(|original| original.id), ..self.placement(&version) };
        self.insert(&placement, &copy::with_links(&rule, &moved)?, "placement.drafted").await
    }

    /// In a copy of its course: the draft that was prepared there belongs to this link.
    async fn copied(self) -> Result<TokenState> {
        let Self { app, tx, picked, link, course } = self;
        let organization = picked.organization_id;
        if let Some(origin) = picked.link_id {
            links::set_origin(tx, organization, link.id, origin).await?;
            copy::move_references(app, tx, course, origin, link.id).await?;
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
            None => self.draft().await?,
        }
        Ok(TokenState::Draft)
    }

    /// The row of a new draft.
    fn placement(self, version: &achievement_version::Model) -> Placement {
        let Self { app, picked, link, course, .. } = self;
        let now = app.clock.now();
        let settings = match picked.column_maximum {
            Some(maximum) => json!({ "report_score": true, "column_maximum": maximum }),
            None => json!({}),
        };
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

    async fn insert(self, placement: &Placement, rule: &Value, action: &'static str) -> Result<()> {
        let Self { app, tx, picked, .. } = self;
        let author = Caller::new(picked.organization_id, Actor::Instructor(picked.pick_id));
        placements::insert(tx, placement.clone()).await?;
        let row = rule_row(app, &author, placement.id, 1, rule.clone());
        rule::keep(app, tx, placement.course_id, row).await?;
        let detail = json!({ "link": placement.link_id, "picked": picked.id });
        let line =
            Line { action, subject_kind: "placement", subject_id: placement.id.to_string(), detail: &detail };
        audit::record(app, tx, Some(picked.organization_id), &author, line).await
    }
}

/// Whether a rule that was picked some time ago may go live: other rules may have done so since, and badges
/// would need each other. If not it is a draft, and the launch counts all the same.
async fn still_passes(
    tx: &WriteTx,
    organization: OrganizationId,
    achievement: AchievementId,
    rule: &Value,
) -> Result<bool> {
    match rule::checked(tx, organization, Some(achievement), rule).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == Kind::Invalid => {
            tracing::info!(achievement.id = %achievement, code = error.code(), "a picked rule cannot go live");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// What follows from going live: its column is found, and whoever meets the rule by now is awarded. No score is
/// sent but for an award.
pub(in crate::domain) async fn take_effect(
    app: &App,
    tx: &WriteTx,
    placement: &Placement,
    version: &achievement_version::Model,
) -> Result<()> {
    let settings = Settings::of(placement);
    if settings.report_score {
        let mut item = line_item::of_placement(app, tx, placement, &version.name).await?;
        if let Some(maximum) = settings.column_maximum.map(|maximum| maximum.to_string())
            && item.url.is_none()
            && item.maximum != maximum
        {
            item.maximum = maximum;
            crate::store::line_item::update(tx, item.clone()).await?;
        }
        line_item::enqueue_settle(app, tx, &item, "picked").await?;
    }
    pass::placement_changed(app, tx, placement, PassCause::WentLive).await
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

/// Whether instructors may place the achievement of this version; and the version.
///
/// # Errors
/// Ours.
pub(in crate::domain) async fn may_go_live(
    tx: &WriteTx,
    organization: OrganizationId,
    version: AchievementVersionId,
) -> Result<(bool, achievement_version::Model)> {
    let version = achievements::version(tx, organization, version)
        .await?
        .ok_or_else(|| Error::not_found("achievement version"))?;
    let owner = achievements::find(tx, organization, version.achievement_id).await?;
    let is_current = owner.is_some_and(|owner| owner.archived_at.is_none());
    let may = version.may_place == achievement_version::MayPlace::Instructors;
    Ok((may && is_current, version))
}
