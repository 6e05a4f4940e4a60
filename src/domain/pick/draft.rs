//! A badge that an author only begins: name and words. It is the organization's from then on, but only operators
//! may place it, so nothing is awarded before one of them has looked at it.

use serde_json::json;

use super::Asked;
use crate::{
    app::App,
    domain::{
        access::Caller,
        achievement::{self, Definition},
        floor::Floor,
        validate,
    },
    error::{Error, Result},
    ids::{AchievementVersionId, IssuerId},
    store::{PageQuery, entity::achievement_version::MayPlace, issuer as issuers, pick as rows},
};

/// How many drafts may be begun in one pick.
const MOST: usize = 10;

/// Begins a badge. Without a named issuer it is the organization's only one.
///
/// # Errors
/// Invalid fields; `not_found` (the issuer); `pick.no_issuer`; `pick.many_issuers`; `pick.too_many_drafts`;
/// `pick.answered`.
pub async fn draft(
    app: &App,
    caller: &Caller,
    asked: &Asked,
    issuer: Option<IssuerId>,
    language: &str,
    [name, description]: [&str; 2],
) -> Result<AchievementVersionId> {
    let mut drafts = asked.drafts();
    if asked.row.answered_at.is_some() {
        return Err(super::answer::answered());
    }
    if drafts.len() >= MOST {
        return Err(Error::conflict("pick.too_many_drafts", "Place these drafts first, then begin more."));
    }
    let issuer = match issuer {
        Some(issuer) => issuer,
        None => only_issuer(app, caller).await?,
    };
    let name = validate::line("draft_name", name, 200)?;
    let description = validate::text("draft_description", description, 2_000)?;
    let definition = Definition {
        criteria_narrative: description.clone(),
        name,
        description,
        achievement_type: "Badge".to_owned(),
        tags: Vec::new(),
        alignments: Vec::new(),
        language: language.to_owned(),
        artwork: None,
        rule: None,
        validity_days: None,
        valid_until: None,
        remind_days: Vec::new(),
        may_place: MayPlace::Operators,
        floor: Floor::default(),
    };
    let slug = format!("draft-{:016x}", u64::from_be_bytes(app.dice.bytes()));
    let defined = achievement::define(app, caller, issuer, &slug, definition).await?;
    drafts.push(defined.version.id);
    let tx = app.store.write().await?;
    rows::set_drafts(&tx, asked.row.organization_id, asked.row.id, json!(drafts)).await?;
    tx.commit().await?;
    Ok(defined.version.id)
}

async fn only_issuer(app: &App, caller: &Caller) -> Result<IssuerId> {
    let page = PageQuery { after: None, limit: 2 };
    let issuers = issuers::list(app.store.read(), caller.organization, page).await?.items;
    match issuers.as_slice() {
        [only] => Ok(only.id),
        [] => Err(Error::conflict("pick.no_issuer", "Nobody awards badges here yet. Ask an operator.")),
        _ => Err(Error::invalid("pick.many_issuers", "draft_issuer", "Choose who should award the badge.")),
    }
}
