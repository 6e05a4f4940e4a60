//! Rosters: what was last read of who is in a course, or may open one link of it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{CourseId, LinkId, OrganizationId, RosterId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roster")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RosterId,
    pub organization_id: OrganizationId,
    pub course_id: CourseId,
    /// Whose roster it is; empty for the whole course's.
    pub link_id: Option<LinkId>,
    /// `course`, or the link's id: unique within the course.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// What the last reading came to; empty before the first.
    #[sea_orm(column_type = "JsonBinary")]
    pub reading: Option<Json>,
    /// Stable code of what went wrong last.
    #[sea_orm(column_type = "Text")]
    pub trouble: Option<String>,
    /// The platform's own words about it.
    #[sea_orm(column_type = "Text")]
    pub trouble_words: Option<String>,
    /// Where a long reading goes on.
    #[sea_orm(column_type = "JsonBinary")]
    pub progress: Option<Json>,
    /// Somebody is at it until then.
    pub busy_until: Option<DateTime<Utc>>,
    /// To be read by itself, not before; empty when nobody has to.
    pub due_at: Option<DateTime<Utc>>,
    /// When somebody last asked for it.
    pub asked_at: Option<DateTime<Utc>>,
    /// When the last reading ended, well or not.
    pub read_at: Option<DateTime<Utc>>,
    /// When one was last complete.
    pub complete_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
