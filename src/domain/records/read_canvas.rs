//! Reading a course of Canvas: whole lists of everybody, page by page, kept as they come.

use std::collections::{BTreeMap, HashMap};

use lti::claims::Services;
use url::Url;

use super::{
    canvas::{self, Assignment},
    fault::{Fault, Why},
    fetch::{Session, heard},
    read::{Halt, Pages, Walk},
    told::Wanted,
};
use crate::{
    app::App,
    domain::event_channel::item::CANVAS,
    error::Result,
    store::{
        entity::{course, external_name::NamedNoun, record_source},
        external_name as names,
    },
};

pub(super) async fn read(
    walk: &mut Walk<'_>,
    session: &mut Session<'_>,
    wanted: &Wanted,
) -> Result<(), Halt> {
    let scene = &walk.scene;
    let course = course_number(scene.app, scene.source, scene.course, walk.services).await??;
    same_course(walk, session, &course).await?;
    if wanted.course_completion {
        let part = progress(walk, session, &course).await;
        walk.go_on(part)?;
    }
    if wanted.course_score {
        let part = scores(walk, session, &course).await;
        walk.go_on(part)?;
    }
    let assignments: Vec<&str> =
        wanted.scores.iter().map(String::as_str).filter(|id| is_number(id)).collect();
    for assignments in assignments.chunks(canvas::ASSIGNMENTS_AT_ONCE) {
        let part = submissions(walk, session, &course, assignments, wanted).await;
        walk.go_on(part)?;
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The course's number: as launches told it, or as it stands in the addresses of the LTI services.
pub(super) async fn course_number(
    app: &App,
    source: &record_source::Model,
    course: &course::Model,
    services: &Services,
) -> Result<Result<String, Fault>> {
    let what = (NamedNoun::Course, CANVAS);
    let (db, organization) = (app.store.read(), course.organization_id);
    let told = names::of_subject(db, organization, source.platform_id, what, course.id.0).await?;
    if let [one] = told.as_slice() {
        return Ok(Ok(one.name.clone()));
    }
    let number = service_urls(services).find_map(canvas::course_of_service);
    Ok(number.ok_or_else(|| Fault::new(Why::CourseUnnamed)))
}

fn service_urls(services: &Services) -> impl Iterator<Item = &str> {
    let ags = services.ags.iter().flat_map(|ags| ags.lineitems.iter().chain(&ags.lineitem));
    services.nrps.iter().map(|nrps| nrps.url.as_str()).chain(ags.map(String::as_str))
}

/// Numbers of one Canvas mean other people at another: the address must be the host of the LTI services, or at
/// least know the course by its title.
async fn same_course(walk: &mut Walk<'_>, session: &mut Session<'_>, course: &str) -> Result<(), Halt> {
    let host = |url: &str| Url::parse(url).ok().map(|url| url.origin());
    let ours = host(session.base);
    if service_urls(walk.services).any(|url| host(url) == ours) {
        return Ok(());
    }
    let answered = session.get(&canvas::course_url(session.base, course)).await?;
    let there = canvas::course(&heard(&answered), walk.scene.app.clock.now())?;
    let here = walk.scene.course;
    let is_same = there.id == course
        && (there.name.is_some() && there.name == here.title
            || there.code.is_some() && there.code == here.label);
    is_same.then_some(()).ok_or_else(|| Fault::new(Why::OtherSite).into())
}

async fn progress(walk: &mut Walk<'_>, session: &mut Session<'_>, course: &str) -> Result<(), Halt> {
    let mut pages = Pages::new(&canvas::progress_url(session.base, course))?;
    while let Some(page) = pages.next(walk.scene.app, session, canvas::progress).await? {
        walk.tally.unreadable += page.unreadable;
        walk.scene.keep(page.items, &mut walk.tally).await?;
    }
    Ok(())
}

async fn scores(walk: &mut Walk<'_>, session: &mut Session<'_>, course: &str) -> Result<(), Halt> {
    let mut pages = Pages::new(&canvas::enrollments_url(session.base, course))?;
    while let Some(page) = pages.next(walk.scene.app, session, canvas::enrollments).await? {
        walk.tally.unreadable += page.unreadable;
        // In two sections of the course: the score is the course's all the same.
        let mut of_user = HashMap::new();
        for told in page.items {
            of_user.insert(told.user.clone(), told);
        }
        walk.scene.keep(of_user.into_values().collect(), &mut walk.tally).await?;
    }
    Ok(())
}

async fn submissions(
    walk: &mut Walk<'_>,
    session: &mut Session<'_>,
    course: &str,
    assignments: &[&str],
    wanted: &Wanted,
) -> Result<(), Halt> {
    let mut maxima = BTreeMap::new();
    let mut pages = Pages::new(&canvas::assignments_url(session.base, course, assignments))?;
    while let Some(page) = pages.next(walk.scene.app, session, canvas::assignments).await? {
        walk.tally.unreadable += page.unreadable;
        let others = page.items.into_iter().filter(|one| !is_own(walk, one, wanted));
        maxima.extend(others.map(|one| (one.id, one.maximum)));
    }
    let there: Vec<&str> = assignments.iter().copied().filter(|id| maxima.contains_key(*id)).collect();
    if there.is_empty() {
        return Ok(());
    }
    let mut pages = Pages::new(&canvas::submissions_url(session.base, course, &there))?;
    while let Some(page) =
        pages.next(walk.scene.app, session, |answer, now| canvas::submissions(answer, &maxima, now)).await?
    {
        walk.tally.unreadable += page.unreadable;
        walk.scene.keep(page.items, &mut walk.tally).await?;
    }
    Ok(())
}

/// Whether Laurel itself writes into this one: by its heading, or because it opens Laurel.
fn is_own(walk: &Walk<'_>, assignment: &Assignment, wanted: &Wanted) -> bool {
    let here = &walk.scene.app.settings.server.public_url;
    let opens_us = assignment.tool_url.as_deref().is_some_and(|url| url.starts_with(&here.at("/")));
    opens_us || assignment.name.as_ref().is_some_and(|name| wanted.own_labels.contains(name))
}
