//! Awards by the list: a file goes in, its outcomes come out (`domain::bulk`).

use futures_util::stream;
use poem::{Body, Request, RequestBody, web::Data};
use poem_openapi::{
    ApiRequest, ApiResponse, OpenApi,
    param::{Header, Path, Query},
    payload::{Binary, Json, ParsePayload, Payload},
    registry::{MetaSchemaRef, Registry},
    types::Type as _,
};
use uuid::Uuid;

use super::{
    Tag,
    bulk_shapes::{BulkIn, BulkOut, BulkRowOut},
    page::{Created, Listed, asked, created, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::bulk::{self, Form, outcomes},
    ids::BulkId,
    store::{bulk as rows, entity::bulk_row::BulkRowState},
    web::who::{MayAward, MayRead},
};

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
