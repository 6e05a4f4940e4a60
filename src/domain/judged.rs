//! One person looked at again, because of a launch, an event, an approval or a moment that has come: documents whose
//! address has arrived are published, and what is met is awarded. Everybody at once is a pass.

use super::{
    access::Caller,
    award::reissue::{self, Arrived},
    evaluation::{self, Decided, Person},
    indexes,
};
use crate::{
    app::{App, Live},
    error::Result,
    ids::{LearnerId, OrganizationId},
    store::WriteTx,
};

/// Looks at one locked learner in one place.
///
/// # Errors
/// Only ours.
pub async fn judge(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    person: &Person<'_>,
    live: &Live,
) -> Result<Decided> {
    match published(app, tx, caller, person).await? {
        Decided::Awarded(_) => evaluation::decide(app, tx, caller, std::slice::from_ref(person), live).await,
        missing => Ok(missing),
    }
}

/// As [`judge`] for whom no rule is to look at now: only what waited for an address is published.
///
/// # Errors
/// Only ours.
pub async fn published(app: &App, tx: &WriteTx, caller: &Caller, person: &Person<'_>) -> Result<Decided> {
    Ok(match reissue::address_arrived(app, tx, caller, person.learner, person.existing).await? {
        Arrived::NeedsIndex => Decided::NeedsIndex,
        Arrived::Published => Decided::Awarded(Vec::new()),
    })
}

/// Makes sure of the status indexes that [`judge`] may need, before its transaction begins.
///
/// # Errors
/// Only ours.
pub async fn reserve(app: &App, organization: OrganizationId, learner: LearnerId, live: &Live) -> Result<()> {
    indexes::reserve(app, organization, live).await?;
    indexes::reserve_for_waiting(app, organization, learner).await
}
