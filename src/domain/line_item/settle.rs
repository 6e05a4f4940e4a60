//! Bringing a column in line with what is wanted here: found or made, renamed, deleted (lti-1.3-tool §17.3).
//!
//! Runs in jobs. Whoever works takes the row first, in the database, so that two replicas make one column
//! (A12). The platform is asked between two short transactions, never inside one.

use lti::services::{
    Failure, Next,
    ags::{How, Move, Search, Wanted, item as items},
    scope,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Grades, grades, maximum_of, require, until};
use crate::{
    app::App,
    domain::{review, trouble::Trouble},
    error::{Error, Result},
    ids::{LineItemId, OrganizationId},
    platform_client::{call, failed, fetch},
    store::{
        WriteTx, column_seed as seeds,
        entity::line_item::{LineItemPurpose, LineItemState, Model},
        line_item as rows,
    },
    texts::{Language, Texts},
};

/// How soon to look again when another process has the row.
const BUSY: chrono::Duration = chrono::Duration::seconds(3);

/// A column that is there.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Its row.
    pub item: Model,
    /// Its address.
    pub url: String,
    /// It was made just now, and so knows nobody.
    pub is_new: bool,
}

/// A column that is in line with its row.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The row.
    pub item: Model,
    /// It was made just now, and so knows nobody.
    pub is_new: bool,
}

/// A column that is there: as it is, or found or made now.
///
/// # Errors
/// `lti.ags` and `lti.token` codes; a lost one waits for the next launch (`lti.ags.not_found`).
pub async fn ready(app: &App, item: Model) -> Result<Ready, Trouble> {
    let Settled { item, is_new } = match item.state {
        LineItemState::Wanted | LineItemState::Refused => settle(app, item.organization_id, item.id).await?,
        _ => Settled { item, is_new: false },
    };
    match (item.state, item.url.clone()) {
        (LineItemState::Found, Some(url)) => Ok(Ready { item, url, is_new }),
        _ => Err(Failure::new(lti::Refusal::AgsNotFound, Next::Stop).into()),
    }
}

/// Brings one column in line with its row; the row as it is then.
///
/// # Errors
/// Why it could not be done, noted in the row as well; `Busy` while somebody else is at it.
pub async fn settle(app: &App, organization: OrganizationId, id: LineItemId) -> Result<Settled, Trouble> {
    let tx = app.store.write().await?;
    if !rows::take(&tx, organization, id, app.clock.now(), until(app)).await? {
        return match rows::find(&tx, organization, id).await? {
            None => Err(Error::not_found("column").into()),
            Some(item) if is_settled(&item) => Ok(Settled { item, is_new: false }),
            Some(_) => Err(Trouble::Busy(BUSY)),
        };
    }
    let item = rows::find(&tx, organization, id).await?.ok_or_else(|| Error::not_found("column"))?;
    if is_settled(&item) {
        // Somebody else has just done it; nothing is taken.
        return Ok(Settled { item, is_new: false });
    }
    tx.commit().await?;
    let done = work(app, &item).await;
    let is_new = matches!(done, Ok(Done::Found { made_by_us: true, .. }));
    Ok(Settled { item: note(app, &item, done).await?, is_new })
}

fn is_settled(item: &Model) -> bool {
    match item.state {
        _ if item.purpose == LineItemPurpose::Gradebook => true,
        LineItemState::Found => !item.is_renamed,
        LineItemState::Removed => true,
        _ => false,
    }
}

/// What the platform did.
enum Done {
    Found { url: String, made_by_us: bool, maximum: Option<Decimal> },
    Renamed { maximum: Option<Decimal> },
    Removed,
}

async fn work(app: &App, item: &Model) -> Result<Done, Trouble> {
    let grades = match grades(app, item).await {
        // Nothing of it is left to be removed where there are no grades any more.
        Err(Trouble::Platform(_)) if item.state == LineItemState::Removing && item.url.is_none() => {
            return Ok(Done::Removed);
        }
        grades => grades?,
    };
    match (item.state, &item.url) {
        (LineItemState::Removing, None) => Ok(Done::Removed),
        (LineItemState::Removing, Some(url)) => {
            if item.made_by_us {
                call(app, &grades.peer, &items::delete(url), items::deleted).await?;
            }
            Ok(Done::Removed)
        }
        (_, Some(url)) => rename(app, &grades, item, url).await,
        (_, None) => search(app, &grades, item).await,
    }
}

/// The whole item is read, changed and written back: what we do not know goes back as it came (A24).
async fn rename(app: &App, grades: &Grades, item: &Model, url: &str) -> Result<Done, Trouble> {
    lti::services::ags::require(&grades.ags, scope::LINEITEM)?;
    let mut theirs =
        call(app, &grades.peer, &items::get(url, scope::LINEITEM), lti::services::ags::LineItem::read)
            .await?;
    theirs.set_label(&item.label);
    let update = theirs.update(grades.peer.quirks())?;
    call(app, &grades.peer, &update, lti::services::ags::LineItem::read).await?;
    Ok(Done::Renamed { maximum: theirs.maximum() })
}

