//! `/course/lists`: a course's own list of who has completed it (a file), compared with a badge; who is only there, who
//! only here, and whom nobody knows. Comparing awards nothing. `domain::completion_list`.

use std::collections::HashMap;

use poem::{Body, Request, Response, Result, handler, http::StatusCode, web::Data};

use super::{Entry, Visit, framed, parameter, reviewed, roster, shown_to};
use crate::{
    app::App,
    domain::{
        access::Caller,
        completion_list::{self as lists, NewList, parse},
        issuing,
    },
    error::{Error, Kind},
    ids::{CompletionListId, LearnerId, PlacementId},
    store::{
        PageQuery,
        entity::{completion_list::Model, course, learner, placement::PlacementState},
        learner as learners, placement as placements,
    },
    telemetry::CorrelationId,
    texts::{Language, Texts},
    web::{
        answer::see_other,
        views::{
            course::{Compared, EarlierList, Listed, ListsPage},
            parts::Day,
        },
    },
};

/// Its address.
pub(super) const PATH: &str = "/course/lists";
/// Earlier lists on the page.
const SHOWN: u64 = 20;
/// People of each part of the difference on the page.
const NAMED: usize = 200;
/// Largest file, in bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The page, and its form.
#[handler]
pub async fn open(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let entry = Entry::with_file(request, body, MOST_BYTES).await?;
    framed(&app, entry.launch, async {
        let visit = entry.visit(&app, request).await?;
        let course = reviewed(&visit.session)?;
        let language = visit.language(&app, request);
        let mut look = Look { app: &app, visit: &visit, course, language, problem: None };
        let mut shown = parameter(request, "list").and_then(|id| id.parse().ok());
        if entry.wants() == Some("compare") {
            let caller = visit.caller(course, &correlation);
            match compare(&app, &caller, course, &entry).await {
                Ok(list) if visit.bearer.is_none() => {
                    return Ok(see_other(&visit.way(&format!("{PATH}?list={}", list.id)).url));
                }
                Ok(list) => shown = Some(list.id),
                // What can be put right in the form is said there.
                Err(error) if error.kind() == Kind::Invalid => {
                    look.problem = Some(problem(&error, Texts::of(language)));
                    shown = None;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let status = if look.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let page = look.page(shown).await?;
        Ok(shown_to(&app, &visit, status, page.html()))
    })
    .await
}

async fn compare(
    app: &App,
    caller: &Caller,
    course: &course::Model,
    entry: &Entry,
) -> crate::error::Result<Model> {
    let placement = entry.field("placement").and_then(|id| id.parse::<PlacementId>().ok());
    let placement = placement
        .ok_or_else(|| Error::invalid("list.no_badge", "placement", "Choose the badge to compare with."))?;
    let file = entry.file("file").ok_or_else(|| Error::invalid("list.empty", "file", "Choose a file."))?;
    if file.contains('\u{fffd}') || file.contains('\0') {
        return Err(Error::invalid("list.encoding", "file", "Save the file as CSV in UTF-8."));
    }
    let name =
        entry.file_name().unwrap_or("CSV").chars().filter(|sign| !sign.is_control()).take(200).collect();
    let lines = parse::csv(file)?;
    // A teacher's list is compared and never counts: what counts comes by a key with a strength of its own.
    let new = NewList { course: course.id, placement, name, lines, counts: false };
    lists::compare(app, caller, new).await
}

/// What is wrong with a file, and what to do.
fn problem(error: &Error, texts: Texts) -> String {
    let line: String = error
        .to_string()
        .chars()
        .skip_while(|sign| !sign.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    match error.code() {
        "list.empty" => texts.say("list-problem-empty"),
        "list.no_badge" => texts.say("list-problem-badge"),
        "list.encoding" => texts.say("list-problem-encoding"),
        "list.too_long" => texts.text("list-problem-long").arg("most", parse::MOST.to_string()).to_string(),
        "list.line" => texts.text("list-problem-line").arg("line", line).to_string(),
        _ => texts.say("list-problem-other"),
    }
}

/// What is looked at.
struct Look<'a> {
    app: &'a App,
    visit: &'a Visit,
    course: &'a course::Model,
    language: Language,
    problem: Option<String>,
}

impl Look<'_> {
    async fn page(self, shown: Option<CompletionListId>) -> crate::error::Result<ListsPage> {
        let (app, organization) = (self.app, self.course.organization_id);
        let mut badges = Vec::new();
        let mut rows = placements::of_course(app.store.read(), organization, self.course.id).await?;
        rows.retain(|row| row.state != PlacementState::Draft);
        for row in &rows {
            let prepared = issuing::prepared(app, organization, row.achievement_version_id).await?;
            badges.push((row.id, prepared.version.name.clone()));
        }
        let named: HashMap<PlacementId, String> = badges.iter().cloned().collect();
        let query = PageQuery { after: None, limit: SHOWN };
        let known = lists::list(app, organization, self.course.id, query).await?.items;
        let shown = match shown {
            None => None,
            Some(id) => {
                let list = lists::find(app, organization, id).await?;
                if list.course_id != self.course.id {
                    return Err(Error::not_found("completion_list"));
                }
                Some(self.compared(&list, &named).await?)
            }
        };
        let badge = |id: &PlacementId| named.get(id).cloned().unwrap_or_default();
        let earlier = known.iter().map(|row| EarlierList {
            way: self.visit.way(&format!("{PATH}?list={}", row.id)),
            name: row.name.clone(),
            badge: badge(&row.placement_id),
            at: Day::minute(self.language, row.created_at),
        });
        Ok(ListsPage {
            language: self.language,
            course: self.course.title.clone(),
            back: self.visit.way("/course"),
            carry: self.visit.carry(app),
            action: self.visit.way(PATH).url,
            fields: self.visit.fields(app),
            badges: badges.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
            earlier: earlier.collect(),
            shown,
            problem: self.problem,
        })
    }

    async fn compared(
        &self,
        list: &Model,
        named: &HashMap<PlacementId, String>,
    ) -> crate::error::Result<Compared> {
        let difference = lists::difference_of(list)?;
        let there = difference.only_there.iter().take(NAMED);
        let here = difference.only_here.iter().take(NAMED);
        let ids = there.clone().map(|one| one.learner).chain(here.clone().map(|one| one.learner));
        let people = learners::of_ids(self.app.store.read(), list.organization_id, ids).await?;
        let people: HashMap<LearnerId, learner::Model> =
            people.into_iter().map(|row| (row.id, row)).collect();
        let numbers = |lines: &[u64]| lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let only_there: Vec<Listed> = there
            .map(|one| Listed {
                why: Some(why(&one.why)),
                completed: one.completed_at.map(|at| Day::of(self.language, at)),
                ..self.person(one.learner, &people)
            })
            .collect();
        let only_here: Vec<Listed> = here.map(|one| self.person(one.learner, &people)).collect();
        Ok(Compared {
            name: list.name.clone(),
            badge: named.get(&list.placement_id).cloned().unwrap_or_default(),
            at: Day::minute(self.language, list.created_at),
            lines: list.rows,
            both: difference.both,
            more_there: difference.only_there.len() - only_there.len(),
            more_here: difference.only_here.len() - only_here.len(),
            there: difference.only_there.len(),
            here: difference.only_here.len(),
            only_there,
            only_here,
            unknown: numbers(&difference.unknown),
            ambiguous: numbers(&difference.ambiguous),
            repeated: difference.repeated,
        })
    }

    fn person(&self, id: LearnerId, people: &HashMap<LearnerId, learner::Model>) -> Listed {
        let name = roster::called(people.get(&id), self.language);
        Listed { name, way: self.visit.way(&format!("/course/people/{id}")), why: None, completed: None }
    }
}

/// Why somebody has no badge: the key of a phrase.
fn why(code: &str) -> &'static str {
    match code {
        "met" => "list-why-met",
        "nearly" => "list-why-nearly",
        "not_yet" => "list-why-not-yet",
        "staff" => "roster-excluded-staff",
        "inactive" => "roster-excluded-gone",
        "test_user" => "roster-excluded-test",
        "other_role" => "roster-excluded-other",
        "vetoed" => "roster-excluded-vetoed",
        _ => "list-why-unknown",
    }
}
