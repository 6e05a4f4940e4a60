//! Reading a course of Moodle: grades of everybody in one answer, completions one person after the other.
//!
//! Moodle tells completions of one person at a time (no function of its core tells a course's), so a reading asks
//! about a number of people: [`super::rotation`] says about whom, and the statement after how many readings
//! everybody has been looked at. Only people we know are asked about.

use std::{collections::HashSet, time::Instant};

use lti::services::paging::MOST_PAGES;

use super::{
    fault::{Fault, Why},
    fetch::{Session, heard},
    moodle::{self, Person},
    read::{Halt, Walk},
    rotation::{Position, Round, readings_for_all},
    told::{Told, Wanted},
};
use crate::error::Error;

/// Requests about single persons in one reading.
pub(super) const REQUESTS: usize = 400;
/// What was told of so many people is kept together.
const KEPT_AT_ONCE: usize = 64;

pub(super) async fn read(
    walk: &mut Walk<'_>,
    session: &mut Session<'_>,
    wanted: &Wanted,
) -> Result<(), Halt> {
    let course = course_number(walk)?;
    let answered = session.call(&moodle::ask_site(session.base)).await?;
    let site = moodle::site(&heard(&answered), walk.scene.app.clock.now())?;
    same_site(walk, &site)?;
    let mut asks = Asks {
        course_completion: wanted.course_completion,
        activities: !wanted.completions.is_empty(),
        grades: false,
    };
    let has = |function: &str| !site.missing.contains(&function);
    let missing = |function: &'static str| Err(Fault::new(Why::FunctionMissing).said(function).into());
    if asks.course_completion && !has(moodle::COURSE_COMPLETION) {
        asks.course_completion = false;
        walk.go_on(missing(moodle::COURSE_COMPLETION))?;
    }
    if asks.activities && !has(moodle::ACTIVITIES) {
        asks.activities = false;
        walk.go_on(missing(moodle::ACTIVITIES))?;
    }
    if wanted.asks_scores() {
        match grades(walk, session, &course, wanted).await {
            // A course with that many grades tells them one person at a time, too.
            Err(Halt::Fault(fault)) if fault.why == Why::TooLarge => asks.grades = true,
            part => walk.go_on(part)?,
        }
    }
    if asks.each() == 0 {
        return Ok(());
    }
    if !has(moodle::ENROLLED) {
        return Err(Fault::new(Why::FunctionMissing).said(moodle::ENROLLED).into());
    }
    let people = people(walk, session, &course).await?;
    one_by_one(walk, session, &course, &people, asks, wanted).await
}

/// The course's number: Moodle's context id.
pub(super) fn course_number(walk: &Walk<'_>) -> Result<String, Fault> {
    let id = &walk.scene.course.context_id;
    let is_number = (1..=18).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| id.clone()).ok_or_else(|| Fault::new(Why::CourseUnnamed))
}

/// Numbers of one Moodle mean other people at another.
pub(super) fn same_site(walk: &Walk<'_>, site: &moodle::Site) -> Result<(), Fault> {
    let is_same = site.url == walk.scene.issuer_url.trim_end_matches('/');
    is_same.then_some(()).ok_or_else(|| Fault::new(Why::OtherSite))
}

async fn grades(
    walk: &mut Walk<'_>,
    session: &mut Session<'_>,
    course: &str,
    wanted: &Wanted,
) -> Result<(), Halt> {
    let answered = session.call(&moodle::ask_grades(session.base, course, None)).await?;
    let page = moodle::grades(&heard(&answered), wanted, walk.scene.app.clock.now())?;
    drop(answered);
    walk.tally.unreadable += page.unreadable;
    walk.scene.keep(page.items, &mut walk.tally).await?;
    Ok(())
}

/// The people of the course whom we know; the others are counted.
async fn people(walk: &mut Walk<'_>, session: &mut Session<'_>, course: &str) -> Result<Vec<Person>, Halt> {
    let (mut known, mut seen) = (Vec::new(), HashSet::new());
    let mut from = 0;
    for _ in 0..MOST_PAGES {
        let answered = session.call(&moodle::ask_enrolled(session.base, course, from)).await?;
        let page = moodle::enrolled(&heard(&answered), walk.scene.app.clock.now())?;
        walk.tally.unreadable += page.unreadable;
        let unreadable = usize::try_from(page.unreadable).map_err(Error::internal)?;
        let entries = page.items.len() + unreadable;
        let new: Vec<Person> =
            page.items.into_iter().filter(|person| seen.insert(person.id.clone())).collect();
        let is_last = entries < moodle::PEOPLE_AT_ONCE;
        if new.is_empty() && !is_last {
            return Err(Fault::new(Why::Paging).into());
        }
        for people in new.chunks(moodle::PEOPLE_AT_ONCE) {
            let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
            let learners = walk.scene.learners(&ids).await?;
            let (here, unknown): (Vec<&Person>, Vec<&Person>) =
                people.iter().partition(|person| learners.contains_key(&person.id));
            known.extend(here.into_iter().cloned());
            walk.tally.unknown.extend(unknown.into_iter().map(|person| person.id.clone()));
        }
        if is_last {
            return Ok(known);
        }
        from += entries;
    }
    Err(Fault::new(Why::Paging).into())
}

