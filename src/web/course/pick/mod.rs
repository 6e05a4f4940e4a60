//! `/course/pick`: an author chooses badges for a course (deep linking). One form, sent again and again: search and
//! pages, the choice, what is said about each badge, and at last the answer that goes back to the platform.
//!
//! Everything travels in the form, nothing in addresses, so that several selections stand side by side and a
//! browser without cookies can use them. What the platform said stays on the server. `said.rs` reads what the author
//! chose and said, `settle.rs` is the page where they say it.

mod said;
mod settle;

use lti::{Refusal, deep_linking::Post};
use poem::{Body, Request, Response, Result, handler, http::StatusCode, web::Data};

use super::{Sent, Visit, framed, shown_to, visit_of, visit_of_form};
use crate::{
    app::App,
    domain::pick::{self, Asked, Offer, Unanswered},
    error::{Error, Kind},
    ids::{AchievementVersionId, LaunchId},
    store::{PageQuery, issuer as issuers},
    telemetry::CorrelationId,
    texts::{Language, Texts},
    web::{
        answer::{Forms, html, no_store},
        tool::{Refused, origin_of},
        views::{
            auto_form::AutoForm,
            course::{Begun, PickPage, Pickable},
            parts::{Badge, Issuer},
        },
    },
};

/// The picker, as a launch opens it.
#[handler]
pub async fn open(app: Data<&App>, request: &Request) -> Result<Response> {
    let id = super::launch_of(request)?;
    framed(&app, id, async { Ok(first(&app, request, id).await?) }).await
}

/// Whatever the picker's form asks for.
#[handler]
pub async fn act(
    app: Data<&App>,
    request: &Request,
    correlation: Data<&CorrelationId>,
    body: Body,
) -> Result<Response> {
    let sent = Sent::read(request, body).await?;
    let id = sent.launch()?;
    framed(&app, id, async { Ok(answered(&app, request, &correlation, &sent, id).await?) }).await
}

impl From<Unanswered> for poem::Error {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Refused(refusal) => Refused(refusal).into(),
            Unanswered::Failed(error) => error.into(),
        }
    }
}

async fn first(app: &App, request: &Request, id: LaunchId) -> Result<Response, Unanswered> {
    let visit = visit_of(app, request, id).await?;
    let asked = pick::find(app, &visit.session).await?;
    let page = Page { app, visit: &visit, asked: &asked, language: visit.language(app, request) };
    Ok(page.choose(&Sent::default(), &[], 1, None).await?)
}

async fn answered(
    app: &App,
    request: &Request,
    correlation: &CorrelationId,
    sent: &Sent,
    id: LaunchId,
) -> Result<Response, Unanswered> {
    let visit = visit_of_form(app, request, sent, id).await?;
    let asked = pick::find(app, &visit.session).await?;
    let page = Page { app, visit: &visit, asked: &asked, language: visit.language(app, request) };
    let caller = pick::author(&asked, Some(correlation.to_string()));
    let mut chosen = said::chosen(sent)?;
    let number = sent.first("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let wanted = sent.last("do").unwrap_or("settle");
    match wanted {
        "cancel" => Ok(leave(&pick::cancel(app, &caller, &asked).await?)),
        "place" => {
            let offers = pick::chosen(app, &asked, &chosen).await?;
            let done = match said::choice(sent, &offers) {
                Ok(choice) => pick::answer(app, &caller, &asked, choice).await,
                Err(error) => Err(error.into()),
            };
            match done {
                Ok(post) => Ok(leave(&post)),
                // What can be put right in the form is said there.
                Err(Unanswered::Failed(error)) if error.kind() == Kind::Invalid => {
                    page.settle(sent, &offers, Some(&error)).await
                }
                Err(error) => Err(error),
            }
        }
        "settle" if chosen.is_empty() => {
            let error = Error::invalid("pick.nothing_chosen", "choose", "");
            Ok(page.choose(sent, &chosen, number, Some(&error)).await?)
        }
        "settle" => {
            if chosen.len() > 1 && !asked.settings.accept_multiple {
                return Err(Refusal::DlTooManyItems.into());
            }
            asked.acceptable()?;
            let offers = pick::chosen(app, &asked, &chosen).await?;
            page.settle(sent, &offers, None).await
        }
        "draft" => {
            let words = ["draft_name", "draft_description"].map(|name| sent.first(name).unwrap_or_default());
            let issuer = sent.filled("draft_issuer").and_then(|id| id.parse().ok());
            match pick::draft(app, &caller, &asked, issuer, page.language.tag(), words).await {
                Ok(version) => {
                    if !asked.settings.accept_multiple {
                        chosen.clear();
                    }
                    chosen.push(version);
                    let asked = pick::find(app, &visit.session).await?;
                    let page = Page { asked: &asked, ..page };
                    Ok(page.choose(&Sent::default(), &chosen, 1, None).await?)
                }
                Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Conflict) => {
                    Ok(page.choose(sent, &chosen, number, Some(&error)).await?)
                }
                Err(error) => Err(error.into()),
            }
        }
        "search" => Ok(page.choose(sent, &chosen, 1, None).await?),
        other => {
            let number = other.strip_prefix("page-").and_then(|page| page.parse().ok()).unwrap_or(number);
            Ok(page.choose(sent, &chosen, number, None).await?)
        }
    }
}

