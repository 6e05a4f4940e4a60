//! The answer to a pick: links for the platform, or none. One for each request; what is sent twice is answered
//! twice with the same bytes, as long as they are good (D17).

use chrono::{DateTime, Duration, Utc};
use criteria::{Filling, Rule};
use lti::{
    Refusal,
    deep_linking::{
        Asked as Request, ContentItem, LineItem, Picture, Post, ResourceLink, Response, ResponseError,
        ScoreMaximum, Settings, Span,
    },
    quirks::HISTORY_PARAMETERS,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Asked, BADGE, Offer, THIS_LINK, TOKEN, chosen};
use crate::{
    app::{App, PlatformEntry},
    domain::{
        access::Caller,
        achievement::invalid_rule,
        addresses,
        artwork::sha256_hex,
        audit::{self, Line},
        line_item, platform, platform_key,
    },
    error::{Error, Result},
    ids::{AchievementVersionId, LinkId, PlacementId},
    store::{
        DbErr, deployment as deployments,
        entity::{pick, picked_link},
        link as links, pick as rows,
    },
};

/// Most badges of one answer.
const MOST: usize = 50;
/// How long an answer is good, as `lti` signs it.
const GOOD: Duration = Duration::minutes(5);

/// A badge that the author chose, with what they said about it.
#[derive(Clone, Debug, Serialize)]
pub struct Chosen {
    /// Which.
    pub version: AchievementVersionId,
    /// Slots of its rule, tightened; [`THIS_LINK`] is the link to be.
    #[serde(serialize_with = "as_text")]
    pub fillings: Vec<(String, Filling)>,
    /// The most points of a column in the platform's gradebook, if there should be one.
    pub column: Option<u32>,
    /// From when on the platform should let learners in.
    pub opens_at: Option<DateTime<Utc>>,
    /// Until when the platform should take work.
    pub due_at: Option<DateTime<Utc>>,
}

