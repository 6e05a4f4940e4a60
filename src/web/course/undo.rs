//! What was just awarded to many, and the button that takes it back before its mails leave:
//! `/course/passes/{id}/undo`. Without a veto; by that rule nothing is awarded again before somebody's click.

use chrono::Duration;
use poem::{Body, Request, Response, Result, handler, web::Data};

use super::{Entry, Visit, confirm, framed, named};
use crate::{
    app::App,
    domain::pass::{self, undo},
    error::Error,
    ids::PassId,
    store::{
        PageQuery, achievement as achievements,
        entity::{
            course,
            pass::{Model, PassState},
        },
        pass as rows,
    },
    telemetry::CorrelationId,
    texts::Language,
    web::views::{
        course::{JustAwarded, Undoing},
        parts::Day,
    },
};

/// So many passes are looked at.
const LOOKED_AT: u64 = 20;
/// What was taken back is told for so long.
const TOLD: Duration = Duration::days(1);

/// The button.
#[handler]
pub async fn act(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let entry = Entry::of(request, body).await?;
    framed(&app, entry.launch, async {
        let visit = entry.visit(&app, request).await?;
        let course = super::reviewed(&visit.session)?;
        let pass = pass::find(&app, course.organization_id, named::<PassId>(request, "pass")?).await?;
        if pass.course_id != Some(course.id) {
            return Err(Error::not_found("pass").into());
        }
        let caller = visit.caller(course, &correlation);
        undo::undo(&app, &caller, pass.id, false).await?;
        Ok(confirm::course_page(&app, request, &visit).await?)
    })
    .await
}

/// What a course's passes awarded and can be taken back, is being taken back, or was today; nothing for who may not
/// decide.
///
/// # Errors
/// Only ours.
pub async fn recent(
    app: &App,
    visit: &Visit,
    course: &course::Model,
    language: Language,
) -> crate::error::Result<Vec<JustAwarded>> {
    if !visit.session.may_review() {
        return Ok(Vec::new());
    }
    let (db, organization) = (app.store.read(), course.organization_id);
    let filter = rows::Filter { course: Some(course.id), ..rows::Filter::default() };
    let query = PageQuery { after: None, limit: LOOKED_AT };
    let mut found = Vec::new();
    for pass in rows::list(db, organization, filter, query).await?.items {
        let Some(state) = state_of(app, &pass, language) else { continue };
        let mut tallies = pass::tallies(&pass)?;
        tallies.retain(|tally| tally.awarded > 0);
        let awarded: u64 = tallies.iter().map(|tally| tally.awarded).sum();
        if awarded == 0 {
            continue;
        }
        let badges = achievements::names(db, organization, tallies.iter().map(|tally| tally.achievement));
        let badges: Vec<String> = badges.await?.into_iter().map(|(_, name)| name).collect();
        found.push(JustAwarded {
            action: visit.way(&format!("/course/passes/{}/undo", pass.id)).url,
            fields: visit.fields(app),
            badges: badges.join(", "),
            count: awarded,
            undone: tallies.iter().map(|tally| tally.undone).sum(),
            state,
        });
    }
    Ok(found)
}

fn state_of(app: &App, pass: &Model, language: Language) -> Option<Undoing> {
    let now = app.clock.now();
    match pass.state {
        PassState::Done | PassState::Ended => {
            // Afterwards mails leave, and awards are taken back one by one.
            let mails = pass.mail_at.filter(|at| *at > now)?;
            Some(Undoing::Possible { mails: Day::minute(language, mails) })
        }
        PassState::Undoing => Some(Undoing::Running),
        PassState::Undone => pass.undone_at.filter(|at| now - *at < TOLD).map(|_| Undoing::Done),
        PassState::Waiting | PassState::Weighing | PassState::Awarding => None,
    }
}
