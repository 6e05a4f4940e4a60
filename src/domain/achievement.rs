//! Achievements: badge definitions in immutable versions (design §2).
//!
//! Changing the meaning makes a new version with a new address; what was issued keeps the old one (OB027).

use chrono::{DateTime, Utc};
use open_badges::achievement::AchievementType;
use serde_json::{Value, json};

use crate::{
    app::App,
    domain::{
        access::Caller,
        artwork,
        audit::{self, Line},
        floor::Floor,
        issuer, issuing, once, rule, validate,
    },
    error::{Error, Result},
    ids::{AchievementId, AchievementVersionId, ArtworkId, IssuerId, OrganizationId},
    store::{
        WriteTx, achievement as rows,
        entity::{achievement, achievement_version, issuer as issuer_entity},
    },
};

/// The text of a version.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Title of the badge.
    pub name: String,
    /// What it says about its holder.
    pub description: String,
    /// The human criteria, Markdown.
    pub criteria_narrative: String,
    /// A word of OB 3.0 §`AchievementType`, or `ext:…`.
    pub achievement_type: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Frameworks it is aligned to.
    pub alignments: Vec<Alignment>,
    /// Language of the texts.
    pub language: String,
    /// Uploaded picture; the built-in design otherwise.
    pub artwork: Option<ArtworkId>,
    /// The rule offered when it is placed.
    pub rule: Option<Value>,
    /// Months are unequal, so days: how long an award lasts.
    pub validity_days: Option<i32>,
    /// When every award ends, at the latest.
    pub valid_until: Option<DateTime<Utc>>,
    /// How many days before its end a holder is reminded; never when empty.
    pub remind_days: Vec<u16>,
    /// Who may place it.
    pub may_place: achievement_version::MayPlace,
    /// What every placement asks at least.
    pub floor: Floor,
}

/// One alignment (open-badges §5.1).
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Alignment {
    /// Name of the target.
    pub target_name: String,
    /// Address of the target, kept as given.
    pub target_url: String,
    /// Framework the target belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_framework: Option<String>,
    /// Code of the target in its framework.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_code: Option<String>,
    /// A word of OB 3.0, or `ext:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
}

/// An achievement with its newest version.
#[derive(Clone, Debug)]
pub struct Defined {
    /// The achievement.
    pub achievement: achievement::Model,
    /// Its newest version.
    pub version: achievement_version::Model,
}

/// Defines an achievement with version 1.
///
/// # Errors
/// Invalid fields; `not_found` (issuer, artwork); `achievement.slug_taken`.
pub async fn define(
    app: &App,
    caller: &Caller,
    issuer_id: IssuerId,
    slug: &str,
    definition: Definition,
) -> Result<Defined> {
    let issuer = issuer::find(app, caller.organization, issuer_id).await?;
    let now = app.clock.now();
    let achievement = achievement::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        issuer_id: issuer.id,
        slug: validate::slug("slug", slug)?,
        created_at: now,
        archived_at: None,
    };
    let version = checked_version(app, caller, &issuer, achievement.id, 1, &definition).await?;
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, achievement.id.0).await? {
        return find(app, caller.organization, AchievementId(earlier)).await;
    }
    rows::insert(&tx, achievement.clone()).await?;
    rows::insert_version(&tx, version.clone()).await?;
    record(app, &tx, caller, "achievement.defined", &version).await?;
    tx.commit().await?;
    Ok(Defined { achievement, version })
}

/// Adds a version to an achievement.
///
/// # Errors
/// Invalid fields; `not_found`; `achievement.archived`.
pub async fn publish_version(
    app: &App,
    caller: &Caller,
    id: AchievementId,
    definition: Definition,
) -> Result<Defined> {
    let Defined { achievement, version: newest } = find(app, caller.organization, id).await?;
    if achievement.archived_at.is_some() {
        return Err(Error::conflict("achievement.archived", "This achievement is archived."));
    }
    let issuer = issuer::find(app, caller.organization, achievement.issuer_id).await?;
    let version = checked_version(app, caller, &issuer, id, newest.number + 1, &definition).await?;
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, version.id.0).await? {
        let version = find_version(app, caller.organization, AchievementVersionId(earlier)).await?;
        return Ok(Defined { achievement, version });
    }
    rows::insert_version(&tx, version.clone()).await?;
    record(app, &tx, caller, "achievement.version_published", &version).await?;
    tx.commit().await?;
    Ok(Defined { achievement, version })
}

/// Puts an achievement aside, or takes it back: what is archived gets no new version and is placed nowhere anew; the
/// placements it has go on. Twice is once.
///
/// # Errors
/// `not_found`.
pub async fn archive(app: &App, caller: &Caller, id: AchievementId, is_archived: bool) -> Result<Defined> {
    find(app, caller.organization, id).await?;
    let tx = app.store.write().await?;
    if rows::archive(&tx, caller.organization, id, is_archived.then(|| app.clock.now())).await? {
        let line = Line {
            action: if is_archived { "achievement.archived" } else { "achievement.restored" },
            subject_kind: "achievement",
            subject_id: id.to_string(),
            detail: &Value::Null,
        };
        audit::record(app, &tx, Some(caller.organization), caller, line).await?;
        tx.commit().await?;
    }
    find(app, caller.organization, id).await
}

/// An achievement with its newest version.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: AchievementId) -> Result<Defined> {
    let found = rows::find(app.store.read(), organization, id).await?;
    with_newest(app, found.ok_or_else(|| Error::not_found("achievement"))?).await
}

