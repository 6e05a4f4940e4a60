//! Status lists: which places of an issuer's lists are taken (design §7, `spec/open-badges.md` §10).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{IssuerId, OrganizationId, StatusListId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "status_list")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StatusListId,
    pub organization_id: OrganizationId,
    pub issuer_id: IssuerId,
    /// Counts from 1 within the issuer; stands in the address.
    pub number: i32,
    /// Places.
    pub size: i32,
    /// A counter: places handed out. The index is a keyed permutation of it.
    pub leased: i32,
    pub permutation_key: Vec<u8>,
    /// Grows with each revocation; caches go by it.
    pub revision: i64,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
