//! `/course/pick`: an author chooses badges for a course (deep linking). One form, sent again and again: search and
//! pages, the choice, what is said about each badge, and at last the answer that goes back to the platform.
//!
//! Everything travels in the form, nothing in addresses, so that several selections stand side by side and a
//! browser without cookies can use them. What the platform said stays on the server.

use chrono::{DateTime, NaiveDateTime, Utc};
use criteria::{Filling, Names, Rule, SlotKind, Unit};
use lti::{Refusal, deep_linking::Post};
use poem::{Body, Request, Response, Result, handler, http::StatusCode, web::Data};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Sent, Visit, shown_to, visit_of, visit_of_form};
use crate::{
    app::App,
    domain::{
        course::Titles,
        pick::{self, Asked, Chosen, Offer, THIS_LINK, Unanswered},
    },
    error::{Error, Kind},
    ids::{AchievementVersionId, LaunchId},
    store::{PageQuery, issuer as issuers, link as links},
    telemetry::CorrelationId,
    texts::{Language, Texts},
    web::{
        answer::{Forms, Framing, framed_by, html, no_store},
        tool::{Refused, origin_of},
        views::{
            auto_form::AutoForm,
            course::{Begun, Column, Field, Options, PickPage, Pickable, SettlePage, Settled},
            parts::{Badge, Issuer},
        },
    },
};

/// Most links of a course that are offered for a slot.
const MOST_LINKS: usize = 200;

/// The picker, as a launch opens it.
#[handler]
pub async fn open(app: Data<&App>, request: &Request) -> Result<Response> {
    let id = super::launch_of(request)?;
    framed(&app, id, first(&app, request, id).await).await
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
    framed(&app, id, answered(&app, request, &correlation, &sent, id).await).await
}

