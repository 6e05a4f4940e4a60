//! Claiming: what was said of people nobody knew becomes signals once they appear, by launch, roster, API or event.
//!
//! Nobody who appears pays for it: a round looks at what waits, not at who came. Rounds are quick while little
//! waits and rarer while much does.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    find::{Found, find_learner},
    item::{Item, Name},
    receive::{Desk, Outcome},
};
use crate::{
    app::{App, PlatformEntry},
    domain::platform,
    error::{Error, Result, chain},
    ids::{EventChannelId, OrganizationId},
    store::{
        course as courses,
        entity::{event_channel::Model, unclaimed_event},
        event_channel as channels, learner as learners, unclaimed_event as rows,
    },
};

/// How many rows are looked at together.
const CHUNK: u64 = 256;

/// What a round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// Events that waited.
    pub waited: usize,
    /// Events that are signals now.
    pub claimed: usize,
}

/// Works through everything that waits, once.
///
/// # Errors
/// Only the database's; what is claimed by then stays claimed.
pub async fn round(app: &App) -> Result<Claimed> {
    let mut all = Claimed::default();
    let mut channels: HashMap<EventChannelId, Option<(Model, Arc<PlatformEntry>)>> = HashMap::new();
    let mut after = None;
    loop {
        let waiting = rows::unscoped_after(app.store.read(), after, CHUNK).await?;
        let Some(last) = waiting.last() else { return Ok(all) };
        after = Some(last.id);
        all.waited += waiting.len();
        let is_last = (waiting.len() as u64) < CHUNK;
        for row in &waiting {
            if let std::collections::hash_map::Entry::Vacant(free) = channels.entry(row.channel_id) {
                free.insert(channel_of(app, row).await?);
            }
        }
        all.claimed += chunk(app, &waiting, &channels).await?;
        if is_last {
            return Ok(all);
        }
    }
}

async fn channel_of(app: &App, row: &unclaimed_event::Model) -> Result<Option<(Model, Arc<PlatformEntry>)>> {
    let Some(channel) = channels::find(app.store.read(), row.organization_id, row.channel_id).await? else {
        return Ok(None);
    };
    let platform = platform::entry(app, channel.platform_id).await?;
    Ok(Some((channel, platform)))
}

async fn chunk(
    app: &App,
    waiting: &[unclaimed_event::Model],
    channels: &HashMap<EventChannelId, Option<(Model, Arc<PlatformEntry>)>>,
) -> Result<usize> {
    let mut items = Vec::new();
    let mut subs: HashMap<(OrganizationId, &str), HashSet<String>> = HashMap::new();
    for row in waiting {
        let Some(Some((channel, platform))) = channels.get(&row.channel_id) else { continue };
        let desk = Desk::new(app, channel, platform, None);
        let Ok(item) = serde_json::from_value::<Item>(row.event.clone()) else { continue };
        let Ok(name) = desk.naming().of(&item.actor) else { continue };
        if let Name::Sub(sub) = &name {
            let key = (row.organization_id, platform.row.issuer_url.as_str());
            subs.entry(key).or_default().insert(sub.clone());
        }
        items.push((row, desk, platform, item, name));
    }
    // Most wait for a `sub`: those are asked for together.
    let mut known: HashSet<(OrganizationId, &str, String)> = HashSet::new();
    for ((organization, issuer), subs) in &subs {
        let subs: Vec<&str> = subs.iter().map(String::as_str).collect();
        let found = learners::of_subs(app.store.read(), *organization, issuer, &subs).await?;
        known.extend(found.into_iter().map(|learner| (*organization, *issuer, learner.sub)));
    }
    let mut nobody: HashSet<(EventChannelId, Name)> = HashSet::new();
    let mut claimed = 0;
    for (row, desk, platform, item, name) in items {
        let is_unknown = match &name {
            Name::Sub(sub) => {
                !known.contains(&(row.organization_id, platform.row.issuer_url.as_str(), sub.clone()))
            }
            other => nobody.contains(&(row.channel_id, other.clone())),
        };
        if is_unknown {
            continue;
        }
        match one(app, row, &desk, platform, &item, &name).await {
            Ok(true) => claimed += 1,
            Ok(false) => {
                nobody.insert((row.channel_id, name));
            }
            Err(error) if error.kind() == crate::error::Kind::Internal => return Err(error),
            // Still ambiguous, or gone: retention takes it.
            Err(error) => tracing::debug!(error = %chain(&error), "an event still waits"),
        }
    }
    Ok(claimed)
}

/// Records one event if its learner is known by now; whether they are.
async fn one(
    app: &App,
    row: &unclaimed_event::Model,
    desk: &Desk<'_>,
    platform: &PlatformEntry,
    item: &Item,
    name: &Name,
) -> Result<bool> {
    let db = app.store.read();
    let learner = match find_learner(db, row.organization_id, platform, name).await? {
        Found::One(learner) => learner,
        Found::Nobody => return Ok(false),
    };
    let course = match row.course_id {
        None => None,
        Some(id) => Some(
            courses::find(db, row.organization_id, id).await?.ok_or_else(|| Error::not_found("course"))?,
        ),
    };
    let outcome = desk.record(item, &learner, course.as_ref(), Some(row)).await?;
    Ok(matches!(outcome, Outcome::Recorded(_) | Outcome::Repeated))
}
