//! The guarded HTTP client: the only way out.
//!
//! Every address that somebody gave us (keys, tokens, services, badges) is fetched here and under
//! these rules (`lti-1.3-tool.md` §6, `open-badges.md` §12): https only, checked address, capped
//! answer, short wait, no automatic redirects, no cookies, no proxy from the environment. `guard.rs`
//! decides which addresses may be called, `connect.rs` whom we trust, `exchange.rs` has what is asked
//! and answered, `failure.rs` why there is no answer. Knows neither LTI nor badges.

mod connect;
mod exchange;
mod failure;
mod guard;

use std::{sync::Arc, time::Duration};

use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION},
};
use serde::Serialize;
use tokio::time::{Instant, timeout};
use url::Url;

use crate::{config::Settings, telemetry::names};
pub use exchange::{Answer, Body, Options};
pub use failure::ClientError;
use failure::failure;
use guard::Guard;
pub use guard::{Blocked, Looking, Lookup, Reach, SystemLookup};

/// What we call ourselves; Canvas refuses calls without a name.
pub const USER_AGENT: &str = concat!("Laurel/", env!("CARGO_PKG_VERSION"));

/// Most redirects that are ever followed.
const MOST_REDIRECTS: u8 = 3;

/// The only way out. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    guard: Arc<Guard>,
    total: Duration,
    json_bytes: usize,
    roster_bytes: usize,
    image_bytes: usize,
}

impl Client {
    /// The client of these settings.
    ///
    /// # Errors
    /// [`ClientError::Request`]: no certificate authorities on this machine, or an unreadable file of them.
    pub fn new(settings: &Settings) -> Result<Self, ClientError> {
        Self::with_lookup(settings, Arc::new(SystemLookup))
    }

    /// A client that asks `lookup` for the addresses of names. For tests.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_lookup(settings: &Settings, lookup: Arc<dyn Lookup>) -> Result<Self, ClientError> {
        let guard = Arc::new(Guard::new(settings));
        let http = connect::http(settings, &guard, &lookup)?;
        let limits = &settings.client;
        Ok(Self {
            http,
            guard,
            total: limits.total(),
            json_bytes: limits.json_bytes,
            roster_bytes: limits.roster_bytes,
            image_bytes: limits.image_bytes,
        })
    }

    /// The usual options for a JSON answer of this media type.
    #[must_use]
    pub fn json<'a>(&self, accept: &'a str) -> Options<'a> {
        self.options(accept, self.json_bytes)
    }

    /// The usual options for one page of a roster.
    #[must_use]
    pub fn roster<'a>(&self, accept: &'a str) -> Options<'a> {
        self.options(accept, self.roster_bytes)
    }

    /// The usual options for a picture, or for what may be one.
    #[must_use]
    pub fn image<'a>(&self, accept: &'a str) -> Options<'a> {
        self.options(accept, self.image_bytes)
    }

    fn options<'a>(&self, accept: &'a str, max_bytes: usize) -> Options<'a> {
        Options { accept, max_bytes, redirects: 0, total: self.total, bearer: None, headers: Vec::new() }
    }

    /// Judges an address without calling it: for forms in which an administrator enters one. Names
    /// are not looked up yet.
    ///
    /// # Errors
    /// [`ClientError::Url`] or [`ClientError::Blocked`].
    pub fn check(&self, url: &str) -> Result<Url, ClientError> {
        self.guard.check(url)
    }

    /// GETs `url`.
    ///
    /// # Errors
    /// Any [`ClientError`]; a status such as 404 is none.
    pub async fn get(&self, url: &str, options: Options<'_>) -> Result<Answer, ClientError> {
        self.send(Method::GET, url, None, options).await
    }

    /// POSTs a form.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        options: Options<'_>,
    ) -> Result<Answer, ClientError> {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let body = Body { content_type: "application/x-www-form-urlencoded", bytes: text.into_bytes() };
        self.send(Method::POST, url, Some(body), options).await
    }

    /// POSTs JSON.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post_json<T: Serialize + Sync>(
        &self,
        url: &str,
        body: &T,
        options: Options<'_>,
    ) -> Result<Answer, ClientError> {
        let bytes = serde_json::to_vec(body).map_err(|error| ClientError::Request(error.to_string()))?;
        self.send(Method::POST, url, Some(Body { content_type: "application/json", bytes }), options).await
    }

    /// Sends any request.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        body: Option<Body<'_>>,
        options: Options<'_>,
    ) -> Result<Answer, ClientError> {
        let started = Instant::now();
        let first = self.guard.check(url)?;
        let answer = match timeout(options.total, self.follow(&method, &first, body, &options)).await {
            Ok(answer) => answer,
            Err(_) => Err(ClientError::Timeout),
        };
        let outcome = match &answer {
            Ok(answer) => format!("{}xx", answer.status / 100),
            Err(error) => error.code().to_owned(),
        };
        let took = started.elapsed();
        // Host and path only: queries and bodies may hold tokens or people.
        tracing::info!(
            http.method = %method,
            http.host = first.host_str().unwrap_or_default(),
            http.path = first.path(),
            http.status = answer.as_ref().map_or(0, |answer| answer.status),
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            outcome,
            "fetched",
        );
        metrics::counter!(names::FETCHES, "outcome" => outcome).increment(1);
        metrics::histogram!(names::FETCH_SECONDS).record(took);
        answer
    }

    async fn follow(
        &self,
        method: &Method,
        first: &Url,
        body: Option<Body<'_>>,
        options: &Options<'_>,
    ) -> Result<Answer, ClientError> {
        let may_follow = method == Method::GET && options.bearer.is_none();
        let most = if may_follow { options.redirects.min(MOST_REDIRECTS) } else { 0 };
        let mut url = first.clone();
        let mut followed = 0;
        loop {
            let answer = self.once(method, &url, body.as_ref(), options).await?;
            if most == 0 || !is_redirect(answer.status) {
                return Ok(answer);
            }
            let target = answer.header(LOCATION.as_str()).ok_or(ClientError::Redirect("nowhere"))?;
            let target = url.join(target).map_err(|_| ClientError::Redirect("nowhere"))?;
            let target = self.guard.check(target.as_str())?;
            if target.origin() != first.origin() {
                return Err(ClientError::Redirect("to another server"));
            }
            if followed == most {
                return Err(ClientError::Redirect("too often"));
            }
            followed += 1;
            url = target;
        }
    }

    async fn once(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Body<'_>>,
        options: &Options<'_>,
    ) -> Result<Answer, ClientError> {
        let mut request = self
            .http
            .request(method.clone(), url.clone())
            .header(ACCEPT, options.accept)
            .timeout(options.total);
        if let Some(token) = options.bearer {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|_| ClientError::Request("the access token is no header text".to_owned()))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        for (name, value) in &options.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, body.content_type).body(body.bytes.clone());
        }
        let mut response = request.send().await.map_err(failure)?;

        let too_large = ClientError::TooLarge(options.max_bytes);
        let declared = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok())
            .and_then(|length| length.parse::<u64>().ok());
        if declared.is_some_and(|length| length > options.max_bytes as u64) && *method != Method::HEAD {
            return Err(too_large);
        }
        let mut taken = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if taken.len() + chunk.len() > options.max_bytes {
                return Err(too_large);
            }
            taken.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: taken,
            url: url.clone(),
        })
    }
}

fn is_redirect(status: u16) -> bool {
    [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ]
    .iter()
    .any(|redirect| redirect.as_u16() == status)
}
