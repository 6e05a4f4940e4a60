//! The picker's second page: what the author may say about each chosen badge.

use chrono::{DateTime, Utc};
use criteria::{Names, Rule, SlotKind, Unit};
use poem::Response;
use uuid::Uuid;

use super::{Page, badge, said_of};
use crate::{
    domain::{
        course::Titles,
        pick::{self, Offer, THIS_LINK, Unanswered},
    },
    error::Error,
    store::link as links,
    texts::Texts,
    web::{
        course::Sent,
        views::course::{Column, Field, Options, SettlePage, Settled},
    },
};

/// Most links of a course that are offered for a slot.
const MOST_LINKS: usize = 200;

impl Page<'_> {
    pub(super) async fn settle(
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
