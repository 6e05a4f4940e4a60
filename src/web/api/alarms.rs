//! Health of channels and alarms: who usually speaks of a course, and who has fallen silent.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Listed, asked, listed},
    problems::ReadProblem,
    words::InWords,
};
use crate::{
    app::App,
    domain::channel_health as health,
    ids::{ChannelHealthId, CourseId},
    store::entity::channel_health::{ChannelAlarm, Model},
    web::who::MayRead,
};

/// An alarm.
#[derive(Clone, Debug, Object)]
pub struct AlarmOut {
    /// Why.
    kind: ChannelAlarm,
    /// Since when.
    since: chrono::DateTime<chrono::Utc>,
    /// What it means.
    words: InWords,
}

/// How one source of a course usually speaks.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct ChannelHealthOut {
    /// Its id.
    id: ChannelHealthId,
    /// In which course.
    course_id: CourseId,
    /// How it tells: `launch`, `event`; or how it is read: `roster`, `column`, `record`.
    channel: String,
    /// Who tells, as signals name it.
    source: String,
    /// What people call it.
    name: String,
    /// The kinds of signal it has told.
    kinds: Vec<String>,
    /// How many so far; of a source that is read, how many readings.
    heard: i64,
    /// When it was first heard.
    first_heard_at: chrono::DateTime<chrono::Utc>,
    /// When it was last heard.
    last_heard_at: chrono::DateTime<chrono::Utc>,
    /// Minutes that usually lie between two hours in which it speaks; absent before that is known.
    usual_minutes: Option<i32>,
    /// Not heard until then, it is silent, if the course is otherwise active.
    silent_after: Option<chrono::DateTime<chrono::Utc>>,
    /// The alarm, while there is one.
    alarm: Option<AlarmOut>,
    /// When the last alarm ended.
    cleared_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl From<Model> for ChannelHealthOut {
    fn from(row: Model) -> Self {
        let name = if row.label.is_empty() { row.source.clone() } else { row.label.clone() };
        let alarm = row.alarm.zip(row.alarm_at).map(|(kind, since)| {
            let missed = row.alarm_detail.as_ref().and_then(|detail| detail.get("missed")?.as_i64());
            let mut args = vec![("label", name.as_str().into())];
            if kind == ChannelAlarm::Missed {
                args.push(("count", missed.unwrap_or(0).into()));
            }
            let words = match (kind, row.channel.as_str()) {
                (ChannelAlarm::Unreadable, "roster") => InWords::of("alarm-unreadable-roster", &[]),
                _ => InWords::of(&format!("alarm-{}", kind.as_str()), &args),
            };
            AlarmOut { kind, since, words }
        });
        Self {
            kinds: health::kinds_of(&row).into_iter().map(str::to_owned).collect(),
            silent_after: health::silent_after(&row),
            id: row.id,
            course_id: row.course_id,
            channel: row.channel,
            source: row.source,
            name,
            heard: row.heard,
            first_heard_at: row.first_heard_at,
            last_heard_at: row.last_heard_at,
            usual_minutes: row.usual_minutes,
            alarm,
            cleared_at: row.cleared_at,
        }
    }
}

impl Example for ChannelHealthOut {
    fn example() -> Self {
        let name = "Registrar";
        Self {
            id: examples::channel_health(),
            course_id: examples::course(),
            channel: "event".to_owned(),
            source: "key:019ab000-0000-7000-8000-000000000011".to_owned(),
            name: name.to_owned(),
            kinds: vec!["completed".to_owned()],
            heard: 48,
            first_heard_at: examples::time(),
            last_heard_at: examples::time(),
            usual_minutes: Some(180),
            silent_after: Some(examples::time() + chrono::Duration::days(1)),
            alarm: Some(AlarmOut {
                kind: ChannelAlarm::Silent,
                since: examples::time() + chrono::Duration::days(1),
                words: InWords::of("alarm-silent", &[("label", name.into())]),
            }),
            cleared_at: None,
        }
    }
}

/// The channels of a course.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct CourseChannelsOut {
    /// The oldest first.
    items: Vec<ChannelHealthOut>,
}

impl Example for CourseChannelsOut {
    fn example() -> Self {
        Self { items: vec![ChannelHealthOut::example()] }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Alarms;

#[OpenApi(tag = "Tag::Courses")]
impl Alarms {
    /// List a course's channels with their health.
    ///
    /// Who has told of the course and who was read: how often usually, when last, and whether that is an alarm. What
    /// was heard appears here a minute or two later.
    ///
    /// Scope: `read`.
    #[oai(path = "/courses/:id/channels", method = "get", operation_id = "course_channels")]
    async fn course_channels(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
    ) -> Result<Json<CourseChannelsOut>, ReadProblem> {
        let rows = health::of_course(&app, may.caller.organization, id.0).await?;
        Ok(Json(CourseChannelsOut { items: rows.into_iter().map(Into::into).collect() }))
    }

    /// List open alarms.
    ///
    /// Channels that usually speak and are silent, that did not tell what a reconcile found, or that cannot be read
    /// any more. An alarm ends by itself when its channel speaks, or is read, again. Newest channels first.
    ///
    /// Scope: `read`.
    #[oai(path = "/alarms", method = "get", operation_id = "alarm_list")]
    async fn alarm_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only of this course.
        course: Query<Option<CourseId>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<ChannelHealthOut>>, ReadProblem> {
        let query = asked(limit.0, cursor.0);
        let page = health::alarms(&app, may.caller.organization, course.0, query).await?;
        Ok(listed(page, Into::into))
    }
}
