//! One award as typed values, and the texts it puts into documents.
//!
//! The 3.0 credential and the template signer are both built from `Slots`, so what varies between two awards of an
//! achievement is written down once, here.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::recipient::Recipient;
use crate::text::{FieldError, check_address, check_text, clean, seconds};

/// What one award says, in both versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// Address of the 2.0 Assertion.
    pub ob2_id: String,
    /// Id of the 3.0 credential.
    pub ob3_id: String,
    /// Address of the baked picture (2.0 names it).
    pub baked_image_url: String,
    /// When it was awarded; cut to whole seconds, never later than the signing.
    pub issued_on: DateTime<Utc>,
    /// End of validity.
    pub expires: Option<DateTime<Utc>>,
    /// The hashed recipient.
    pub recipient: Recipient,
    /// The subject's DID, only for a copy bound to a wallet by proof.
    pub subject_id: Option<String>,
    /// What this learner did, Markdown.
    pub narrative: Option<String>,
    /// Proofs of it; entries without any field are left out.
    pub evidence: Vec<Evidence>,
    /// Where revocation of the 3.0 credential is looked up.
    pub status: Option<StatusEntry>,
}

/// One piece of evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Address of the evidence.
    pub url: Option<String>,
    /// Title.
    pub name: Option<String>,
    /// One paragraph.
    pub description: Option<String>,
    /// What was done, Markdown.
    pub narrative: Option<String>,
    /// Kind: "Logbook".
    pub genre: Option<String>,
    /// For whom it is meant.
    pub audience: Option<String>,
}

/// A place in a status list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEntry {
    /// Address of the list's credential.
    pub list_url: String,
    /// Index of the bit.
    pub index: u32,
}

/// Which optional parts an award has: awards of one shape differ in texts only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    has_expiry: bool,
    has_subject: bool,
    has_narrative: bool,
    has_status: bool,
    /// Per entry a bit for each field of [`Evidence`], in its order.
    evidence: Vec<u8>,
}

impl Award {
    /// Refuse an award whose documents would lose data or fail validators.
    ///
    /// # Errors
    /// The first field that is malformed.
    pub fn check(&self) -> Result<(), FieldError> {
        check_address("award.ob2_id", &self.ob2_id)?;
        check_address("award.ob3_id", &self.ob3_id)?;
        check_address("award.baked_image_url", &self.baked_image_url)?;
        if self.expires.is_some_and(|expires| expires < self.issued_on) {
            return Err(FieldError::new("award.expires", "lies before the award"));
        }
        if !is_identity_hash(&self.recipient.hash) {
            return Err(FieldError::new("award.recipient.hash", "is not `sha256$` and 64 hex digits"));
        }
        check_text("award.recipient.salt", &self.recipient.salt)?;
        if let Some(subject) = &self.subject_id {
            check_address("award.subject_id", subject)?;
        }
        for evidence in &self.evidence {
            if let Some(url) = evidence.url.as_deref().filter(|url| !url.is_empty()) {
                check_address("award.evidence.url", url)?;
            }
        }
        if let Some(status) = &self.status {
            check_address("award.status.list_url", &status.list_url)?;
            if status.list_url.contains('#') {
                return Err(FieldError::new("award.status.list_url", "has a fragment"));
            }
        }
        Ok(())
    }
}

impl Award {
    /// The narrative as documents carry it.
    pub(crate) fn shown_narrative(&self) -> Option<Cow<'_, str>> {
        self.narrative.as_deref().and_then(shown)
    }
}

impl Evidence {
    /// The fields in their order, cleaned, empty ones as absent.
    pub(crate) fn fields(&self) -> [Option<Cow<'_, str>>; 6] {
        [&self.url, &self.name, &self.description, &self.narrative, &self.genre, &self.audience]
            .map(|field| field.as_deref().and_then(shown))
    }

    fn mask(&self) -> u8 {
        self.fields().iter().rev().fold(0, |mask, field| mask << 1 | u8::from(field.is_some()))
    }
}

