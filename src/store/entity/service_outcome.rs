//! How asking a platform went last: a row per platform, deployment and service, good and bad side by side.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{text_enum, unscoped};
use crate::ids::{PlatformId, ServiceOutcomeId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_outcome")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceOutcomeId,
    pub platform_id: PlatformId,
    /// The platform's own name of the deployment; empty for what the whole platform has, its keys.
    #[sea_orm(column_type = "Text")]
    pub deployment: String,
    pub service: PlatformService,
    pub succeeded_at: Option<DateTime<Utc>>,
    /// What the last success brought: for keys their ids. Nothing personal, nothing secret.
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Option<Json>,
    pub failed_at: Option<DateTime<Utc>>,
    /// The code of the last failure.
    #[sea_orm(column_type = "Text")]
    pub trouble: Option<String>,
    /// The status of the answer, if there was one.
    pub trouble_status: Option<i32>,
    /// What we or the platform said about it.
    #[sea_orm(column_type = "Text")]
    pub trouble_words: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

unscoped!();

impl Entity {
    /// Outcomes have no organization of their own: they start at their platform.
    pub fn of(platform: PlatformId) -> Select<Self> {
        Self::find().filter(Column::PlatformId.eq(platform))
    }
}

text_enum! {
    /// What a platform was asked for.
    PlatformService {
        /// Its keys.
        Keys = "keys",
        /// An access token.
        Token = "token",
        /// Columns, scores and results of a gradebook.
        Grades = "grades",
        /// Who is in a course.
        Roster = "roster",
        /// A course's groups.
        Groups = "groups",
        /// To be told of changes.
        Notices = "notices",
    }
}
