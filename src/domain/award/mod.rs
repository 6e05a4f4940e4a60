//! Awards: the decision that a learner earned an achievement, and its life (design §2, §5, §6).
//!
//! [`grant`] gives, [`revoke`] takes back, [`reissue`] corrects; [`holder`] is what the person who has
//! the mailed address may do. Every function is one decision in one transaction.

pub mod expire;
pub mod grant;
pub mod holder;
pub mod manual;
pub mod occasion;
pub mod reissue;
pub mod remind;
pub mod revoke;
pub mod schedule;

use crate::{
    app::App,
    error::{Error, Result},
    ids::{AwardId, OrganizationId},
    store::{
        award as rows, credential as credentials,
        entity::{award, credential, generation},
        generation as generations,
    },
};

/// An award with what was published of it.
#[derive(Clone, Debug)]
pub struct Published {
    /// The decision.
    pub award: award::Model,
    /// Its publications, newest first; empty while it waits for an address.
    pub generations: Vec<generation::Model>,
    /// All their documents.
    pub credentials: Vec<credential::Model>,
}

impl Published {
    /// The newest publication.
    #[must_use]
    pub fn newest(&self) -> Option<&generation::Model> {
        self.generations.iter().max_by_key(|generation| generation.number)
    }

    /// The newest publication's document of that kind.
    #[must_use]
    pub fn newest_document(&self, kind: credential::CredentialKind) -> Option<&credential::Model> {
        let newest = self.newest()?;
        self.credentials.iter().find(|document| document.generation_id == newest.id && document.kind == kind)
    }
}

/// One award.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: AwardId) -> Result<award::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("award"))
}

/// An award with its publications.
///
/// # Errors
/// `not_found`.
pub async fn find_published(app: &App, organization: OrganizationId, id: AwardId) -> Result<Published> {
    let award = find(app, organization, id).await?;
    published(app, award).await
}

/// Loads the publications of an award.
///
/// # Errors
/// Only the database's.
pub async fn published(app: &App, award: award::Model) -> Result<Published> {
    let db = app.store.read();
    let generations = generations::of_award(db, award.organization_id, award.id).await?;
    let credentials = credentials::of_award(db, award.organization_id, award.id).await?;
    Ok(Published { award, generations, credentials })
}
