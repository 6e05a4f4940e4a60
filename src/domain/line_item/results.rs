//! Reading a watched column, page by page, and stating what that came to (lti-1.3-tool §17.5, design §5). What it
//! says is kept by [`readings`].

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lti::services::{
    Failure, Next,
    ags::{self, Results},
    scope,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    forget, gradebook, grades,
    readings::{self, Stored, Told},
    settle, trigger,
};
use crate::{
    app::App,
    domain::trouble::Trouble,
    error::{Error, Result},
    ids::{LineItemId, OrganizationId},
    platform_client::{failed, fetch},
    store::{
        entity::line_item::{LineItemPurpose, LineItemState, Model},
        line_item as rows,
    },
};

/// What a column holds.
#[derive(Clone, Debug)]
pub struct Reading {
    /// By the platform's name of the learner; of several the last.
    pub entries: HashMap<String, Entry>,
    /// Whether every page was read, and everything on them.
    pub is_complete: bool,
    /// Why not.
    pub trouble: Option<Failure>,
}

/// One learner's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Points; none is no result.
    pub score: Option<Decimal>,
    /// The most there was to reach.
    pub maximum: Decimal,
}

/// Reads a column's results, page by page. What was read before a page failed is a partial reading.
///
/// # Errors
/// The first page could not be read; the column is forgotten when it is gone.
pub async fn results(app: &App, item: &Model, url: &str) -> Result<Reading, Trouble> {
    let grades = grades(app, item).await?;
    ags::require(&grades.ags, scope::RESULT_READONLY)?;
    let mut walk = Results::new(url, None, None, grades.peer.quirks())?;
    let mut reading = Reading { entries: HashMap::new(), is_complete: false, trouble: None };
    let mut is_first = true;
    while let Some(request) = walk.request() {
        let page = match fetch(app, &grades.peer, &request).await {
            Ok(fetched) => match walk.heard(&fetched.answer(), app.clock.now()) {
                Ok(page) => {
                    for entry in page.entries {
                        let result = Entry { score: entry.score, maximum: entry.maximum };
                        reading.entries.insert(entry.user_id.into_owned(), result);
                    }
                    Ok(())
                }
                Err(failure) => {
                    failed(app, &grades.peer, request.scope, &failure);
                    Err(failure.again())
                }
            },
            Err(failure) => Err(failure),
        };
        match page {
            Ok(()) => is_first = false,
            Err(failure) if is_first => {
                if failure.next == Next::Rediscover {
                    forget(app, item).await?;
                }
                return Err(failure.into());
            }
            Err(failure) => {
                reading.trouble = Some(failure);
                return Ok(reading);
            }
        }
    }
    reading.is_complete = walk.is_complete();
    reading.trouble = walk.trouble().cloned();
    Ok(reading)
}

/// A reading as it is kept with its column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When.
    pub at: DateTime<Utc>,
    /// Results in the platform's answer.
    pub results: u64,
    /// Of people whom we do not know.
    pub unknown: u64,
    /// That said something new.
    pub changed: u64,
    /// Whether everything was read.
    pub is_complete: bool,
    /// The code of why not.
    pub trouble: Option<String>,
}

/// Reads a column and stores what it says; those whose reading changed are evaluated.
///
/// # Errors
/// Why nothing could be read; or, when a partial reading may be completed later, that.
pub async fn read(
    app: &App,
    organization: OrganizationId,
    id: LineItemId,
    run: Uuid,
) -> Result<Stored, Trouble> {
    read_and(app, organization, id, run, true).await
}

/// As [`read`]; without `follows` nobody is evaluated, because somebody evaluates everybody anyway.
///
/// # Errors
/// As [`read`].
pub async fn read_and(
    app: &App,
    organization: OrganizationId,
    id: LineItemId,
    run: Uuid,
    follows: bool,
) -> Result<Stored, Trouble> {
    let found = rows::find(app.store.read(), organization, id).await?;
    let item = found.ok_or_else(|| Error::not_found("column"))?;
    if item.purpose == LineItemPurpose::Report || item.state == LineItemState::Offered {
        return Err(Error::conflict("line_item.not_watched", "Only watched columns are read.").into());
    }
    let (item, url) = match settle::ready(app, item.clone()).await {
        Ok(ready) => (ready.item, ready.url),
        Err(trouble) => return Err(noted(app, &item, trouble).await),
    };
    let (item, is_released) = match gradebook::fresh(app, item.clone(), &url).await {
        Ok(fresh) => fresh,
        Err(trouble) => return Err(noted(app, &item, trouble).await),
    };
    let reading = match results(app, &item, &url).await {
        Ok(reading) => reading,
        Err(trouble) => return Err(noted(app, &item, trouble).await),
    };
    let at = app.clock.now();
    let told = Told { item: &item, reading: &reading, is_released, run, at, follows };
    let stored = readings::store(app, &told).await?;
    let statement = Statement {
        at,
        results: stored.results,
        unknown: stored.unknown,
        changed: stored.changed,
        is_complete: reading.is_complete,
        trouble: reading.trouble.as_ref().map(|failure| failure.refusal.code().to_owned()),
    };
    state(app, &item, &statement, reading.trouble.as_ref()).await?;
    trigger::begin(app, &item).await?;
    tracing::info!(
        column.id = %item.id,
        results = stored.results,
        changed = stored.changed,
        complete = reading.is_complete,
        "a column is read"
    );
    match reading.trouble {
        Some(failure) if matches!(failure.next, Next::Later(_)) => Err(failure.into()),
        _ => Ok(stored),
    }
}

/// A reading that did not come about is stated, too.
async fn noted(app: &App, item: &Model, trouble: Trouble) -> Trouble {
    let Trouble::Platform(failure) = &trouble else { return trouble };
    let statement = Statement {
        at: app.clock.now(),
        results: 0,
        unknown: 0,
        changed: 0,
        is_complete: false,
        trouble: Some(failure.refusal.code().to_owned()),
    };
    match state(app, item, &statement, Some(failure)).await {
        Ok(()) => trouble,
        Err(error) => error.into(),
    }
}

async fn state(app: &App, item: &Model, statement: &Statement, failure: Option<&Failure>) -> Result<()> {
    let tx = app.store.write().await?;
    let Some(mut row) = rows::lock(&tx, item.organization_id, item.id).await? else { return Ok(()) };
    row.reading = Some(serde_json::to_value(statement).map_err(Error::internal)?);
    match failure {
        // One that is not ours is not looked for again; that is said already.
        Some(_) if row.purpose == LineItemPurpose::Gradebook && row.state == LineItemState::Lost => {}
        Some(failure) => {
            row.trouble = Some(failure.refusal.code().to_owned());
            row.trouble_words.clone_from(&failure.words);
        }
        None => {
            row.last_seen_at = Some(app.clock.now());
            row.trouble = None;
            row.trouble_words = None;
        }
    }
    rows::update(&tx, row).await?;
    tx.commit().await
}