/// The coupled one of the launch, else what a search finds, else a new one. A repetition after an outage
/// searches again, because the lost request may have made it.
async fn search(app: &App, grades: &Grades, item: &Model) -> Result<Done, Trouble> {
    require(grades, item.purpose)?;
    let maximum = maximum_of(item)?;
    let mut wanted = Wanted::new(&item.label, maximum, &item.resource_id, &item.tag);
    if item.purpose == LineItemPurpose::Report {
        wanted.item.set("submissionReview", review_of(app));
    }
    if let Some(link) = &grades.resource_link_id {
        wanted = wanted.coupled_to(link);
    }
    let mut ags = grades.ags.clone();
    if let Some(url) = &ags.lineitem
        && rows::is_otherwise_used(app.store.read(), item, url).await?
    {
        ags.lineitem = None;
    }
    let mut search = Search::new(&ags, wanted, grades.peer.quirks());
    loop {
        match search.step() {
            Move::Send(request) => {
                let fetched = fetch(app, &grades.peer, &request).await?;
                let heard = search.heard(&fetched.answer(), app.clock.now());
                heard.map_err(|failure| {
                    failed(app, &grades.peer, request.scope, &failure);
                    failure.again()
                })?;
            }
            Move::Found(found) => {
                return Ok(Done::Found {
                    url: found.url,
                    made_by_us: found.how == How::Created,
                    maximum: found.item.as_ref().and_then(lti::services::ags::LineItem::maximum),
                });
            }
            Move::Failed(failure) => return Err(failure.into()),
        }
    }
}

/// Announces that what a score rests on can be looked at from the gradebook (lti-1.3-tool §19).
fn review_of(app: &App) -> Value {
    let language = Language::of_locale(&app.settings.server.language).unwrap_or_default();
    json!({
        "reviewableStatus": ["Submitted", "Completed"],
        "label": Texts::of(language).say("review-link"),
        "url": app.settings.server.public_url.at(review::PATH),
    })
}

/// Writes down what came of it and gives the row free.
async fn note(app: &App, item: &Model, done: Result<Done, Trouble>) -> Result<Model, Trouble> {
    let tx = app.store.write().await?;
    let locked = rows::lock(&tx, item.organization_id, item.id).await?;
    let mut row = locked.ok_or_else(|| Error::not_found("column"))?;
    let now = app.clock.now();
    row.busy_until = None;
    row.updated_at = now;
    let answer = match done {
        Ok(done) => apply(&tx, &mut row, item, done).await?,
        Err(Trouble::Platform(failure)) => {
            refused(&mut row, &failure);
            Err(failure.into())
        }
        Err(trouble) => Err(trouble),
    };
    if answer.is_ok() {
        row.last_seen_at = Some(now);
        row.trouble = None;
        row.trouble_words = None;
    }
    rows::update(&tx, row.clone()).await?;
    tx.commit().await?;
    match &answer {
        Ok(()) => tracing::info!(column.id = %row.id, state = %row.state, "a column is settled"),
        Err(trouble) => tracing::warn!(column.id = %row.id, state = %row.state, %trouble, "a column"),
    }
    answer.map(|()| row)
}

async fn apply(tx: &WriteTx, row: &mut Model, before: &Model, done: Done) -> Result<Result<(), Trouble>> {
    match done {
        Done::Found { url, made_by_us, maximum } => {
            if rows::is_otherwise_used(tx, row, &url).await? {
                const CODE: &str = "line_item.other_purpose";
                row.state = LineItemState::Refused;
                row.trouble = Some(CODE.to_owned());
                row.trouble_words = None;
                return Ok(Err(Error::conflict(CODE, super::explain(CODE)).into()));
            }
            if made_by_us && row.purpose == LineItemPurpose::Trigger {
                // A new column knows nobody.
                seeds::forget(tx, row).await?;
            }
            row.url = Some(url);
            row.made_by_us |= made_by_us;
            row.state = match row.state {
                // Somebody asked for its removal meanwhile; that has a job of its own.
                LineItemState::Removing => LineItemState::Removing,
                _ => LineItemState::Found,
            };
            if let Some(maximum) = maximum {
                row.maximum = maximum.normalize().to_string();
            }
        }
        Done::Renamed { maximum } => {
            // Renamed once more meanwhile: that has a job of its own.
            row.is_renamed = row.label != before.label;
            if let Some(maximum) = maximum {
                row.maximum = maximum.normalize().to_string();
            }
        }
        Done::Removed => {
            row.state = LineItemState::Removed;
            row.url = None;
            row.made_by_us = false;
            row.is_renamed = false;
        }
    }
    Ok(Ok(()))
}

fn refused(row: &mut Model, failure: &Failure) {
    row.trouble = Some(failure.refusal.code().to_owned());
    row.trouble_words.clone_from(&failure.words);
    match (failure.next, row.state) {
        // It is there, only the new name is not; or it may be there still.
        (Next::Later(_), _) | (_, LineItemState::Removing) => {}
        (Next::Rediscover, LineItemState::Found) => {
            row.url = None;
            row.made_by_us = false;
            row.state = LineItemState::Lost;
        }
        (_, LineItemState::Found) => row.is_renamed = false,
        _ => row.state = LineItemState::Refused,
    }
}
