//! The guarded HTTP client: the only way out.
//!
//! Every address that somebody gave us (keys, tokens, services, badges) is fetched here and under
//! these rules (`lti-1.3-tool.md` §6, `open-badges.md` §12): https only, checked address, capped
//! answer, short wait, no automatic redirects, no cookies, no proxy from the environment. `guard.rs`
//! decides which addresses may be called. Knows neither LTI nor badges.

mod guard;

use std::{io, sync::Arc, time::Duration};

use reqwest::{
    Certificate, Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, timeout};
use url::Url;

use crate::{
    config::{Mode, Secret, Settings},
    telemetry::names,
};
pub use guard::{Blocked, Looking, Lookup, Reach, SystemLookup};
use guard::{Guard, GuardedResolver};

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

/// How one request is made and how much of its answer is taken.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The exact `Accept`.
    pub accept: &'a str,
    /// Most bytes of the answer's body.
    pub max_bytes: usize,
    /// Redirects followed, at most 3, only for GET, only to the same origin, never with a bearer token.
    pub redirects: u8,
    /// Longest wait for the whole answer, redirects included.
    pub total: Duration,
    /// The access token, if the request carries one.
    pub bearer: Option<&'a Secret>,
    /// Further headers, such as `If-None-Match`.
    pub headers: Vec<(&'static str, String)>,
}

impl<'a> Options<'a> {
    /// Follows up to 3 same-origin redirects: for keys and configuration documents.
    #[must_use]
    pub fn with_redirects(mut self) -> Self {
        self.redirects = MOST_REDIRECTS;
        self
    }

    /// Sends this access token.
    #[must_use]
    pub fn with_bearer(mut self, token: &'a Secret) -> Self {
        self.bearer = Some(token);
        self
    }

    /// Waits at most so long for the whole answer.
    #[must_use]
    pub fn within(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Takes at most so many bytes.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sends a further header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A body to send.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    /// Its exact media type.
    pub content_type: &'a str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An answer, whatever its status. Its body is whole and within the limit.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as sent (we never ask for compression).
    pub body: Vec<u8>,
    /// Where it came from, after redirects.
    pub url: Url,
}

impl Answer {
    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's text, if it is there and readable.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let text = self.header(CONTENT_TYPE.as_str())?;
        Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`ClientError::Answer`] if it is not the JSON expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(ClientError::Answer)
    }
}

/// Why there is no answer. Texts hold no query, token or body.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one we call at all.
    #[error("this address is not called: {0}")]
    Url(&'static str),
    /// The host lies in a network we do not enter.
    #[error("{0}")]
    Blocked(Blocked),
    /// Too slow.
    #[error("no whole answer in time")]
    Timeout,
    /// Too long.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// Redirected where or as often as we do not follow.
    #[error("the answer redirects {0}")]
    Redirect(&'static str),
    /// No such host, nobody there, connection lost.
    #[error("the host cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The certificate does not prove the host.
    #[error("no secure connection to the host")]
    Tls(#[source] reqwest::Error),
    /// Not the JSON expected.
    #[error("the answer is not the JSON expected")]
    Answer(#[source] serde_json::Error),
    /// We could not even ask.
    #[error("the request cannot be made: {0}")]
    Request(String),
}

impl ClientError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url(_) => "lti.net.address_refused",
            Self::Blocked(_) => "lti.net.blocked_address",
            Self::Timeout => "lti.net.timeout",
            Self::TooLarge(_) => "lti.net.too_large",
            Self::Redirect(_) => "lti.net.redirect_refused",
            Self::Unreachable(_) => "lti.net.unreachable",
            Self::Tls(_) => "lti.net.tls",
            Self::Answer(_) => "lti.net.invalid_answer",
            Self::Request(_) => "lti.net.request",
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout | Self::Unreachable(_) | Self::Tls(_))
    }
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
        let authorities = authorities(settings)?;
        let http = match builder(settings, &guard, &lookup).tls_certs_merge(authorities).build() {
            Ok(http) => http,
            // A bare machine without certificate authorities can still play the demo over loopback.
            Err(error) if settings.mode() == Mode::Development => {
                tracing::warn!(error = chain(&error), "no certificate authorities: https will not work");
                builder(settings, &guard, &lookup)
                    .tls_certs_only([])
                    .build()
                    .map_err(|error| ClientError::Request(chain(&error)))?
            }
            Err(error) => {
                return Err(ClientError::Request(format!(
                    "{}. Install the system's certificate authorities (package ca-certificates).",
                    chain(&error)
                )));
            }
        };
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

    /// The usual options for a picture.
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

#[expect(clippy::disallowed_methods, reason = "the one place that builds an HTTP client")]
fn builder(settings: &Settings, guard: &Arc<Guard>, lookup: &Arc<dyn Lookup>) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(settings.client.connect())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .pool_idle_timeout(Duration::from_secs(60))
        .dns_resolver(GuardedResolver::new(guard.clone(), lookup.clone()))
}

fn authorities(settings: &Settings) -> Result<Vec<Certificate>, ClientError> {
    let path = &settings.client.authorities_file;
    if path.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let broken = |why: String| {
        ClientError::Request(format!("`client.authorities_file` ({}) cannot be used: {why}", path.display()))
    };
    let pem = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| broken(chain(&error)))?;
    if certificates.is_empty() {
        return Err(broken("it holds no certificate".to_owned()));
    }
    Ok(certificates)
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

/// Sorts what reqwest reports; the address goes, for it may hold secrets.
fn failure(error: reqwest::Error) -> ClientError {
    let error = error.without_url();
    let causes = || std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    if let Some(blocked) = causes().find_map(|cause| cause.downcast_ref::<Blocked>()) {
        return ClientError::Blocked(*blocked);
    }
    if error.is_timeout() {
        return ClientError::Timeout;
    }
    if error.is_builder() {
        return ClientError::Request(chain(&error));
    }
    let is_tls = error.is_connect()
        && causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_invalid_data);
    if is_tls { ClientError::Tls(error) } else { ClientError::Unreachable(error) }
}

/// rustls' errors arrive as `InvalidData`, wrapped once more by the connector.
fn is_invalid_data(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
    error.kind() == io::ErrorKind::InvalidData || inner.is_some_and(is_invalid_data)
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
