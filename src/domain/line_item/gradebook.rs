//! A gradebook that we may read (spec/signals.md §6: Sakai, where an administrator switches it on): its columns are
//! listed by a job and offered; people choose which are watched. They are not ours: nothing is ever written there.
//!
//! What learners may not see yet counts for nothing, and no number of it is kept.

use std::collections::{HashMap, HashSet};

use lti::{
    quirks::GradebookMembers,
    services::{
        Failure, Next,
        ags::{self, Items, LineItem, item as items},
        scope,
    },
};

use super::{
    LONGEST_LABEL, SERVICE_ATTEMPTS, forget, grades,
    manage::{enqueue_read, held, record, repeated},
    trigger::refuse_namesake,
    wanted,
};
use crate::{
    app::App,
    domain::{
        access::Caller, artwork::sha256_hex, audit, audit::Line, course, once, trouble::Trouble, validate,
    },
    error::{Error, Result},
    ids::{CourseId, LineItemId, OrganizationId},
    outbox::{self, NewJob, Payload},
    platform_client::{call, failed, fetch},
    store::{
        course as courses,
        entity::{
            course as course_entity,
            line_item::{LineItemPurpose, LineItemState, Model},
        },
        line_item as rows,
    },
};

/// Asks which columns of a course's gradebook can be read; a job looks. The course's columns list them then, as
/// `offered`.
///
/// # Errors
/// `not_found`; `gradebook.not_offered` where the platform shows tools no columns but their own.
pub async fn ask(app: &App, caller: &Caller, course: CourseId) -> Result<course_entity::Model> {
    let course = course::find(app, caller.organization, course).await?;
    members_of(&course::served(app, &course).await?)?;
    let now = app.clock.now();
    let tx = app.store.write().await?;
    if once::claim(app, &tx, caller, course.id.0).await?.is_some() {
        return Ok(course);
    }
    let job = NewJob {
        organization: Some(caller.organization),
        payload: Payload::ReadGradebook { course: course.id },
        run_at: now,
        // Somebody who presses a button twice wants one reading.
        dedup_key: Some(format!("gradebook:{}:{}", course.id, now.timestamp())),
        max_attempts: SERVICE_ATTEMPTS,
    };
    outbox::enqueue(&tx, now, &app.dice, job).await?;
    let detail = serde_json::json!({});
    let (subject_kind, subject_id) = ("course", course.id.to_string());
    let line = Line { action: "gradebook.asked", subject_kind, subject_id, detail: &detail };
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(course)
}

fn members_of(served: &course::Served) -> Result<&'static GradebookMembers> {
    served.peer.quirks().gradebook.as_ref().ok_or_else(|| {
        Error::conflict(
            "gradebook.not_offered",
            "This platform shows tools no columns but their own. Make a trigger column instead.",
        )
    })
}

/// Watches a column that was offered, under the name by which rules are to call it (`activity`), and begins its
/// first reading. One that is watched already stays as it is.
///
/// # Errors
/// `not_found`; `line_item.not_watched` for one that we write into; `line_item.exists`; `line_item.gone`.
pub async fn watch(app: &App, caller: &Caller, id: LineItemId, activity: Option<&str>) -> Result<Model> {
    let activity = activity.map(|name| validate::opaque("activity", name, 255)).transpose()?;
    let tx = app.store.write().await?;
    if let Some(again) = repeated(app, &tx, caller, id).await? {
        return Ok(again);
    }
    let mut item = held(&tx, caller.organization, id).await?;
    match (item.purpose, item.state) {
        (LineItemPurpose::Report, _) => {
            return Err(Error::conflict(
                "line_item.not_watched",
                "Laurel writes into this column; its own scores prove nothing. Watch another one.",
            ));
        }
        (LineItemPurpose::Gradebook, LineItemState::Offered) => {}
        _ => {
            // The request is remembered all the same.
            tx.commit().await?;
            return Ok(item);
        }
    }
    if let Some(activity) = activity.filter(|activity| *activity != item.resource_id) {
        let known =
            rows::of_resource(&tx, item.organization_id, item.course_id, &activity, &item.tag).await?;
        if known.is_some() {
            return Err(Error::conflict(
                "line_item.exists",
                "This course has another column of that activity. Choose another name.",
            ));
        }
        item.resource_id = activity;
    }
    refuse_namesake(&tx, &item).await?;
    item.state = LineItemState::Found;
    item.updated_at = app.clock.now();
    rows::update(&tx, item.clone()).await?;
    enqueue_read(app, &tx, &item).await?;
    record(app, &tx, caller, "column.watched", &item).await?;
    tx.commit().await?;
    Ok(item)
}

