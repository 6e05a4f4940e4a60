//! Awards by the list: a file goes in, its outcomes come out (`domain::bulk`).

use futures_util::stream;
use poem::{Body, Request, RequestBody, web::Data};
use poem_openapi::{
    ApiRequest, ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::{Binary, Json, ParsePayload, Payload},
    registry::{MetaSchemaRef, Registry},
    types::{Example, Type as _},
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::bulk::{self, Form, given::Given, outcomes},
    error::Result as Outcome,
    ids::{AwardId, BulkId, LearnerId, PassId},
    store::{
        bulk as rows,
        entity::{
            bulk::{BulkState, Model},
            bulk_row::{self, BulkRowState},
        },
    },
    web::who::{MayAward, MayRead},
};

/// A piece of evidence of a row.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BulkEvidence {
    /// Where it can be seen.
    url: Option<String>,
    /// What it is called.
    name: Option<String>,
    /// What it shows.
    narrative: Option<String>,
}

/// A row of a list: who gets what, when, and why. Wrong rows are refused one by one.
#[derive(Clone, Debug, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BulkRowIn {
    /// Our id of the learner; or
    learner_id: Option<String>,
    /// their platform
    platform_id: Option<String>,
    /// and its id of them; or
    sub: Option<String>,
    /// their address alone. Unknown people are created, but for an id.
    email: Option<String>,
    /// Full name.
    name: Option<String>,
    /// Language tag.
    language: Option<String>,
    /// What is awarded; or
    version_id: Option<String>,
    /// the achievement, of which the newest version is awarded; or
    achievement_id: Option<String>,
    /// the placement whose badge is awarded, on its terms: within its scope, in the period of `awarded_at`.
    placement_id: Option<String>,
    /// When it was earned, or will be: a time, or a day in UTC. Now if left out; ahead of time it is scheduled.
    awarded_at: Option<String>,
    /// The award period, for badges that are given again, where no placement says which it is.
    period: Option<String>,
    /// Words for the badge.
    narrative: Option<String>,
    /// What it rests on.
    evidence: Option<Vec<BulkEvidence>>,
}

/// A list of awards.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct BulkIn {
    /// 1 to 100,000.
    rows: Vec<BulkRowIn>,
}

impl Example for BulkIn {
    fn example() -> Self {
        let row = BulkRowIn {
            email: Some("linus@example.org".to_owned()),
            name: Some("Linus Berger".to_owned()),
            version_id: Some(examples::version::<Uuid>().to_string()),
            narrative: Some("Took part in the workshop day.".to_owned()),
            ..BulkRowIn::default()
        };
        Self { rows: vec![row] }
    }
}

/// JSON that is read as it arrives, in the form of [`BulkIn`].
#[derive(Debug)]
pub struct JsonStream(Body);

impl Payload for JsonStream {
    const CONTENT_TYPE: &'static str = "application/json";

    fn check_content_type(content_type: &str) -> bool {
        content_type.starts_with(Self::CONTENT_TYPE)
    }

    fn schema_ref() -> MetaSchemaRef {
        BulkIn::schema_ref()
    }

    fn register(registry: &mut Registry) {
        BulkIn::register(registry);
    }
}

impl ParsePayload for JsonStream {
    const IS_REQUIRED: bool = true;

    async fn from_request(_request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self(body.take()?))
    }
}

/// A list to upload.
#[derive(Debug, ApiRequest)]
pub enum ListIn {
    /// A first line with the names of the columns, then a row each; commas, semicolons or tabs.
    #[oai(content_type = "text/csv")]
    Csv(Binary<Body>),
    /// A list of rows.
    Json(JsonStream),
}

/// What became of the rows of a list, by their number.
#[derive(Clone, Copy, Debug, Object)]
pub struct TallyOut {
    /// Nothing yet.
    waiting: i64,
    /// Awarded.
    awarded: i64,
    /// To be awarded in their time.
    scheduled: i64,
    /// The learner had it already.
    already: i64,
    /// Refused.
    refused: i64,
}

