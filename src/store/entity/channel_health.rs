//! Health of channels: how one source of a course usually speaks, and whether it has fallen silent.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{ChannelHealthId, CourseId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel_health")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChannelHealthId,
    pub organization_id: OrganizationId,
    pub course_id: CourseId,
    /// As in `signal`.
    #[sea_orm(column_type = "Text")]
    pub channel: String,
    /// As in `signal`.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// What people call the source.
    #[sea_orm(column_type = "Text")]
    pub label: String,
    /// Array: what it has told: kind and subject, `completed course`, or a kind alone of which it tells about much.
    #[sea_orm(column_type = "JsonBinary")]
    pub kinds: Json,
    /// Array: the newest hours since 1970 in which it spoke, ascending.
    #[sea_orm(column_type = "JsonBinary")]
    pub hours: Json,
    /// How many signals so far.
    pub heard: i64,
    pub first_heard_at: DateTime<Utc>,
    pub last_heard_at: DateTime<Utc>,
    /// Minutes that usually lie between two hours in which it speaks; empty before that is known.
    pub usual_minutes: Option<i32>,
    /// Longer than that it is not silent without reason.
    pub limit_minutes: Option<i32>,
    /// To be looked at, not before.
    pub due_at: Option<DateTime<Utc>>,
    pub alarm: Option<ChannelAlarm>,
    pub alarm_at: Option<DateTime<Utc>>,
    /// What the alarm rests on; never personal.
    #[sea_orm(column_type = "JsonBinary")]
    pub alarm_detail: Option<Json>,
    /// When the last alarm ended.
    pub cleared_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Why a channel is an alarm.
    ChannelAlarm {
        /// It usually speaks, and has been silent for much longer than usual.
        Silent = "silent",
        /// A reconcile found what it should have told.
        Missed = "missed",
        /// It could be read before, and cannot be read now.
        Unreadable = "unreadable",
    }
}