/// An achievement that was read already, with its newest version.
///
/// # Errors
/// Only ours.
pub async fn with_newest(app: &App, achievement: achievement::Model) -> Result<Defined> {
    let version = rows::newest_version(app.store.read(), achievement.organization_id, achievement.id)
        .await?
        .ok_or_else(|| Error::internal("an achievement without version"))?;
    Ok(Defined { achievement, version })
}

/// One version.
///
/// # Errors
/// `not_found`.
pub async fn find_version(
    app: &App,
    organization: OrganizationId,
    id: AchievementVersionId,
) -> Result<achievement_version::Model> {
    rows::version(app.store.read(), organization, id)
        .await?
        .ok_or_else(|| Error::not_found("achievement version"))
}

pub(super) async fn checked_version(
    app: &App,
    caller: &Caller,
    issuer: &issuer_entity::Model,
    achievement_id: AchievementId,
    number: i32,
    definition: &Definition,
) -> Result<achievement_version::Model> {
    if let Some(id) = definition.artwork {
        artwork::find(app, caller.organization, id).await?;
    }
    let rule = match &definition.rule {
        Some(rule) => {
            let of = (number > 1).then_some(achievement_id);
            rule::checked(app.store.read(), caller.organization, of, rule).await?;
            rule.clone()
        }
        None => Value::Null,
    };
    if definition.tags.len() > 20 || definition.alignments.len() > 50 {
        return Err(Error::invalid("list.too_long", "tags", "At most 20 tags and 50 alignments."));
    }
    let tags = definition
        .tags
        .iter()
        .enumerate()
        .map(|(at, tag)| validate::line(&format!("tags[{at}]"), tag, 60))
        .collect::<Result<Vec<_>>>()?;
    let alignments = definition
        .alignments
        .iter()
        .enumerate()
        .map(|(at, alignment)| checked_alignment(at, alignment))
        .collect::<Result<Vec<_>>>()?;
    if definition.validity_days.is_some_and(|days| !(1..=36_500).contains(&days)) {
        return Err(Error::invalid("validity_days.invalid", "validity_days", "Give 1 to 36500 days."));
    }
    if definition.valid_until.is_some_and(|until| until <= app.clock.now()) {
        return Err(Error::invalid("valid_until.past", "valid_until", "Awards would have ended already."));
    }
    let achievement_type = AchievementType::parse(&definition.achievement_type).map_err(|_| {
        Error::invalid(
            "achievement_type.unknown",
            "achievement_type",
            "Use a word of Open Badges 3.0 such as Badge or Certificate, or one that begins with ext:.",
        )
    })?;
    let now = app.clock.now();
    let version = achievement_version::Model {
        id: app.dice.public_id(),
        organization_id: caller.organization,
        achievement_id,
        number,
        name: validate::line("name", &definition.name, 200)?,
        description: validate::text("description", &definition.description, 2_000)?,
        criteria_narrative: validate::text("criteria_narrative", &definition.criteria_narrative, 10_000)?,
        achievement_type: achievement_type.as_str().to_owned(),
        tags: json!(tags),
        alignments: json!(alignments),
        language: validate::language("language", &definition.language)?,
        artwork_id: definition.artwork,
        rule,
        floor: serde_json::to_value(definition.floor.clone().checked()?).map_err(Error::internal)?,
        may_place: definition.may_place,
        validity_days: definition.validity_days,
        valid_until: definition.valid_until,
        remind_days: json!(remind_days("remind_days", &definition.remind_days)?),
        created_at: now,
    };
    // What verifiers would refuse is refused now, not at the first award.
    issuing::achievement_document(issuer, &version)?.check().map_err(|error| {
        Error::invalid(
            "achievement.refused",
            error.field.to_string(),
            format!("This cannot be signed: {error}."),
        )
    })?;
    Ok(version)
}

/// The days before an award's end on which its holder is reminded, the earliest reminder first.
pub(super) fn remind_days(field: &str, days: &[u16]) -> Result<Vec<u16>> {
    let mut sorted = days.to_vec();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    sorted.dedup();
    if sorted.len() != days.len() || sorted.len() > 5 || sorted.iter().any(|days| !(1..=365).contains(days)) {
        return Err(Error::invalid(
            "remind_days.invalid",
            field,
            "Give up to 5 different numbers of days, from 1 to 365.",
        ));
    }
    Ok(sorted)
}

fn checked_alignment(at: usize, alignment: &Alignment) -> Result<Alignment> {
    let field = |name: &str| format!("alignments[{at}].{name}");
    Ok(Alignment {
        target_name: validate::line(&field("target_name"), &alignment.target_name, 500)?,
        target_url: validate::shown_address(&field("target_url"), &alignment.target_url)?,
        target_framework: validate::line_opt(
            &field("target_framework"),
            alignment.target_framework.as_deref(),
            500,
        )?,
        target_code: validate::line_opt(&field("target_code"), alignment.target_code.as_deref(), 200)?,
        target_type: validate::line_opt(&field("target_type"), alignment.target_type.as_deref(), 60)?,
    })
}

/// A rule error as a field error: the path of the offending node is the field.
#[must_use]
pub fn invalid_rule(error: &criteria::RuleError) -> Error {
    Error::invalid(error.code, format!("rule.{}", error.path), error.message.clone())
}

async fn record(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    action: &'static str,
    version: &achievement_version::Model,
) -> Result<()> {
    audit::record(
        app,
        tx,
        Some(caller.organization),
        caller,
        Line {
            action,
            subject_kind: "achievement",
            subject_id: version.achievement_id.to_string(),
            detail: &json!({ "version": version.id, "number": version.number }),
        },
    )
    .await
}