/// A list that was uploaded.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct BulkOut {
    /// Its id.
    id: BulkId,
    /// Where it is.
    state: BulkState,
    /// How many rows it has.
    total: i32,
    /// Which time its rows are worked on, from 1.
    run: i32,
    /// What became of them so far.
    rows: Option<TallyOut>,
    /// The pass under which the newest run awards; `pass_undo` takes it back until its mails leave, an hour later.
    pass_id: Option<PassId>,
    /// When it was uploaded.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When all rows had an outcome, or it was stopped.
    ended_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for BulkOut {
    fn example() -> Self {
        Self {
            id: examples::bulk(),
            state: BulkState::Running,
            total: 1,
            run: 1,
            rows: Some(TallyOut { waiting: 1, awarded: 0, scheduled: 0, already: 0, refused: 0 }),
            pass_id: Some(examples::pass()),
            created_at: examples::time(),
            ended_at: None,
        }
    }
}

impl From<Model> for BulkOut {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            state: row.state,
            total: row.total,
            run: row.run,
            rows: None,
            pass_id: row.pass_id,
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}

impl BulkOut {
    async fn whole(app: &App, row: Model) -> Outcome<Self> {
        let tally = bulk::tally(app, &row).await?;
        let bulk::Tally { waiting, awarded, scheduled, already, refused } = tally;
        Ok(Self { rows: Some(TallyOut { waiting, awarded, scheduled, already, refused }), ..row.into() })
    }
}

/// A row with what became of it.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct BulkRowOut {
    /// The line of a CSV file, or the place in a list, from 1.
    number: i32,
    /// What became of it.
    state: BulkRowState,
    /// As given; empty where it could not be read.
    given: BulkRowIn,
    /// Who was meant.
    learner_id: Option<LearnerId>,
    /// The award, also an earlier one.
    award_id: Option<AwardId>,
    /// Why it was refused, for machines. What begins with `row.` is wrong with the row itself.
    code: Option<String>,
    /// Why it was refused.
    words: Option<String>,
}

impl Example for BulkRowOut {
    fn example() -> Self {
        Self {
            number: 1,
            state: BulkRowState::Refused,
            given: BulkRowIn { email: Some("linus".to_owned()), ..BulkRowIn::default() },
            learner_id: None,
            award_id: None,
            code: Some("email.invalid".to_owned()),
            words: Some("learner.email: This is not an e-mail address mail can be sent to.".to_owned()),
        }
    }
}

impl From<bulk_row::Model> for BulkRowOut {
    fn from(row: bulk_row::Model) -> Self {
        let given: Given = serde_json::from_value(row.given).unwrap_or_default();
        let evidence = given.evidence.into_iter();
        let evidence: Vec<BulkEvidence> = evidence
            .map(|piece| BulkEvidence { url: piece.url, name: piece.name, narrative: piece.narrative })
            .collect();
        Self {
            number: row.number,
            state: row.state,
            given: BulkRowIn {
                learner_id: given.learner_id,
                platform_id: given.platform_id,
                sub: given.sub,
                email: given.email,
                name: given.name,
                language: given.language,
                version_id: given.version_id,
                achievement_id: given.achievement_id,
                placement_id: given.placement_id,
                awarded_at: given.awarded_at,
                period: given.period,
                narrative: given.narrative,
                evidence: Some(evidence).filter(|evidence| !evidence.is_empty()),
            },
            learner_id: row.learner_id,
            award_id: row.award_id,
            code: row.code,
            words: row.words,
        }
    }
}

/// A file of outcomes.
#[derive(Debug, ApiResponse)]
pub enum OutcomesOut {
    /// CSV in UTF-8.
    #[oai(status = 200, content_type = "text/csv")]
    Csv(Binary<Body>),
}

/// The resource.
#[derive(Debug)]
pub struct Bulks;

