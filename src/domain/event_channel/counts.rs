//! What channels brought, counted: in figures for the server's operators, per channel for its owner.
//!
//! Counting costs an event no write: counts are gathered in memory and added to the row a little later. A process
//! that dies loses the counts of a few seconds, never an event.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use super::receive::Outcome;
use crate::{
    app::App,
    error::{Result, chain},
    ids::{EventChannelId, OrganizationId},
    store::{entity::event_channel::Model, event_channel as rows},
    telemetry::names,
};

/// How long counts may wait in memory.
const WAIT: Duration = Duration::from_secs(5);

/// The outcome of what was not signed.
pub const UNSIGNED: &str = "unsigned";

/// Counts what became of items.
pub fn note<'a>(app: &App, channel: &Model, outcomes: impl IntoIterator<Item = &'a Outcome>) {
    let mut told = Vec::new();
    for outcome in outcomes {
        metrics::counter!(
            names::CHANNEL_ITEMS, "channel" => channel.kind.as_str(), "outcome" => outcome.code()
        )
        .increment(1);
        told.push(outcome.word().to_owned());
        if outcome.code() != outcome.word() {
            told.push(format!("{}:{}", outcome.word(), outcome.code()));
        }
    }
    keep(app, channel, told);
}

/// Counts a message that was not signed as it must be.
pub fn note_unsigned(app: &App, channel: &Model, code: &'static str) {
    metrics::counter!(names::CHANNEL_ITEMS, "channel" => channel.kind.as_str(), "outcome" => UNSIGNED)
        .increment(1);
    keep(app, channel, vec![UNSIGNED.to_owned(), format!("{UNSIGNED}:{code}")]);
}

fn keep(app: &App, channel: &Model, told: Vec<String>) {
    let (organization, id) = (channel.organization_id, channel.id);
    if told.is_empty() || !app.channel_counts.note(organization, id, app.clock.now(), told) {
        return;
    }
    app.spawn({
        let app = app.clone();
        async move {
            app.stop.run_until_cancelled(tokio::time::sleep(WAIT)).await;
            if let Err(error) = write(&app, organization, id).await {
                tracing::warn!(error = %chain(&error), "what an event channel brought could not be counted");
            }
        }
    });
}

async fn write(app: &App, organization: OrganizationId, id: EventChannelId) -> Result<()> {
    let tx = app.store.write().await?;
    let Some(pending) = app.channel_counts.take(organization, id) else { return Ok(()) };
    let at = pending.last_heard_at.unwrap_or_else(|| app.clock.now());
    rows::count(&tx, organization, id, at, |known| {
        let mut all = read(&known);
        for (name, count) in pending.counts {
            *all.entry(name).or_default() += count;
        }
        json!(all)
    })
    .await?;
    tx.commit().await
}

/// All that a channel brought so far, as far as this process knows; and when it was last heard.
#[must_use]
pub fn of(app: &App, mut channel: Model) -> (BTreeMap<String, u64>, Model) {
    let pending = app.channel_counts.of(channel.organization_id, channel.id);
    let mut all = read(&channel.counts);
    for (name, count) in pending.counts {
        *all.entry(name).or_default() += count;
    }
    channel.last_heard_at = channel.last_heard_at.max(pending.last_heard_at);
    (all, channel)
}

fn read(counts: &Value) -> BTreeMap<String, u64> {
    let counts = counts.as_object().into_iter().flatten();
    counts.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect()
}