/// What reading a gradebook's list came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Columns that are not ours.
    pub foreign: usize,
    /// Of these, new to us.
    pub new: usize,
    /// Columns that are gone; only a complete list tells.
    pub gone: usize,
}

/// Reads which columns a course's gradebook has that are not ours, and offers those that are new.
///
/// # Errors
/// Why the list could not be read; what was read before a page failed is kept.
pub async fn read(app: &App, organization: OrganizationId, id: CourseId) -> Result<Listed, Trouble> {
    let found = courses::find(app.store.read(), organization, id).await?;
    let course = found.ok_or_else(|| Error::not_found("course"))?;
    // Any column of the course would do to ask for its grade service.
    let any = wanted(app, organization, id, LineItemPurpose::Gradebook, String::new());
    let grades = grades(app, &any).await?;
    let members = members_of(&course::served(app, &course).await?)?;
    ags::require(&grades.ags, scope::LINEITEM_READONLY)?;
    let container = grades.ags.lineitems.clone().unwrap_or_default();
    let mut walk = Items::new(&container, readable(&grades.ags))?;
    let (mut foreign, mut trouble): (Vec<LineItem>, Option<Failure>) = (Vec::new(), None);
    while let Some(request) = walk.request() {
        let heard = match fetch(app, &grades.peer, &request).await {
            Ok(fetched) => walk.heard(&fetched.answer(), app.clock.now()).map_err(|failure| {
                failed(app, &grades.peer, request.scope, &failure);
                failure.again()
            }),
            Err(failure) => Err(failure),
        };
        match heard {
            Ok(items) => foreign.extend(items.into_iter().filter(|item| item.is_foreign(members))),
            Err(failure) => {
                trouble = Some(failure);
                break;
            }
        }
    }
    let listed = keep(app, &course, &foreign, walk.is_complete()).await?;
    tracing::info!(course.id = %course.id, columns = listed.foreign, new = listed.new, "a gradebook is listed");
    match trouble.or_else(|| walk.trouble().cloned()) {
        Some(failure) => Err(failure.into()),
        None => Ok(listed),
    }
}

fn readable(ags: &lti::claims::Ags) -> &'static str {
    let may_write = ags.scope.iter().any(|granted| granted == scope::LINEITEM);
    if may_write { scope::LINEITEM } else { scope::LINEITEM_READONLY }
}

