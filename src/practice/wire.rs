//! The one HTTP client of this package: no redirects, no cookies, no proxy, bounded answers.
//!
//! [`Routes`] let a test pretend: requests for `https://badges.example` go to a socket on this machine, with the
//! `Host` header of the pretended address, as a reverse proxy in front of the program would send them.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{
    Client, Method,
    header::{HOST, HeaderMap},
    redirect,
};
use url::Url;

/// An answer above this is cut off with an error.
const ANSWER_LIMIT: usize = 32 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(60);

/// Pretended origins and the sockets that answer for them.
#[derive(Clone, Debug, Default)]
pub struct Routes(Vec<(String, SocketAddr)>);

impl Routes {
    /// Adds a pretended origin (`https://badges.example`) answered in plain HTTP by `address`.
    #[must_use]
    pub fn with(mut self, origin: &str, address: SocketAddr) -> Self {
        self.0.push((origin.trim_end_matches('/').to_owned(), address));
        self
    }

    fn find(&self, url: &Url) -> Option<SocketAddr> {
        let origin = url.origin().ascii_serialization();
        self.0.iter().rev().find(|(name, _)| *name == origin).map(|(_, address)| *address)
    }
}

/// What went wrong between us and a server.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The client could not be set up, or the request failed on the way.
    #[error("the request failed")]
    Http(#[from] reqwest::Error),
    /// The answer is larger than this package wants to hold.
    #[error("the answer is larger than {ANSWER_LIMIT} bytes")]
    TooLarge,
    /// Not an address that can be requested.
    #[error("`{0}` is no address")]
    Address(String),
}

/// An HTTP answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// All header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The client. Cheap to clone; clones share connections, so keep them inside one async runtime.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    client: Arc<OnceLock<Client>>,
    routes: Routes,
}

impl Wire {
    /// A client that knows these pretended origins. The connection pool is made at the first request.
    #[must_use]
    pub fn new(routes: Routes) -> Self {
        Self { client: Arc::default(), routes }
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// When no connection could be made, the server stopped answering, or the answer is too large.
    pub async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, WireError> {
        let mut request = match self.routes.find(url) {
            None => self.client()?.request(method, url.clone()),
            Some(address) => {
                let mut target = url.clone();
                let moved = target.set_scheme("http").is_ok()
                    && target.set_ip_host(address.ip()).is_ok()
                    && target.set_port(Some(address.port())).is_ok();
                if !moved {
                    return Err(WireError::Address(url.to_string()));
                }
                self.client()?
                    .request(method, target)
                    .header(HOST, host(url))
                    .header("x-forwarded-proto", url.scheme())
            }
        };
        request = request.headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let mut response = request.send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(WireError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Ok(Answer { status: response.status().as_u16(), headers, body })
    }

    fn client(&self) -> Result<&Client, WireError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        #[expect(clippy::disallowed_methods, reason = "the practice LMS and its browsers own their client")]
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .user_agent("practice-lms/1")
            .build()?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// `host[:port]` as it belongs into a `Host` header.
fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}
