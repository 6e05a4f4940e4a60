//! Ed25519 keys of issuers. Private halves are sealed under the master key (design §6.8).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{IssuerId, IssuerKeyId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "issuer_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IssuerKeyId,
    pub organization_id: OrganizationId,
    pub issuer_id: IssuerId,
    /// `z6Mk…`, the key as its DID document shows it.
    #[sea_orm(column_type = "Text")]
    pub public_multibase: String,
    /// Sealed by `vault`; never leaves it in clear.
    pub sealed_private: Vec<u8>,
    pub state: IssuerKeyState,
    pub created_at: DateTime<Utc>,
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Where an issuer's key is in its life.
    IssuerKeyState {
        /// Signs.
        Active = "active",
        /// Signs no more, stays published, so that what it signed still verifies.
        Retired = "retired",
        /// Out of the DID document; what it signed is re-issued.
        Compromised = "compromised",
    }
}
