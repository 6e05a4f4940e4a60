//! Sending a public document: type by `Accept`, CORS, `ETag` and 304, cache times, 410 with a body
//! (open-badges §2 "Rules for all machine addresses").

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};

use super::negotiate::Types;
use crate::{
    app::Stored,
    web::methods::{Methods, get},
};

/// How long others may keep a document without asking again.
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// Five minutes: what can be revoked.
    Short,
    /// A day: what never changes its meaning.
    Long,
}

/// A readable address for machines everywhere: GET, HEAD, and the preflight of browsers.
pub fn open<E>(handler: E) -> Open
where
    E: Endpoint + 'static,
    E::Output: IntoResponse,
{
    Open(get(handler))
}

/// Adds CORS to an address, also to its failures.
#[derive(Debug)]
pub struct Open(Methods);

impl Endpoint for Open {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let is_preflight = request.method() == Method::OPTIONS;
        match self.0.call(request).await {
            Ok(mut answer) => {
                share(answer.headers_mut());
                if is_preflight {
                    let headers = answer.headers_mut();
                    put(headers, header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS");
                    put(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, "Accept, If-None-Match, Content-Type");
                    put(headers, header::ACCESS_CONTROL_MAX_AGE, "86400");
                }
                Ok(answer)
            }
            Err(mut error) => {
                error.set_data(Shared);
                Err(error)
            }
        }
    }
}

/// Marks a failure whose answer others' pages may read too.
#[derive(Clone, Copy, Debug)]
pub struct Shared;

/// Lets every origin read the answer.
pub fn share(headers: &mut HeaderMap) {
    put(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, "ETag");
}

/// A document with its entity tag.
#[must_use]
pub fn stored(bytes: impl Into<Vec<u8>>, is_gone: bool) -> Stored {
    let bytes: Vec<u8> = bytes.into();
    let hash = digest::digest(&digest::SHA256, &bytes);
    let short = hash.as_ref().get(..12).unwrap_or_default();
    Stored {
        etag: format!("\"{}\"", URL_SAFE_NO_PAD.encode(short)),
        bytes: bytes.into(),
        is_gone,
        slug: String::new(),
    }
}

/// Sends a document as one of its types.
#[must_use]
pub fn send(request: &Request, document: &Stored, types: Types, keep: Keep) -> Response {
    let asked = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_known = asked(header::IF_NONE_MATCH)
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == document.etag));
    let mut answer = if document.is_gone {
        Response::builder().status(StatusCode::GONE).body(document.bytes.to_vec())
    } else if is_known {
        Response::builder().status(StatusCode::NOT_MODIFIED).finish()
    } else {
        Response::builder().body(document.bytes.to_vec())
    };
    let headers = answer.headers_mut();
    put(headers, header::CONTENT_TYPE, types.choose(asked(header::ACCEPT)));
    put(headers, header::VARY, "Accept");
    let seconds = match keep {
        Keep::Short => "public, max-age=300",
        Keep::Long => "public, max-age=86400",
    };
    put(headers, header::CACHE_CONTROL, seconds);
    put(headers, HeaderName::from_static("x-robots-tag"), "noindex");
    if let Ok(tag) = HeaderValue::from_str(&document.etag) {
        headers.insert(header::ETAG, tag);
    }
    answer
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
