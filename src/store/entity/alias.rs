//! Aliases: ids under which LTI 1.1 knew what we know by another one now. A thing has at most one, and an old
//! id means one thing (lti-1.3-tool §22).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{AliasId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alias")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AliasId,
    pub organization_id: OrganizationId,
    pub kind: AliasKind,
    /// Where the old id is unique: the platform's issuer URL for people, the deployment's id for all else.
    #[sea_orm(column_type = "Text")]
    pub realm: String,
    /// The old id.
    #[sea_orm(column_type = "Text")]
    pub former: String,
    /// What it means now: a learner, course, link or deployment.
    pub subject_id: Uuid,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// What an alias means.
    AliasKind {
        /// A learner, by an old user id.
        Learner = "learner",
        /// A course, by an old context id.
        Course = "course",
        /// A link, by an old resource link id.
        Link = "link",
        /// A deployment, by the consumer key in whose place it stands.
        Deployment = "deployment",
    }
}
