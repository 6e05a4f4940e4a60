//! Platform storage without a script engine (lti-1.3-tool.md §9.2): plays what a tool's page and the LMS page around
//! it would say to each other, when the tool's page carries the plan of its exchange as JSON.
//!
//! A plan is an object with `exchanges` (each a `message` with `subject`, `message_id`, `key`, `value`, and the
//! subject of its `reply`), `origins` that may see them, `frame`, `capabilities` and `total_ms`. It stands in a
//! `<script type="application/json">` or an attribute `data-plan`, alone or as the member `plan` of an object that
//! says under `next` where to go afterwards. Without `next` the page's form is sent, with `browser_secret` if a
//! value came back; else the page's first link is followed.

use serde_json::Value;
use url::Url;

use super::{Browser, BrowserError, Page, Visit, html};
use crate::{
    lms::{Lms, lock},
    manners::{StorageAnswer, StorageManners},
};

/// What a page wants to say to the LMS page around it.
#[derive(Debug)]
struct Plan {
    exchange: Value,
    next: Option<String>,
}

impl Plan {
    fn of(page: &Page) -> Option<Self> {
        html::embedded_json(&page.text()).into_iter().find_map(|value| {
            let exchange = value.get("plan").unwrap_or(&value).clone();
            exchange.get("exchanges")?.as_array()?;
            let next = ["next", "location", "url"].iter().find_map(|name| value.get(*name)?.as_str());
            Some(Self { next: next.map(str::to_owned), exchange })
        })
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.exchange.get(name).and_then(Value::as_array).into_iter().flatten()
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

impl Browser {
    /// What this LMS keeps for a tool's origin in this browser.
    #[must_use]
    pub fn stored(&self, lms: &Lms, tool_origin: &str, key: &str) -> Option<String> {
        let place = (lms.base_url().to_owned(), tool_origin.to_owned(), key.to_owned());
        lock(&self.kept).get(&place).cloned()
    }

    /// Puts something into what this LMS keeps for a tool's origin, by hand.
    pub fn store(&self, lms: &Lms, tool_origin: &str, key: &str, value: &str) {
        let place = (lms.base_url().to_owned(), tool_origin.to_owned(), key.to_owned());
        lock(&self.kept).insert(place, value.to_owned());
    }

    /// Forgets what pages keep, as closing the LMS page does.
    pub fn clear_storage(&self) {
        lock(&self.kept).clear();
    }

    /// The next page, if this one has a plan for platform storage.
    pub(super) async fn storage_step(&self, lms: &Lms, page: &Page) -> Result<Option<Page>, BrowserError> {
        let Some(plan) = Plan::of(page) else { return Ok(None) };
        let value = self.converse(lms, page, &plan);
        if let Some(next) = &plan.next {
            let url = page.url.join(next).map_err(|_| BrowserError::Address(next.clone()))?;
            let visit = Visit::new("GET", url.as_str()).from(&page.url).inside(page.top.as_ref());
            return self.visit(visit).await.map(Some);
        }
        if let Some(mut form) = page.forms().into_iter().next() {
            if let Some(value) = value {
                form.set("browser_secret", &value);
            }
            return self.submit(page, &form).await.map(Some);
        }
        match html::first_link(&page.text()).and_then(|link| page.url.join(&link).ok()) {
            Some(url) => {
                let visit = Visit::new("GET", url.as_str()).from(&page.url).inside(page.top.as_ref());
                self.visit(visit).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// Plays the exchanges; returns the first value that a reply brought and the tool's page would accept.
    fn converse(&self, lms: &Lms, page: &Page, plan: &Plan) -> Option<String> {
        // A window of its own has nobody to talk to: our pages open windows without an opener.
        let framed = page.top.as_ref()?;
        let storage = lms.manners().storage;
        let origin = Url::parse(lms.base_url()).ok()?.origin();
        if framed.origin() != origin {
            return None;
        }
        let origin = origin.ascii_serialization();
        let may_see = plan.list("origins").any(|known| *known == origin.as_str());
        let prefix = if storage.old_subjects { "org.imsglobal.lti." } else { "lti." };
        let told = storage.answer != StorageAnswer::Never
            && !storage.no_capabilities
            && plan
                .list("capabilities")
                .filter_map(|one| text(one.get("message")?, "subject"))
                .any(|subject| subject == format!("{prefix}capabilities"));
        // Without the list of capabilities the frame of the plan must be the right one.
        let wants = storage.target.clone()?;
        let frame = text(&plan.exchange, "frame").unwrap_or("_parent");
        if !may_see || !(told || frame == wants) {
            return None;
        }
        let mut value = None;
        for exchange in plan.list("exchanges") {
            let Some(message) = exchange.get("message") else { continue };
            let accepted = self.answer(lms, &storage, prefix, page, message);
            let patience = plan.exchange.get("total_ms").and_then(Value::as_u64).unwrap_or(1000);
            let in_time = match storage.answer {
                StorageAnswer::Late(wait) => wait.as_millis() < u128::from(patience),
                _ => true,
            };
            let is_reply = text(message, "subject").zip(text(exchange, "reply"));
            let is_reply = is_reply.is_some_and(|(subject, reply)| format!("{subject}.response") == reply);
            value = value.or_else(|| accepted.filter(|_| in_time && is_reply));
        }
        value
    }

    /// What the LMS page answers to one message, as far as the tool's page would accept it.
    fn answer(
        &self,
        lms: &Lms,
        storage: &StorageManners,
        prefix: &str,
        page: &Page,
        message: &Value,
    ) -> Option<String> {
        let subject = text(message, "subject")?.strip_prefix(prefix)?;
        let key = text(message, "key")?.to_owned();
        let place = (lms.base_url().to_owned(), page.url.origin().ascii_serialization(), key);
        match &storage.answer {
            StorageAnswer::Never | StorageAnswer::Error(_) => return None,
            _ => {}
        }
        let mut kept = lock(&self.kept);
        if subject == "put_data" {
            match text(message, "value") {
                Some(value) => kept.insert(place.clone(), value.to_owned()),
                None => kept.remove(&place),
            };
        }
        let value = kept.get(&place).cloned();
        match &storage.answer {
            // These are said, but not to be believed.
            StorageAnswer::OtherOrigin | StorageAnswer::WrongId => None,
            StorageAnswer::Forgets if subject == "get_data" => None,
            StorageAnswer::WrongValue if subject == "get_data" => value.map(|value| format!("{value}-not")),
            _ => value,
        }
    }
}
