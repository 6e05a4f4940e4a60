//! `/course/approvals`: who waits for people only, for who teaches or grades in the course; what the rule says of each, what
//! was decided so far, and a form for one's own decision. Nobody decides on themselves (design §6.11).

use criteria::{Explanation, Missing, Test};
use poem::{Body, Request, Response, Result, handler, http::StatusCode, web::Data};

use super::{Entry, Visit, framed, learner::line, parameter, reviewed, roster, shown_to};
use crate::{
    app::App,
    domain::{
        approval::{self, Approver, Decided, Of, Waiting, Wanted},
        course::Titles,
        issuing, learner,
    },
    error::Error,
    store::{PageQuery, entity::course},
    telemetry::CorrelationId,
    texts::Language,
    web::{
        answer::see_other,
        present,
        views::{
            course::{Approvals, ApprovalsPage, Given, Ruling, Waiter},
            parts::Day,
        },
    },
};

/// Its address.
pub(super) const PATH: &str = "/course/approvals";
/// People on a page.
const SHOWN: u64 = 25;
/// So many are counted for the course's page.
const COUNTED: u64 = 50;

/// The page, and its buttons.
#[handler]
pub async fn open(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let entry = Entry::of(request, body).await?;
    framed(&app, entry.launch, async {
        let visit = entry.visit(&app, request).await?;
        let course = reviewed(&visit.session)?;
        let who = Approver::of_session(&visit.session)?;
        if let Some(wanted) = entry.wants() {
            let approves = match wanted {
                "approve" => true,
                "decline" => false,
                _ => return Err(Error::invalid("form.unreadable", "do", "Choose what to do.").into()),
            };
            let named = entry.field("placement").and_then(|id| id.parse().ok());
            let whose = entry.field("learner").and_then(|id| id.parse().ok());
            let (Some(placement), Some(learner)) = (named, whose) else {
                return Err(Error::not_found("learner").into());
            };
            let caller = visit.caller(course, &correlation);
            approval::decide(&app, &caller, &who, placement, learner, approves, entry.field("note")).await?;
            if visit.bearer.is_none() {
                return Ok(see_other(&visit.way(PATH).url));
            }
        }
        let after = parameter(request, "after").and_then(|after| after.parse().ok());
        let query = PageQuery { after, limit: SHOWN };
        let page = page(&app, &visit, course, query, visit.language(&app, request)).await?;
        Ok(shown_to(&app, &visit, StatusCode::OK, page.html()))
    })
    .await
}

/// How many wait, for the course's page; nothing for who may not decide, or where nobody waits.
///
/// # Errors
/// Only ours.
pub async fn count(
    app: &App,
    visit: &Visit,
    course: &course::Model,
) -> crate::error::Result<Option<Approvals>> {
    if !visit.session.may_review() {
        return Ok(None);
    }
    let query = PageQuery { after: None, limit: COUNTED };
    let waiting = approval::waiting(app, course.organization_id, Of::Course(course.id), query).await?;
    let count = waiting.items.len();
    let has_more = waiting.next.is_some();
    Ok((count > 0 || has_more).then(|| Approvals { way: visit.way(PATH), count, has_more }))
}

async fn page(
    app: &App,
    visit: &Visit,
    course: &course::Model,
    query: PageQuery,
    language: Language,
) -> crate::error::Result<ApprovalsPage> {
    let found = approval::waiting(app, course.organization_id, Of::Course(course.id), query).await?;
    let teller = Teller { app, visit, titles: Titles::of(app, course).await?, language };
    let mut people = Vec::new();
    for waiting in &found.items {
        for wanted in &waiting.wanted {
            people.push(teller.waiter(waiting, wanted).await?);
        }
    }
    Ok(ApprovalsPage {
        language,
        course: course.title.clone(),
        back: visit.way("/course"),
        carry: visit.carry(app),
        people,
        next: found.next.map(|next| visit.way(&format!("{PATH}?after={next}"))),
    })
}

/// Tells of those who wait.
struct Teller<'a> {
    app: &'a App,
    visit: &'a Visit,
    titles: Titles,
    language: Language,
}

impl Teller<'_> {
    async fn waiter(&self, waiting: &Waiting, wanted: &Wanted) -> crate::error::Result<Waiter> {
        let (who, placement) = (&waiting.learner, &wanted.placement);
        let prepared =
            issuing::prepared(self.app, placement.organization_id, placement.achievement_version_id).await?;
        let words = criteria::Language::of_tag(self.language.tag());
        let me = self.visit.session.learner.as_ref();
        let mut fields = self.visit.fields(self.app);
        fields.push(("placement".to_owned(), placement.id.to_string()));
        fields.push(("learner".to_owned(), who.id.to_string()));
        Ok(Waiter {
            name: roster::called(Some(who), self.language),
            way: self.visit.way(&format!("/course/people/{}", who.id)),
            badge: present::badge(&prepared, self.language),
            explained: line(&criteria::explain(&wanted.verdict, &wanted.rule, words, &self.titles)),
            given: given(wanted),
            rulings: wanted.decisions.iter().map(|decided| self.ruling(decided)).collect(),
            is_own: me.is_some_and(|me| learner::is_same_person(me, who)),
            action: self.visit.way(PATH).url,
            fields,
        })
    }

    fn ruling(&self, decided: &Decided) -> Ruling {
        let me = self.visit.session.learner.as_ref();
        Ruling {
            by: decided.by.as_ref().and_then(|by| by.name.clone()),
            is_mine: me.zip(decided.by.as_ref()).is_some_and(|(me, by)| learner::is_same_person(me, by)),
            approves: decided.approves,
            note: decided.note.clone(),
            at: Day::minute(self.language, decided.at),
        }
    }
}

/// For each part of the rule that asks for people: how many have approved, of how many.
fn given(wanted: &Wanted) -> Vec<Given> {
    let parts = wanted.rule.nodes().filter_map(|(path, node)| match &node.test {
        Test::Approved { roles, n } => Some((path, roles, *n)),
        _ => None,
    });
    let parts = parts.map(|(path, roles, needed)| {
        let lacks = match missing(&wanted.verdict.explanation, &path) {
            Some(Missing::Approvals { n, .. }) => *n,
            _ => 0,
        };
        Given { given: needed.saturating_sub(lacks), needed, roles: roles.join(", ") }
    });
    parts.collect()
}

fn missing<'a>(explanation: &'a Explanation, path: &str) -> Option<&'a Missing> {
    if explanation.path == path {
        return explanation.missing.as_ref();
    }
    explanation.of.iter().find_map(|below| missing(below, path))
}
