//! A small user agent: an honest cookie jar, redirects one by one, forms that submit themselves.
//!
//! It walks login, authentication request and launch over real HTTP and records every hop with the raw `Set-Cookie`
//! lines for assertions. It runs no script but knows what the pages' one script would do: submit the
//! form. Each [`Browser`] is one person's browser; make several for several people.

pub mod html;
pub mod jar;
mod launch;
mod page;
mod storage;

use std::{collections::HashMap, sync::Mutex};

use reqwest::{
    Method,
    header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use crate::{
    clock::Clock,
    course::UserId,
    fields,
    lms::lock,
    wire::{Routes, Wire, WireError},
};
use html::Form;
use jar::{Cookie, CookieRules, Jar, Trip};

pub use launch::{Handshake, LaunchOutcome};
pub use page::{Hop, Page, Visit};

/// A walk of more hops than this goes in circles.
const MOST_HOPS: usize = 15;

/// How a browser behaves.
#[derive(Clone, Debug, Default)]
pub struct BrowserOptions {
    /// What is done with cookies.
    pub cookies: CookieRules,
    /// When cookies end.
    pub clock: Clock,
    /// Pretended host names.
    pub routes: Routes,
    /// Whether launches happen in the frame of the course page (Moodle's default) or in a new window.
    pub in_window: bool,
    /// Header lines sent with every request, for example `accept-language`.
    pub headers: Vec<(String, String)>,
}

impl BrowserOptions {
    /// A browser that blocks third-party cookies: in a frame of another site only `Partitioned` ones live. Ports
    /// count as sites, so that LMS and tool on one machine are two.
    #[must_use]
    pub fn blocking_third_parties() -> Self {
        let cookies =
            CookieRules { block_third_party: true, ports_are_sites: true, ..CookieRules::default() };
        Self { cookies, ..Self::default() }
    }
}

/// What a browser cannot do.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The request failed.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Not an address.
    #[error("`{0}` is no address")]
    Address(String),
    /// A header that cannot be sent.
    #[error("`{0}` is no header")]
    Header(String),
    /// The walk does not end.
    #[error("more than {MOST_HOPS} redirects and self-submitting forms, the last to {0}")]
    Endless(Url),
    /// A page has no form to submit.
    #[error("{0} has no form")]
    NoForm(Url),
    /// The practice LMS does not let the person begin the launch.
    #[error("the practice LMS answered {status} to {url}: {text}")]
    Refused {
        /// The address.
        url: Url,
        /// The status.
        status: u16,
        /// The page.
        text: String,
    },
    /// The tool's login answer leads to no authentication request.
    #[error("the login answer ({status}) is neither a redirect nor a form: {text}")]
    NoAuthenticationRequest {
        /// The status.
        status: u16,
        /// The page.
        text: String,
    },
}

/// One person's browser.
#[derive(Debug, Default)]
pub struct Browser {
    options: BrowserOptions,
    wire: Wire,
    jar: Mutex<Jar>,
    /// Who is signed in at which practice LMS.
    signed_in: Mutex<HashMap<String, UserId>>,
    /// What the pages of practice LMS keep for tools: by LMS, origin of the tool, and key.
    kept: Mutex<HashMap<(String, String, String), String>>,
}

impl Browser {
    /// A browser with default manners.
    #[must_use]
    pub fn new() -> Self {
        Self::with(BrowserOptions::default())
    }

    /// A browser that behaves like this.
    #[must_use]
    pub fn with(options: BrowserOptions) -> Self {
        let wire = Wire::new(options.routes.clone());
        Self { options, wire, ..Self::default() }
    }

