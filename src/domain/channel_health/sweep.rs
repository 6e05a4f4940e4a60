//! The sweep: what was heard since the last one is taken in, and channels whose limit has passed are looked at. How
//! far it got is written with it, so that of several replicas each takes another part.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Read, blank, cleared, hours_of, measure, raised, shows_life, silent_after, told};
use crate::{
    app::App,
    error::{Error, Result},
    ids::{CourseId, OrganizationId, SignalId},
    store::{
        WriteTx, channel_health as rows,
        entity::channel_health::{ChannelAlarm, Model},
        server_fact, signal as signals,
    },
};

/// How many signals or launches one transaction takes in.
const CHUNK: u64 = 512;
/// How many channels are looked at together.
const LOOKED_AT: u64 = 64;
/// What is newer may still be incomplete: a transaction that began before commits later.
const SETTLED: Duration = Duration::seconds(10);
/// What was heard before is of no interest when the first sweep begins.
const LOOK_BACK: Duration = Duration::days(90);
/// The channel of launches.
const LAUNCH: &str = "launch";
/// That of events.
const EVENT: &str = "event";
/// Who tells of more subjects than that is taken to tell of any.
const SUBJECTS: usize = 200;

/// What a sweep came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Signals and launches taken in.
    pub heard: u64,
    /// Channels that have fallen silent.
    pub silent: u64,
}

/// Takes in what was heard, and looks at whose limit has passed.
///
/// # Errors
/// Only the database's; what is done by then stays done.
pub async fn sweep(app: &App) -> Result<Swept> {
    let mut swept = Swept::default();
    for stream in [Stream::Signals, Stream::Launches] {
        while !app.stop.is_cancelled() {
            let heard = take_in(app, stream).await?;
            swept.heard += heard;
            if heard < CHUNK {
                break;
            }
        }
    }
    swept.silent = look(app).await?;
    Ok(swept)
}

#[derive(Clone, Copy)]
enum Stream {
    Signals,
    Launches,
}

impl Stream {
    /// Under which name it is kept how far the sweep got.
    fn mark(self) -> &'static str {
        match self {
            Self::Signals => "channel_health.signals",
            Self::Launches => "channel_health.launches",
        }
    }
}

/// One thing that was heard.
struct Said {
    signal: Option<SignalId>,
    organization: OrganizationId,
    course: CourseId,
    channel: String,
    source: String,
    kind: String,
    /// None of a launch.
    subject: Option<String>,
    at: DateTime<Utc>,
}

/// Who tells of a course by events, and of what; those, too, who were first heard a moment ago.
///
/// # Errors
/// Only the database's.
pub async fn speakers(app: &App, organization: OrganizationId, course: CourseId) -> Result<Vec<Model>> {
    let (db, now) = (app.store.read(), app.clock.now());
    let mut known = rows::of_course(db, organization, course).await?;
    known.retain(|row| row.channel == EVENT);
    let mark = server_fact::find(db, Stream::Signals.mark()).await?;
    let mut after = mark.map_or_else(|| Ok(rows::mark_at(now - LOOK_BACK)), |mark| parsed(&mark))?;
    loop {
        let page = rows::heard_of_course(db, organization, course, EVENT, after, CHUNK).await?;
        let Some(last) = page.last() else { return Ok(known) };
        after = last.id.0;
        let mut by_source: BTreeMap<&str, Vec<&rows::Heard>> = BTreeMap::new();
        for heard in &page {
            by_source.entry(heard.source.as_str()).or_default().push(heard);
        }
        for (source, heard) in by_source {
            let Some(first) = heard.first() else { continue };
            let at = match known.iter().position(|row| row.source == source) {
                Some(at) => at,
                None => {
                    let label = label_of(db, organization, Some(first.id), source).await?;
                    let read = Read { course, channel: EVENT, source, label: &label, trouble: None };
                    known.push(unheard(app, organization, &read, first.heard_at, now));
                    known.len() - 1
                }
            };
            if let Some(row) = known.get_mut(at) {
                let newest = heard.iter().map(|heard| heard.heard_at).max();
                row.last_heard_at = row.last_heard_at.max(newest.unwrap_or(first.heard_at));
                let said = heard.iter().map(|heard| (heard.kind.as_str(), Some(heard.subject.as_str())));
                row.kinds = with_told(row, said);
            }
        }
        if (page.len() as u64) < CHUNK {
            return Ok(known);
        }
    }
}