fn as_text<S: serde::Serializer>(fillings: &[(String, Filling)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(fillings.iter().map(|(path, filling)| format!("{path}={filling:?}")))
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// The platform does not accept what was chosen.
    Refused(Refusal),
    /// It is not allowed or we failed.
    Failed(Error),
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DbErr> for Unanswered {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refusal> for Unanswered {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ResponseError> for Unanswered {
    fn from(error: ResponseError) -> Self {
        match error {
            ResponseError::Refused(refusal) => Self::Refused(refusal),
            ResponseError::Item(_, lti::deep_linking::ItemProblem::BadSpan) => Self::Failed(Error::invalid(
                "pick.dates",
                "due",
                "The activity would close before it opens. Choose other dates.",
            )),
            other => Self::Failed(Error::internal(other)),
        }
    }
}

/// Answers with the chosen badges.
///
/// # Errors
/// `lti.dl.*`; `not_found` for what the author may not place (D22); `rule.*`; `pick.nothing_chosen`,
/// `pick.too_many`, `pick.column_maximum`, `pick.dates`, `pick.answered`.
pub async fn answer(
    app: &App,
    caller: &Caller,
    asked: &Asked,
    mut choice: Vec<Chosen>,
) -> Result<Post, Unanswered> {
    let mut seen = std::collections::HashSet::new();
    choice.retain(|one| seen.insert(one.version));
    if choice.is_empty() {
        return Err(Error::invalid("pick.nothing_chosen", "choose", "Choose a badge first.").into());
    }
    if choice.len() > MOST {
        return Err(Error::invalid("pick.too_many", "choose", "Choose 50 badges at most at once.").into());
    }
    let hash = hash_of(&choice)?;
    if let Some(post) = earlier(app, &asked.row, &asked.settings, &hash)? {
        return Ok(post);
    }
    asked.acceptable()?;
    if choice.len() > 1 && !asked.settings.accept_multiple {
        return Err(Refusal::DlTooManyItems.into());
    }
    let ids: Vec<_> = choice.iter().map(|one| one.version).collect();
    let offers = chosen(app, asked, &ids).await?;
    let (mut items, mut picked) = (Vec::new(), Vec::new());
    for (one, offer) in choice.iter().zip(&offers) {
        let (item, row) = item(app, asked, one, offer).await?;
        items.push(ContentItem::ResourceLink(Box::new(item)));
        picked.push(row);
    }
    give(app, caller, asked, Response::picked(items), hash, picked).await
}

/// Answers that nothing was chosen (D06).
///
/// # Errors
/// `pick.answered`; ours.
pub async fn cancel(app: &App, caller: &Caller, asked: &Asked) -> Result<Post, Unanswered> {
    let response = match asked.acceptable() {
        Ok(()) => Response::cancelled(),
        Err(refusal) => Response::failed(refusal.to_string(), refusal.code()),
    };
    let hash = hash_of(&[])?;
    if let Some(post) = earlier(app, &asked.row, &asked.settings, &hash)? {
        return Ok(post);
    }
    give(app, caller, asked, response, hash, Vec::new()).await
}

/// The way back for somebody whose request is refused (D12): an empty answer with the reason. Nothing is kept.
///
/// # Errors
/// Only ours.
pub async fn way_back(
    app: &App,
    platform: &PlatformEntry,
    deployment_id: &str,
    settings: &Settings,
    refusal: &Refusal,
) -> Result<Post> {
    let key = platform_key::signing(app, platform.row.id).await?;
    let request = Request { registration: &platform.registration, deployment_id, settings };
    let response = Response::failed(refusal.to_string(), refusal.code());
    response.post(&request, &app.tool, &key, app.dice.bytes(), app.clock.now()).map_err(Error::internal)
}

/// Signs now, and keeps it: of two at once one is kept, and the other learns of it.
async fn give(
    app: &App,
    caller: &Caller,
    asked: &Asked,
    response: Response,
    hash: String,
    picked: Vec<picked_link::Model>,
) -> Result<Post, Unanswered> {
    let organization = asked.row.organization_id;
    let db = app.store.read();
    let deployment = deployments::find(db, organization, asked.row.deployment_id)
        .await?
        .ok_or_else(|| Error::not_found("deployment"))?;
    let platform = platform::entry(app, deployment.platform_id).await?;
    let key = platform_key::signing(app, platform.row.id).await?;
    let now = app.clock.now();
    let request = Request {
        registration: &platform.registration,
        deployment_id: &deployment.deployment_id,
        settings: &asked.settings,
    };
    let post = response.post(&request, &app.tool, &key, app.dice.bytes(), now)?;
    let [(_, token)] = &post.fields;
    let row = pick::Model {
        choice_hash: Some(hash.clone()),
        answer: Some(token.clone()),
        answered_at: Some(now),
        ..asked.row.clone()
    };
    let tx = app.store.write().await?;
    if !rows::answer(&tx, row).await? {
        let first = rows::find(&tx, organization, asked.row.id).await?;
        let first = first.ok_or_else(|| Error::internal("a pick vanished"))?;
        return earlier(app, &first, &asked.settings, &hash)?.ok_or_else(|| answered().into());
    }
    let placements: Vec<_> = picked.iter().map(|row| row.placement_id).collect();
    rows::insert_links(&tx, picked).await?;
    audit::record(
        app,
        &tx,
        Some(organization),
        caller,
        Line {
            action: "pick.answered",
            subject_kind: "launch",
            subject_id: asked.row.id.to_string(),
            detail: &json!({ "placements": placements }),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(post)
}

/// What was answered before to the same choice, while it is good.
fn earlier(app: &App, row: &pick::Model, settings: &Settings, hash: &str) -> Result<Option<Post>> {
    let (Some(at), Some(token)) = (row.answered_at, &row.answer) else { return Ok(None) };
    if row.choice_hash.as_deref() != Some(hash) || app.clock.now() >= at + GOOD {
        return Err(answered());
    }
    let origin = url::Url::parse(&settings.return_url).map_err(Error::internal)?.origin();
    Ok(Some(Post {
        action: settings.return_url.clone(),
        origin: origin.ascii_serialization(),
        fields: [("JWT", token.clone())],
    }))
}

pub(super) fn answered() -> Error {
    Error::conflict(
        "pick.answered",
        "This selection was sent to your learning platform already. Go back to the course; to add more, open the \
         selection there again.",
    )
}

fn hash_of(choice: &[Chosen]) -> Result<String> {
    Ok(sha256_hex(&serde_json::to_vec(choice).map_err(Error::internal)?))
}

/// One link as the platform gets it, and as we will know it again.
async fn item(
    app: &App,
    asked: &Asked,
    one: &Chosen,
    offer: &Offer,
) -> Result<(ResourceLink, picked_link::Model)> {
    let version = &offer.version;
    let now = app.clock.now();
    let placement: PlacementId = app.dice.row_id(now);
    let token = app.dice.token();
    let rule = rule_of(app, asked, one, offer).await?;
    let column = one.column.filter(|_| asked.settings.takes_line_item());
    let maximum = column.map(|column| {
        ScoreMaximum::new(column).ok_or_else(|| {
            Error::invalid("pick.column_maximum", "column", "Give a whole number from 1 to 100.")
        })
    });
    let maximum = maximum.transpose()?;
    let public = &app.settings.server.public_url;
    let picture = addresses::picture(public.as_str().trim_end_matches('/'), version.id);
    let mut custom: std::collections::BTreeMap<String, String> = HISTORY_PARAMETERS
        .iter()
        .map(|parameter| (parameter.key.to_owned(), parameter.variable.to_owned()))
        .collect();
    custom.insert(TOKEN.to_owned(), token.clone());
    custom.insert(BADGE.to_owned(), version.id.to_string());
    let span = |start, end| Some(Span { start, end }).filter(|span| *span != Span::default());
    let link = ResourceLink {
        url: Some(public.at(&format!("/course/placements/{placement}"))),
        title: Some(version.name.clone()),
        text: Some(version.description.clone()),
        icon: Some(Picture { url: picture, width: None, height: None }),
        custom,
        line_item: maximum.map(|score_maximum| LineItem {
            label: version.name.chars().take(line_item::LONGEST_LABEL).collect(),
            score_maximum,
            resource_id: Some(line_item::resource_id(version.achievement_id)),
            tag: Some(line_item::REPORT_TAG.to_owned()),
            grades_released: None,
            submission_review: None,
        }),
        // The page itself stays open after the due date: learners come back for their badge.
        available: span(one.opens_at, None),
        submission: span(None, one.due_at),
        ..ResourceLink::default()
    };
    let row = picked_link::Model {
        id: app.dice.row_id(now),
        organization_id: asked.row.organization_id,
        pick_id: asked.row.id,
        deployment_id: asked.row.deployment_id,
        course_id: asked.row.course_id,
        placement_id: placement,
        achievement_version_id: version.id,
        token_hash: sha256_hex(token.as_bytes()),
        rule,
        column_maximum: maximum.and_then(|maximum| i32::try_from(maximum.get()).ok()),
        live: !offer.is_draft,
        link_id: None,
        claimed_at: None,
        created_at: now,
    };
    Ok((link, row))
}

/// The version's rule with its slots filled; without one of its own, opening the link is enough.
async fn rule_of(app: &App, asked: &Asked, one: &Chosen, offer: &Offer) -> Result<Value> {
    let rule = template(&offer.version.rule)?;
    for (path, filling) in &one.fillings {
        if let Filling::Link(link) = filling
            && *link != THIS_LINK
        {
            let known = links::find(app.store.read(), asked.row.organization_id, LinkId(*link)).await?;
            if known.is_none_or(|known| known.course_id.is_none() || known.course_id != asked.row.course_id) {
                return Err(Error::invalid("link.elsewhere", path, "This link is not in this course."));
            }
        }
    }
    Ok(rule.filled(&one.fillings).map_err(|error| invalid_rule(&error))?.to_value())
}

/// The rule that a version offers.
///
/// # Errors
/// Only ours: a stored rule that does not read.
pub fn template(stored: &Value) -> Result<Rule> {
    if *stored == Value::Null {
        let node = json!({ "type": "launched", "link": Uuid::nil() });
        return Rule::parse(&json!({ "version": 1, "node": node })).map_err(Error::internal);
    }
    Rule::parse(stored).map_err(Error::internal)
}
