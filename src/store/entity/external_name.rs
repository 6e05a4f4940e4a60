//! External names: what else a platform calls its learners and courses, beside `sub` and context id; told by
//! launches and rosters, needed where events use those names.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{ExternalNameId, OrganizationId, PlatformId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "external_name")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExternalNameId,
    pub organization_id: OrganizationId,
    pub platform_id: PlatformId,
    pub noun: NamedNoun,
    /// Whose numbering it is: `canvas`, `username`, …
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The learner or course.
    pub subject_id: Uuid,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// What has an external name.
    NamedNoun {
        /// A learner.
        Learner = "learner",
        /// A course.
        Course = "course",
    }
}
