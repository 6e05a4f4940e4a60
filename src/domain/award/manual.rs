//! A person's decision: awarding without a rule, through the API (design §2, "a person's decision attested").

use std::sync::Arc;

use chrono::{DateTime, Utc};
use open_badges::{Evidence, credential};
use serde_json::{Value, json};

use super::{
    grant::{Decision, Granted, grant},
    reissue,
};
use crate::{
    app::{App, Prepared},
    domain::{
        access::Caller,
        indexes, issuing,
        learner::{self, LearnerIn},
        once, reevaluation, status_index, terms, validate,
    },
    error::{Error, Result},
    ids::{AchievementVersionId, AwardId},
    store::{award as rows, entity::award},
};

/// A person's decision to award.
#[derive(Clone, Debug)]
pub struct NewAward {
    /// What is awarded.
    pub version: AchievementVersionId,
    /// Who gets it; unknown people are created.
    pub learner: LearnerIn,
    /// Words for the badge.
    pub narrative: Option<String>,
    /// What it rests on.
    pub evidence: Vec<EvidenceIn>,
    /// When it was earned; now by default, never in the future.
    pub awarded_at: Option<DateTime<Utc>>,
    /// Why, for the audit only.
    pub reason: Option<String>,
}

/// A piece of evidence given by a person.
#[derive(Clone, Debug)]
pub struct EvidenceIn {
    /// Where it can be seen.
    pub url: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// What it shows.
    pub narrative: Option<String>,
}

/// Awards by a person's decision, once for all of time, which also lifts an earlier veto of that scope.
///
/// # Errors
/// `not_found`; invalid fields; `award.exists` when the learner has a current one; `learner.not_a_candidate`.
pub async fn create(app: &App, caller: &Caller, new: NewAward) -> Result<award::Model> {
    let prepared = issuing::prepared(app, caller.organization, new.version).await?;
    let narrative = new
        .narrative
        .as_deref()
        .filter(|text| !text.trim().is_empty())
        .map(|text| validate::text("narrative", text, 5_000))
        .transpose()?;
    let reason = validate::line_opt("reason", new.reason.as_deref(), 500)?;
    let evidence = checked_evidence(&new.evidence)?;
    apart(&prepared, &evidence)?;
    let now = app.clock.now();
    let awarded_at = new.awarded_at.unwrap_or(now);
    if awarded_at > now {
        return Err(Error::invalid("awarded_at.future", "awarded_at", "An award cannot be dated ahead."));
    }
    loop {
        status_index::reserve(app, caller.organization, prepared.issuer.id, 1).await?;
        let tx = app.store.write().await?;
        let id: AwardId = app.dice.row_id(now);
        if let Some(earlier) = once::claim(app, &tx, caller, id.0).await? {
            return super::find(app, caller.organization, AwardId(earlier)).await;
        }
        let learner = learner::resolve(app, &tx, caller, &new.learner).await?;
        if learner.is_test {
            return Err(Error::conflict(
                "learner.not_a_candidate",
                "A test user of the platform cannot hold a badge.",
            ));
        }
        // The person may have come with the address that earlier awards wait for.
        let existing = rows::of_learner(&tx, caller.organization, learner.id).await?;
        if reissue::address_arrived(app, &tx, caller, &learner, &existing).await?
            == reissue::Arrived::NeedsIndex
        {
            drop(tx);
            indexes::reserve_for_waiting(app, caller.organization, learner.id).await?;
            continue;
        }
        rows::lift_vetoes(
            &tx,
            caller.organization,
            (&issuing::achievement_scope(&prepared), ""),
            learner.id,
            &caller.actor.to_string(),
        )
        .await?;
        let decision = Decision {
            id,
            prepared: Arc::clone(&prepared),
            learner,
            placement: None,
            scope: issuing::achievement_scope(&prepared),
            period: String::new(),
            strength: i16::from(criteria::Strength::Attested),
            verdict: reason.as_ref().map_or(Value::Null, |reason| json!({ "reason": reason })),
            origin: award::AwardOrigin::Manual,
            narrative: narrative.clone(),
            evidence: evidence.clone(),
            awarded_at,
            valid_until: terms::end_by_version(&prepared.version, awarded_at),
            remind_days: terms::reminders_by_version(&prepared.version)?,
        };
        match grant(app, &tx, caller, &decision).await? {
            Granted::New(award) => {
                reevaluation::enqueue_needed(app, &tx, std::slice::from_ref(&*award), &[]).await?;
                tx.commit().await?;
                return Ok(*award);
            }
            Granted::Already => {
                return Err(Error::conflict(
                    "award.exists",
                    "This learner already has a current award of this achievement.",
                ));
            }
            Granted::NeedsIndex => {}
        }
    }
}

/// Every address in a badge stands for one thing, or its signature would not cover what is said of it (design §6.7).
fn apart(prepared: &Prepared, evidence: &[Evidence]) -> Result<()> {
    let (issuer, achievement) = (&prepared.issuer_document, &prepared.achievement_document);
    credential::check_evidence(issuer, achievement, evidence)
        .map_err(|error| Error::invalid("evidence.repeated", "evidence", error.reason))
}

fn checked_evidence(given: &[EvidenceIn]) -> Result<Vec<Evidence>> {
    if given.len() > 20 {
        return Err(Error::invalid("list.too_long", "evidence", "At most 20 pieces of evidence."));
    }
    given
        .iter()
        .enumerate()
        .map(|(at, piece)| {
            let field = |name: &str| format!("evidence[{at}].{name}");
            if piece.url.is_none() && piece.name.is_none() && piece.narrative.is_none() {
                return Err(Error::invalid(
                    "evidence.empty",
                    format!("evidence[{at}]"),
                    "Give an address, a name or a narrative.",
                ));
            }
            Ok(Evidence {
                url: piece
                    .url
                    .as_deref()
                    .map(|url| validate::shown_address(&field("url"), url))
                    .transpose()?,
                name: validate::line_opt(&field("name"), piece.name.as_deref(), 200)?,
                narrative: piece
                    .narrative
                    .as_deref()
                    .map(|text| validate::text(&field("narrative"), text, 5_000))
                    .transpose()?,
                ..Evidence::default()
            })
        })
        .collect()
}
