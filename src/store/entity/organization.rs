//! The tenant (design §2). Its own id is its scope.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::OrganizationId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    /// Global and immutable.
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The organization itself.
    pub fn of(organization: OrganizationId) -> Select<Self> {
        Self::find().filter(Column::Id.eq(organization))
    }

    /// All of them: for the server's operators only.
    pub fn unscoped() -> Select<Self> {
        Self::find()
    }
}
