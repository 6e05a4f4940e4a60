//! Line items: columns of a course's gradebook that are ours (lti-1.3-tool §17.3), and those that we may read.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{CourseId, LineItemId, LinkId, OrganizationId, PlacementId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "line_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LineItemId,
    pub organization_id: OrganizationId,
    pub course_id: CourseId,
    /// The link to which it is coupled.
    pub link_id: Option<LinkId>,
    /// The placement for which it was wanted first.
    pub placement_id: Option<PlacementId>,
    pub purpose: LineItemPurpose,
    /// Our name of what is graded; survives a course copy. Unique with course and tag.
    #[sea_orm(column_type = "Text")]
    pub resource_id: String,
    /// Our word for the purpose; survives a course copy.
    #[sea_orm(column_type = "Text")]
    pub tag: String,
    #[sea_orm(column_type = "Text")]
    pub label: String,
    /// An exact decimal above 0.
    #[sea_orm(column_type = "Text")]
    pub maximum: String,
    /// The platform's address of it; empty until it is found, and again when it is lost.
    #[sea_orm(column_type = "Text")]
    pub url: Option<String>,
    /// Only such a one may we delete.
    pub made_by_us: bool,
    pub state: LineItemState,
    /// The label here is newer than the platform's.
    pub is_renamed: bool,
    /// The code of what went wrong last.
    #[sea_orm(column_type = "Text")]
    pub trouble: Option<String>,
    /// The platform's own words about it.
    #[sea_orm(column_type = "Text")]
    pub trouble_words: Option<String>,
    /// One replica at a time looks for it, and makes it.
    pub busy_until: Option<DateTime<Utc>>,
    /// When the platform last spoke of it.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// What the last reading of its results came to.
    #[sea_orm(column_type = "JsonBinary")]
    pub reading: Option<Json>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// What a column is for; never two things.
    LineItemPurpose {
        /// We write scores into it.
        Report = "report",
        /// We read its results and never write.
        Watched = "watched",
        /// Made so that teachers and formulas mark it: we read its results and never write a number.
        Trigger = "trigger",
        /// Not ours: of a gradebook that we may read.
        Gradebook = "gradebook",
    }

    /// Where a column is in its life.
    LineItemState {
        /// The platform has it and nobody chose to watch it.
        Offered = "offered",
        /// To be found, or else made.
        Wanted = "wanted",
        /// The platform has it.
        Found = "found",
        /// The platform had it; it is looked for at the next launch.
        Lost = "lost",
        /// The platform does not let us have it; `trouble` says why.
        Refused = "refused",
        /// To be deleted over there.
        Removing = "removing",
        /// Deleted.
        Removed = "removed",
    }
}
