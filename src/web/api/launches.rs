//! Launch records: what became of each launch, check by check. No claim's value is kept.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::{Any, Example},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Listed, asked, listed},
    problems::{ListProblem, ReadProblem},
};
use crate::{
    app::App,
    error::Error,
    ids::{CourseId, LaunchId, LearnerId, LinkId, PlatformId},
    store::{entity::launch_record as entity, launch as rows},
    web::who::MayOperate,
};

/// What became of a launch.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct LaunchOut {
    /// Its id.
    id: LaunchId,
    /// From which platform.
    platform_id: PlatformId,
    /// `ok`, or the code of the refusal.
    outcome: String,
    /// What the code of a refusal means, in a plain sentence.
    sentence: Option<String>,
    /// What was checked and passed, in order.
    checks: Any<Value>,
    /// Names of the claims it carried.
    claim_names: Any<Value>,
    /// What was odd but let pass.
    warnings: Any<Value>,
    /// Who launched.
    learner_id: Option<LearnerId>,
    /// In which course.
    course_id: Option<CourseId>,
    /// From which link.
    link_id: Option<LinkId>,
    /// What it allowed.
    permission: String,
    /// Where it led.
    target: Option<String>,
    /// The correlation id of its request.
    correlation_id: String,
    /// When it arrived.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl Example for LaunchOut {
    fn example() -> Self {
        Self {
            id: examples::launch(),
            platform_id: examples::platform(),
            outcome: "ok".to_owned(),
            sentence: None,
            checks: Any(json!(["state", "signature", "nonce"])),
            claim_names: Any(json!(["iss", "sub"])),
            warnings: Any(json!([])),
            learner_id: Some(examples::learner()),
            course_id: Some(examples::course()),
            link_id: Some(examples::link()),
            permission: "learn".to_owned(),
            target: Some("/course".to_owned()),
            correlation_id: "3mJ0c1dR9yQ".to_owned(),
            created_at: examples::time(),
        }
    }
}

impl From<entity::Model> for LaunchOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            platform_id: row.platform_id,
            sentence: lti::refusal::sentence_of(&row.outcome).map(str::to_owned),
            outcome: row.outcome,
            checks: Any(row.checks),
            claim_names: Any(row.claim_names),
            warnings: Any(row.warnings),
            learner_id: row.learner_id,
            course_id: row.course_id,
            link_id: row.link_id,
            permission: row.permission,
            target: row.target,
            correlation_id: row.correlation_id,
            created_at: row.created_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Launches;

#[OpenApi(prefix_path = "/launches", tag = "Tag::Launches")]
impl Launches {
    /// List launch records.
    ///
    /// Newest first. Launches refused before their deployment was known belong to no organization and
    /// are not here.
    ///
    /// Scope: `operate`.
    #[oai(path = "/", method = "get", operation_id = "launch_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn launch_list(
        &self,
        app: Data<&App>,
        may: MayOperate,
        /// Only with this outcome: `ok` or the code of a refusal.
        outcome: Query<Option<String>>,
        /// Only from this platform.
        platform_id: Query<Option<PlatformId>>,
        /// Only with this correlation id.
        correlation_id: Query<Option<String>>,
        /// Only those that arrived then or later.
        from: Query<Option<chrono::DateTime<chrono::Utc>>>,
        /// Only those that arrived before then.
        to: Query<Option<chrono::DateTime<chrono::Utc>>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<LaunchOut>>, ListProblem> {
        let filter = rows::Filter {
            platform: platform_id.0,
            outcome: outcome.0,
            correlation_id: correlation_id.0,
            from: from.0,
            to: to.0,
        };
        let asked = asked(limit.0, cursor.0);
        let page = rows::list(app.store.read(), may.caller.organization, filter, asked).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one launch record.
    ///
    /// With each check that passed and what was odd.
    ///
    /// Scope: `operate`.
    #[oai(path = "/:id", method = "get", operation_id = "launch_find")]
    async fn launch_find(
        &self,
        app: Data<&App>,
        may: MayOperate,
        id: Path<LaunchId>,
    ) -> Result<Json<LaunchOut>, ReadProblem> {
        let found = rows::find(app.store.read(), may.caller.organization, id.0).await?;
        Ok(Json(found.ok_or_else(|| Error::not_found("launch"))?.into()))
    }
}