/// What is asked about every single person.
#[derive(Clone, Copy, Debug)]
struct Asks {
    course_completion: bool,
    activities: bool,
    grades: bool,
}

impl Asks {
    fn each(self) -> usize {
        usize::from(self.course_completion) + usize::from(self.activities) + usize::from(self.grades)
    }
}

async fn one_by_one(
    walk: &mut Walk<'_>,
    session: &mut Session<'_>,
    course: &str,
    people: &[Person],
    mut asks: Asks,
    wanted: &Wanted,
) -> Result<(), Halt> {
    let app = walk.scene.app;
    let most = REQUESTS / asks.each();
    let position: Position =
        walk.position.take().and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_default();
    let mut round = Round::new(people, position, most, app.clock.now());
    walk.people = Some(people.len() as u64);
    walk.looked_at = Some(0);
    walk.readings_for_all = readings_for_all(people.len(), most);
    let started = Instant::now();
    let longest = std::time::Duration::from_secs(u64::from(app.settings.outbox.lease_seconds / 4));
    let mut told = Vec::new();
    let mut looked_at = Vec::new();
    let mut halt = Ok(());
    for turn in round.turns.clone() {
        match person(walk, session, course, &turn.person.id, &mut asks, wanted).await {
            Ok(some) => told.extend(some),
            Err(stop) => {
                halt = Err(stop);
                break;
            }
        }
        looked_at.push(turn);
        if looked_at.len() >= KEPT_AT_ONCE {
            keep(walk, &mut round, &mut looked_at, &mut told).await?;
        }
        if asks.each() == 0 || started.elapsed() > longest {
            break;
        }
    }
    keep(walk, &mut round, &mut looked_at, &mut told).await?;
    walk.position = Some(serde_json::to_value(round.position()).map_err(Error::internal)?);
    halt
}

/// Keeps what was told of some people; only then they count as looked at.
async fn keep<'p>(
    walk: &mut Walk<'_>,
    round: &mut Round<'p>,
    looked_at: &mut Vec<super::rotation::Turn<'p>>,
    told: &mut Vec<Told>,
) -> Result<(), Halt> {
    walk.scene.keep(std::mem::take(told), &mut walk.tally).await?;
    walk.looked_at = walk.looked_at.map(|so_far| so_far + looked_at.len() as u64);
    for turn in looked_at.drain(..) {
        round.looked_at(turn);
    }
    Ok(())
}

/// What is told of one person. What nobody is told is not asked again in this reading.
async fn person(
    walk: &mut Walk<'_>,
    session: &mut Session<'_>,
    course: &str,
    user: &str,
    asks: &mut Asks,
    wanted: &Wanted,
) -> Result<Vec<Told>, Halt> {
    let mut told = Vec::new();
    let now = walk.scene.app.clock.now();
    if asks.course_completion {
        let answered = session.call(&moodle::ask_course_completion(session.base, course, user)).await?;
        match moodle::course_completion(&heard(&answered), user, now) {
            Ok(one) => told.push(one),
            Err(fault) => asks.course_completion = tolerated(walk, fault)?,
        }
    }
    if asks.activities {
        let answered = session.call(&moodle::ask_activities(session.base, course, user)).await?;
        match moodle::activities(&heard(&answered), user, wanted, now) {
            Ok(page) => {
                walk.tally.unreadable += page.unreadable;
                told.extend(page.items);
            }
            Err(fault) => asks.activities = tolerated(walk, fault)?,
        }
    }
    if asks.grades {
        let answered = session.call(&moodle::ask_grades(session.base, course, Some(user))).await?;
        match moodle::grades(&heard(&answered), wanted, now) {
            // Of whom we asked, and of nobody else.
            Ok(page) => {
                walk.tally.unreadable += page.unreadable;
                told.extend(page.items.into_iter().filter(|one| one.user == user));
            }
            Err(fault) => asks.grades = tolerated(walk, fault)?,
        }
    }
    Ok(told)
}

/// Whether the same is asked about the next person: a refusal of one person is none of all. What cannot be read of one
/// is counted.
fn tolerated(walk: &mut Walk<'_>, fault: Fault) -> Result<bool, Halt> {
    if moodle::is_about_the_person(&fault) {
        return Ok(true);
    }
    if fault.why == Why::Unreadable {
        walk.tally.unreadable += 1;
        return Ok(true);
    }
    walk.go_on(Err(fault.into()))?;
    Ok(false)
}
