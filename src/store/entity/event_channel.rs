//! Event channels: credentials with which a platform's events are sent, bound to that platform and, where the
//! operator says so, to some of its courses.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{EventChannelId, OrganizationId, PlatformId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_channel")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventChannelId,
    pub organization_id: OrganizationId,
    pub platform_id: PlatformId,
    pub kind: ChannelKind,
    /// Shown as "reported by …".
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Array of course ids; empty: every course of the platform.
    #[sea_orm(column_type = "JsonBinary")]
    pub course_ids: Json,
    /// How much its events prove: a rank of strength (`criteria`), never attested.
    pub strength: i16,
    /// People may be known by the address that the platform itself has told us.
    pub allows_email: bool,
    /// What accounts are of; the platform's issuer URL if empty.
    #[sea_orm(column_type = "Text")]
    pub home_page: Option<String>,
    /// What account names are: `sub`, or the scheme of an external name.
    #[sea_orm(column_type = "Text")]
    pub account_scheme: String,
    /// Where the keys are published with which events are signed.
    #[sea_orm(column_type = "Text")]
    pub keys_url: Option<String>,
    /// The only account of a shared platform whose events count.
    #[sea_orm(column_type = "Text")]
    pub account: Option<String>,
    /// The part of the secret that people may see; the user name where one is asked for.
    #[sea_orm(column_type = "Text")]
    pub prefix: String,
    /// Of the whole secret.
    #[sea_orm(column_type = "Text")]
    pub hash: String,
    /// Object: how many items came to which outcome.
    #[sea_orm(column_type = "JsonBinary")]
    pub counts: Json,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_heard_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// What an event channel speaks.
    ChannelKind {
        /// xAPI statements.
        Xapi = "xapi",
        /// Caliper envelopes.
        Caliper = "caliper",
        /// Canvas Live Events, signed.
        Canvas = "canvas",
    }
}
