//! When a course is reconciled by itself.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{CourseId, OrganizationId, ReconcileId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reconcile")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReconcileId,
    pub organization_id: OrganizationId,
    pub course_id: CourseId,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// When the last one ended.
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
