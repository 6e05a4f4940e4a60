//! `/course/roster`: the people of a course and where each stands, for who teaches there. Looking asks no
//! platform; the button only queues a reading. Where the platform offers no list, they are those who have launched, and
//! whom others have told of.

use std::collections::HashMap;

use criteria::{Explained, Outcome, Signal};
use poem::{Body, Request, Response, Result, handler, http::StatusCode, web::Data};

use super::{Entry, Visit, framed, named, parameter, reviewed, shown_to};
use crate::{
    app::{App, Live, Prepared},
    domain::{
        access::{Actor, Caller},
        course::Titles,
        earning,
        evaluation::{self, Excluded},
        heard, issuing, roster,
    },
    ids::LearnerId,
    store::{
        award as awards, course_group as groups,
        enrollment::{self as enrollments, Who},
        entity::{award, course, enrollment, learner},
    },
    texts::{Language, Texts},
    web::{
        answer::see_other,
        present,
        views::{
            course::{RosterAsk, RosterList, RosterPage, RosterReading, Someone, Stand},
            parts::Day,
            way::Way,
        },
    },
};

/// Its address.
pub(super) const PATH: &str = "/course/roster";
/// People on a page.
const SHOWN: u64 = 50;
/// How much of an id is shown of people without a name (N07).
const SHORT_ID: usize = 12;

/// The page, and its button.
#[handler]
pub async fn open(app: Data<&App>, request: &Request, body: Body) -> Result<Response> {
    let entry = Entry::of(request, body).await?;
    framed(&app, entry.launch, async {
        let visit = entry.visit(&app, request).await?;
        let course = reviewed(&visit.session)?;
        if entry.wants() == Some("read") {
            let caller = Caller::new(course.organization_id, Actor::Instructor(entry.launch));
            roster::ask(&app, &caller, course.id, None).await?;
            // A browser that keeps no cookies would lose its way.
            if visit.bearer.is_none() {
                return Ok(see_other(&visit.way(PATH).url));
            }
        }
        let language = visit.language(&app, request);
        let page = page(&app, &visit, course, Which::of(request), language).await?;
        Ok(shown_to(&app, &visit, StatusCode::OK, page.html()))
    })
    .await
}

/// The page of one of them: why they have each badge, or why not yet.
#[handler]
pub async fn person(app: Data<&App>, request: &Request, body: Body) -> Result<Response> {
    let entry = Entry::of(request, body).await?;
    framed(&app, entry.launch, async {
        let visit = entry.visit(&app, request).await?;
        let course = reviewed(&visit.session)?;
        let whose = named(request, "learner")?;
        let language = visit.language(&app, request);
        let body = super::review::taught(&app, &visit, course, whose, language).await?;
        Ok(shown_to(&app, &visit, StatusCode::OK, body))
    })
    .await
}

/// Which of the lists, and which page of it.
#[derive(Clone, Copy, Debug)]
struct Which {
    who: Who,
    page: u64,
}

impl Which {
    fn of(request: &Request) -> Self {
        let who = match parameter(request, "who").as_deref() {
            Some("staff") => Who::Staff,
            Some("gone") => Who::Gone,
            _ => Who::Learners,
        };
        let page = parameter(request, "page").and_then(|page| page.parse().ok()).unwrap_or(1);
        Self { who, page: u64::clamp(page, 1, 100_000) }
    }

    fn way(self, visit: &Visit) -> Way {
        let who = match self.who {
            Who::Learners => "learners",
            Who::Staff => "staff",
            Who::Gone => "gone",
        };
        let page = if self.page > 1 { format!("&page={}", self.page) } else { String::new() };
        visit.way(&format!("{PATH}?who={who}{page}"))
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    course: &course::Model,
    which: Which,
    language: Language,
) -> crate::error::Result<RosterPage> {
    let (db, organization) = (app.store.read(), course.organization_id);
    let counts = enrollments::counts(db, organization, course.id).await?;
    let offset = (which.page - 1) * SHOWN;
    let mut rows = enrollments::by_name(db, organization, course.id, which.who, offset, SHOWN + 1).await?;
    let has_more = rows.len() as u64 > SHOWN;
    rows.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    let list = |name, who, count| RosterList {
        name,
        count,
        way: Which { who, page: 1 }.way(visit),
        is_current: which.who == who,
    };
    let to = |page| Which { page, ..which }.way(visit);
    Ok(RosterPage {
        language,
        course: course.title.clone(),
        back: visit.way("/course"),
        carry: visit.carry(app),
        reading: reading(app, course, language).await?,
        ask: roster::is_offered(course)
            .then(|| RosterAsk { action: visit.way(PATH).url, fields: visit.fields(app) }),
        lists: vec![
            list("roster-learners", Who::Learners, counts.learners),
            list("roster-staff", Who::Staff, counts.staff),
            list("roster-gone", Who::Gone, counts.gone),
        ],
        people: people(app, visit, course, &rows, language).await?,
        previous: (which.page > 1).then(|| to(which.page - 1)),
        next: has_more.then(|| to(which.page + 1)),
    })
}

async fn reading(
    app: &App,
    course: &course::Model,
    language: Language,
) -> crate::error::Result<RosterReading> {
    let Some(row) = roster::find(app, course.organization_id, course.id, None).await? else {
        return Ok(RosterReading::default());
    };
    let said = roster::reading_of(&row)?;
    Ok(RosterReading {
        at: row.read_at.map(|at| Day::minute(language, at)),
        people: said.as_ref().map_or(0, |said| said.members),
        is_complete: said.as_ref().is_some_and(|said| said.is_complete),
        trouble: row.trouble.as_deref().map(why),
        is_awaited: roster::is_awaited(&row),
    })
}

/// The reason for a code, as a teacher can use it.
pub(super) fn why(code: &str) -> &'static str {
    match code {
        "lti.nrps.scope_not_granted" | "lti.token.scope_insufficient" => "roster-why-permission",
        "lti.nrps.unavailable" | "lti.token.unreachable" => "roster-why-unavailable",
        "lti.nrps.paging" => "roster-why-paging",
        _ => "roster-why-other",
    }
}