impl Shape {
    /// The shape of `award`.
    #[must_use]
    pub fn of(award: &Award) -> Self {
        Self {
            has_expiry: award.expires.is_some(),
            has_subject: award.subject_id.is_some(),
            has_narrative: award.shown_narrative().is_some(),
            has_status: award.status.is_some(),
            evidence: award.evidence.iter().map(Evidence::mask).filter(|mask| *mask != 0).collect(),
        }
    }

    /// Slots filled by `fill`, called with a running number.
    pub(crate) fn slots(&self, mut fill: impl FnMut(usize) -> String) -> Slots<'static> {
        let mut number = 0;
        let mut next = || {
            number += 1;
            Cow::Owned(fill(number - 1))
        };
        Slots {
            id: next(),
            valid_from: next(),
            identity: next(),
            salt: next(),
            assertion: next(),
            valid_until: self.has_expiry.then(&mut next),
            subject: self.has_subject.then(&mut next),
            narrative: self.has_narrative.then(&mut next),
            status: self.has_status.then(|| [next(), next(), next()]),
            evidence: self
                .evidence
                .iter()
                .map(|mask| std::array::from_fn(|field| (mask >> field & 1 == 1).then(&mut next)))
                .collect(),
        }
    }
}

/// The texts of one award in its 3.0 credential, and nothing else of it.
#[derive(Clone, Debug)]
pub(crate) struct Slots<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) valid_from: Cow<'a, str>,
    pub(crate) identity: Cow<'a, str>,
    pub(crate) salt: Cow<'a, str>,
    pub(crate) assertion: Cow<'a, str>,
    pub(crate) valid_until: Option<Cow<'a, str>>,
    pub(crate) subject: Option<Cow<'a, str>>,
    pub(crate) narrative: Option<Cow<'a, str>>,
    /// Entry id, list address, index.
    pub(crate) status: Option<[Cow<'a, str>; 3]>,
    pub(crate) evidence: Vec<[Option<Cow<'a, str>>; 6]>,
}

impl<'a> Slots<'a> {
    /// The texts of `award`, which must have passed [`Award::check`].
    pub(crate) fn of(award: &'a Award) -> Self {
        Self {
            id: Cow::Borrowed(&award.ob3_id),
            valid_from: Cow::Owned(seconds(award.issued_on)),
            identity: Cow::Borrowed(&award.recipient.hash),
            salt: Cow::Borrowed(&award.recipient.salt),
            assertion: Cow::Borrowed(&award.ob2_id),
            valid_until: award.expires.map(|expires| Cow::Owned(seconds(expires))),
            subject: award.subject_id.as_deref().map(Cow::Borrowed),
            narrative: award.shown_narrative(),
            status: award.status.as_ref().map(|status| {
                [
                    Cow::Owned(format!("{}#{}", status.list_url, status.index)),
                    Cow::Borrowed(status.list_url.as_str()),
                    Cow::Owned(status.index.to_string()),
                ]
            }),
            evidence: award
                .evidence
                .iter()
                .map(Evidence::fields)
                .filter(|fields| fields.iter().any(Option::is_some))
                .collect(),
        }
    }

    /// All texts in the order [`Shape::slots`] numbers them.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::with_capacity(12 + 6 * self.evidence.len());
        texts.extend(
            [&self.id, &self.valid_from, &self.identity, &self.salt, &self.assertion].map(AsRef::as_ref),
        );
        texts.extend(self.valid_until.as_deref());
        texts.extend(self.subject.as_deref());
        texts.extend(self.narrative.as_deref());
        texts.extend(self.status.iter().flatten().map(AsRef::<str>::as_ref));
        texts.extend(self.evidence.iter().flatten().flatten().map(AsRef::<str>::as_ref));
        texts
    }
}

/// A text as documents carry it. Awards come from machines and may not fail over an invisible character, so it is left out
/// rather than refused.
fn shown(text: &str) -> Option<Cow<'_, str>> {
    Some(clean(text)).filter(|text| !text.is_empty())
}

fn is_identity_hash(text: &str) -> bool {
    text.strip_prefix("sha256$")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}
