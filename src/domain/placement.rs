//! Placements: an achievement version put into a course (or into the whole organization), with its rule.
//!
//! Life of a rule: draft → live → ended; a changed rule is a new version, and awards keep the version
//! they met (design §5).

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        achievement,
        audit::{self, Line},
        award::remind,
        course, line_item, once, pass, rule,
        terms::Terms,
    },
    error::{Error, Kind, Result},
    ids::{AchievementVersionId, CourseId, LinkId, OrganizationId, PlacementId},
    store::{
        WriteTx, achievement as achievements, award as awards,
        entity::{achievement_version, pass::PassCause, placement, placement_rule},
        link, placement as rows,
    },
};

/// What can be set about a placement beside its rule; other members of the stored object are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Tell the platform's gradebook of awards, as full points.
    pub report_score: bool,
    /// What full points are, where it was chosen before there was a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_maximum: Option<i32>,
}

impl Settings {
    /// A placement's.
    #[must_use]
    pub fn of(placement: &placement::Model) -> Self {
        serde_json::from_value(placement.settings.clone()).unwrap_or_default()
    }
}

/// A placement with its newest rule.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The placement.
    pub placement: placement::Model,
    /// The rule in force, or the draft's.
    pub rule: placement_rule::Model,
}

/// What it takes to place an achievement.
#[derive(Clone, Debug)]
pub struct NewPlacement {
    /// What is placed.
    pub version: AchievementVersionId,
    /// Where; the whole organization when none.
    pub course: Option<CourseId>,
    /// Bound to this link of the course.
    pub link: Option<LinkId>,
    /// The rule; the version's own when none.
    pub rule: Option<Value>,
    /// Does "met once" count, or must it hold?
    pub mode: placement::PlacementMode,
    /// Go live at once.
    pub live: bool,
}

/// Places an achievement, to be awarded once.
///
/// # Errors
/// As [`place_on`].
pub async fn place(app: &App, caller: &Caller, new: NewPlacement) -> Result<Placed> {
    place_on(app, caller, new, Terms::default()).await
}

/// Places an achievement on terms.
///
/// # Errors
/// `not_found` (version, course, link); `rule.*`; `placement.rule_missing`; `placement.operators_only`;
/// `achievement.archived`; as [`Terms::checked`].
pub async fn place_on(app: &App, caller: &Caller, new: NewPlacement, terms: Terms) -> Result<Placed> {
    let version = achievement::find_version(app, caller.organization, new.version).await?;
    if let Some(id) = new.course {
        course::find(app, caller.organization, id).await?;
    }
    if let Some(id) = new.link {
        let link = link::find(app.store.read(), caller.organization, id).await?;
        let link = link.ok_or_else(|| Error::not_found("link"))?;
        if new.course.is_none() || link.course_id != new.course {
            return Err(Error::invalid("link.elsewhere", "link_id", "This link is not in that course."));
        }
    }
    let rule = match new.rule {
        Some(rule) => rule,
        None if version.rule != Value::Null => version.rule.clone(),
        None => {
            return Err(Error::invalid(
                "placement.rule_missing",
                "rule",
                "Give a rule: this achievement has none of its own.",
            ));
        }
    };
    let now = app.clock.now();
    let mut placement = placement::Model {
        link_id: new.link,
        state: if new.live { placement::PlacementState::Live } else { placement::PlacementState::Draft },
        ..draft_row(app, caller, &version, new.course, new.mode)
    };
    if terms != Terms::default() {
        terms.checked(&placement, now)?.keep(&mut placement.settings)?;
    }
    let rule = rule_row(app, caller, placement.id, 1, rule);
    let tx = app.store.write().await?;
    may_place(&tx, caller, &version).await?;
    if let Some(earlier) = once::claim(app, &tx, caller, placement.id.0).await? {
        return find(app, caller.organization, PlacementId(earlier)).await;
    }
    rule::checked(&tx, caller.organization, Some(version.achievement_id), &rule.rule).await?;
    rows::insert(&tx, placement.clone()).await?;
    rule::keep(app, &tx, new.course, rule.clone()).await?;
    changed(app, &tx, caller, &placement, "placement.placed", &json!({ "live": new.live })).await?;
    // Who earned it before it was placed is awarded too, dated to then.
    pass::placement_changed(app, &tx, &placement, PassCause::WentLive).await?;
    tx.commit().await?;
    Ok(Placed { placement, rule })
}

