//! The audit: who decided what, when. Written in the transaction of the decision; holds no personal data.

use serde_json::Value;

use crate::{
    app::App,
    domain::access::Caller,
    error::Result,
    ids::OrganizationId,
    store::{WriteTx, audit as rows, entity::audit_event},
};

/// A line of the audit before it has an id and a time.
#[derive(Debug)]
pub struct Line<'a> {
    /// What was done: `award.granted`, `platform.added`, …
    pub action: &'static str,
    /// The noun it was done to.
    pub subject_kind: &'static str,
    /// Its id.
    pub subject_id: String,
    /// Particulars; ids and codes, never names or addresses.
    pub detail: &'a Value,
}

/// Records a decision.
///
/// # Errors
/// Only the database's.
pub async fn record(
    app: &App,
    tx: &WriteTx,
    organization: Option<OrganizationId>,
    caller: &Caller,
    line: Line<'_>,
) -> Result<()> {
    rows::insert(tx, event(app, organization, caller, line)).await?;
    Ok(())
}

/// The row of a decision, for writing many at once.
#[must_use]
pub fn event(
    app: &App,
    organization: Option<OrganizationId>,
    caller: &Caller,
    line: Line<'_>,
) -> audit_event::Model {
    let now = app.clock.now();
    audit_event::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        at: now,
        actor: caller.actor.to_string(),
        action: line.action.to_owned(),
        subject_kind: line.subject_kind.to_owned(),
        subject_id: line.subject_id,
        detail: line.detail.clone(),
        correlation_id: caller.correlation.clone(),
    }
}
