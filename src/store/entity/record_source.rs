//! Record sources: a platform's own interface, which an institution lets us read.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{OrganizationId, PlatformId, RecordSourceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_source")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordSourceId,
    pub organization_id: OrganizationId,
    /// Whose people and courses these are; unique with the organization.
    pub platform_id: PlatformId,
    pub kind: RecordKind,
    /// Without a slash at its end.
    #[sea_orm(column_type = "Text")]
    pub base_url: String,
    /// Sealed by `vault`; never leaves it in clear. Empty inside once the source is removed.
    pub sealed_credential: Vec<u8>,
    /// Array of course ids; empty: all courses.
    #[sea_orm(column_type = "JsonBinary")]
    pub course_ids: Json,
    /// Who consented for the institution.
    #[sea_orm(column_type = "Text")]
    pub consent_by: String,
    /// In which words, or where it is written.
    #[sea_orm(column_type = "Text")]
    pub consent_note: Option<String>,
    pub consent_at: DateTime<Utc>,
    /// The platform asked us to slow down: nothing is asked before.
    pub rests_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Nothing is read any more.
    pub removed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Whose interface it is.
    RecordKind {
        /// Canvas's REST API.
        Canvas = "canvas",
        /// Moodle's web services.
        Moodle = "moodle",
    }
}
