//! Invitations: one-time addresses by which platforms register us (lti-1.3-tool §20.1). Only a hash is kept.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{InvitationId, OrganizationId, PlatformId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "platform_invitation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// Whose platform it will be; of a shared one, whose the deployment it names will be.
    pub organization_id: OrganizationId,
    /// What the platform will be called; its host if empty.
    #[sea_orm(column_type = "Text")]
    pub name: Option<String>,
    /// The only family of platforms that may use it (`lti::quirks`).
    #[sea_orm(column_type = "Text")]
    pub family: Option<String>,
    /// An issuer that may be configured from another host, as the server's operators allow.
    #[sea_orm(column_type = "Text")]
    pub issuer_url: Option<String>,
    /// The platform will belong to the server's operators.
    pub is_shared: bool,
    /// SHA-256 of the secret in the address, in hex.
    #[sea_orm(column_type = "Text")]
    pub ticket_hash: String,
    pub state: InvitationState,
    /// While a registration runs nobody else may use it; names that registration, too.
    pub held_until: Option<DateTime<Utc>>,
    /// What came of it.
    pub platform_id: Option<PlatformId>,
    /// The last time that somebody tried.
    pub tried_at: Option<DateTime<Utc>>,
    /// The host that was to be registered then.
    #[sea_orm(column_type = "Text")]
    pub tried_by: Option<String>,
    /// Code of why that failed.
    #[sea_orm(column_type = "Text")]
    pub trouble: Option<String>,
    /// More about it, for operators; may hold a platform's own words.
    #[sea_orm(column_type = "Text")]
    pub trouble_words: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Where an invitation is in its life. Whether its time is over is another matter.
    InvitationState {
        /// It may be used.
        Open = "open",
        /// A platform agreed to it. Without a platform here: only over there.
        Used = "used",
        /// Taken back.
        Withdrawn = "withdrawn",
    }
}
