//! Versions of achievements: immutable; what awards refer to and addresses show (design §2).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{AchievementId, AchievementVersionId, ArtworkId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "achievement_version")]
pub struct Model {
    /// Public (v4).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AchievementVersionId,
    pub organization_id: OrganizationId,
    pub achievement_id: AchievementId,
    /// Counts from 1 within the achievement.
    pub number: i32,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Markdown.
    #[sea_orm(column_type = "Text")]
    pub criteria_narrative: String,
    /// From the vocabulary of Open Badges 3.0.
    #[sea_orm(column_type = "Text")]
    pub achievement_type: String,
    /// Array of strings.
    #[sea_orm(column_type = "JsonBinary")]
    pub tags: Json,
    /// Array of alignment objects.
    #[sea_orm(column_type = "JsonBinary")]
    pub alignments: Json,
    /// BCP 47.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// Empty: the built-in design.
    pub artwork_id: Option<ArtworkId>,
    /// The rule template with its slots (design §5).
    #[sea_orm(column_type = "JsonBinary")]
    pub rule: Json,
    /// Least strength and approval, which placements may only tighten.
    #[sea_orm(column_type = "JsonBinary")]
    pub floor: Json,
    pub may_place: MayPlace,
    /// How many days an award lasts.
    pub validity_days: Option<i32>,
    /// When every award ends, at the latest.
    pub valid_until: Option<DateTime<Utc>>,
    /// How many days before its end a holder is reminded: an array of numbers, empty for never.
    #[sea_orm(column_type = "JsonBinary")]
    pub remind_days: Json,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Who may put the achievement into a course.
    MayPlace {
        /// Instructors and operators.
        Instructors = "instructors",
        /// Operators only.
        Operators = "operators",
    }
}
