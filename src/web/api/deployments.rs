//! Deployments: where platforms have put the tool.

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
    page::{Created, Listed, asked, created, listed},
    platforms::ThawIn,
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{deployment, installation, platform},
    error::{Error, Kind},
    ids::{DeploymentId, PlatformId},
    store::{
        deployment as rows,
        entity::{deployment as entity, deployment::DeploymentState},
    },
    web::who::{MayPlace, MayRead},
};

/// A deployment to accept.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct DeploymentIn {
    /// Which platform.
    platform_id: PlatformId,
    /// The platform's name for it.
    deployment_id: String,
}

impl Example for DeploymentIn {
    fn example() -> Self {
        Self { platform_id: examples::platform(), deployment_id: "2".to_owned() }
    }
}

/// A deployment.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct DeploymentOut {
    /// Its id.
    id: DeploymentId,
    /// Which platform.
    platform_id: PlatformId,
    /// The platform's name for it.
    deployment_id: String,
    /// What was decided about it. `frozen`: it says that it is another customer's (`seen_guid`); thaw it.
    state: DeploymentState,
    /// Which customer of a cloud it is, as its launches say (`tool_platform.guid`).
    guid: Option<String>,
    /// The other one for which it is frozen.
    seen_guid: Option<String>,
    /// When it was first seen.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it last launched.
    last_seen_at: chrono::DateTime<chrono::Utc>,
}

impl Example for DeploymentOut {
    fn example() -> Self {
        Self {
            id: examples::deployment(),
            platform_id: examples::platform(),
            deployment_id: "2".to_owned(),
            state: DeploymentState::Accepted,
            guid: None,
            seen_guid: None,
            created_at: examples::time(),
            last_seen_at: examples::time(),
        }
    }
}

impl From<entity::Model> for DeploymentOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            platform_id: row.platform_id,
            deployment_id: row.deployment_id,
            state: row.state,
            guid: row.guid,
            seen_guid: row.seen_guid,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Deployments;

#[OpenApi(prefix_path = "/deployments", tag = "Tag::Deployments")]
impl Deployments {
    /// Accept a deployment.
    ///
    /// Adds it, or accepts the pending one of that name.
    ///
    /// Scope: `place`.
    #[oai(path = "/", method = "post", operation_id = "deployment_accept")]
    async fn deployment_accept(
        &self,
        app: Data<&App>,
        may: MayPlace,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<DeploymentIn>,
    ) -> Result<Created<DeploymentOut>, WriteProblem> {
        let given = body.0;
        let made = deployment::accept(&app, &may.caller, given.platform_id, &given.deployment_id).await?;
        Ok(created(made.into()))
    }

    /// List deployments.
    ///
    /// The organization's, newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "deployment_list")]
    async fn deployment_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only this platform's.
        platform_id: Query<Option<PlatformId>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<DeploymentOut>>, ListProblem> {
        let asked = asked(limit.0, cursor.0);
        let page = rows::list(app.store.read(), may.caller.organization, platform_id.0, None, asked).await?;
        Ok(listed(page, Into::into))
    }

    /// List a platform's pending deployments.
    ///
    /// Seen in a launch and not decided yet. Only for the organization's own platforms: of a shared one
    /// nobody knows whose they are.
    ///
    /// Scope: `place`.
    #[oai(path = "/pending/:id", method = "get", operation_id = "deployment_pending")]
    async fn deployment_pending(
        &self,
        app: Data<&App>,
        may: MayPlace,
        /// The platform.
        id: Path<PlatformId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<DeploymentOut>>, ReadProblem> {
        let platform = platform::find(&app, may.caller.organization, id.0).await?;
        if platform.organization_id.is_none() {
            return Err(Error::new(
                Kind::Forbidden,
                "platform.shared",
                "This platform is shared; accept a deployment of yours by its name.",
            )
            .into());
        }
        let (state, asked) = (Some(DeploymentState::Pending), asked(limit.0, cursor.0));
        let page = rows::unscoped_list(app.store.read(), Some(platform.id), state, asked).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one deployment.
    ///
    /// With its state.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "deployment_find")]
    async fn deployment_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<DeploymentId>,
    ) -> Result<Json<DeploymentOut>, ReadProblem> {
        Ok(Json(deployment::find(&app, may.caller.organization, id.0).await?.into()))
    }

    /// Thaw a frozen deployment.
    ///
    /// Its launches brought another `tool_platform.guid` than it had before. `same` keeps the new one, `rebuilt`
    /// refuses the deployment from now on. Refused (409) when it is not frozen.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/thaw", method = "post", operation_id = "deployment_thaw")]
    async fn deployment_thaw(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<DeploymentId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<ThawIn>,
    ) -> Result<Json<DeploymentOut>, WriteProblem> {
        let thawed = installation::thaw_deployment(&app, &may.caller, id.0, body.0.decision()).await?;
        Ok(Json(thawed.into()))
    }

    /// Refuse a deployment.
    ///
    /// Its launches are refused from now on. Accepting it again undoes this.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/refuse", method = "post", operation_id = "deployment_refuse")]
    async fn deployment_refuse(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<DeploymentId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<DeploymentOut>, WriteProblem> {
        Ok(Json(deployment::refuse(&app, &may.caller, id.0).await?.into()))
    }
}
