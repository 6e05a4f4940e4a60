//! The rows: a file per table, and where every query starts.
//!
//! `Entity::of(organization)` is the only ordinary way in, so no query can forget its organization
//! (house rule 4). The few lookups that design §7 leaves unscoped (login, API-key hash, public ids, due
//! jobs) start at `Entity::unscoped()` and live in functions whose names say so. No query logic here.

#![expect(
    clippy::disallowed_methods,
    reason = "this folder is where the scoped forms are made of the forbidden ones"
)]

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};

pub mod achievement;
pub mod achievement_version;
pub mod alias;
pub mod api_key;
pub mod artwork;
pub mod audit_event;
pub mod award;
pub mod bulk;
pub mod bulk_row;
pub mod channel_health;
pub mod column_seed;
pub mod completion_list;
pub mod consumer_key;
pub mod course;
pub mod course_group;
pub mod credential;
pub mod deployment;
pub mod deployment_claim;
pub mod enrollment;
pub mod event_channel;
pub mod external_name;
pub mod generation;
pub mod group_member;
pub mod hold;
pub mod idempotency;
pub mod issuer;
pub mod issuer_key;
pub mod job;
pub mod launch_record;
pub mod learner;
pub mod line_item;
pub mod link;
pub mod notice;
pub mod organization;
pub mod pass;
pub mod pick;
pub mod picked_link;
pub mod placement;
pub mod placement_rule;
pub mod platform;
pub mod platform_invitation;
pub mod platform_key;
pub mod platform_registration;
pub mod reconcile;
pub mod reconcile_run;
pub mod record_reading;
pub mod record_source;
pub mod review;
pub mod roster;
pub mod rule_course;
pub mod score_report;
pub mod server_fact;
pub mod service_outcome;
pub mod signal;
pub mod status_list;
pub mod unclaimed_event;

/// Where queries of an organization's rows start.
macro_rules! scoped {
    () => {
        impl Entity {
            /// Every query starts here, so no query can forget the organization.
            pub fn of(organization: OrganizationId) -> Select<Self> {
                Self::find().filter(Column::OrganizationId.eq(organization))
            }

            /// Every change starts here.
            pub fn update_of(organization: OrganizationId) -> sea_orm::UpdateMany<Self> {
                Self::update_many().filter(Column::OrganizationId.eq(organization))
            }

            /// Every removal starts here.
            pub fn delete_of(organization: OrganizationId) -> sea_orm::DeleteMany<Self> {
                Self::delete_many().filter(Column::OrganizationId.eq(organization))
            }
        }
    };
}

/// Where the few named unscoped lookups start (design §7).
macro_rules! unscoped {
    () => {
        impl Entity {
            /// Only for the functions called `unscoped_*`, due jobs and retention.
            pub fn unscoped() -> Select<Self> {
                Self::find()
            }

            /// As [`Entity::unscoped`], for changes.
            pub fn unscoped_update() -> sea_orm::UpdateMany<Self> {
                Self::update_many()
            }

            /// As [`Entity::unscoped`], for removals.
            pub fn unscoped_delete() -> sea_orm::DeleteMany<Self> {
                Self::delete_many()
            }
        }
    };
}

/// Closed sets of words: a text column, an API type and a log text from one list.
macro_rules! text_enum {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash,
            serde::Serialize, serde::Deserialize,
            sea_orm::EnumIter, sea_orm::DeriveActiveEnum, poem_openapi::Enum,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $(
                $(#[$variant_doc])*
                #[sea_orm(string_value = $text)]
                #[serde(rename = $text)]
                #[oai(rename = $text)]
                $variant,
            )+
        }

        impl $name {
            /// The word as stored and shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

use {scoped, text_enum, unscoped};

/// Removes at most `limit` of the rows that match, oldest id first. For retention only.
pub(super) async fn delete_chunk<E: EntityTrait>(
    db: &impl ConnectionTrait,
    id: impl ColumnTrait,
    which: Condition,
    limit: u64,
) -> Result<u64, DbErr> {
    let old = E::find().select_only().column(id).filter(which).order_by_asc(id).limit(limit).into_query();
    Ok(E::delete_many().filter(id.in_subquery(old)).exec(db).await?.rows_affected)
}
