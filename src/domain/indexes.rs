//! Status indexes at hand before they are needed: a decision takes them inside its transaction, and none can be leased
//! there (design §7). Nothing is decided here.

use std::collections::HashMap;

use super::{issuing, status_index};
use crate::{
    app::{App, Live},
    error::Result,
    ids::{IssuerId, LearnerId, OrganizationId},
    store::{award as awards, entity::award},
};

/// Makes sure that every live placement's issuer has status indexes at hand.
///
/// # Errors
/// Only ours.
pub async fn reserve(app: &App, organization: OrganizationId, live: &Live) -> Result<()> {
    reserve_for(app, organization, live, 1).await
}

/// Makes sure that there are status indexes at hand for so many people at once.
///
/// # Errors
/// Only ours.
pub async fn reserve_for(app: &App, organization: OrganizationId, live: &Live, people: usize) -> Result<()> {
    let mut needed: HashMap<IssuerId, usize> = HashMap::new();
    for placed in &live.placements {
        let prepared = issuing::prepared(app, organization, placed.placement.achievement_version_id).await?;
        *needed.entry(prepared.issuer.id).or_default() += people;
    }
    for (issuer, count) in needed {
        status_index::reserve(app, organization, issuer, count).await?;
    }
    Ok(())
}

/// Makes sure that a learner's waiting awards can be published.
///
/// # Errors
/// Only ours.
pub async fn reserve_for_waiting(app: &App, organization: OrganizationId, learner: LearnerId) -> Result<()> {
    let mut waiting = awards::of_learner(app.store.read(), organization, learner).await?;
    waiting.retain(|award| award.state == award::AwardState::WaitingForAddress);
    for award in &waiting {
        status_index::reserve(app, organization, award.issuer_id, waiting.len()).await?;
    }
    Ok(())
}
