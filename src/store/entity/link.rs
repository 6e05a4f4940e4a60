//! Links: LTI resource links.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{CourseId, DeploymentId, LinkId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LinkId,
    pub organization_id: OrganizationId,
    pub deployment_id: DeploymentId,
    pub course_id: Option<CourseId>,
    /// The platform's name for it.
    #[sea_orm(column_type = "Text")]
    pub resource_link_id: String,
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    /// The column that the platform has coupled to it, as its newest launch says.
    #[sea_orm(column_type = "Text")]
    pub line_item_url: Option<String>,
    /// Of the token by which it was last looked for among what was picked.
    #[sea_orm(column_type = "Text")]
    pub token_hash: Option<String>,
    /// What came of that.
    pub token_state: Option<TokenState>,
    /// The link of which this one is a copy, as far as the platform says so.
    pub copied_from_id: Option<LinkId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// What a link's token turned out to be.
    TokenState {
        /// Ours, and used by this link: its placement is there.
        Bound = "bound",
        /// Ours, but used by another link: there is a draft for a teacher to confirm.
        Draft = "draft",
        /// Not one that we gave for this course.
        Unknown = "unknown",
    }
}