#[OpenApi(prefix_path = "/bulk-awards", tag = "Tag::Awards")]
impl Bulks {
    /// Upload a list of awards.
    ///
    /// CSV or JSON, up to 100,000 rows and 64 MB, read as it arrives. Jobs work on the rows, 64 at a time; each is
    /// awarded, scheduled, had already, or refused for a reason of its own. A file that cannot be read as a whole is
    /// refused (422 `bulk.*`) and leaves nothing. A row never awards twice; send an `Idempotency-Key` so that the
    /// same file sent again is the same list. The mails of more than 20 rows wait an hour.
    ///
    /// Scope: `award`.
    #[oai(path = "/", method = "post", operation_id = "bulk_upload")]
    async fn bulk_upload(
        &self,
        app: Data<&App>,
        may: MayAward,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: ListIn,
    ) -> Result<Created<BulkOut>, WriteProblem> {
        let (form, body) = match body {
            ListIn::Csv(Binary(body)) => (Form::Csv, body),
            ListIn::Json(JsonStream(body)) => (Form::Json, body),
        };
        let made = bulk::receive(&app, &may.caller, form, Box::pin(body.into_bytes_stream())).await?;
        Ok(created(BulkOut::whole(&app, made).await?))
    }

    /// List uploaded lists.
    ///
    /// Newest first, without what became of their rows.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "bulk_list")]
    async fn bulk_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<BulkOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one uploaded list.
    ///
    /// With how many rows came to what so far.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "bulk_find")]
    async fn bulk_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<BulkId>,
    ) -> Result<Json<BulkOut>, ReadProblem> {
        let found = bulk::find(&app, may.caller.organization, id.0).await?;
        Ok(Json(BulkOut::whole(&app, found).await?))
    }

    /// List the rows of a list.
    ///
    /// With what became of each; the last row first.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/rows", method = "get", operation_id = "bulk_rows")]
    async fn bulk_rows(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<BulkId>,
        /// Only those of which this became.
        state: Query<Option<BulkRowState>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<BulkRowOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let found = bulk::find(&app, organization, id.0).await?;
        let page = asked(limit.0, cursor.0);
        let page = rows::list_rows(app.store.read(), organization, found.id, state.0, page).await?;
        Ok(listed(page, Into::into))
    }

    /// Download what became of a list.
    ///
    /// CSV with the rows as given and their outcomes. Cells that a spreadsheet would execute begin with an apostrophe.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/outcomes", method = "get", operation_id = "bulk_outcomes")]
    async fn bulk_outcomes(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<BulkId>,
    ) -> Result<OutcomesOut, ReadProblem> {
        let found = bulk::find(&app, may.caller.organization, id.0).await?;
        let begin = (App::clone(&app), found, None::<i32>);
        let pieces = stream::unfold(Some(begin), async |state| {
            let (app, bulk, after) = state?;
            let Some(after) = after else {
                let head = outcomes::head().map_err(std::io::Error::other);
                return Some((head, Some((app, bulk, Some(0)))));
            };
            match outcomes::lines(&app, &bulk, after).await {
                Ok(None) => None,
                Ok(Some((text, last))) => Some((Ok(text), Some((app, bulk, Some(last))))),
                Err(error) => Some((Err(std::io::Error::other(error)), None)),
            }
        });
        Ok(OutcomesOut::Csv(Binary(Body::from_bytes_stream(pieces))))
    }

    /// Work again on the rows that were refused.
    ///
    /// For instance once a missing learner or badge is there. Rows that are wrong in themselves (`row.*`) stay
    /// refused, and none awards twice.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/rerun", method = "post", operation_id = "bulk_rerun")]
    async fn bulk_rerun(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<BulkId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<BulkOut>, WriteProblem> {
        let again = bulk::rerun(&app, &may.caller, id.0).await?;
        Ok(Json(BulkOut::whole(&app, again).await?))
    }

    /// Stop a list.
    ///
    /// What was awarded stays (`pass_undo` takes it back), the rest of the rows is left. Stopping twice is stopping
    /// once.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/cancel", method = "post", operation_id = "bulk_cancel")]
    async fn bulk_cancel(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<BulkId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<BulkOut>, WriteProblem> {
        let stopped = bulk::cancel(&app, &may.caller, id.0).await?;
        Ok(Json(BulkOut::whole(&app, stopped).await?))
    }
}
