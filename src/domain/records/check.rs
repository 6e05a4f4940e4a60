//! Checking a record source: asks the platform now, as a reading would, and says in plain words what is wrong.

use chrono::{DateTime, Utc};

use super::{
    canvas,
    fault::{Fault, Why},
    fetch::{Session, heard},
    moodle,
    read_canvas::course_number,
    source,
    told::Wanted,
};
use crate::{
    app::App,
    domain::{
        access::Caller,
        course::{self, Served},
        platform,
    },
    error::{Error, Kind, Result},
    ids::{CourseId, RecordSourceId},
    store::{
        course as courses,
        entity::{course as course_entity, record_source, record_source::RecordKind},
        learner as learners,
    },
};

/// One thing that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What: `site`, `course`, `people`, `completion`, `activities`, `grades`.
    pub part: &'static str,
    /// What is wrong; none if it is well.
    pub fault: Option<Fault>,
    /// A few words of what was found, if it is well.
    pub words: Option<String>,
}

impl Finding {
    fn well(part: &'static str, words: impl Into<String>) -> Self {
        Self { part, fault: None, words: Some(words.into()) }
    }

    /// What was found, or what is wrong and what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.fault {
            None => self.words.clone().unwrap_or_default(),
            Some(fault) => match &fault.words {
                Some(words) => format!("{} ({words})", fault.why.sentence()),
                None => fault.why.sentence().to_owned(),
            },
        }
    }

    fn of(part: &'static str, asked: Result<String, Fault>) -> Self {
        match asked {
            Ok(words) => Self::well(part, words),
            Err(fault) => Self { part, fault: Some(fault), words: None },
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The source.
    pub source: record_source::Model,
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// In which course.
    pub course: Option<course_entity::Model>,
    /// Everything found, good and bad.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.fault.is_none())
    }
}

/// Asks a source's platform and says what is wrong; in this course, or in the newest that it covers.
///
/// # Errors
/// `not_found` (source, course); `record_source.removed`; `record_source.too_often`.
pub async fn run(
    app: &App,
    caller: &Caller,
    id: RecordSourceId,
    course: Option<CourseId>,
) -> Result<Checked> {
    let organization = caller.organization;
    let row = source::find(app, organization, id).await?;
    if row.removed_at.is_some() {
        return Err(Error::conflict("record_source.removed", "This record source has been removed."));
    }
    if app.checks.check_key(&row.platform_id).is_err() {
        return Err(Error::new(
            Kind::TooMany,
            "record_source.too_often",
            "This platform was checked several times within a minute. Wait a moment.",
        ));
    }
    let course = match course {
        Some(id) => Some(course::find(app, organization, id).await?),
        None => newest(app, &row).await?,
    };
    let mut checked = Checked { source: row, at: app.clock.now(), course, findings: Vec::new() };
    let found = match Session::open(app, &checked.source).await? {
        Err(fault) => vec![Finding { part: "site", fault: Some(fault), words: None }],
        Ok(mut session) => match checked.source.kind {
            RecordKind::Canvas => of_canvas(app, &checked, &mut session).await?,
            RecordKind::Moodle => of_moodle(app, &checked, &mut session).await?,
        },
    };
    checked.findings = found;
    Ok(checked)
}

/// The newest course that the source covers.
async fn newest(app: &App, row: &record_source::Model) -> Result<Option<course_entity::Model>> {
    let db = app.store.read();
    let known = courses::newest_of_platform(db, row.organization_id, row.platform_id).await?;
    let listed = source::courses_of(row);
    match listed.last() {
        Some(id) => Ok(courses::find(db, row.organization_id, *id).await?),
        None => Ok(known),
    }
}

