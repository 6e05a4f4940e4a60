//! What an author may place: the newest versions of the organization's achievements that instructors may place,
//! searched by name and read in pages. The same few reads however many there are.

use std::collections::HashMap;

use super::Asked;
use crate::{
    app::App,
    error::{Error, Result},
    ids::{AchievementId, AchievementVersionId, IssuerId, OrganizationId},
    store::{
        achievement::{self as achievements, Brief},
        entity::{achievement_version, achievement_version::MayPlace, issuer},
        issuer as issuers,
    },
};

/// How many badges stand on a page.
pub const PER_PAGE: usize = 24;

/// A badge that may be placed.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The version.
    pub version: achievement_version::Model,
    /// Who awards it.
    pub issuer: issuer::Model,
    /// Begun by the author; awards nothing before an operator approves it.
    pub is_draft: bool,
}

/// A page of badges.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// By name.
    pub offers: Vec<Offer>,
    /// How many there are in all.
    pub found: usize,
    /// Which page it is, from 1.
    pub page: usize,
    /// How many pages there are, 1 at least.
    pub pages: usize,
}

/// A page of what the author may place and whose name holds all the words searched for; their own drafts first.
///
/// # Errors
/// Only the database's.
pub async fn shelf(app: &App, asked: &Asked, search: &str, page: usize) -> Result<Shelf> {
    let organization = asked.row.organization_id;
    let words: Vec<String> = search.split_whitespace().take(20).map(str::to_lowercase).collect();
    let mut found: Vec<(bool, String, AchievementVersionId)> = placeable(app, asked)
        .await?
        .into_iter()
        .map(|brief| (brief.may_place == MayPlace::Instructors, brief.name.to_lowercase(), brief.id))
        .filter(|(_, name, _)| words.iter().all(|word| name.contains(word.as_str())))
        .collect();
    found.sort();
    let pages = found.len().div_ceil(PER_PAGE).max(1);
    let page = page.clamp(1, pages);
    let ids: Vec<_> = found.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).map(|(.., id)| *id).collect();
    Ok(Shelf { offers: offers(app, organization, &ids).await?, found: found.len(), page, pages })
}

/// The badges of these versions, in their order.
///
/// # Errors
/// `not_found` for whatever the author may not place: another organization's, an operator's, an older version
/// (D22).
pub async fn chosen(app: &App, asked: &Asked, ids: &[AchievementVersionId]) -> Result<Vec<Offer>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let placeable = placeable(app, asked).await?;
    if ids.iter().any(|id| !placeable.iter().any(|brief| brief.id == *id)) {
        return Err(Error::not_found("badge that you may place"));
    }
    offers(app, asked.row.organization_id, ids).await
}

/// The newest version of each achievement, if the author may place it.
async fn placeable(app: &App, asked: &Asked) -> Result<Vec<Brief>> {
    let drafts = asked.drafts();
    let mut newest: HashMap<AchievementId, Brief> = HashMap::new();
    for brief in achievements::briefs(app.store.read(), asked.row.organization_id).await? {
        match newest.get(&brief.achievement_id) {
            Some(known) if known.number > brief.number => {}
            _ => drop(newest.insert(brief.achievement_id, brief)),
        }
    }
    let may = |brief: &Brief| brief.may_place == MayPlace::Instructors || drafts.contains(&brief.id);
    Ok(newest.into_values().filter(may).collect())
}

async fn offers(app: &App, organization: OrganizationId, ids: &[AchievementVersionId]) -> Result<Vec<Offer>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let db = app.store.read();
    let versions = achievements::versions_of_ids(db, organization, ids.iter().copied()).await?;
    let of = versions.iter().map(|version| version.achievement_id);
    let of: HashMap<AchievementId, IssuerId> = achievements::of_ids(db, organization, of)
        .await?
        .into_iter()
        .map(|achievement| (achievement.id, achievement.issuer_id))
        .collect();
    let known = issuers::of_ids(db, organization, of.values().copied()).await?;
    let vanished = || Error::internal("an achievement without version or issuer");
    ids.iter()
        .map(|id| {
            let version = versions.iter().find(|version| version.id == *id).ok_or_else(vanished)?;
            let issuer = of.get(&version.achievement_id).ok_or_else(vanished)?;
            let issuer = known.iter().find(|known| known.id == *issuer).ok_or_else(vanished)?;
            Ok(Offer {
                is_draft: version.may_place != MayPlace::Instructors,
                version: version.clone(),
                issuer: issuer.clone(),
            })
        })
        .collect()
}