/// Changes a placement's terms. They hold for what is awarded from then on; everybody known is evaluated again.
///
/// # Errors
/// `not_found`; `placement.ended`; `placement.scope_settled`; as [`Terms::checked`].
pub async fn set_terms(app: &App, caller: &Caller, id: PlacementId, terms: Terms) -> Result<Placed> {
    let tx = app.store.write().await?;
    let mut placement = open(&tx, caller, id).await?;
    may_change(&tx, caller, &placement).await?;
    let rule = newest_rule(&tx, caller.organization, id).await?;
    let terms = terms.checked(&placement, app.clock.now())?;
    let before = Terms::of(&placement)?;
    if before == terms {
        return Ok(Placed { placement, rule });
    }
    if before.scope != terms.scope && !awards::counts(&tx, caller.organization, [id]).await?.is_empty() {
        return Err(Error::conflict(
            "placement.scope_settled",
            "This placement has awarded already: what counts as having the badge cannot change any more.",
        ));
    }
    terms.keep(&mut placement.settings)?;
    placement.updated_at = app.clock.now();
    rows::update(&tx, placement.clone()).await?;
    if before.remind_days != terms.remind_days {
        remind::enqueue_plan(app, &tx, caller.organization, id, None).await?;
    }
    let detail = json!({ "terms": placement.settings.get("terms") });
    changed(app, &tx, caller, &placement, "placement.terms_changed", &detail).await?;
    pass::placement_changed(app, &tx, &placement, PassCause::RuleChanged).await?;
    tx.commit().await?;
    Ok(Placed { placement, rule })
}

/// Moves a placement to a newer version of its achievement. Awards keep the version that they were made under; the
/// rule stays, under the newer version's floor.
///
/// # Errors
/// `not_found`; `placement.ended`; `placement.version_other` for another achievement's; `placement.version_older`;
/// `achievement.archived`.
pub async fn set_version(
    app: &App,
    caller: &Caller,
    id: PlacementId,
    version: AchievementVersionId,
) -> Result<Placed> {
    let tx = app.store.write().await?;
    let mut placement = open(&tx, caller, id).await?;
    let rule = newest_rule(&tx, caller.organization, id).await?;
    if placement.achievement_version_id == version {
        return Ok(Placed { placement, rule });
    }
    let find = async |id| {
        let found = achievements::version(&tx, caller.organization, id).await?;
        found.ok_or_else(|| Error::not_found("achievement version"))
    };
    let (now_version, new) = (find(placement.achievement_version_id).await?, find(version).await?);
    if new.achievement_id != placement.achievement_id {
        return Err(Error::invalid(
            "placement.version_other",
            "version_id",
            "This is a version of another achievement. Place that one instead.",
        ));
    }
    if new.number < now_version.number {
        return Err(Error::conflict("placement.version_older", "A placement only moves to newer versions."));
    }
    may_place(&tx, caller, &new).await?;
    placement.achievement_version_id = version;
    placement.updated_at = app.clock.now();
    rows::update(&tx, placement.clone()).await?;
    let detail = json!({ "version": version, "number": new.number, "from": now_version.number });
    changed(app, &tx, caller, &placement, "placement.version_moved", &detail).await?;
    pass::placement_changed(app, &tx, &placement, PassCause::RuleChanged).await?;
    tx.commit().await?;
    Ok(Placed { placement, rule })
}

/// Operators hold keys of the API and the command line; teachers act by their launch.
fn is_operator(caller: &Caller) -> bool {
    matches!(caller.actor, Actor::ApiKey(_) | Actor::CommandLine)
}

/// Only operators place what is kept for them (design §6.11), and nobody places what is archived.
async fn may_place(
    db: &impl ConnectionTrait,
    caller: &Caller,
    version: &achievement_version::Model,
) -> Result<()> {
    if version.may_place != achievement_version::MayPlace::Instructors && !is_operator(caller) {
        return Err(Error::new(
            Kind::Forbidden,
            "placement.operators_only",
            "Only the people who look after Laurel at your institution may put this badge into force.",
        ));
    }
    let owner = achievements::find(db, caller.organization, version.achievement_id).await?;
    if owner.is_some_and(|owner| owner.archived_at.is_some()) {
        return Err(Error::conflict("achievement.archived", "This achievement is archived."));
    }
    Ok(())
}

