//! Credentials: the documents of one generation of an award, built and signed (design §8).
//!
//! Pure but for ids and salt from the dice: the caller has prepared the issuer, its key and the status
//! index, so this runs inside the award's transaction without any read.

use chrono::{DateTime, Utc};
use open_badges::{Award as AwardDocument, Evidence, Recipient, StatusEntry, assertion};
use serde_json::Value;

use crate::{
    app::{App, Prepared, StatusIndex},
    domain::{addresses, issuing},
    error::{Error, Result},
    ids::{CredentialId, GenerationId},
    store::entity::{award, credential, generation, issuer},
    vault::Purpose,
};

/// One generation: its row and its two documents.
#[derive(Debug)]
pub struct Documents {
    /// The publication.
    pub generation: generation::Model,
    /// OB 2.0 assertion and OB 3.0 credential.
    pub credentials: Vec<credential::Model>,
}

/// Builds and signs generation `number` of `award` for the delivery address `email`.
///
/// `awarded_at` of the award becomes `issuedOn` and `validFrom` in both documents (OB034).
///
/// # Errors
/// Only ours: a document that cannot be signed without loss.
pub fn build(
    app: &App,
    prepared: &Prepared,
    award: &award::Model,
    number: i32,
    email: &str,
    index: &StatusIndex,
) -> Result<Documents> {
    let now = app.clock.now();
    let (base, slug) = (&prepared.issuer.base_url, &prepared.issuer.slug);
    let ob2_id: CredentialId = app.dice.public_id();
    let ob3_id: CredentialId = app.dice.public_id();
    let generation_id: GenerationId = app.dice.row_id(now);
    let recipient = Recipient::new(email, &app.dice.bytes::<16>());
    let list_url = addresses::status_list(base, slug, index.list_number);
    let document = AwardDocument {
        ob2_id: addresses::assertion(base, slug, ob2_id),
        ob3_id: addresses::credential(base, slug, ob3_id),
        baked_image_url: addresses::baked_picture(base, ob2_id),
        issued_on: award.awarded_at,
        expires: award.valid_until,
        recipient: recipient.clone(),
        subject_id: None,
        narrative: award.narrative.clone(),
        evidence: evidence_of(award)?,
        status: Some(StatusEntry { list_url, index: index.index }),
    };
    let ob2 = assertion::assertion(&prepared.achievement_document, &document);
    let ob3 = issuing::sign(prepared, &document, created(award, now))?.json;
    let row = |id, kind, document: String, signed: bool| credential::Model {
        id,
        organization_id: award.organization_id,
        generation_id,
        award_id: award.id,
        issuer_id: prepared.issuer.id,
        kind,
        document,
        status_list_id: signed.then_some(index.list),
        status_index: signed.then(|| i32::try_from(index.index).unwrap_or(i32::MAX)),
        issuer_key_id: signed.then_some(prepared.key_id),
        valid_from: award.awarded_at,
        valid_until: award.valid_until,
        revoked_at: None,
        revocation_reason: None,
        created_at: now,
    };
    Ok(Documents {
        credentials: vec![
            row(ob2_id, credential::CredentialKind::Ob2, ob2.to_string(), false),
            row(ob3_id, credential::CredentialKind::Ob3, ob3, true),
        ],
        generation: generation::Model {
            id: generation_id,
            organization_id: award.organization_id,
            award_id: award.id,
            number,
            recipient_hash: recipient.hash.clone(),
            salt: recipient.salt.clone(),
            recipient_sealed: app.vault.seal(
                Purpose::Recipient,
                email.as_bytes(),
                generation_id.0.as_bytes(),
                &app.dice,
            )?,
            published_at: now,
            revoked_at: None,
            revocation_reason: None,
            replaced_at: None,
        },
    })
}

/// What a revoked assertion's address answers instead of it.
#[must_use]
pub fn gone(issuer: &issuer::Model, row: &credential::Model) -> Option<Value> {
    row.revoked_at?;
    let address = addresses::assertion(&issuer.base_url, &issuer.slug, row.id);
    Some(assertion::revoked(&address, row.revocation_reason.as_deref().unwrap_or_default()))
}

/// The address a generation was delivered to.
///
/// # Errors
/// Only ours: the seal does not open.
pub fn open_recipient(app: &App, generation: &generation::Model) -> Result<String> {
    let bytes =
        app.vault.open(Purpose::Recipient, &generation.recipient_sealed, generation.id.0.as_bytes())?;
    String::from_utf8(bytes.to_vec()).map_err(Error::internal)
}

/// `created` of the proof: now, but never before the award it speaks of.
fn created(award: &award::Model, now: DateTime<Utc>) -> DateTime<Utc> {
    now.max(award.awarded_at)
}

fn evidence_of(award: &award::Model) -> Result<Vec<Evidence>> {
    serde_json::from_value(award.evidence.clone()).map_err(Error::internal)
}
