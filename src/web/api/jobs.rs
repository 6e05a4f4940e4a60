//! Jobs: what is still to be done, or could not be.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Listed, asked, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::job,
    ids::JobId,
    outbox::queue,
    store::entity::job::{self as entity, JobState},
    web::who::MayOperate,
};

/// A job, without its payload.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct JobOut {
    /// Its id.
    id: JobId,
    /// What it does.
    kind: String,
    /// Where it is in its life.
    state: JobState,
    /// Tries begun.
    attempts: i32,
    /// Tries it has.
    max_attempts: i32,
    /// When it is due.
    run_at: chrono::DateTime<chrono::Utc>,
    /// Why the last try failed.
    last_error: Option<String>,
    /// When it was enqueued.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it ended.
    finished_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for JobOut {
    fn example() -> Self {
        Self {
            id: examples::job(),
            kind: "mail_award".to_owned(),
            state: JobState::Ready,
            attempts: 0,
            max_attempts: 12,
            run_at: examples::time(),
            last_error: None,
            created_at: examples::time(),
            finished_at: None,
        }
    }
}

impl From<entity::Model> for JobOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            run_at: row.run_at,
            last_error: row.last_error,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Jobs;

#[OpenApi(prefix_path = "/jobs", tag = "Tag::Jobs")]
impl Jobs {
    /// List jobs.
    ///
    /// Newest first. `dead` are those that used all their tries.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "get", operation_id = "job_list")]
    async fn job_list(
        &self,
        app: Data<&App>,
        may: MayOperate,
        /// Only in this state.
        state: Query<Option<JobState>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<JobOut>>, ListProblem> {
        let asked = asked(limit.0, cursor.0);
        let page = queue::list(app.store.read(), may.caller.organization, state.0, asked).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one job.
    ///
    /// With the reason its last try failed.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id", method = "get", operation_id = "job_find")]
    async fn job_find(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<JobId>,
    ) -> Result<Json<JobOut>, ReadProblem> {
        Ok(Json(job::find(&app, may.caller.organization, id.0).await?.into()))
    }

    /// Retry a dead job.
    ///
    /// With all its tries again.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id/retry", method = "post", operation_id = "job_retry")]
    async fn job_retry(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<JobId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<JobOut>, WriteProblem> {
        Ok(Json(job::retry(&app, &may.caller, id.0).await?.into()))
    }
}
