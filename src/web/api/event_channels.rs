//! Event channels: credentials with which learning platforms send their events. They grant no more than the key
//! that makes them.

use criteria::Strength;
use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    keys::EventStrength,
    page::{CreatedSecret, Listed, asked, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::event_channel::{self, MadeChannel, NewChannel, counts},
    ids::{CourseId, EventChannelId, PlatformId},
    store::{
        entity::event_channel::{self as entity, ChannelKind},
        event_channel as rows, unclaimed_event,
    },
    web::who::MayOperate,
};

/// A new event channel.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct EventChannelIn {
    /// What it is for; shown as "reported by …".
    name: String,
    /// What it speaks.
    kind: ChannelKind,
    /// Whose events.
    platform_id: PlatformId,
    /// Of which courses; of all if left out.
    course_ids: Option<Vec<CourseId>>,
    /// How much they prove; `medium` if left out, no more than the events of the key that makes it.
    strength: Option<EventStrength>,
    /// Whether people may be known by the e-mail address that the platform itself has told us; no if left out.
    allows_email: Option<bool>,
    /// The site whose accounts count (xAPI `account.homePage`); the platform's issuer URL if left out.
    home_page: Option<String>,
    /// What account names are: `sub` if left out, or `username`, `user_id`, `sourced_id`, which launches and
    /// rosters must then tell in custom parameters.
    account_names: Option<String>,
    /// Where the keys are published with which Canvas signs; those of Instructure's cloud if left out.
    keys_url: Option<String>,
    /// The only root account of Canvas whose events count, by its UUID.
    account: Option<String>,
    /// When it stops working.
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for EventChannelIn {
    fn example() -> Self {
        Self {
            name: "Moodle's log store".to_owned(),
            kind: ChannelKind::Xapi,
            platform_id: examples::platform(),
            course_ids: Some(vec![examples::course()]),
            strength: Some(EventStrength::Strong),
            allows_email: None,
            home_page: None,
            account_names: None,
            keys_url: None,
            account: None,
            expires_at: None,
        }
    }
}

/// An event channel.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct EventChannelOut {
    /// Its id.
    id: EventChannelId,
    /// What it is for.
    name: String,
    /// What it speaks.
    kind: ChannelKind,
    /// Whose events.
    platform_id: PlatformId,
    /// Of which courses; empty: of all.
    course_ids: Vec<CourseId>,
    /// How much they prove.
    strength: EventStrength,
    /// Whether people may be known by their e-mail address.
    allows_email: bool,
    /// The site whose accounts count, if it is not the platform's issuer URL.
    home_page: Option<String>,
    /// What account names are.
    account_names: String,
    /// Where the keys are published with which Canvas signs.
    keys_url: Option<String>,
    /// The only root account of Canvas whose events count.
    account: Option<String>,
    /// The address to enter at the platform. Canvas's has the secret in it, in place of `{secret}` afterwards.
    address: String,
    /// The user name, where the platform asks for one.
    username: String,
    /// The password or bearer token: only in the answer that made it, never again.
    secret: Option<String>,
    /// What it has brought.
    counts: EventCounts,
    /// When it was made.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it stops working.
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was last heard.
    last_heard_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was revoked.
    revoked_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// What a channel has brought so far; counts of the last seconds may be missing.
#[derive(Clone, Debug, Default, Object)]
pub struct EventCounts {
    /// Items that became signals.
    recorded: u64,
    /// Items that had been received before.
    repeated: u64,
    /// Items about people who were unknown then.
    waiting: u64,
    /// Items taken back.
    withdrawn: u64,
    /// Items that say nothing we serve.
    ignored: u64,
    /// Items that were refused; nothing of them is kept.
    refused: u64,
    /// Messages without a good signature; nothing of them is kept.
    unsigned: u64,
    /// Why: `ignored`, `refused` and `unsigned` by code.
    reasons: Vec<EventReason>,
}

/// How often something was the reason.
#[derive(Clone, Debug, Object)]
pub struct EventReason {
    /// `ignored`, `refused` or `unsigned`.
    outcome: String,
    /// Why; stable.
    code: String,
    /// How often.
    count: u64,
}

fn out(app: &App, row: entity::Model, secret: Option<String>) -> EventChannelOut {
    let (counted, row) = counts::of(app, row);
    let of = |name: &str| counted.get(name).copied().unwrap_or_default();
    let reasons = counted.iter().filter_map(|(name, count)| {
        let (outcome, code) = name.split_once(':')?;
        Some(EventReason { outcome: outcome.to_owned(), code: code.to_owned(), count: *count })
    });
    let path = match row.kind {
        ChannelKind::Xapi => "/events/xapi".to_owned(),
        ChannelKind::Caliper => "/events/caliper".to_owned(),
        ChannelKind::Canvas => format!("/events/canvas/{}", secret.as_deref().unwrap_or("{secret}")),
    };
    EventChannelOut {
        course_ids: event_channel::courses_of(&row),
        strength: EventStrength::of(event_channel::strength_of(&row)),
        counts: EventCounts {
            recorded: of("recorded"),
            repeated: of("repeated"),
            waiting: of("waiting"),
            withdrawn: of("withdrawn"),
            ignored: of("ignored"),
            refused: of("refused"),
            unsigned: of("unsigned"),
            reasons: reasons.collect(),
        },
        address: app.settings.server.public_url.at(&path),
        username: row.prefix,
        secret,
        id: row.id,
        name: row.name,
        kind: row.kind,
        platform_id: row.platform_id,
        allows_email: row.allows_email,
        home_page: row.home_page,
        account_names: row.account_scheme,
        keys_url: row.keys_url,
        account: row.account,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_heard_at: row.last_heard_at,
        revoked_at: row.revoked_at,
    }
}

