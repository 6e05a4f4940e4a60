//! Event channels: credentials with which a learning platform sends its events (design §2, `spec/signals.md`).
//!
//! A channel belongs to one organization and one platform, perhaps to some courses only, and its owner says how
//! much its events prove. `item.rs`, `json.rs`, `xapi.rs`, `caliper.rs` and `canvas.rs` are pure: bytes in, typed
//! events or coded refusals out. `receive.rs` takes items in, `find.rs` finds whom they mean, `claim.rs` joins those
//! of people who were unknown, `names.rs` keeps what else platforms call people, `counts.rs` what channels brought.
//! Nobody unsigned, unknown or without permission leaves a signal.

pub mod caliper;
pub mod canvas;
pub mod claim;
pub mod counts;
mod find;
pub mod item;
pub mod json;
pub mod names;
pub mod receive;
pub mod xapi;

use chrono::{DateTime, Utc};
use criteria::Strength;
use serde_json::json;

use super::artwork::sha256_hex;
use crate::{
    app::App,
    domain::{
        access::Caller,
        api_key,
        audit::{self, Line},
        once, validate,
    },
    error::{Error, Kind, Result},
    ids::{CourseId, EventChannelId, OrganizationId, PlatformId},
    store::{
        course as courses,
        entity::{
            api_key as key_entity, deployment as deployment_entity,
            event_channel::{ChannelKind, Model},
        },
        event_channel as rows, platform as platforms,
    },
};

/// Most courses that one channel can be bound to.
const MAX_COURSES: usize = 500;
/// How every secret begins.
const SECRET: &str = "laurel-events_";

/// What it takes to make a channel.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// What it is for, in words; shown as "reported by …".
    pub name: String,
    /// What it speaks.
    pub kind: ChannelKind,
    /// Whose events.
    pub platform: PlatformId,
    /// Of which courses; empty: of all.
    pub courses: Vec<CourseId>,
    /// How much they prove; never attested.
    pub strength: Strength,
    /// People may be known by the address that the platform itself has told us.
    pub allows_email: bool,
    /// The site whose accounts count; the platform's issuer URL by default.
    pub home_page: Option<String>,
    /// What account names are; the platform's `sub` by default.
    pub account_scheme: Option<String>,
    /// Where the keys are published with which Canvas signs; Instructure's cloud by default.
    pub keys_url: Option<String>,
    /// The only root account whose events count.
    pub account: Option<String>,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A channel just made, with the secret that is shown once.
#[derive(Clone, Debug)]
pub struct MadeChannel {
    /// The stored row; it holds only a hash.
    pub row: Model,
    /// The secret; `None` when a repeated request found the channel already made.
    pub secret: Option<String>,
}

/// Makes a channel.
///
/// # Errors
/// Invalid fields; `not_found` (platform, course).
pub async fn create(app: &App, caller: &Caller, new: NewChannel) -> Result<MadeChannel> {
    let now = app.clock.now();
    if new.strength == Strength::Attested {
        return Err(Error::invalid(
            "strength.attested",
            "strength",
            "Only a person attests: grant weak, medium or strong.",
        ));
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::invalid("expires_at.past", "expires_at", "The channel would be dead at birth."));
    }
    let db = app.store.read();
    platforms::find(db, caller.organization, new.platform)
        .await?
        .ok_or_else(|| Error::not_found("platform"))?;
    let mut bound = new.courses.clone();
    bound.sort_unstable();
    bound.dedup();
    if bound.len() > MAX_COURSES {
        let text =
            format!("Bind a channel to at most {MAX_COURSES} courses, or to none: then it is for all.");
        return Err(Error::invalid("course_ids.too_many", "course_ids", text));
    }
    for course in &bound {
        let found = courses::find(db, caller.organization, *course).await?;
        let found = found.ok_or_else(|| Error::not_found("course"))?;
        let deployment = crate::store::deployment::find(db, caller.organization, found.deployment_id).await?;
        let of = deployment.map(|deployment: deployment_entity::Model| deployment.platform_id);
        if of != Some(new.platform) {
            return Err(Error::invalid(
                "course_ids.elsewhere",
                "course_ids",
                "A course is of another platform.",
            ));
        }
    }
    let is_canvas = new.kind == ChannelKind::Canvas;
    let keys_url = match (is_canvas, &new.keys_url) {
        (true, Some(url)) => Some(validate::web_address(app, "keys_url", url)?),
        (true, None) => Some(canvas::KEYS_URL.to_owned()),
        (false, None) => None,
        (false, Some(_)) => {
            return Err(Error::invalid("keys_url.unused", "keys_url", "Only Canvas signs its events."));
        }
    };
    if !is_canvas && new.account.is_some() {
        return Err(Error::invalid(
            "account.unused",
            "account",
            "Only Canvas says of which account an event is.",
        ));
    }
    let account_scheme = new.account_scheme.as_deref().unwrap_or(item::SUB);
    if account_scheme != item::SUB && !names::is_scheme(account_scheme) {
        let text = format!("Use one of {}.", names::schemes().collect::<Vec<_>>().join(", "));
        return Err(Error::invalid("account_names.unknown", "account_names", text));
    }
    let home_page =
        new.home_page.as_deref().map(|url| validate::shown_address("home_page", url)).transpose()?;
    let (prefix, secret) = api_key::new_secret(app, SECRET, 10);
    let row = Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        platform_id: new.platform,
        kind: new.kind,
        name: validate::line("name", &new.name, 200)?,
        course_ids: json!(bound),
        strength: i16::from(new.strength),
        allows_email: new.allows_email,
        home_page,
        account_scheme: account_scheme.to_owned(),
        keys_url,
        account: new
            .account
            .as_deref()
            .map(|account| validate::opaque("account", account, 255))
            .transpose()?,
        prefix,
        hash: sha256_hex(secret.as_bytes()),
        counts: json!({}),
        created_at: now,
        expires_at: new.expires_at,
        last_heard_at: None,
        revoked_at: None,
    };
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, row.id.0).await? {
        let row = find(app, caller.organization, EventChannelId(earlier)).await?;
        return Ok(MadeChannel { row, secret: None });
    }
    rows::insert(&tx, row.clone()).await?;
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "event_channel.created",
            subject_kind: "event_channel",
            subject_id: row.id.to_string(),
            detail: &json!({ "kind": row.kind, "platform_id": row.platform_id, "strength": row.strength }),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(MadeChannel { row, secret: Some(secret) })
}

