//! Database errors as the application's: constraint names become conflicts here and nowhere else.
//!
//! PostgreSQL names the constraint, `SQLite` its columns; both find the same row of [`CONFLICTS`].
//! Races never rely on this (design §6.1): they are settled by `ON CONFLICT`.

use sea_orm::{DbErr, SqlErr};

use crate::error::{Error, Kind};

/// A constraint, its columns as `SQLite` lists them, the code and the sentence.
struct Conflict {
    name: &'static str,
    columns: &'static str,
    code: &'static str,
    message: &'static str,
}

const fn conflict(
    name: &'static str,
    columns: &'static str,
    code: &'static str,
    message: &'static str,
) -> Conflict {
    Conflict { name, columns, code, message }
}

const CONFLICTS: &[Conflict] = &[
    conflict(
        "uq_organization_slug",
        "organization.slug",
        "organization.slug_taken",
        "That short name is taken. Please choose another.",
    ),
    conflict(
        "uq_issuer_slug",
        "issuer.slug",
        "issuer.slug_taken",
        "That short name is taken. Please choose another.",
    ),
    conflict(
        "uq_achievement_issuer_id_slug",
        "achievement.issuer_id, achievement.slug",
        "achievement.slug_taken",
        "This issuer has an achievement of that short name already.",
    ),
    conflict(
        "uq_achievement_version_achievement_id_number",
        "achievement_version.achievement_id, achievement_version.number",
        "achievement.version_clash",
        "Somebody else has just published a version. Please look at it and try again.",
    ),
    conflict(
        "uq_artwork_organization_id_sha256",
        "artwork.organization_id, artwork.sha256",
        "artwork.exists",
        "This picture is stored already.",
    ),
    conflict(
        "uq_platform_issuer_url_client_id",
        "platform.issuer_url, platform.client_id",
        "platform.exists",
        "A platform with this issuer and client id is registered already.",
    ),
    conflict(
        "uq_platform_key_kid",
        "platform_key.kid",
        "platform.key_exists",
        "A key of that id exists already.",
    ),
    conflict(
        "uq_deployment_platform_id_deployment_id",
        "deployment.platform_id, deployment.deployment_id",
        "deployment.exists",
        "This deployment is known already.",
    ),
    conflict(
        "uq_course_deployment_id_context_id",
        "course.deployment_id, course.context_id",
        "course.exists",
        "This course is known already.",
    ),
    conflict(
        "uq_link_deployment_id_resource_link_id",
        "link.deployment_id, link.resource_link_id",
        "link.exists",
        "This link is known already.",
    ),
    conflict(
        "uq_placement_rule_placement_id_number",
        "placement_rule.placement_id, placement_rule.number",
        "placement.rule_clash",
        "Somebody else has just changed this rule. Please look at it and try again.",
    ),
    conflict(
        "uq_award_current",
        "award.scope, award.learner_id, award.period",
        "award.exists",
        "This learner holds this award already.",
    ),
    conflict(
        "uq_idempotency_owner_key",
        "idempotency.owner, idempotency.key",
        "idempotency.in_flight",
        "A request with this Idempotency-Key has just been answered or is being answered.",
    ),
    conflict(
        "uq_launch_record_platform_id_nonce_hash",
        "launch_record.platform_id, launch_record.nonce_hash",
        "lti.launch.state_replayed",
        "This launch was used already. Please open the activity again from your course.",
    ),
];

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(text)) => unique(&text).with_source(error),
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Self::new(
                Kind::Conflict,
                "reference.broken",
                "Something this refers to is not there, or something still refers to this.",
            )
            .with_source(error),
            _ => Self::internal(error),
        }
    }
}

fn unique(text: &str) -> Error {
    // PostgreSQL: `… violates unique constraint "uq_issuer_slug"`.
    // SQLite: `UNIQUE constraint failed: issuer.slug`, and nothing after the columns.
    let columns = text.rsplit_once("failed: ").map_or("", |(_, columns)| columns);
    CONFLICTS
        .iter()
        .find(|known| text.contains(&format!("\"{}\"", known.name)) || columns == known.columns)
        .map_or_else(
            || Error::conflict("already_exists", "Something of that name exists already."),
            |known| Error::conflict(known.code, known.message),
        )
}