/// The same for a placement that is there, which operators may change even when its achievement is archived.
async fn may_change(db: &impl ConnectionTrait, caller: &Caller, placement: &placement::Model) -> Result<()> {
    if is_operator(caller) {
        return Ok(());
    }
    let version = achievements::version(db, caller.organization, placement.achievement_version_id).await?;
    may_place(db, caller, &version.ok_or_else(|| Error::not_found("achievement version"))?).await
}

/// One that has not ended.
async fn open(tx: &WriteTx, caller: &Caller, id: PlacementId) -> Result<placement::Model> {
    let placement =
        rows::find(tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("placement"))?;
    if placement.state == placement::PlacementState::Ended {
        return Err(Error::conflict("placement.ended", "This placement has ended."));
    }
    Ok(placement)
}

/// Gives a placement a new version of its rule.
///
/// # Errors
/// `not_found`; `rule.*`; `placement.ended`.
pub async fn set_rule(app: &App, caller: &Caller, id: PlacementId, rule: Value) -> Result<Placed> {
    let tx = app.store.write().await?;
    let mut placement = open(&tx, caller, id).await?;
    may_change(&tx, caller, &placement).await?;
    let newest = newest_rule(&tx, caller.organization, id).await?;
    if newest.rule == rule {
        return Ok(Placed { placement, rule: newest });
    }
    rule::checked(&tx, caller.organization, Some(placement.achievement_id), &rule).await?;
    let row = rule_row(app, caller, id, newest.number + 1, rule);
    placement.updated_at = app.clock.now();
    rule::keep(app, &tx, placement.course_id, row.clone()).await?;
    rows::update(&tx, placement.clone()).await?;
    let detail = json!({ "rule": row.id, "number": row.number });
    changed(app, &tx, caller, &placement, "placement.rule_changed", &detail).await?;
    pass::placement_changed(app, &tx, &placement, PassCause::RuleChanged).await?;
    tx.commit().await?;
    Ok(Placed { placement, rule: row })
}

/// Moves a placement along its life: draft → live → ended.
///
/// Going live begins a pass over everybody already known (backfill keeps original dates).
///
/// # Errors
/// `not_found`; `placement.state` for a step back; `rule.*` where the rule cannot go live (any more).
pub async fn set_state(
    app: &App,
    caller: &Caller,
    id: PlacementId,
    state: placement::PlacementState,
) -> Result<Placed> {
    let tx = app.store.write().await?;
    let mut placement =
        rows::find(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("placement"))?;
    let rule = newest_rule(&tx, caller.organization, id).await?;
    if placement.state == state {
        return Ok(Placed { placement, rule });
    }
    let forward = matches!(
        (placement.state, state),
        (
            placement::PlacementState::Draft,
            placement::PlacementState::Live | placement::PlacementState::Ended
        ) | (placement::PlacementState::Live, placement::PlacementState::Ended)
    );
    if !forward {
        return Err(Error::conflict(
            "placement.state",
            "A placement goes from draft to live to ended, never back. Place the achievement again instead.",
        ));
    }
    if state == placement::PlacementState::Live {
        may_change(&tx, caller, &placement).await?;
        // Other rules may have gone live since it was drafted.
        rule::checked(&tx, caller.organization, Some(placement.achievement_id), &rule.rule).await?;
    }
    placement.state = state;
    placement.updated_at = app.clock.now();
    rows::update(&tx, placement.clone()).await?;
    let action =
        if state == placement::PlacementState::Live { "placement.went_live" } else { "placement.ended" };
    changed(app, &tx, caller, &placement, action, &Value::Null).await?;
    pass::placement_changed(app, &tx, &placement, PassCause::WentLive).await?;
    tx.commit().await?;
    Ok(Placed { placement, rule })
}

