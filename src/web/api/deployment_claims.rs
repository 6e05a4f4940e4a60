//! Claim codes: how an organization takes over a deployment of a shared platform.

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
    page::{CreatedSecret, Listed, asked, listed},
    problems::{ListProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::deployment_claim::{self, LIFE, Made},
    ids::{DeploymentClaimId, DeploymentId},
    store::{deployment_claim as rows, entity::deployment_claim as entity},
    web::who::{MayPlace, MayRead},
};

/// A claim code.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct DeploymentClaimOut {
    /// Its id.
    id: DeploymentClaimId,
    /// The code itself: only in the answer that made it, never again.
    code: Option<String>,
    /// When it was made.
    created_at: chrono::DateTime<chrono::Utc>,
    /// Until when it is good.
    expires_at: chrono::DateTime<chrono::Utc>,
    /// When it was taken back.
    revoked_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was used.
    used_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The deployment that became the organization's by it.
    deployment_id: Option<DeploymentId>,
}

impl Example for DeploymentClaimOut {
    fn example() -> Self {
        Self {
            id: examples::claim(),
            code: None,
            created_at: examples::time(),
            expires_at: examples::time() + LIFE,
            revoked_at: None,
            used_at: None,
            deployment_id: None,
        }
    }
}

impl From<entity::Model> for DeploymentClaimOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            code: None,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            used_at: row.used_at,
            deployment_id: row.deployment_id,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct DeploymentClaims;

#[OpenApi(prefix_path = "/deployment-claims", tag = "Tag::Deployments")]
impl DeploymentClaims {
    /// Make a claim code.
    ///
    /// For a deployment of a shared platform: an instructor or administrator opens the activity in that learning
    /// platform and enters the code there. It is shown once, good once and for seven days; a request repeated
    /// under one `Idempotency-Key` finds it without its text.
    ///
    /// Scope: `place`.
    #[oai(path = "/", method = "post", operation_id = "deployment_claim_create")]
    async fn deployment_claim_create(
        &self,
        app: Data<&App>,
        may: MayPlace,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<CreatedSecret<DeploymentClaimOut>, WriteProblem> {
        let Made { row, code } = deployment_claim::create(&app, &may.caller).await?;
        let made = DeploymentClaimOut { code, ..DeploymentClaimOut::from(row) };
        Ok(CreatedSecret::Made(Json(made), "no-store".to_owned()))
    }

    /// List claim codes.
    ///
    /// With what became of each, newest first; never the codes themselves.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "deployment_claim_list")]
    async fn deployment_claim_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<DeploymentClaimOut>>, ListProblem> {
        let page = rows::list(app.store.read(), may.caller.organization, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Take a claim code back.
    ///
    /// Nobody can use it any more. One that was used stays as it is (409).
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/revoke", method = "post", operation_id = "deployment_claim_revoke")]
    async fn deployment_claim_revoke(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<DeploymentClaimId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<DeploymentClaimOut>, WriteProblem> {
        Ok(Json(deployment_claim::revoke(&app, &may.caller, id.0).await?.into()))
    }
}
