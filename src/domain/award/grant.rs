//! Granting: one award, its documents, its audit and its jobs, inside the caller's transaction.
//!
//! The database decides who is first (`ON CONFLICT DO NOTHING` on scope, learner and period); whoever
//! is second changes nothing (design §6.1).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use open_badges::Evidence;
use serde_json::{Value, json};

use crate::{
    app::{App, Prepared, StatusIndex},
    domain::{
        access::Caller,
        artwork::sha256_hex,
        audit::{self, Line},
        award::remind,
        credential,
    },
    error::{Error, Result},
    ids::{AwardId, IssuerId, PassId, PlacementId, RuleId},
    outbox::{self, NewJob, Payload},
    store::{
        WriteTx, audit as audit_rows, award as rows, credential as credentials,
        entity::{audit_event, award, credential as entity_credential, generation, learner},
        generation as generations,
    },
    vault::Purpose,
};

/// Everything that was decided, before it is written.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The id the award will have.
    pub id: AwardId,
    /// Issuer, key and texts.
    pub prepared: Arc<Prepared>,
    /// Who gets it.
    pub learner: learner::Model,
    /// By which placement, or on whose terms; none for what a person gives by itself.
    pub placement: Option<PlacementId>,
    /// By which rule; none for a person's decision.
    pub rule: Option<RuleId>,
    /// Within what it is given once.
    pub scope: String,
    /// Award period, `""` when there is none.
    pub period: String,
    /// Strength of proof, 1 (weak) to 4 (attested).
    pub strength: i16,
    /// The stored verdict, or a person's reason.
    pub verdict: Value,
    /// How it came about.
    pub origin: award::AwardOrigin,
    /// Words for the badge.
    pub narrative: Option<String>,
    /// What it rests on, in words a stranger understands.
    pub evidence: Vec<Evidence>,
    /// When it was earned.
    pub awarded_at: DateTime<Utc>,
    /// When it ends, if ever ([`crate::domain::terms`]).
    pub valid_until: Option<DateTime<Utc>>,
    /// How many days before its end its holder is reminded; never when empty.
    pub remind_days: Vec<u16>,
}

/// What came of a decision.
#[derive(Debug)]
pub enum Granted {
    /// A new award.
    New(Box<award::Model>),
    /// There was a current one already; nothing changed.
    Already,
    /// No status index was at hand: drop the transaction, reserve, and decide again.
    NeedsIndex,
}

/// What came of many decisions.
#[derive(Debug)]
pub enum GrantedMany {
    /// The new awards, in the order of their decisions; where there was a current one already, nothing changed.
    New(Vec<award::Model>),
    /// Too few status indexes were at hand: drop the transaction, reserve, and decide again.
    NeedsIndex,
}

/// Grants one award.
///
/// Without an address the award waits; its documents are made in the transaction that brings one
/// ([`super::reissue::address_arrived`]), dated to the award.
///
/// # Errors
/// Only ours: the database, or a document that cannot be signed.
pub async fn grant(app: &App, tx: &WriteTx, caller: &Caller, decision: &Decision) -> Result<Granted> {
    Ok(match grant_many(app, tx, caller, std::slice::from_ref(decision)).await? {
        GrantedMany::NeedsIndex => Granted::NeedsIndex,
        GrantedMany::New(mut awards) => {
            awards.pop().map_or(Granted::Already, |award| Granted::New(Box::new(award)))
        }
    })
}

/// As [`grant`] for many, with one statement per table for all of them.
///
/// # Errors
/// As [`grant`].
pub async fn grant_many(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    decisions: &[Decision],
) -> Result<GrantedMany> {
    grant_batch(app, tx, caller, decisions, None).await
}

/// What awards of a pass have in common.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// The pass.
    pub pass: PassId,
    /// When their mails go; at once when none.
    pub mail_at: Option<DateTime<Utc>>,
}

