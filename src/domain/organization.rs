//! Organizations: the tenants. Created by the command line or a server key.

use serde_json::json;

use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        once, validate,
    },
    error::{Error, Result},
    ids::OrganizationId,
    store::{entity::organization, organization as rows},
};

/// What it takes to create an organization.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Its global, immutable short name.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// Creates an organization.
///
/// # Errors
/// Invalid fields; `organization.slug_taken`.
pub async fn create(app: &App, caller: &Caller, new: NewOrganization) -> Result<organization::Model> {
    let row = organization::Model {
        id: app.dice.row_id(app.clock.now()),
        slug: validate::slug("slug", &new.slug)?,
        name: validate::line("name", &new.name, 200)?,
        created_at: app.clock.now(),
    };
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, row.id.0).await? {
        return find(app, OrganizationId(earlier)).await;
    }
    rows::insert(&tx, row.clone()).await?;
    audit::record(
        app,
        &tx,
        Some(row.id),
        caller,
        Line {
            action: "organization.created",
            subject_kind: "organization",
            subject_id: row.id.to_string(),
            detail: &json!({ "slug": row.slug }),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// One organization.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, id: OrganizationId) -> Result<organization::Model> {
    rows::find(app.store.read(), id).await?.ok_or_else(|| Error::not_found("organization"))
}

/// The organization of that slug; for the command line.
///
/// # Errors
/// `not_found`.
pub async fn find_by_slug(app: &App, slug: &str) -> Result<organization::Model> {
    rows::unscoped_of_slug(app.store.read(), slug).await?.ok_or_else(|| Error::not_found("organization"))
}