/// Sets whether a placement's awards are reported into the platform's gradebook. Switched on, its column is
/// found or made by a job, which also reports awards made before.
///
/// # Errors
/// `not_found`; `placement.ended`; `placement.report_needs_course`.
pub async fn set_report(app: &App, caller: &Caller, id: PlacementId, report_score: bool) -> Result<Placed> {
    let tx = app.store.write().await?;
    let mut placement =
        rows::find(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("placement"))?;
    let rule = newest_rule(&tx, caller.organization, id).await?;
    if Settings::of(&placement).report_score == report_score {
        return Ok(Placed { placement, rule });
    }
    if placement.state == placement::PlacementState::Ended && report_score {
        return Err(Error::conflict("placement.ended", "This placement has ended."));
    }
    if placement.course_id.is_none() {
        return Err(Error::invalid(
            "placement.report_needs_course",
            "report_score",
            "Only a placement in a course has a gradebook to report to.",
        ));
    }
    match &mut placement.settings {
        Value::Object(settings) => {
            settings.insert("report_score".to_owned(), report_score.into());
        }
        other => *other = json!({ "report_score": report_score }),
    }
    placement.updated_at = app.clock.now();
    rows::update(&tx, placement.clone()).await?;
    if report_score {
        let version = placement.achievement_version_id;
        let version = achievement::find_version(app, caller.organization, version).await?;
        let item = line_item::of_placement(app, &tx, &placement, &version.name).await?;
        line_item::enqueue_settle(
            app,
            &tx,
            &item,
            &format!("reporting:{}", placement.updated_at.timestamp_micros()),
        )
        .await?;
    }
    let detail = json!({ "report_score": report_score });
    changed(app, &tx, caller, &placement, "placement.settings_changed", &detail).await?;
    tx.commit().await?;
    Ok(Placed { placement, rule })
}

/// One placement with its newest rule.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: PlacementId) -> Result<Placed> {
    let db = app.store.read();
    let placement = rows::find(db, organization, id).await?.ok_or_else(|| Error::not_found("placement"))?;
    let rule = newest_rule(db, organization, id).await?;
    Ok(Placed { placement, rule })
}

/// Placements that were read already, each with its newest rule, in their order.
///
/// # Errors
/// Only ours.
pub async fn with_rules(
    app: &App,
    organization: OrganizationId,
    placements: Vec<placement::Model>,
) -> Result<Vec<Placed>> {
    let ids: Vec<PlacementId> = placements.iter().map(|placement| placement.id).collect();
    let rules = rows::newest_rules(app.store.read(), organization, ids).await?;
    let mut rules: HashMap<PlacementId, placement_rule::Model> =
        rules.into_iter().map(|rule| (rule.placement_id, rule)).collect();
    placements
        .into_iter()
        .map(|placement| match rules.remove(&placement.id) {
            Some(rule) => Ok(Placed { placement, rule }),
            None => Err(without_rule()),
        })
        .collect()
}

async fn newest_rule(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: PlacementId,
) -> Result<placement_rule::Model> {
    let mut newest = rows::newest_rules(db, organization, [id]).await?;
    newest.pop().ok_or_else(without_rule)
}

fn without_rule() -> Error {
    Error::internal("a placement without rule")
}

/// A draft without link and settings.
pub(super) fn draft_row(
    app: &App,
    caller: &Caller,
    version: &achievement_version::Model,
    course: Option<CourseId>,
    mode: placement::PlacementMode,
) -> placement::Model {
    let now = app.clock.now();
    placement::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        achievement_id: version.achievement_id,
        achievement_version_id: version.id,
        course_id: course,
        link_id: None,
        state: placement::PlacementState::Draft,
        mode,
        settings: json!({}),
        copied_from_id: None,
        created_at: now,
        updated_at: now,
    }
}

/// A version of a placement's rule, by whoever gives it.
pub(super) fn rule_row(
    app: &App,
    caller: &Caller,
    placement_id: PlacementId,
    number: i32,
    rule: Value,
) -> placement_rule::Model {
    let now = app.clock.now();
    placement_rule::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        placement_id,
        number,
        rule,
        created_by: caller.actor.to_string(),
        created_at: now,
    }
}

async fn changed(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    placement: &placement::Model,
    action: &'static str,
    detail: &Value,
) -> Result<()> {
    audit::record(
        app,
        tx,
        Some(caller.organization),
        caller,
        Line { action, subject_kind: "placement", subject_id: placement.id.to_string(), detail },
    )
    .await
}