/// Answers and failures alike are framed by the platform.
async fn framed(app: &App, id: LaunchId, done: Result<Response, Unanswered>) -> Result<Response> {
    let origins = super::origins_of(app, id).await?;
    let mut error: poem::Error = match done {
        Ok(answer) => return Ok(framed_by(answer, origins)),
        Err(Unanswered::Refused(refusal)) => Refused(refusal).into(),
        Err(Unanswered::Failed(error)) => error.into(),
    };
    error.set_data(Framing(origins));
    Err(error)
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
    let mut chosen = chosen_in(sent)?;
    let number = sent.first("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let wanted = sent.last("do").unwrap_or("settle");
    match wanted {
        "cancel" => Ok(leave(&pick::cancel(app, &caller, &asked).await?)),
        "place" => {
            let offers = pick::chosen(app, &asked, &chosen).await?;
            let done = match choice(sent, &offers) {
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

/// What stands chosen. Where only one may be, radio buttons send one; a forced second is refused later (D07).
fn chosen_in(sent: &Sent) -> crate::error::Result<Vec<AchievementVersionId>> {
    let mut chosen = Vec::new();
    for id in sent.all("choose") {
        let id = id.parse().map_err(|_| Error::not_found("badge that you may place"))?;
        if !chosen.contains(&id) {
            chosen.push(id);
        }
    }
    Ok(chosen)
}

/// What the author says about each badge, by its place in the form.
fn choice(sent: &Sent, offers: &[Offer]) -> crate::error::Result<Vec<Chosen>> {
    let mut choice = Vec::new();
    for (at, offer) in offers.iter().enumerate() {
        let column = match sent.first(&format!("column-{at}")) {
            None => None,
            Some(_) => Some(number_in(sent, &format!("maximum-{at}"))?),
        };
        let rule = pick::template(&offer.version.rule)?;
        let mut fillings = Vec::new();
        for (place, slot) in rule.slots().into_iter().enumerate() {
            let name = format!("slot-{at}-{place}");
            let Some(said) = sent.filled(&name) else { continue };
            let filling = match slot.kind {
                SlotKind::Link if said == "any" => continue,
                SlotKind::Link if said == "this" => Filling::Link(THIS_LINK),
                SlotKind::Link => Filling::Link(
                    said.parse::<Uuid>()
                        .map_err(|_| Error::invalid("link.elsewhere", &name, "There is no such link."))?,
                ),
                _ => Filling::Number(
                    Decimal::from_str_exact(said)
                        .map_err(|_| Error::invalid("rule.number", &name, "Give a number."))?,
                ),
            };
            fillings.push((slot.path, filling));
        }
        choice.push(Chosen {
            version: offer.version.id,
            fillings,
            column,
            opens_at: moment_in(sent, &format!("opens-{at}"))?,
            due_at: moment_in(sent, &format!("due-{at}"))?,
        });
    }
    Ok(choice)
}

fn number_in(sent: &Sent, name: &str) -> crate::error::Result<u32> {
    let number = sent.filled(name).and_then(|text| text.parse().ok());
    let wrong = || Error::invalid("pick.column_maximum", name, "Give a whole number from 1 to 100.");
    number.filter(|number| (1..=100).contains(number)).ok_or_else(wrong)
}

/// A day and minute as browsers send it, in UTC.
fn moment_in(sent: &Sent, name: &str) -> crate::error::Result<Option<DateTime<Utc>>> {
    let Some(text) = sent.filled(name) else { return Ok(None) };
    let found = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|moment| moment.and_utc());
    found.map(Some).ok_or_else(|| Error::invalid("pick.dates", name, "Give a day and a time."))
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

    async fn settle(
        self,
        sent: &Sent,
        offers: &[Offer],
        problem: Option<&Error>,
    ) -> Result<Response, Unanswered> {
        let Page { app, asked, language, .. } = self;
        let texts = Texts::of(language);
        let course = self.visit.session.course.as_ref();
        let (titles, here) = match course {
            None => (Titles::default(), Vec::new()),
            Some(course) => (
                Titles::of(app, course).await?,
                links::of_course(app.store.read(), course.organization_id, course.id).await?,
            ),
        };
        let words = criteria::Language::of_tag(language.tag());
        let mut options = vec![
            ("this".to_owned(), texts.say("pick-link-this")),
            ("any".to_owned(), texts.say("pick-link-any")),
        ];
        let named = here.into_iter().filter_map(|link| Some((link.id.to_string(), link.title?)));
        options.extend(named.take(MOST_LINKS));
        let is_sent_before = sent.first("settled").is_some();
        let mut settled = Vec::new();
        for (at, offer) in offers.iter().enumerate() {
            let rule = pick::template(&offer.version.rule)?;
            // The link will be called after its badge.
            let naming = Naming { titles: &titles, this: &offer.version.name };
            let mut slots = Vec::new();
            for (place, slot) in rule.slots().into_iter().enumerate() {
                let part = rule.nodes().find(|(path, _)| *path == slot.path);
                let part = part.and_then(|(_, node)| Rule::new(node.clone()).ok());
                let part = part.map(|part| criteria::sentence(&part, words, &naming)).unwrap_or_default();
                let name = format!("slot-{at}-{place}");
                let before = sent.filled(&name).map(str::to_owned);
                slots.push(field(&texts, name, part, slot.kind, before, &options));
            }
            let takes_column = asked.settings.takes_line_item();
            // The rule's own dates are offered; the author's words win.
            let period = rule.period().filter(|_| !is_sent_before);
            let of_rule = |edge: Option<DateTime<Utc>>| {
                edge.map(|at| at.format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
            };
            let value = |name: &str, of: Option<DateTime<Utc>>| {
                sent.first(&format!("{name}-{at}")).map_or_else(|| of_rule(of), str::to_owned)
            };
            settled.push(Settled {
                id: offer.version.id.to_string(),
                badge: badge(offer, language),
                is_draft: offer.is_draft,
                sentence: criteria::sentence(&rule, words, &naming),
                slots,
                column: takes_column.then(|| Column {
                    is_wanted: is_sent_before && sent.first(&format!("column-{at}")).is_some(),
                    maximum: sent.filled(&format!("maximum-{at}")).unwrap_or("100").to_owned(),
                }),
                opens: value(
                    "opens",
                    period.filter(|period| period.from().is_some()).map(|period| period.start()),
                ),
                due: value("due", period.filter(|period| period.to().is_some()).map(|period| period.end())),
            });
        }
        let body = SettlePage {
            language,
            course: course.and_then(|course| course.title.clone()),
            fields: self.visit.fields(app),
            problem: problem.map(|error| said_of(error, language)),
            search: sent.first("q").unwrap_or_default().to_owned(),
            page: sent.first("page").unwrap_or("1").to_owned(),
            settled,
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

/// A control for a slot.
fn field(
    texts: &Texts,
    name: String,
    part: String,
    kind: SlotKind,
    before: Option<String>,
    links: &[(String, String)],
) -> Field {
    let percent = |unit| (unit == Unit::Percent).then(|| "100".to_owned());
    let number = |now: String, least: Option<String>, most: Option<String>, key: &'static str| Field {
        label: texts.say(key),
        part: part.clone(),
        name: name.clone(),
        value: before.clone().unwrap_or(now),
        options: Options::Number { least, most },
    };
    match kind {
        SlotKind::AtLeast { unit, now } => {
            let now = now.normalize().to_string();
            let key =
                if unit == Unit::Percent { "pick-slot-least-percent" } else { "pick-slot-least-points" };
            number(now.clone(), Some(now), percent(unit), key)
        }
        SlotKind::AtMost { unit, now } => {
            let now = now.normalize().to_string();
            let key = if unit == Unit::Percent { "pick-slot-most-percent" } else { "pick-slot-most-points" };
            number(now.clone(), Some("0".to_owned()), Some(now), key)
        }
        SlotKind::Needed { now, of } => {
            number(now.to_string(), Some(now.to_string()), Some(of.to_string()), "pick-slot-needed")
        }
        SlotKind::Link => Field {
            label: texts.say("pick-slot-link"),
            part,
            name,
            value: before.unwrap_or_else(|| "this".to_owned()),
            options: Options::OneOf(links.to_vec()),
        },
    }
}

/// The titles of a course's links, and of the link that is only being made.
struct Naming<'a> {
    titles: &'a Titles,
    this: &'a str,
}

impl Names for Naming<'_> {
    fn link(&self, id: Uuid) -> Option<std::borrow::Cow<'_, str>> {
        if id == THIS_LINK { Some(self.this.into()) } else { self.titles.link(id) }
    }

    fn course(&self, id: Uuid) -> Option<std::borrow::Cow<'_, str>> {
        self.titles.course(id)
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