async fn keep(
    app: &App,
    course: &course_entity::Model,
    foreign: &[LineItem],
    is_complete: bool,
) -> Result<Listed> {
    let organization = course.organization_id;
    let now = app.clock.now();
    let tx = app.store.write().await?;
    let known = rows::of_course(&tx, organization, course.id).await?;
    let known: HashMap<String, Model> = known
        .into_iter()
        .filter(|item| item.purpose == LineItemPurpose::Gradebook)
        .filter_map(|item| Some((item.url.clone()?, item)))
        .collect();
    let mut listed = Listed { foreign: foreign.len(), ..Listed::default() };
    let mut seen = HashSet::new();
    for theirs in foreign {
        let Some(url) = theirs.id().filter(|url| seen.insert((*url).to_owned())) else { continue };
        match known.get(url) {
            None => {
                let label = label_of(theirs);
                let name = format!("gradebook-{:.12}", sha256_hex(url.as_bytes()));
                let mut row = Model {
                    resource_id: name,
                    url: Some(url.to_owned()),
                    state: LineItemState::Offered,
                    last_seen_at: Some(now),
                    ..wanted(app, organization, course.id, LineItemPurpose::Gradebook, label)
                };
                take_over(&mut row, theirs);
                if rows::insert_if_new(&tx, row).await? {
                    listed.new += 1;
                }
            }
            Some(before) => {
                let mut row = before.clone();
                take_over(&mut row, theirs);
                match row.state {
                    LineItemState::Lost => {
                        row.state = LineItemState::Found;
                        row.trouble = None;
                    }
                    LineItemState::Removed => row.state = LineItemState::Offered,
                    _ => {}
                }
                if row != *before {
                    row.updated_at = now;
                    rows::update(&tx, row).await?;
                }
            }
        }
    }
    if is_complete {
        for (_, row) in known.into_iter().filter(|(url, _)| !seen.contains(url)) {
            let (state, trouble) = match row.state {
                LineItemState::Offered => (LineItemState::Removed, None),
                LineItemState::Found => (LineItemState::Lost, Some("gradebook.gone".to_owned())),
                _ => continue,
            };
            listed.gone += 1;
            rows::update(&tx, Model { state, trouble, updated_at: now, ..row }).await?;
        }
    }
    tx.commit().await?;
    Ok(listed)
}

fn label_of(theirs: &LineItem) -> String {
    theirs.label().unwrap_or_default().chars().take(LONGEST_LABEL).collect()
}

/// What the platform says of its column.
fn take_over(row: &mut Model, theirs: &LineItem) {
    row.label = label_of(theirs);
    if let Some(maximum) = theirs.maximum() {
        row.maximum = maximum.normalize().to_string();
    }
}

/// A column as it is to be read, and whether learners may see what stands there. Of one that is not ours the platform
/// is asked first.
///
/// # Errors
/// Why it could not be asked; the column is forgotten when it is gone.
pub async fn fresh(app: &App, item: Model, url: &str) -> Result<(Model, bool), Trouble> {
    if item.purpose != LineItemPurpose::Gradebook {
        return Ok((item, true));
    }
    let found = courses::find(app.store.read(), item.organization_id, item.course_id).await?;
    let course = found.ok_or_else(|| Error::not_found("course"))?;
    let members = members_of(&course::served(app, &course).await?)?;
    let grades = grades(app, &item).await?;
    ags::require(&grades.ags, scope::LINEITEM_READONLY)?;
    let asked = call(app, &grades.peer, &items::get(url, readable(&grades.ags)), LineItem::read).await;
    let theirs = match asked {
        Ok(theirs) => theirs,
        Err(failure) => {
            if failure.next == Next::Rediscover {
                forget(app, &item).await?;
            }
            return Err(failure.into());
        }
    };
    let is_released = theirs.is_released(members);
    let mut row = item.clone();
    take_over(&mut row, &theirs);
    if row != item {
        let tx = app.store.write().await?;
        if let Some(mut locked) = rows::lock(&tx, item.organization_id, item.id).await? {
            take_over(&mut locked, &theirs);
            rows::update(&tx, locked).await?;
            tx.commit().await?;
        }
    }
    Ok((row, is_released))
}

/// The columns of a course that are offered or watched and not ours, as they are known now.
///
/// # Errors
/// Only the database's.
pub async fn known(app: &App, organization: OrganizationId, course: CourseId) -> Result<Vec<Model>> {
    let mut all = rows::of_course(app.store.read(), organization, course).await?;
    all.retain(|item| item.purpose == LineItemPurpose::Gradebook && item.state != LineItemState::Removed);
    Ok(all)
}
