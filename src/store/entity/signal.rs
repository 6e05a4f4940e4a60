//! Signals: what channels told us about learners (design §2).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{CourseId, LearnerId, LinkId, OrganizationId, SignalId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SignalId,
    pub organization_id: OrganizationId,
    pub form: SignalForm,
    /// Who told us.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// Event: the source's name for it. Reading: (learner, subject), the register's name.
    #[sea_orm(column_type = "Text")]
    pub source_id: String,
    /// `launch`, `event`, `column`, …
    #[sea_orm(column_type = "Text")]
    pub channel: String,
    /// A rank of strength (`criteria`), higher is stronger.
    pub strength: i16,
    pub learner_id: LearnerId,
    pub course_id: Option<CourseId>,
    pub link_id: Option<LinkId>,
    /// `launched`, `completed`, `score`, …
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// What it is about.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub value: Json,
    /// A reading's value before this one.
    #[sea_orm(column_type = "JsonBinary")]
    pub previous: Option<Json>,
    /// The reconcile that read it.
    pub run_id: Option<Uuid>,
    /// When a reading last said the same.
    pub seen_at: Option<DateTime<Utc>>,
    /// Of a reading without a time of its own: it happened later than this (`criteria::Signal::not_before`).
    pub not_before: Option<DateTime<Utc>>,
    pub happened_at: DateTime<Utc>,
    pub heard_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// How signals of one name relate.
    SignalForm {
        /// Happened once: a second one of the same name is the same.
        Event = "event",
        /// A register: the newest value stands.
        Reading = "reading",
    }
}