/// As [`grant_many`], of a pass where one is named.
///
/// # Errors
/// As [`grant`].
pub async fn grant_batch(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    decisions: &[Decision],
    batch: Option<Batch>,
) -> Result<GrantedMany> {
    if !has_indexes(app, decisions) {
        return Ok(GrantedMany::NeedsIndex);
    }
    let mut awards = Vec::with_capacity(decisions.len());
    for decision in decisions {
        let mut award = row(app, caller, decision, deliverable(&decision.learner).is_some())?;
        award.pass_id = batch.map(|batch| batch.pass);
        awards.push(award);
    }
    let made: HashSet<AwardId> = match awards.as_slice() {
        [] => return Ok(GrantedMany::New(awards)),
        [award] => rows::insert(tx, award.clone()).await?.then_some(award.id).into_iter().collect(),
        _ => rows::insert_many(tx, awards.clone()).await?.into_iter().collect(),
    };
    let mut lines = Vec::new();
    let mut issue = Issue { mail_at: batch.and_then(|batch| batch.mail_at), ..Issue::default() };
    for (decision, award) in decisions.iter().zip(&awards) {
        if !made.contains(&award.id) {
            continue;
        }
        if award.state == award::AwardState::Scheduled {
            lines.push(line(app, caller, award, "award.scheduled", &json!({ "at": award.awarded_at })));
            issue.jobs.extend(remind::jobs(app, award, &decision.remind_days));
            issue.jobs.push(publication(app, award));
            continue;
        }
        let granted = json!({
            "achievement_version": award.achievement_version_id,
            "placement": award.placement_id,
            "rule": award.rule_id,
            "strength": strength_word(award.strength),
        });
        lines.push(line(app, caller, award, "award.granted", &granted));
        issue.jobs.extend(remind::jobs(app, award, &decision.remind_days));
        match deliverable(&decision.learner) {
            Some(email) => {
                let Some(index) = app.status_pool.take(decision.prepared.issuer.id) else {
                    return Ok(GrantedMany::NeedsIndex);
                };
                issue.add(app, &decision.prepared, award, 1, &email, &index)?;
            }
            None => lines.push(line(app, caller, award, "award.waits_for_address", &Value::Null)),
        }
    }
    issue.write(app, tx).await?;
    audit_rows::insert_many(tx, lines).await?;
    awards.retain(|award| made.contains(&award.id));
    Ok(GrantedMany::New(awards))
}

/// Whether there are as many status indexes as these decisions may need.
fn has_indexes(app: &App, decisions: &[Decision]) -> bool {
    let mut needed: HashMap<IssuerId, usize> = HashMap::new();
    let now = app.clock.now();
    let is_due = |decision: &&Decision| !is_ahead(decision, now) && deliverable(&decision.learner).is_some();
    for decision in decisions.iter().filter(is_due) {
        *needed.entry(decision.prepared.issuer.id).or_default() += 1;
    }
    needed.into_iter().all(|(issuer, count)| app.status_pool.count(issuer) >= count)
}

/// Writes one generation of an award and queues its mail.
///
/// # Errors
/// Only ours.
pub async fn publish(
    app: &App,
    tx: &WriteTx,
    prepared: &Prepared,
    award: &award::Model,
    number: i32,
    email: &str,
    index: &StatusIndex,
) -> Result<()> {
    let mut issue = Issue::default();
    issue.add(app, prepared, award, number, email, index)?;
    issue.write(app, tx).await
}

/// Generations that are to be written together, with their documents, their mails and reminders.
#[derive(Debug, Default)]
struct Issue {
    generations: Vec<generation::Model>,
    credentials: Vec<entity_credential::Model>,
    jobs: Vec<NewJob>,
    mail_at: Option<DateTime<Utc>>,
}

impl Issue {
    fn add(
        &mut self,
        app: &App,
        prepared: &Prepared,
        award: &award::Model,
        number: i32,
        email: &str,
        index: &StatusIndex,
    ) -> Result<()> {
        let documents = credential::build(app, prepared, award, number, email, index)?;
        self.generations.push(documents.generation);
        self.credentials.extend(documents.credentials);
        self.jobs.push(NewJob {
            organization: Some(award.organization_id),
            payload: Payload::MailAward { award: award.id, generation: number },
            run_at: self.mail_at.unwrap_or_else(|| app.clock.now()),
            dedup_key: Some(mail_key(award.id, number)),
            max_attempts: app.settings.outbox.attempts(),
        });
        Ok(())
    }

