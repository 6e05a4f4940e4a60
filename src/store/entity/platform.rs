//! Platforms: LTI registrations (issuer URL, `client_id`). Without organization: shared (design §2).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{OrganizationId, PlatformId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "platform")]
pub struct Model {
    /// Public (v4).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlatformId,
    /// Empty: shared by customers of one `client_id`.
    pub organization_id: Option<OrganizationId>,
    /// `moodle`, `canvas`, …: a row of `lti::quirks`.
    #[sea_orm(column_type = "Text")]
    pub family: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// As in `iss`, compared byte by byte.
    #[sea_orm(column_type = "Text")]
    pub issuer_url: String,
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    #[sea_orm(column_type = "Text")]
    pub authorization_endpoint: String,
    #[sea_orm(column_type = "Text")]
    pub token_endpoint: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub token_audience: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub jwks_url: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub jwks_inline: Option<Json>,
    #[sea_orm(column_type = "Text")]
    pub public_key_pem: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Json,
    /// `tool_platform.guid`.
    #[sea_orm(column_type = "Text")]
    pub guid: Option<String>,
    /// The other `tool_platform.guid` for which it was frozen.
    #[sea_orm(column_type = "Text")]
    pub seen_guid: Option<String>,
    /// Until then the first deployment that launches is taken in, though nobody named it (lti-1.3-tool §20.4).
    pub first_deployment_until: Option<DateTime<Utc>>,
    pub state: PlatformState,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

impl Entity {
    /// What an organization may see and use: its own platforms and the shared ones.
    pub fn visible_to(organization: OrganizationId) -> Select<Self> {
        Self::find().filter(
            sea_orm::Condition::any()
                .add(Column::OrganizationId.eq(organization))
                .add(Column::OrganizationId.is_null()),
        )
    }
}

text_enum! {
    /// Whether a platform may launch.
    PlatformState {
        /// It may.
        Active = "active",
        /// An operator switched it off.
        Disabled = "disabled",
        /// It says that it is another installation; an operator has to look.
        Frozen = "frozen",
    }
}
