//! Learners: one account at one platform; never merged by e-mail (design §2, §6.5).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{LearnerId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learner")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LearnerId,
    pub organization_id: OrganizationId,
    /// `mailto:` for people without a platform.
    #[sea_orm(column_type = "Text")]
    pub platform_issuer_url: String,
    /// As in the token, or the normalized address.
    #[sea_orm(column_type = "Text")]
    pub sub: String,
    #[sea_orm(column_type = "Text")]
    pub name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub given_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub family_name: Option<String>,
    /// A delivery address, no identity.
    #[sea_orm(column_type = "Text")]
    pub email: Option<String>,
    /// BCP 47.
    #[sea_orm(column_type = "Text")]
    pub language: Option<String>,
    /// A platform's test user; stays set.
    pub is_test: bool,
    /// The platform itself has named them, by a launch or its roster; otherwise somebody's report is all we
    /// have, which may call them by an old id. Stays set.
    pub is_confirmed: bool,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(has_many = "super::enrollment::Entity")]
    Enrollments,
}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