    /// Another person's browser: same manners, shared connections, no cookies.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { options: self.options.clone(), wire: self.wire.clone(), ..Self::default() }
    }

    /// How it behaves.
    #[must_use]
    pub fn options(&self) -> &BrowserOptions {
        &self.options
    }

    /// All cookies it holds.
    #[must_use]
    pub fn cookies(&self) -> Vec<Cookie> {
        lock(&self.jar).cookies().to_vec()
    }

    /// Forgets all cookies, and so every session.
    pub fn clear_cookies(&self) {
        lock(&self.jar).clear();
        lock(&self.signed_in).clear();
    }

    /// Forgets the cookies that `keep` does not want.
    pub fn retain_cookies(&self, keep: impl Fn(&Cookie) -> bool) {
        lock(&self.jar).retain(keep);
        lock(&self.signed_in).clear();
    }

    /// Opens an address, as if typed. Redirects are not followed.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn get(&self, url: &str) -> Result<Page, BrowserError> {
        self.visit(Visit::new("GET", url)).await
    }

    /// Posts a form, as if from the same site. Redirects are not followed.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Result<Page, BrowserError> {
        self.visit(Visit::form(url, fields::owned(fields))).await
    }

    /// Makes one request, with the cookies that travel, and obeys the answer's `Set-Cookie` lines.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn visit(&self, visit: Visit) -> Result<Page, BrowserError> {
        let url = Url::parse(&visit.url).map_err(|_| BrowserError::Address(visit.url.clone()))?;
        let rules = self.options.cookies;
        let trip = Trip {
            url: &url,
            initiator: visit.initiator.as_ref(),
            top: visit.top.as_ref(),
            is_get: visit.method == Method::GET,
            now: self.options.clock.now(),
        };
        let cookie = lock(&self.jar).header(trip, rules);
        let mut headers = HeaderMap::new();
        for (name, value) in self.options.headers.iter().chain(&visit.headers) {
            let line = || BrowserError::Header(format!("{name}: {value}"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| line())?;
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| line())?);
        }
        if let Some(cookie) = &cookie {
            let value = HeaderValue::from_str(cookie).map_err(|_| BrowserError::Header(cookie.clone()))?;
            headers.insert(COOKIE, value);
        }
        if visit.body.is_none() {
            headers.remove(CONTENT_TYPE);
        }
        let answer = self.wire.send(visit.method.clone(), &url, headers, visit.body).await?;
        let set_cookies: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .map(|(_, line)| line.clone())
            .collect();
        let mut refused_cookies = Vec::new();
        {
            let mut jar = lock(&self.jar);
            for line in &set_cookies {
                if let Err(reason) = jar.set(line, trip, rules) {
                    refused_cookies.push((line.clone(), reason));
                }
            }
        }
        let hop = Hop {
            method: visit.method.to_string(),
            url: url.clone(),
            fields: visit.fields,
            cookie,
            status: answer.status,
            location: answer.header("location").map(str::to_owned),
            set_cookies,
        };
        Ok(Page {
            url,
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            hop,
            refused_cookies,
            top: visit.top,
        })
    }

    /// Submits a form of a page.
    ///
    /// # Errors
    /// When the request fails or the form's action is no address.
    pub async fn submit(&self, page: &Page, form: &Form) -> Result<Page, BrowserError> {
        let mut url = page.url.join(&form.action).map_err(|_| BrowserError::Address(form.action.clone()))?;
        let visit = if form.method == "post" {
            let origin = match page.header("referrer-policy") {
                Some("no-referrer") => "null".to_owned(),
                Some("same-origin") if url.origin() != page.url.origin() => "null".to_owned(),
                _ => page.url.origin().ascii_serialization(),
            };
            Visit::form(url.as_str(), form.fields.clone()).header("origin", &origin)
        } else {
            // A GET form puts its fields in the place of the action's query.
            url.set_query(Some(&fields::encode(&form.fields)));
            Visit::new("GET", url.as_str())
        };
        self.visit(visit.from(&page.url).inside(page.top.as_ref())).await
    }

    /// Submits the first form of a page, pressing the button with this text if one is named.
    ///
    /// # Errors
    /// When there is no form or the request fails.
    pub async fn press(&self, page: &Page, button: &str) -> Result<Page, BrowserError> {
        let mut forms = page.forms().into_iter();
        let pressed = forms.find_map(|mut form| form.press(button).then_some(form));
        let form = pressed.ok_or_else(|| BrowserError::NoForm(page.url.clone()))?;
        self.submit(page, &form).await
    }

    /// Follows redirects from a page, forms not.
    ///
    /// # Errors
    /// When a request fails or the redirects do not end.
    pub async fn follow(&self, page: Page) -> Result<Page, BrowserError> {
        self.walk_until(page, |page| page.location().is_none()).await
    }

    /// Follows redirects and submits self-submitting forms until neither is left.
    ///
    /// # Errors
    /// When a request fails or the walk does not end.
    pub async fn walk(&self, page: Page) -> Result<Page, BrowserError> {
        self.walk_until(page, |_| false).await
    }

    /// Goes on until `arrived`, or nothing moves any more.
    pub(crate) async fn walk_until(
        &self,
        mut page: Page,
        arrived: impl Fn(&Page) -> bool,
    ) -> Result<Page, BrowserError> {
        for _ in 0..MOST_HOPS {
            if arrived(&page) {
                return Ok(page);
            }
            page = match self.step(&page).await? {
                Some(next) => next,
                None => return Ok(page),
            };
        }
        Err(BrowserError::Endless(page.url))
    }

    /// The next page, if this one redirects or submits itself.
    pub(crate) async fn step(&self, page: &Page) -> Result<Option<Page>, BrowserError> {
        if let Some(location) = page.location() {
            let visit = Visit::new("GET", location.as_str()).from(&page.url).inside(page.top.as_ref());
            return self.visit(visit).await.map(Some);
        }
        match page.self_submitting_form() {
            Some(form) => self.submit(page, &form).await.map(Some),
            None => Ok(None),
        }
    }
}
