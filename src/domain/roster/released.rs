//! What a link's roster says: to whom the platform opens the link now, with each person's own custom parameters
//! (N09, moodle-platform §8). Readings of channel `roster`, strength medium. A rule weighs those that say "open"
//! ([`crate::domain::heard`]).
//!
//! Staff can open anything, which says nothing, so they have no reading. Whom a complete roster of the link does
//! not name cannot open it: that is a contrary value, said once.

use std::collections::{BTreeMap, HashMap};

use chrono::DateTime;
use criteria::{Channel, Kind, Strength};
use lti::services::nrps::Member;
use serde_json::{Value, json};

use super::read::Scene;
use crate::{
    app::App,
    domain::{
        event_channel::names::{self, Named},
        heard::RELEASED,
    },
    error::{Error, Result},
    ids::LearnerId,
    store::{
        WriteTx,
        entity::{learner, link, signal},
        signal as signals,
    },
};

/// How many readings one transaction closes.
const CLOSED_AT_ONCE: u64 = 64;

/// Records the readings of a chunk; how many say something new.
pub(super) async fn told(
    app: &App,
    tx: &WriteTx,
    scene: &Scene,
    link: &link::Model,
    people: &BTreeMap<&str, &Member<'_>>,
    accounts: &BTreeMap<&str, learner::Model>,
) -> Result<u64> {
    let organization = scene.course.organization_id;
    let source = source_of(scene);
    let open: Vec<(&learner::Model, &Member<'_>)> = people
        .iter()
        .filter(|(_, member)| member.is_candidate())
        .filter_map(|(sub, member)| Some((accounts.get(sub)?, *member)))
        .collect();
    let names = open.iter().map(|(learner, _)| learner.id.to_string());
    let before: HashMap<LearnerId, Value> = signals::of_names(tx, organization, &source, names)
        .await?
        .into_iter()
        .map(|row| (row.learner_id, row.value))
        .collect();
    let (mut new, mut same, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (learner, member) in open {
        let custom = member.custom.as_ref().map(|custom| custom.as_map().clone()).unwrap_or_default();
        let value = value_of(scene, link, Some(&custom))?;
        match before.get(&learner.id) {
            Some(known) if *known == value => same.push(learner.id),
            _ => {
                new.push(row(app, scene, link, learner.id, value));
                told.push((learner.id, custom));
            }
        }
    }
    if !same.is_empty() {
        let read = (scene.run, app.clock.now());
        signals::confirm(tx, organization, &source, same.iter().map(LearnerId::to_string), read).await?;
    }
    let news = new.len() as u64;
    if !new.is_empty() {
        signals::record(tx, new).await?;
    }
    let platform = scene.peer.platform.row.id;
    let course = Some(scene.course.id);
    let named = told.iter().map(|(learner, custom)| Named { platform, course, learner: *learner, custom });
    names::learn(app, tx, organization, &named.collect::<Vec<_>>()).await?;
    Ok(news)
}

/// Whom a complete roster of the link did not name cannot open it now.
pub(super) async fn close_unseen(app: &App, scene: &Scene, link: &link::Model) -> Result<()> {
    let organization = scene.course.organization_id;
    let source = source_of(scene);
    let mut after = None;
    loop {
        let tx = app.store.write().await?;
        let old =
            signals::of_other_runs(&tx, organization, &source, scene.run, after, CLOSED_AT_ONCE).await?;
        let Some(last) = old.last() else { return Ok(()) };
        after = Some(last.id);
        let value = value_of(scene, link, None)?;
        let closed: Vec<signal::Model> = old
            .iter()
            .filter(|known| known.value != value)
            .map(|known| row(app, scene, link, known.learner_id, value.clone()))
            .collect();
        if !closed.is_empty() {
            signals::record(&tx, closed).await?;
        }
        tx.commit().await?;
    }
}

fn source_of(scene: &Scene) -> String {
    format!("roster:{}", scene.roster)
}

/// Whether the link is open, and with which custom parameters.
fn value_of(scene: &Scene, link: &link::Model, custom: Option<&BTreeMap<String, String>>) -> Result<Value> {
    let said = serde_json::to_value(Kind::Released { link: link.id.0 }).map_err(Error::internal)?;
    let by = &scene.peer.platform.row.name;
    Ok(json!({ "said": said, "by": by, "open": custom.is_some(), "custom": custom }))
}

fn row(app: &App, scene: &Scene, link: &link::Model, learner: LearnerId, value: Value) -> signal::Model {
    let now = app.clock.now();
    signal::Model {
        id: app.dice.row_id(now),
        organization_id: scene.course.organization_id,
        form: signal::SignalForm::Reading,
        source: source_of(scene),
        source_id: learner.to_string(),
        channel: Channel::Roster.as_str().to_owned(),
        strength: i16::from(Strength::Medium),
        learner_id: learner,
        course_id: Some(scene.course.id),
        link_id: Some(link.id),
        kind: RELEASED.to_owned(),
        subject: link.id.to_string(),
        value,
        previous: None,
        run_id: Some(scene.run),
        seen_at: None,
        // The first time it is seen open, nobody knows since when it is.
        not_before: Some(DateTime::UNIX_EPOCH),
        happened_at: now,
        heard_at: now,
    }
}