/// The form that carries the answer to the platform, by itself or by its button.
fn leave(post: &Post) -> Response {
    let fields = post.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut answer = html(StatusCode::OK, AutoForm { action: post.action.clone(), fields }.html());
    no_store(&mut answer);
    // Browsers also hold the redirects that follow to it, and platforms redirect to hosts of their own.
    let more = if post.origin.starts_with("https:") { "https:" } else { "https: http:" };
    let to = format!("{} {more}", post.origin);
    answer.extensions_mut().insert(Forms { to, with_script: true });
    answer
}

/// The pages of one visit.
#[derive(Clone, Copy)]
struct Page<'a> {
    app: &'a App,
    visit: &'a Visit,
    asked: &'a Asked,
    language: Language,
}

impl Page<'_> {
    async fn choose(
        self,
        sent: &Sent,
        chosen: &[AchievementVersionId],
        number: usize,
        problem: Option<&Error>,
    ) -> crate::error::Result<Response> {
        let Page { app, asked, language, .. } = self;
        let search = sent.first("q").unwrap_or_default();
        let refusal = asked.acceptable().err();
        let shelf = pick::shelf(app, asked, search, number).await?;
        let elsewhere: Vec<_> = chosen
            .iter()
            .copied()
            .filter(|id| !shelf.offers.iter().any(|offer| offer.version.id == *id))
            .collect();
        let elsewhere = pick::chosen(app, asked, &elsewhere).await?;
        let pickable = |offer: &Offer, is_chosen: bool| Pickable {
            id: offer.version.id.to_string(),
            badge: badge(offer, language),
            is_draft: offer.is_draft,
            is_chosen,
        };
        let all = PageQuery { after: None, limit: 200 };
        let issuers = issuers::list(app.store.read(), asked.row.organization_id, all).await?.items;
        let body = PickPage {
            language,
            course: self.visit.session.course.as_ref().and_then(|course| course.title.clone()),
            fields: self.visit.fields(app),
            refused: refusal.map(|refusal| refusal.code().to_owned()),
            problem: problem.map(|error| said_of(error, language)),
            takes_several: asked.settings.accept_multiple,
            search: search.to_owned(),
            found: shelf.found,
            page: shelf.page,
            pages: shelf.pages,
            elsewhere: elsewhere.iter().map(|offer| pickable(offer, true)).collect(),
            offers: shelf
                .offers
                .iter()
                .map(|offer| pickable(offer, chosen.contains(&offer.version.id)))
                .collect(),
            draft: Begun {
                name: sent
                    .first("draft_name")
                    .or(asked.settings.title.as_deref())
                    .unwrap_or_default()
                    .to_owned(),
                description: sent
                    .first("draft_description")
                    .or(asked.settings.text.as_deref())
                    .unwrap_or_default()
                    .to_owned(),
                issuers: issuers.into_iter().map(|issuer| (issuer.id.to_string(), issuer.name)).collect(),
                is_open: sent.last("do") == Some("draft"),
            },
        }
        .html();
        Ok(self.answer(body))
    }

    fn answer(self, body: String) -> Response {
        let mut answer = shown_to(self.app, self.visit, StatusCode::OK, body);
        let to = origin_of(&self.asked.settings.return_url).unwrap_or_default();
        answer.extensions_mut().insert(Forms { to, with_script: false });
        answer
    }
}

fn badge(offer: &Offer, language: Language) -> Badge {
    let version = &offer.version;
    let is_other = !version.language.starts_with(language.tag());
    Badge {
        name: version.name.clone(),
        description: version.description.clone(),
        lang: is_other.then(|| version.language.clone()),
        picture: format!("/media/b/{}.png", version.id),
        issuer: Issuer { name: offer.issuer.name.clone(), url: Some(offer.issuer.url.clone()) },
    }
}

/// What is wrong with a form, in the reader's language.
fn said_of(error: &Error, language: Language) -> String {
    let key = match error.code() {
        "pick.nothing_chosen" => "pick-problem-nothing",
        "pick.too_many" => "pick-problem-many",
        "pick.column_maximum" => "pick-problem-maximum",
        "pick.dates" => "pick-problem-dates",
        "pick.too_many_drafts" => "pick-problem-drafts",
        "pick.no_issuer" => "pick-problem-no-issuer",
        "pick.many_issuers" => "pick-problem-issuer",
        "rule.slot_loosened" => "pick-problem-looser",
        "rule.number" => "pick-problem-number",
        "text.invalid" => "pick-problem-text",
        _ => "pick-problem-other",
    };
    Texts::of(language).say(key)
}