type Row = (enrollment::Model, learner::Model);

async fn people(
    app: &App,
    visit: &Visit,
    course: &course::Model,
    rows: &[Row],
    language: Language,
) -> crate::error::Result<Vec<Someone>> {
    let (db, organization) = (app.store.read(), course.organization_id);
    let live = evaluation::live(app, db, organization, Some(course.id)).await?;
    let mut badges = Vec::with_capacity(live.placements.len());
    for placed in &live.placements {
        badges.push(issuing::prepared(app, organization, placed.placement.achievement_version_id).await?);
    }
    let titles = Titles::of(app, course).await?;
    let ids: Vec<LearnerId> = rows.iter().map(|(_, learner)| learner.id).collect();
    let mut held: HashMap<LearnerId, Vec<award::Model>> = HashMap::new();
    for row in awards::of_learners(db, organization, ids.iter().copied()).await? {
        held.entry(row.learner_id).or_default().push(row);
    }
    let awards_of = |learner: &learner::Model| held.get(&learner.id).map_or(&[][..], Vec::as_slice);
    let known: Vec<heard::Known<'_>> = rows
        .iter()
        .map(|(enrollment, learner)| heard::Known {
            learner: learner.id,
            enrollments: std::slice::from_ref(enrollment),
            awards: awards_of(learner),
        })
        .collect();
    let mut heard = heard::hear(db, organization, live.rules(), &known).await?;
    let named: HashMap<_, String> = groups::of_course(db, organization, course.id)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let mut grouped: HashMap<LearnerId, Vec<String>> = HashMap::new();
    for row in groups::of_learners(db, organization, course.id, ids.iter().copied()).await? {
        grouped.entry(row.learner_id).or_default().extend(named.get(&row.course_group_id).cloned());
    }
    let shown = rows.iter().map(|(enrollment, learner)| {
        let seen = Seen {
            enrollment,
            learner,
            held: awards_of(learner),
            heard: heard.remove(&learner.id).unwrap_or_default(),
        };
        let groups = grouped.remove(&learner.id).unwrap_or_default();
        let excluded = seen.excluded();
        let stands = seen.stands(app, &live, &badges, &titles, language);
        Someone {
            name: learner.name.clone(),
            short_id: short(&learner.sub),
            way: visit.way(&format!("/course/people/{}", learner.id)),
            groups,
            excluded,
            stands,
        }
    });
    Ok(shown.collect())
}

/// The phrase that says why somebody is given no badge.
pub(super) fn why_excluded(why: Excluded) -> &'static str {
    match why {
        Excluded::TestUser => "roster-excluded-test",
        Excluded::Staff => "roster-excluded-staff",
        Excluded::Inactive => "roster-excluded-gone",
        Excluded::OtherRole => "roster-excluded-other",
        Excluded::Vetoed => "roster-excluded-vetoed",
    }
}

/// What somebody is called: by their name, or by a short id where the platform tells none (N07).
pub(super) fn called(who: Option<&learner::Model>, language: Language) -> String {
    who.and_then(|who| who.name.clone()).unwrap_or_else(|| {
        let id = who.map(|who| short(&who.sub)).unwrap_or_default();
        Texts::of(language).text("learner-fallback-name").arg("id", id).to_string()
    })
}

/// The beginning of an id.
pub(super) fn short(id: &str) -> String {
    match id.chars().nth(SHORT_ID) {
        None => id.to_owned(),
        Some(_) => id.chars().take(SHORT_ID).chain(['…']).collect(),
    }
}

/// Somebody with all that is known of them.
struct Seen<'a> {
    enrollment: &'a enrollment::Model,
    learner: &'a learner::Model,
    held: &'a [award::Model],
    heard: Vec<Signal>,
}

impl Seen<'_> {
    /// Why they are given no badge.
    fn excluded(&self) -> Option<&'static str> {
        evaluation::excluded(self.learner, std::slice::from_ref(self.enrollment)).map(why_excluded)
    }

    fn stands(
        &self,
        app: &App,
        live: &Live,
        badges: &[std::sync::Arc<Prepared>],
        titles: &Titles,
        language: Language,
    ) -> Vec<Stand> {
        let words = criteria::Language::of_tag(language.tag());
        let is_candidate = self.excluded().is_none();
        live.placements
            .iter()
            .zip(badges)
            .filter_map(|(placed, badge)| {
                let award = earning::shown(app, placed, self.held).map(|award| {
                    let standing = present::standing(award, language, app.clock.now());
                    (standing, Day::of(language, award.awarded_at))
                });
                if award.is_none() && !is_candidate {
                    return None;
                }
                let missing = award.is_none().then(|| {
                    let verdict = earning::judge(app, placed, &self.heard, self.held);
                    lacking(&criteria::explain(&verdict, &placed.rule, words, titles))
                });
                Some(Stand { badge: badge.version.name.clone(), award, missing: missing.flatten() })
            })
            .collect()
    }
}

/// The first thing that is missing, in a sentence.
fn lacking(line: &Explained) -> Option<String> {
    if line.outcome == Outcome::Met {
        return None;
    }
    let below = line.of.iter().find_map(lacking);
    below.or_else(|| line.note.clone().or_else(|| Some(line.text.clone())))
}