async fn of_canvas(app: &App, checked: &Checked, session: &mut Session<'_>) -> Result<Vec<Finding>> {
    let Some(course) = &checked.course else { return Ok(vec![no_course()]) };
    let Served { services, .. } = course::served(app, course).await?;
    let number = match course_number(app, &checked.source, course, &services).await? {
        Ok(number) => number,
        Err(fault) => return Ok(vec![Finding::of("course", Err(fault))]),
    };
    let now = app.clock.now();
    let mut findings = Vec::new();
    let asked = session.get(&canvas::course_url(session.base, &number)).await;
    let asked = asked.and_then(|answered| canvas::course(&heard(&answered), now));
    let is_refused =
        asked.as_ref().is_err_and(|fault| fault.why == Why::TokenRefused || fault.why == Why::NotThere);
    findings.push(Finding::of("course", asked.map(|there| there.name.unwrap_or(there.id))));
    if is_refused {
        return Ok(findings);
    }
    let asked = session.get(&canvas::progress_url(session.base, &number)).await;
    let asked = asked.and_then(|answered| canvas::progress(&heard(&answered), now));
    findings.push(Finding::of("completion", asked.map(|page| people(page.items.len()))));
    let asked = session.get(&canvas::enrollments_url(session.base, &number)).await;
    let asked = asked.and_then(|answered| canvas::enrollments(&heard(&answered), now));
    findings.push(Finding::of("grades", asked.map(|page| people(page.items.len()))));
    // No assignment has this number: whether we may ask is all that matters.
    let asked = session.get(&canvas::assignments_url(session.base, &number, &["0"])).await;
    let asked = asked.and_then(|answered| canvas::assignments(&heard(&answered), now));
    findings.push(Finding::of("activities", asked.map(|_| "may be read".to_owned())));
    Ok(findings)
}

async fn of_moodle(app: &App, checked: &Checked, session: &mut Session<'_>) -> Result<Vec<Finding>> {
    let now = app.clock.now();
    let asked = session.call(&moodle::ask_site(session.base)).await;
    let site = match asked.and_then(|answered| moodle::site(&heard(&answered), now)) {
        Ok(site) => site,
        Err(fault) => return Ok(vec![Finding::of("site", Err(fault))]),
    };
    let platform = platform::entry(app, checked.source.platform_id).await?;
    let is_same = site.url == platform.row.issuer_url.trim_end_matches('/');
    let release = site.release.clone().unwrap_or_else(|| site.url.clone());
    let mut findings =
        vec![Finding::of("site", is_same.then_some(release).ok_or_else(|| Fault::new(Why::OtherSite)))];
    let missing = site.missing.iter().map(|name| Err(Fault::new(Why::FunctionMissing).said(name)));
    findings.extend(missing.map(|fault| Finding::of("functions", fault)));
    let Some(course) = &checked.course else {
        findings.push(no_course());
        return Ok(findings);
    };
    let number = &course.context_id;
    let asked = session.call(&moodle::ask_enrolled(session.base, number, 0)).await;
    let there = asked.and_then(|answered| moodle::enrolled(&heard(&answered), now));
    let somebody = match &there {
        Ok(page) => {
            let ids: Vec<&str> = page.items.iter().map(|person| person.id.as_str()).collect();
            let (db, organization) = (app.store.read(), checked.source.organization_id);
            let known = learners::of_subs(db, organization, &platform.row.issuer_url, &ids).await?;
            let known = known.into_iter().next().map(|learner| learner.sub);
            known.or_else(|| page.items.first().map(|person| person.id.clone()))
        }
        Err(_) => None,
    };
    findings.push(Finding::of("people", there.map(|page| people(page.items.len()))));
    let wanted = Wanted { course_score: true, ..Default::default() };
    let asked = session.call(&moodle::ask_grades(session.base, number, somebody.as_deref())).await;
    let asked = asked.and_then(|answered| moodle::grades(&heard(&answered), &wanted, now));
    findings.push(Finding::of("grades", asked.map(|_| "may be read".to_owned())));
    if let Some(user) = somebody {
        let asked = session.call(&moodle::ask_course_completion(session.base, number, &user)).await;
        let asked = asked.and_then(|answered| moodle::course_completion(&heard(&answered), &user, now));
        findings.push(Finding::of("completion", about_a_person(asked.map(drop))));
        let asked = session.call(&moodle::ask_activities(session.base, number, &user)).await;
        let asked = asked.and_then(|answered| moodle::activities(&heard(&answered), &user, &wanted, now));
        findings.push(Finding::of("activities", about_a_person(asked.map(drop))));
    }
    Ok(findings)
}

/// That somebody is not tracked is an answer, too.
fn about_a_person(asked: Result<(), Fault>) -> Result<String, Fault> {
    match asked {
        Err(fault) if !moodle::is_about_the_person(&fault) => Err(fault),
        _ => Ok("may be read".to_owned()),
    }
}

fn people(count: usize) -> String {
    format!("{count} people on the first page")
}

/// Nobody has opened the tool in any course yet.
fn no_course() -> Finding {
    Finding::well("course", "No course is known yet: open the tool once in one, then check again.")
}
