//! Learners: one account at one platform, never merged by e-mail (design §2, §6.5).

use open_badges::recipient::normalize_email;
use serde_json::json;

use super::award::reissue;
use crate::{
    app::App,
    domain::{access::Caller, validate},
    error::{Error, Result},
    ids::{LearnerId, OrganizationId, PlatformId},
    store::{
        WriteTx, alias as aliases,
        entity::{alias::AliasKind, learner},
        learner as rows, platform,
    },
};

/// The platform name of people who came without a platform.
pub const NO_PLATFORM: &str = "mailto:";

/// How a request names a learner.
#[derive(Clone, Debug)]
pub enum LearnerIn {
    /// By our id.
    Id(LearnerId),
    /// By platform and the platform's `sub`; unknown people are created.
    Account {
        /// Which platform.
        platform: PlatformId,
        /// The platform's own, opaque, case-sensitive id.
        sub: String,
        /// Name and address, if the sender knows them.
        person: PersonIn,
    },
    /// Without a platform, by address; unknown people are created.
    Email {
        /// Where mail goes.
        email: String,
        /// Their name.
        name: Option<String>,
        /// Their language.
        language: Option<String>,
    },
}

/// What a sender knows of a person.
#[derive(Clone, Debug, Default)]
pub struct PersonIn {
    /// Full name.
    pub name: Option<String>,
    /// Delivery address.
    pub email: Option<String>,
    /// Language tag.
    pub language: Option<String>,
}

/// One learner.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: LearnerId) -> Result<learner::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("learner"))
}

/// Whether two accounts are one person's, as far as we know. An address proves no identity (design §6.5), so this
/// opens nothing to anybody: it keeps people from deciding twice, or on themselves.
#[must_use]
pub fn is_same_person(one: &learner::Model, other: &learner::Model) -> bool {
    let address = |learner: &learner::Model| {
        let email = learner.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
        email.map(normalize_email)
    };
    one.id == other.id || address(one).is_some_and(|known| address(other) == Some(known))
}

/// Whether all that is told of a person is on record already; what is not told takes nothing away.
#[must_use]
pub fn says_nothing_new(told: &learner::Model, known: &learner::Model) -> bool {
    let same = |told: &Option<String>, known: &Option<String>| told.is_none() || told == known;
    same(&told.name, &known.name)
        && same(&told.given_name, &known.given_name)
        && same(&told.family_name, &known.family_name)
        && same(&told.email, &known.email)
        && same(&told.language, &known.language)
        && (!told.is_test || known.is_test)
        && known.is_confirmed
}

/// Finds or creates the learner and locks their row for this transaction.
///
/// # Errors
/// `not_found` (learner, platform); invalid fields.
pub async fn resolve(app: &App, tx: &WriteTx, caller: &Caller, given: &LearnerIn) -> Result<learner::Model> {
    let (platform_issuer_url, sub, name, email, language) = match given {
        LearnerIn::Id(id) => {
            return rows::lock(tx, caller.organization, *id)
                .await?
                .ok_or_else(|| Error::not_found("learner"));
        }
        LearnerIn::Account { platform, sub, person } => {
            let platform = platform::find(tx, caller.organization, *platform)
                .await?
                .ok_or_else(|| Error::not_found("platform"))?;
            let sub = validate::opaque("learner.sub", sub, 255)?;
            let email = person.email.as_deref().filter(|email| !email.trim().is_empty());
            let email = email.map(|email| validate::email("learner.email", email)).transpose()?;
            let sub = known_as(tx, caller.organization, &platform.issuer_url, sub).await?;
            (platform.issuer_url, sub, &person.name, email, &person.language)
        }
        LearnerIn::Email { email, name, language } => {
            let email = validate::email("learner.email", email)?;
            (NO_PLATFORM.to_owned(), normalize_email(&email), name, Some(email), language)
        }
    };
    let now = app.clock.now();
    let row = learner::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        platform_issuer_url,
        sub,
        name: validate::line_opt("learner.name", name.as_deref(), 200)?,
        given_name: None,
        family_name: None,
        email,
        language: language
            .as_deref()
            .map(|language| validate::language("learner.language", language))
            .transpose()?,
        is_test: false,
        is_confirmed: false,
        created_at: now,
        last_seen_at: now,
    };
    Ok(rows::upsert(tx, row).await?)
}

/// What the platform calls somebody today who may be named by an old id: nobody else's id of today, though.
async fn known_as(
    tx: &WriteTx,
    organization: OrganizationId,
    issuer_url: &str,
    sub: String,
) -> Result<String> {
    let Some(alias) = aliases::of_former(tx, organization, AliasKind::Learner, issuer_url, &sub).await?
    else {
        return Ok(sub);
    };
    let today = rows::of_sub(tx, organization, issuer_url, &sub).await?;
    if today.is_some_and(|today| today.is_confirmed) {
        return Ok(sub);
    }
    let meant = rows::find(tx, organization, LearnerId(alias.subject_id)).await?;
    Ok(meant.map_or(sub, |meant| meant.sub))
}

/// Corrects what we know of a learner. A new address publishes the awards that waited for one.
///
/// # Errors
/// `not_found`; invalid fields.
pub async fn update(app: &App, caller: &Caller, id: LearnerId, person: &PersonIn) -> Result<learner::Model> {
    let name = validate::line_opt("name", person.name.as_deref(), 200)?;
    let email = person.email.as_deref().map(|email| validate::email("email", email)).transpose()?;
    let language =
        person.language.as_deref().map(|language| validate::language("language", language)).transpose()?;
    loop {
        super::indexes::reserve_for_waiting(app, caller.organization, id).await?;
        let tx = app.store.write().await?;
        let mut learner =
            rows::lock(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("learner"))?;
        learner.name = name.clone().or(learner.name);
        learner.email = email.clone().or(learner.email);
        learner.language = language.clone().or(learner.language);
        rows::update(&tx, learner.clone()).await?;
        let existing = crate::store::award::of_learner(&tx, caller.organization, id).await?;
        if reissue::address_arrived(app, &tx, caller, &learner, &existing).await?
            == reissue::Arrived::NeedsIndex
        {
            continue;
        }
        super::audit::record(
            app,
            &tx,
            Some(caller.organization),
            caller,
            super::audit::Line {
                action: "learner.updated",
                subject_kind: "learner",
                subject_id: id.to_string(),
                detail: &json!({ "name": name.is_some(), "email": email.is_some(), "language": language.is_some() }),
            },
        )
        .await?;
        tx.commit().await?;
        return Ok(learner);
    }
}