/// Makes a channel on behalf of a key, which grants no more than its own events prove.
///
/// # Errors
/// `strength.beyond`; and as [`create`].
pub async fn delegate(
    app: &App,
    caller: &Caller,
    maker: &key_entity::Model,
    new: NewChannel,
) -> Result<MadeChannel> {
    if new.strength > api_key::strength_of(maker) {
        return Err(Error::new(
            Kind::Forbidden,
            "strength.beyond",
            "A key can only grant the strength that its own events have.",
        ));
    }
    create(app, caller, new).await
}

/// Ends a channel at once.
///
/// # Errors
/// `not_found`.
pub async fn revoke(app: &App, caller: &Caller, id: EventChannelId) -> Result<Model> {
    let tx = app.store.write().await?;
    let found = rows::find(&tx, caller.organization, id).await?;
    let mut row = found.ok_or_else(|| Error::not_found("event channel"))?;
    let now = app.clock.now();
    if !rows::revoke(&tx, caller.organization, id, now).await? {
        return Ok(row);
    }
    row.revoked_at = Some(now);
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "event_channel.revoked",
            subject_kind: "event_channel",
            subject_id: id.to_string(),
            detail: &json!({}),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// One channel of the organization.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: EventChannelId) -> Result<Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("event channel"))
}

/// The channel whose secret a sender shows, if it works now and speaks this.
///
/// # Errors
/// `channel.unknown`, which does not tell unknown, revoked, expired and other channels apart.
pub async fn authenticate(app: &App, kind: ChannelKind, secret: &str) -> Result<Model> {
    if !secret.starts_with(SECRET) || secret.len() > 200 {
        return Err(unknown());
    }
    let now = app.clock.now();
    rows::unscoped_of_hash(app.store.read(), &sha256_hex(secret.as_bytes()))
        .await?
        .filter(|row| row.kind == kind)
        .filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|at| at > now))
        .ok_or_else(unknown)
}

/// What whoever shows no secret that works is told.
#[must_use]
pub fn unknown() -> Error {
    Error::new(
        Kind::Unauthorized,
        "channel.unknown",
        "Send the secret of an event channel: as password of Basic, or as Bearer.",
    )
}

/// The courses a channel is bound to; empty: all.
#[must_use]
pub fn courses_of(row: &Model) -> Vec<CourseId> {
    serde_json::from_value(row.course_ids.clone()).unwrap_or_default()
}

/// How much a channel's events prove.
#[must_use]
pub fn strength_of(row: &Model) -> Strength {
    Strength::try_from(row.strength).unwrap_or(Strength::Weak)
}

/// What the channel's signals are called in the uniqueness of events.
#[must_use]
pub fn source_of(id: EventChannelId) -> String {
    format!("channel:{id}")
}
