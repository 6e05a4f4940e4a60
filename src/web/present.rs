//! From rows to what views show: badges, standings, evidence. Decides nothing, reads nothing.

use chrono::{DateTime, Utc};
use open_badges::Evidence as Stored;

use super::views::{
    markdown,
    parts::{Badge, Day, Evidence, Issuer, Standing},
};
use crate::{
    app::Prepared,
    store::entity::award::{AwardState, Model as Award},
    texts::Language,
};

/// The badge of a version.
#[must_use]
pub fn badge(prepared: &Prepared, language: Language) -> Badge {
    let version = &prepared.version;
    let is_other = !version.language.starts_with(language.tag());
    Badge {
        name: version.name.clone(),
        description: version.description.clone(),
        lang: is_other.then(|| version.language.clone()),
        picture: format!("/media/b/{}.png", version.id),
        issuer: Issuer { name: prepared.issuer.name.clone(), url: Some(prepared.issuer.url.clone()) },
    }
}

/// What became of an award, as of `now`.
#[must_use]
pub fn standing(award: &Award, language: Language, now: DateTime<Utc>) -> Standing {
    let day = |at: DateTime<Utc>| Day::of(language, at);
    match award.state {
        AwardState::Revoked => {
            Standing::Revoked { on: award.revoked_at.map(day), reason: award.revocation_reason.clone() }
        }
        AwardState::Scheduled => Standing::Scheduled { on: Some(day(award.awarded_at)) },
        AwardState::WaitingForAddress => Standing::WaitingForAddress,
        AwardState::Expired => Standing::Expired { on: award.valid_until.map(day) },
        AwardState::Active => match award.valid_until.filter(|until| *until <= now) {
            Some(until) => Standing::Expired { on: Some(day(until)) },
            None => Standing::Active,
        },
    }
}

/// How it was earned, as clean HTML (empty when nobody said), and the other evidence. All of it is Markdown.
#[must_use]
pub fn evidence(award: &Award) -> (String, Vec<Evidence>) {
    let stored: Vec<Stored> = serde_json::from_value(award.evidence.clone()).unwrap_or_default();
    let mut earned = award.narrative.clone();
    let mut shown = Vec::new();
    for piece in stored {
        match piece.narrative {
            Some(narrative) if earned.is_none() && piece.url.is_none() => earned = Some(narrative),
            narrative => shown.push(Evidence {
                title: piece.name,
                url: piece.url,
                html: markdown::render(&narrative.unwrap_or_default()),
            }),
        }
    }
    (earned.map(|text| markdown::render(&text)).unwrap_or_default(), shown)
}
