//! What a browser asks for and what it gets: a request to make, a page, the record of a hop.

use reqwest::Method;
use url::Url;

use super::{
    html::{self, Form},
    jar::CookieRefusal,
};
use crate::fields::{self, Fields};

/// A page that a request brought.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its address.
    pub url: Url,
    /// The status code.
    pub status: u16,
    /// All header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
    /// The request that brought it, and the answer in short.
    pub hop: Hop,
    /// The `Set-Cookie` lines that the jar refused, and why.
    pub refused_cookies: Vec<(String, CookieRefusal)>,
    /// The page in the address bar when this one is in a frame.
    pub top: Option<Url>,
}

impl Page {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the body contains this text.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Where a redirect leads.
    #[must_use]
    pub fn location(&self) -> Option<Url> {
        if !(300..400).contains(&self.status) {
            return None;
        }
        self.url.join(self.header("location")?).ok()
    }

    /// The forms of the page.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        html::forms(&self.text())
    }

    /// The form that the page submits by itself.
    #[must_use]
    pub fn self_submitting_form(&self) -> Option<Form> {
        let text = self.text();
        if !html::submits_itself(&text) {
            return None;
        }
        html::forms(&text).into_iter().next()
    }
}

/// One request and what came of it.
#[derive(Clone, Debug)]
pub struct Hop {
    /// `GET`, `POST`, …
    pub method: String,
    /// The address.
    pub url: Url,
    /// The form fields sent in the body.
    pub fields: Fields,
    /// The `Cookie` header sent.
    pub cookie: Option<String>,
    /// The status answered.
    pub status: u16,
    /// The `Location` header as sent.
    pub location: Option<String>,
    /// The `Set-Cookie` lines as sent.
    pub set_cookies: Vec<String>,
}

/// A request to be made.
#[derive(Clone, Debug)]
pub struct Visit {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) fields: Fields,
    pub(super) body: Option<Vec<u8>>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) initiator: Option<Url>,
    pub(super) top: Option<Url>,
}

impl Visit {
    /// A request without a body, as if the address was typed.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET),
            url: url.to_owned(),
            fields: Fields::new(),
            body: None,
            headers: Vec::new(),
            initiator: None,
            top: None,
        }
    }

    /// A form sent by POST.
    #[must_use]
    pub fn form(url: &str, fields: Fields) -> Self {
        let body = fields::encode(&fields).into_bytes();
        let mut visit = Self::new("POST", url).body("application/x-www-form-urlencoded", body);
        visit.fields = fields;
        visit
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// With this header line.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Caused by this page: decides whether the request is cross-site.
    #[must_use]
    pub fn from(mut self, initiator: &Url) -> Self {
        self.initiator = Some(initiator.clone());
        self
    }

    /// In a frame of this page.
    #[must_use]
    pub fn framed_by(mut self, top: &Url) -> Self {
        self.top = Some(top.clone());
        self
    }

    pub(super) fn inside(mut self, top: Option<&Url>) -> Self {
        self.top = top.cloned();
        self
    }
}
