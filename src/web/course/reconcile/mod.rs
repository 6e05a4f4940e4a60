//! `/course/reconcile`: the checks of a course, for who teaches there. In what the last one ended, whether one runs, who
//! tells of the course (`channels`), what was stated before (`statement`), and the buttons that ask for another.
//! Looking asks no platform; the buttons only queue a run. Design §5; [`domain::reconcile`](crate::domain::reconcile).

pub(super) mod channels;
mod statement;

use poem::{Body, Request, Response, Result, handler, web::Data};

use super::{Entry, Visit, framed, parameter, reviewed, shown_to};
use crate::{
    app::App,
    domain::reconcile as runs,
    error::Error,
    store::{
        PageQuery,
        entity::{course, reconcile_run::ReconcileCause},
        reconcile as rows,
    },
    telemetry::CorrelationId,
    texts::Language,
    web::{
        answer::see_other,
        views::{course::ReconcilePage, parts::Day},
    },
};

/// Its address.
pub(super) const PATH: &str = "/course/reconcile";
/// Earlier statements on a page.
const SHOWN: u64 = 10;

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
        if let Some(wanted) = entry.wants() {
            let cause = match wanted {
                "reconcile" => ReconcileCause::Asked,
                "replay" => ReconcileCause::Replay,
                _ => return Err(Error::invalid("form.unreadable", "do", "Choose what to do.").into()),
            };
            let caller = visit.caller(course, &correlation);
            runs::ask(&app, &caller, course.id, cause).await?;
            if visit.bearer.is_none() {
                return Ok(see_other(&visit.way(PATH).url));
            }
        }
        let after = parameter(request, "after").and_then(|after| after.parse().ok());
        let page = page(&app, &visit, course, after, visit.language(&app, request)).await?;
        Ok(shown_to(&app, &visit, poem::http::StatusCode::OK, page.html()))
    })
    .await
}

async fn page(
    app: &App,
    visit: &Visit,
    course: &course::Model,
    after: Option<uuid::Uuid>,
    language: Language,
) -> crate::error::Result<ReconcilePage> {
    let organization = course.organization_id;
    let newest = runs::newest(app, organization, course.id).await?;
    let running = rows::running(app.store.read(), organization, course.id).await?;
    let teller = statement::Teller { app, visit, course, language };
    let query = PageQuery { after, limit: SHOWN };
    let listed = runs::list(app, organization, course.id, query).await?;
    let mut history = Vec::new();
    for run in &listed.items {
        // The newest stands above.
        let is_above = after.is_none() && newest.as_ref().is_some_and(|newest| newest.id == run.id);
        if let Some(past) = teller.past(run)?.filter(|_| !is_above) {
            history.push(past);
        }
    }
    Ok(ReconcilePage {
        language,
        course: course.title.clone(),
        back: visit.way("/course"),
        carry: visit.carry(app),
        running: match running {
            None => None,
            Some(run) => Some(teller.running(&run).await?),
        },
        newest: match &newest {
            None => None,
            Some(run) => teller.stated(run).await?,
        },
        action: visit.way(PATH).url,
        fields: visit.fields(app),
        channels: channels::of_course(app, course, language).await?,
        history,
        older: listed.next.map(|next| visit.way(&format!("{PATH}?after={next}"))),
    })
}

/// A moment as it is shown.
fn at(language: Language, moment: chrono::DateTime<chrono::Utc>) -> Day {
    Day::minute(language, moment)
}
