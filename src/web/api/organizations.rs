//! Organizations: the tenant of a key. Server keys create them.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path},
    payload::Json,
    types::Example,
};

use super::{
    Tag, examples,
    page::{Created, Listed, created},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::organization::{self, NewOrganization},
    error::Error,
    ids::OrganizationId,
    store::entity::organization as entity,
    web::who::{MayRead, MayServe},
};

/// A new organization.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct OrganizationIn {
    /// Global and immutable: 1 to 63 lower-case letters, digits and hyphens.
    slug: String,
    /// Name for people.
    name: String,
}

impl Example for OrganizationIn {
    fn example() -> Self {
        Self { slug: "north-harbour".to_owned(), name: "North Harbour College".to_owned() }
    }
}

/// An organization.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct OrganizationOut {
    /// Its id.
    id: OrganizationId,
    /// Its short name.
    slug: String,
    /// Its name for people.
    name: String,
    /// When it was created.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl Example for OrganizationOut {
    fn example() -> Self {
        Self {
            id: examples::organization(),
            slug: "north-harbour".to_owned(),
            name: "North Harbour College".to_owned(),
            created_at: examples::time(),
        }
    }
}

impl From<entity::Model> for OrganizationOut {
    fn from(row: entity::Model) -> Self {
        Self { id: row.id, slug: row.slug, name: row.name, created_at: row.created_at }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Organizations;

#[OpenApi(prefix_path = "/organizations", tag = "Tag::Organizations")]
impl Organizations {
    /// Create an organization.
    ///
    /// For server keys, which the command line makes (`laurel api-key add --scope server`).
    ///
    /// Scope: `server`.
    #[oai(path = "/", method = "post", operation_id = "organization_create")]
    async fn organization_create(
        &self,
        app: Data<&App>,
        may: MayServe,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<OrganizationIn>,
    ) -> Result<Created<OrganizationOut>, WriteProblem> {
        let new = NewOrganization { slug: body.0.slug, name: body.0.name };
        let made = organization::create(&app, &may.caller, new).await?;
        Ok(created(made.into()))
    }

    /// List the key's organization.
    ///
    /// One item: the organization the key belongs to.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "organization_list")]
    async fn organization_list(
        &self,
        app: Data<&App>,
        may: MayRead,
    ) -> Result<Json<Listed<OrganizationOut>>, ListProblem> {
        let own = organization::find(&app, may.caller.organization).await?;
        Ok(Json(Listed { items: vec![own.into()], next: None }))
    }

    /// Fetch the key's organization.
    ///
    /// Other organizations are not there.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "organization_find")]
    async fn organization_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<OrganizationId>,
    ) -> Result<Json<OrganizationOut>, ReadProblem> {
        if id.0 != may.caller.organization {
            return Err(Error::not_found("organization").into());
        }
        Ok(Json(organization::find(&app, id.0).await?.into()))
    }
}
