//! Shared platforms, for the server's operators, who own them: organizations see them among their platforms.

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use uuid::Uuid;

use super::{
    Tag,
    deployments::DeploymentOut,
    page::{Created, Listed, asked, created, listed},
    platform_health::{CheckOut, HealthOut},
    platforms::{PlatformIn, PlatformKeyOut, PlatformOut, PlatformPatch},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{platform, platform_check, platform_health, platform_key},
    ids::PlatformId,
    store::{deployment as deployments, entity::deployment::DeploymentState, platform as rows},
    web::who::MayServe,
};

/// The resource.
#[derive(Debug)]
pub struct SharedPlatforms;

#[OpenApi(prefix_path = "/platforms/shared", tag = "Tag::Platforms")]
impl SharedPlatforms {
    /// Add a shared platform.
    ///
    /// One client id that many customers use. For server keys.
    ///
    /// Scope: `server`.
    #[oai(path = "/", method = "post", operation_id = "platform_add_shared")]
    async fn platform_add_shared(
        &self,
        app: Data<&App>,
        may: MayServe,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<PlatformIn>,
    ) -> Result<Created<PlatformOut>, WriteProblem> {
        let made = platform::add(&app, &may.caller, body.0.into_new(true)).await?;
        Ok(created(PlatformOut::of(&app, made)))
    }

    /// List shared platforms.
    ///
    /// Newest first. For server keys.
    ///
    /// Scope: `server`.
    #[oai(path = "/", method = "get", operation_id = "platform_list_shared")]
    async fn platform_list_shared(
        &self,
        app: Data<&App>,
        _may: MayServe,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<PlatformOut>>, ListProblem> {
        let page = rows::unscoped_list_shared(app.store.read(), asked(limit.0, cursor.0)).await?;
        Ok(listed(page, |row| PlatformOut::of(&app, row)))
    }

    /// Correct a shared platform.
    ///
    /// Fields left out stay as they are. For server keys.
    ///
    /// Scope: `server`.
    #[oai(path = "/:id", method = "patch", operation_id = "platform_update_shared")]
    async fn platform_update_shared(
        &self,
        app: Data<&App>,
        may: MayServe,
        id: Path<PlatformId>,
        body: Json<PlatformPatch>,
    ) -> Result<Json<PlatformOut>, WriteProblem> {
        let updated = platform::update(&app, &may.caller, id.0, &body.0.into()).await?;
        Ok(Json(PlatformOut::of(&app, updated)))
    }

    /// Rotate a shared platform's key.
    ///
    /// The next key is published now and signs in a day. For server keys.
    ///
    /// Scope: `server`.
    #[oai(path = "/:id/rotate-key", method = "post", operation_id = "platform_rotate_key_shared")]
    async fn platform_rotate_key_shared(
        &self,
        app: Data<&App>,
        may: MayServe,
        id: Path<PlatformId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<PlatformKeyOut>, WriteProblem> {
        Ok(Json(platform_key::rotate(&app, &may.caller, id.0).await?.into()))
    }

    /// List a shared platform's pending deployments.
    ///
    /// Seen in a launch and not claimed yet. For server keys.
    ///
    /// Scope: `server`.
    #[oai(path = "/:id/pending", method = "get", operation_id = "platform_pending_shared")]
    async fn platform_pending_shared(
        &self,
        app: Data<&App>,
        may: MayServe,
        id: Path<PlatformId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<DeploymentOut>>, ReadProblem> {
        let platform = platform::find(&app, may.caller.organization, id.0).await?;
        let (state, asked) = (Some(DeploymentState::Pending), asked(limit.0, cursor.0));
        let page = deployments::unscoped_list(app.store.read(), Some(platform.id), state, asked).await?;
        Ok(listed(page, Into::into))
    }

    /// Say how a shared platform is.
    ///
    /// Everybody's deployments together. For server keys.
    ///
    /// Scope: `server`.
    #[oai(path = "/:id/health", method = "get", operation_id = "platform_health_shared")]
    async fn platform_health_shared(
        &self,
        app: Data<&App>,
        may: MayServe,
        id: Path<PlatformId>,
    ) -> Result<Json<HealthOut>, ReadProblem> {
        Ok(Json(platform_health::of(&app, &may.caller, id.0).await?.into()))
    }

    /// Ask a shared platform what is wrong.
    ///
    /// As for an organization's own; tokens are asked for on behalf of the newest accepted deployment. For server
    /// keys.
    ///
    /// Scope: `server`.
    #[oai(path = "/:id/check", method = "post", operation_id = "platform_check_shared")]
    async fn platform_check_shared(
        &self,
        app: Data<&App>,
        may: MayServe,
        id: Path<PlatformId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<CheckOut>, WriteProblem> {
        Ok(Json(platform_check::run(&app, &may.caller, id.0).await?.into()))
    }
}