/// A channel of which nothing has been taken in.
fn unheard(
    app: &App,
    organization: OrganizationId,
    read: &Read<'_>,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Model {
    let blank = blank(app, organization, read, now);
    Model { heard: 0, hours: json!([]), first_heard_at: at, last_heard_at: at, ..blank }
}

/// Takes in the next chunk of a stream; how much was there.
async fn take_in(app: &App, stream: Stream) -> Result<u64> {
    let now = app.clock.now();
    let begin = rows::mark_at(now - LOOK_BACK).to_string();
    if let Some(mark) = server_fact::find(app.store.read(), stream.mark()).await? {
        // Most sweeps find nothing: they should not take the writer.
        let (read, _, _) = next(app.store.read(), stream, parsed(&mark)?, now, 1).await?;
        if read == 0 {
            return Ok(0);
        }
    }
    let tx = app.store.write().await?;
    server_fact::put_if_new(&tx, stream.mark(), &begin).await?;
    let mark = server_fact::lock(&tx, stream.mark()).await?.unwrap_or(begin);
    let (read, last, said) = next(&tx, stream, parsed(&mark)?, now, CHUNK).await?;
    if let Some(last) = last {
        keep(app, &tx, said, now).await?;
        server_fact::put(&tx, stream.mark(), &last.to_string()).await?;
    }
    tx.commit().await?;
    Ok(read)
}

fn parsed(mark: &str) -> Result<Uuid> {
    mark.parse().map_err(Error::internal)
}

/// What comes next in a stream: how much, up to which id, and what of it is about courses.
async fn next(
    db: &impl sea_orm::ConnectionTrait,
    stream: Stream,
    after: Uuid,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<(u64, Option<Uuid>, Vec<Said>)> {
    let before = now - SETTLED;
    let (mut said, mut last, mut read) = (Vec::new(), None, 0);
    match stream {
        Stream::Signals => {
            for heard in rows::unscoped_heard(db, after, before, limit).await? {
                read += 1;
                last = Some(heard.id.0);
                // Launches are counted as such; what people enter has no interval.
                let Some(course) = heard.course_id.filter(|_| heard.channel == EVENT) else { continue };
                said.push(Said {
                    signal: Some(heard.id),
                    organization: heard.organization_id,
                    course,
                    channel: heard.channel,
                    source: heard.source,
                    kind: heard.kind,
                    subject: Some(heard.subject),
                    at: heard.heard_at,
                });
            }
        }
        Stream::Launches => {
            for launched in rows::unscoped_launched(db, after, before, limit).await? {
                read += 1;
                last = Some(launched.id.0);
                let (Some(organization), Some(course)) = (launched.organization_id, launched.course_id)
                else {
                    continue;
                };
                said.push(Said {
                    signal: None,
                    organization,
                    course,
                    channel: LAUNCH.to_owned(),
                    source: format!("{LAUNCH}:{}", launched.platform_id),
                    kind: "launched".to_owned(),
                    subject: None,
                    at: launched.created_at,
                });
            }
        }
    }
    Ok((read, last, said))
}

/// Writes a chunk down, channel by channel.
async fn keep(app: &App, tx: &WriteTx, said: Vec<Said>, now: DateTime<Utc>) -> Result<()> {
    let courses: HashSet<CourseId> = said.iter().map(|said| said.course).collect();
    if courses.is_empty() {
        return Ok(());
    }
    let known = rows::unscoped_of_courses(tx, courses).await?;
    let mut known: HashMap<(CourseId, String, String), Model> = known
        .into_iter()
        .map(|row| ((row.course_id, row.channel.clone(), row.source.clone()), row))
        .collect();
    let mut by_channel: BTreeMap<(CourseId, String, String), Vec<Said>> = BTreeMap::new();
    for said in said {
        let name = (said.course, said.channel.clone(), said.source.clone());
        by_channel.entry(name).or_default().push(said);
    }
    let mut changed = Vec::with_capacity(by_channel.len());
    for (name, said) in by_channel {
        let row = match known.remove(&name) {
            Some(row) => row,
            None => {
                let Some(first) = said.first() else { continue };
                let label = label_of(tx, first.organization, first.signal, &first.source).await?;
                let (course, channel, source) = (name.0, name.1.as_str(), name.2.as_str());
                let read = Read { course, channel, source, label: &label, trouble: None };
                unheard(app, first.organization, &read, first.at, now)
            }
        };
        changed.push(heard(row, &said, now));
    }
    Ok(rows::put(tx, changed).await?)
}

/// A channel that has spoken.
fn heard(mut row: Model, said: &[Said], now: DateTime<Utc>) -> Model {
    let newest = said.iter().map(|said| said.at).max().unwrap_or(now);
    let hours = measure::with(hours_of(&row), said.iter().map(|said| measure::hour_of(said.at)));
    row.kinds = with_told(&row, said.iter().map(|said| (said.kind.as_str(), said.subject.as_deref())));
    row.heard += i64::try_from(said.len()).unwrap_or(i64::MAX);
    row.last_heard_at = row.last_heard_at.max(newest);
    let usual = measure::usual(&hours);
    row.hours = json!(hours);
    row.usual_minutes = usual.map(|usual| usual.interval);
    row.limit_minutes = usual.map(|usual| usual.limit);
    if row.alarm_at.is_none_or(|since| newest > since) {
        row = cleared(row, now);
        // Launches are people's own doing: that nobody opens the tool is no fault of a channel.
        row.due_at = if row.channel == LAUNCH { None } else { silent_after(&row) };
    }
    row.updated_at = now;
    row
}

/// What it has told, with more.
fn with_told<'a>(row: &Model, more: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Value {
    let more = more.map(|(kind, subject)| match subject {
        Some(subject) => format!("{kind} {subject}"),
        None => kind.to_owned(),
    });
    let mut all: BTreeSet<String> = told(row).map(str::to_owned).chain(more).collect();
    let kinds: BTreeSet<String> =
        all.iter().filter_map(|told| told.split(' ').next()).map(str::to_owned).collect();
    for kind in kinds {
        let is_of_it = |told: &String| told.strip_prefix(&kind).is_some_and(|rest| rest.starts_with(' '));
        if all.contains(&kind) || all.iter().filter(|told| is_of_it(told)).count() > SUBJECTS {
            all.retain(|told| !is_of_it(told));
            all.insert(kind);
        }
    }
    json!(all)
}