    async fn write(self, app: &App, tx: &WriteTx) -> Result<()> {
        if !self.generations.is_empty() {
            generations::insert_many(tx, self.generations).await?;
            credentials::insert_many(tx, self.credentials).await?;
        }
        if !self.jobs.is_empty() {
            outbox::enqueue_many(tx, app.clock.now(), &app.dice, self.jobs).await?;
        }
        Ok(())
    }
}

/// The key of the job that mails a generation of an award.
#[must_use]
pub fn mail_key(award: AwardId, generation: i32) -> String {
    format!("mail:{award}:{generation}")
}

/// The learner's address if mail can be sent to it.
#[must_use]
pub fn deliverable(learner: &learner::Model) -> Option<String> {
    let email = learner.email.as_deref()?.trim();
    (!email.is_empty() && email.parse::<lettre::Address>().is_ok()).then(|| email.to_owned())
}

/// Strength as a word for audit and API.
#[must_use]
pub fn strength_word(strength: i16) -> &'static str {
    match strength {
        ..=1 => "weak",
        2 => "medium",
        3 => "strong",
        _ => "attested",
    }
}

/// Whether a person gives it for a time to come.
fn is_ahead(decision: &Decision, now: DateTime<Utc>) -> bool {
    decision.origin == award::AwardOrigin::Manual && decision.awarded_at > now
}

/// The job that publishes an award in its time.
fn publication(app: &App, award: &award::Model) -> NewJob {
    NewJob {
        organization: Some(award.organization_id),
        payload: Payload::PublishAward { award: award.id },
        run_at: award.awarded_at,
        dedup_key: Some(format!("publish:{}", award.id)),
        max_attempts: app.settings.outbox.attempts(),
    }
}

fn row(app: &App, caller: &Caller, decision: &Decision, has_address: bool) -> Result<award::Model> {
    let now = app.clock.now();
    let prepared = &decision.prepared;
    let id = decision.id;
    let claim_token = app.dice.token();
    let is_ahead = is_ahead(decision, now);
    // What was earned a moment "from now" by another clock was earned now at the latest.
    let awarded_at = if is_ahead { decision.awarded_at } else { decision.awarded_at.min(now) };
    Ok(award::Model {
        id,
        organization_id: caller.organization,
        achievement_id: prepared.version.achievement_id,
        achievement_version_id: prepared.version.id,
        issuer_id: prepared.issuer.id,
        placement_id: decision.placement,
        rule_id: decision.rule,
        scope: decision.scope.clone(),
        learner_id: decision.learner.id,
        period: decision.period.clone(),
        state: match has_address {
            _ if is_ahead => award::AwardState::Scheduled,
            true => award::AwardState::Active,
            false => award::AwardState::WaitingForAddress,
        },
        strength: decision.strength,
        verdict: decision.verdict.clone(),
        origin: decision.origin,
        granted_by: caller.actor.to_string(),
        narrative: decision.narrative.clone(),
        evidence: serde_json::to_value(&decision.evidence).map_err(Error::internal)?,
        awarded_at,
        valid_until: decision.valid_until,
        generation: i32::from(has_address && !is_ahead),
        claim_token_hash: sha256_hex(claim_token.as_bytes()),
        claim_token_sealed: app.vault.seal(
            Purpose::ClaimToken,
            claim_token.as_bytes(),
            id.0.as_bytes(),
            &app.dice,
        )?,
        share_token: app.dice.token(),
        published: false,
        revoked_at: None,
        revoked_by: None,
        revocation_reason: None,
        veto: false,
        veto_lifted_by: None,
        pass_id: None,
        created_at: now,
        updated_at: now,
    })
}

fn line(
    app: &App,
    caller: &Caller,
    award: &award::Model,
    action: &'static str,
    detail: &Value,
) -> audit_event::Model {
    let subject_id = award.id.to_string();
    let line = Line { action, subject_kind: "award", subject_id, detail };
    audit::event(app, Some(award.organization_id), caller, line)
}
