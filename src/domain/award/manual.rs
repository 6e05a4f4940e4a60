//! A person's decision: awarding without a rule, through the API (design §2, "a person's decision attested").

use chrono::{DateTime, Utc};
use open_badges::{Evidence, credential};
use serde_json::{Map, Value};

use super::{
    grant::{Decision, Granted, grant},
    occasion::Occasion,
    reissue,
};
use crate::{
    app::{App, Prepared},
    domain::{
        access::{Actor, Caller},
        indexes, issuing,
        learner::{self, LearnerIn},
        once, reevaluation, status_index,
        terms::Block,
        validate,
    },
    error::{Error, Kind, Result},
    ids::{AchievementVersionId, AwardId, PlacementId},
    store::{
        award as rows,
        entity::{award, learner as learner_row},
    },
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
    /// The placement on whose terms it is given; by itself an achievement is given once for all of time.
    pub placement: Option<PlacementId>,
    /// The award period, for what is given again and no placement says in which.
    pub period: Option<String>,
    /// When it was earned, or will be: ahead of time it is scheduled. Now by default.
    pub awarded_at: Option<DateTime<Utc>>,
    /// Why, for the audit only.
    pub reason: Option<String>,
    /// The person who decides, where one is named: never the learner. Only they lift an earlier veto.
    pub by: Option<LearnerIn>,
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

/// Awards by a person's decision, now or (dated ahead) in its time; a person also lifts an earlier veto of the scope and
/// period that it is for.
///
/// # Errors
/// `not_found`; invalid fields; `award.exists` when the learner has a current one; `learner.not_a_candidate`;
/// `award.own`; `award.vetoed` when nobody is named to lift a veto; as [`Occasion::find`].
pub async fn create(app: &App, caller: &Caller, new: NewAward) -> Result<award::Model> {
    let prepared = issuing::prepared(app, caller.organization, new.version).await?;
    let narrative = checked_narrative(new.narrative.as_deref())?;
    let reason = validate::line_opt("reason", new.reason.as_deref(), 500)?;
    let period = validate::line_opt("period", new.period.as_deref(), 64)?;
    let evidence = checked_evidence(&new.evidence)?;
    apart(&prepared, &evidence)?;
    let now = app.clock.now();
    let awarded_at = new.awarded_at.unwrap_or(now);
    loop {
        status_index::reserve(app, caller.organization, prepared.issuer.id, 1).await?;
        let tx = app.store.write().await?;
        let id: AwardId = app.dice.row_id(now);
        if let Some(earlier) = once::claim(app, &tx, caller, id.0).await? {
            return super::find(app, caller.organization, AwardId(earlier)).await;
        }
        let learner = learner::resolve(app, &tx, caller, &new.learner).await?;
        may_hold(&learner)?;
        // The person may have come with the address that earlier awards wait for.
        let existing = rows::of_learner(&tx, caller.organization, learner.id).await?;
        if reissue::address_arrived(app, &tx, caller, &learner, &existing).await?
            == reissue::Arrived::NeedsIndex
        {
            drop(tx);
            indexes::reserve_for_waiting(app, caller.organization, learner.id).await?;
            continue;
        }
        let asked = (new.placement, period.as_deref());
        let occasion = Occasion::find(&tx, caller.organization, &prepared, asked, (awarded_at, now)).await?;
        let by = match &new.by {
            None => None,
            Some(by) => Some(learner::resolve(app, &tx, caller, by).await?),
        };
        if by.as_ref().is_some_and(|by| learner::is_same_person(by, &learner)) {
            return Err(Error::new(
                Kind::Forbidden,
                "award.own",
                "Nobody awards themselves, nor through another account of theirs.",
            ));
        }
        match occasion.blocked(&existing) {
            Some(Block::Held) => return Err(held()),
            Some(Block::Vetoed) => {
                let by = decider(caller, by.as_ref()).ok_or_else(vetoed)?;
                rows::lift_vetoes(&tx, caller.organization, occasion.vetoes(&existing), &by).await?;
            }
            None => {}
        }
        let said = [("reason", reason.clone()), ("by", by.as_ref().map(|by| by.id.to_string()))];
        let said: Map<String, Value> =
            said.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))).collect();
        let decision = Decision {
            verdict: if said.is_empty() { Value::Null } else { Value::Object(said) },
            narrative: narrative.clone(),
            evidence: evidence.clone(),
            ..occasion.decision(id, &prepared, &learner, awarded_at)
        };
        match grant(app, &tx, caller, &decision).await? {
            Granted::New(award) => {
                reevaluation::enqueue_needed(app, &tx, std::slice::from_ref(&*award), &[]).await?;
                tx.commit().await?;
                return Ok(*award);
            }
            Granted::Already => return Err(held()),
            Granted::NeedsIndex => {}
        }
    }
}

/// The person who decides, where there is one: a key of the API is nobody.
fn decider(caller: &Caller, by: Option<&learner_row::Model>) -> Option<String> {
    match (by, &caller.actor) {
        (Some(by), actor) => Some(format!("{actor}, for {}", by.id)),
        (None, actor @ (Actor::CommandLine | Actor::Instructor(_))) => Some(actor.to_string()),
        _ => None,
    }
}

fn held() -> Error {
    Error::conflict("award.exists", "This learner already has a current award of this achievement.")
}

fn vetoed() -> Error {
    Error::conflict(
        "award.vetoed",
        "A person took this badge back from the learner. Name the person who gives it again.",
    )
}

/// Whether somebody may be given a badge at all.
pub(in crate::domain) fn may_hold(learner: &learner_row::Model) -> Result<()> {
    if learner.is_test {
        return Err(Error::conflict(
            "learner.not_a_candidate",
            "A test user of the platform cannot hold a badge.",
        ));
    }
    Ok(())
}

/// Words for the badge; blank counts as absent.
pub(in crate::domain) fn checked_narrative(given: Option<&str>) -> Result<Option<String>> {
    let narrative = given.filter(|text| !text.trim().is_empty());
    narrative.map(|text| validate::text("narrative", text, 5_000)).transpose()
}

/// Every address in a badge stands for one thing, or its signature would not cover what is said of it (design §6.7).
pub(in crate::domain) fn apart(prepared: &Prepared, evidence: &[Evidence]) -> Result<()> {
    let (issuer, achievement) = (&prepared.issuer_document, &prepared.achievement_document);
    credential::check_evidence(issuer, achievement, evidence)
        .map_err(|error| Error::invalid("evidence.repeated", "evidence", error.reason))
}

pub(in crate::domain) fn checked_evidence(given: &[EvidenceIn]) -> Result<Vec<Evidence>> {
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
