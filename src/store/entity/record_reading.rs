//! Record readings: where reading a course's record stands, and what it came to last.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{CourseId, OrganizationId, RecordReadingId, RecordSourceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_reading")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordReadingId,
    pub organization_id: OrganizationId,
    pub source_id: RecordSourceId,
    pub course_id: CourseId,
    /// Somebody is reading until then.
    pub busy_until: Option<DateTime<Utc>>,
    /// Where the next reading goes on, where people are asked about one by one.
    #[sea_orm(column_type = "JsonBinary")]
    pub position: Option<Json>,
    /// The last reading's statement.
    #[sea_orm(column_type = "JsonBinary")]
    pub reading: Option<Json>,
    /// The code of why something is missing in it.
    #[sea_orm(column_type = "Text")]
    pub trouble: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub trouble_words: Option<String>,
    pub read_at: Option<DateTime<Utc>>,
    /// When everything was read last.
    pub complete_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