/// What people call the source of a new channel, by its first signal.
async fn label_of(
    db: &impl sea_orm::ConnectionTrait,
    organization: OrganizationId,
    signal: Option<SignalId>,
    source: &str,
) -> Result<String> {
    let Some(id) = signal else { return Ok(String::new()) };
    let signal = signals::find(db, organization, id).await?;
    let by = signal.and_then(|signal| Some(signal.value.get("by")?.as_str()?.to_owned()));
    Ok(by.unwrap_or_else(|| source.to_owned()))
}

/// Looks at channels whose limit has passed; how many have fallen silent.
async fn look(app: &App) -> Result<u64> {
    let mut silent = 0;
    loop {
        let now = app.clock.now();
        let due = rows::unscoped_due(app.store.read(), now, LOOKED_AT).await?;
        if due.is_empty() {
            return Ok(silent);
        }
        let tx = app.store.write().await?;
        let courses: HashSet<CourseId> = due.iter().map(|row| row.course_id).collect();
        let rows_now = rows::unscoped_of_courses(&tx, courses).await?;
        let ids: HashSet<_> = due.iter().map(|row| row.id).collect();
        let mut changed = Vec::new();
        for row in rows_now.iter().filter(|row| ids.contains(&row.id)) {
            // Another replica may have looked meanwhile.
            if row.due_at.is_none_or(|due| due > now) {
                continue;
            }
            let others = rows_now.iter().filter(|other| shows_life(other));
            let others = others.filter(|other| other.course_id == row.course_id && other.id != row.id);
            let limit = row.limit_minutes.unwrap_or(i32::MAX);
            let others = others.flat_map(hours_of);
            if measure::is_silent(row.last_heard_at, limit, others, now) {
                silent += 1;
                let detail =
                    json!({ "last_heard_at": row.last_heard_at, "usual_minutes": row.usual_minutes });
                let row = Model { alarm_detail: Some(detail), ..row.clone() };
                changed.push(raised(row, ChannelAlarm::Silent, now));
            } else {
                // Nobody is there: look again when somebody may be.
                let next = now + Duration::minutes((i64::from(limit) / 8).clamp(60, 24 * 60));
                changed.push(Model { due_at: Some(next), updated_at: now, ..row.clone() });
            }
        }
        let is_last = (due.len() as u64) < LOOKED_AT;
        rows::put(&tx, changed).await?;
        tx.commit().await?;
        if is_last || app.stop.is_cancelled() {
            return Ok(silent);
        }
    }
}