impl Example for EventChannelOut {
    fn example() -> Self {
        Self {
            id: examples::event_channel(),
            name: "Moodle's log store".to_owned(),
            kind: ChannelKind::Xapi,
            platform_id: examples::platform(),
            course_ids: vec![examples::course()],
            strength: EventStrength::Strong,
            allows_email: false,
            home_page: None,
            account_names: "sub".to_owned(),
            keys_url: None,
            account: None,
            address: "https://badges.example.org/events/xapi".to_owned(),
            username: "x7Rk2mQpAb".to_owned(),
            secret: None,
            counts: EventCounts { recorded: 213, refused: 2, ..EventCounts::default() },
            created_at: examples::time(),
            expires_at: None,
            last_heard_at: Some(examples::time()),
            revoked_at: None,
        }
    }
}

/// How many events wait for their people to appear.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct WaitingOut {
    /// So many, right now; each is kept for 30 days.
    waiting: u64,
}

impl Example for WaitingOut {
    fn example() -> Self {
        Self { waiting: 3 }
    }
}

/// The resource.
#[derive(Debug)]
pub struct EventChannels;

#[OpenApi(prefix_path = "/event-channels", tag = "Tag::Events")]
impl EventChannels {
    /// Make an event channel.
    ///
    /// A credential for xAPI statements, Caliper envelopes or Canvas Live Events of one platform. Its `secret` is
    /// shown once: a request repeated under one `Idempotency-Key` finds the channel, not its secret.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "post", operation_id = "event_channel_create")]
    async fn event_channel_create(
        &self,
        app: Data<&App>,
        may: MayOperate,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<EventChannelIn>,
    ) -> Result<CreatedSecret<EventChannelOut>, WriteProblem> {
        let given = body.0;
        let own = crate::domain::api_key::strength_of(&may.key);
        let new = NewChannel {
            name: given.name,
            kind: given.kind,
            platform: given.platform_id,
            courses: given.course_ids.unwrap_or_default(),
            strength: given.strength.map_or(own.min(Strength::Medium), EventStrength::strength),
            allows_email: given.allows_email.unwrap_or_default(),
            home_page: given.home_page,
            account_scheme: given.account_names,
            keys_url: given.keys_url,
            account: given.account,
            expires_at: given.expires_at,
        };
        let MadeChannel { row, secret } = event_channel::delegate(&app, &may.caller, &may.key, new).await?;
        Ok(CreatedSecret::Made(Json(out(&app, row, secret)), "no-store".to_owned()))
    }

    /// List event channels.
    ///
    /// Newest first, ended ones too, without their secrets.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "get", operation_id = "event_channel_list")]
    async fn event_channel_list(
        &self,
        app: Data<&App>,
        may: MayOperate,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<EventChannelOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, |row| out(&app, row, None)))
    }

    /// Fetch one event channel.
    ///
    /// With what it has brought, and why items were ignored or refused.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id", method = "get", operation_id = "event_channel_find")]
    async fn event_channel_find(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<EventChannelId>,
    ) -> Result<Json<EventChannelOut>, ReadProblem> {
        let row = event_channel::find(&app, may.caller.organization, id.0).await?;
        Ok(Json(out(&app, row, None)))
    }

    /// Count waiting events.
    ///
    /// Events about people whom no launch, roster or report has named yet. They count as soon as one does.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/waiting", method = "get", operation_id = "event_channel_waiting")]
    async fn event_channel_waiting(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<EventChannelId>,
    ) -> Result<Json<WaitingOut>, ReadProblem> {
        let row = event_channel::find(&app, may.caller.organization, id.0).await?;
        let waiting = unclaimed_event::waiting(app.store.read(), row.organization_id, row.id).await?;
        Ok(Json(WaitingOut { waiting }))
    }

    /// Revoke an event channel.
    ///
    /// It stops working at once. Revoking twice is revoking once.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/revoke", method = "post", operation_id = "event_channel_revoke")]
    async fn event_channel_revoke(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<EventChannelId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<EventChannelOut>, WriteProblem> {
        let row = event_channel::revoke(&app, &may.caller, id.0).await?;
        Ok(Json(out(&app, row, None)))
    }
}
