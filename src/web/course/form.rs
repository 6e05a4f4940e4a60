//! What a form of a page inside the learning platform sent: names and values, read once and within limits. A page is
//! opened by its address, or by a form that carries what a cookie would ([`Entry`]).

use poem::{Body, FromRequest as _, Request, RequestBody, http::Method, web::Multipart};

use super::{Visit, launch_of, visit_of, visit_of_form};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    ids::LaunchId,
};

/// Largest form, in bytes: fifty badges with all that can be said about them take less.
const MOST_BYTES: usize = 128 * 1024;
/// The field that says what a file is called.
const FILE_NAME: &str = "file name";
/// Most fields of a form.
const MOST_FIELDS: usize = 2_000;

/// How a page is asked for.
pub(super) struct Entry {
    /// The launch in whose visit.
    pub(super) launch: LaunchId,
    /// What the form sent, where it was one.
    sent: Option<Sent>,
}

impl Entry {
    /// Reads a request for a page.
    ///
    /// # Errors
    /// `session.missing`; as [`Sent::read`].
    pub(super) async fn of(request: &Request, body: Body) -> Result<Self> {
        if request.method() != Method::POST {
            return Ok(Self { launch: launch_of(request)?, sent: None });
        }
        Self::by(request, Sent::read(request, body).await?)
    }

    /// As [`Entry::of`]; the form may hold a file, of at most so many bytes.
    ///
    /// # Errors
    /// As [`Entry::of`].
    pub(super) async fn with_file(request: &Request, body: Body, most: usize) -> Result<Self> {
        let kind = request.content_type().unwrap_or_default().to_ascii_lowercase();
        if request.method() != Method::POST || !kind.starts_with("multipart/form-data") {
            return Self::of(request, body).await;
        }
        Self::by(request, Sent::with_file(request, body, most).await?)
    }

    fn by(request: &Request, sent: Sent) -> Result<Self> {
        let launch = sent.launch().or_else(|_| launch_of(request))?;
        Ok(Self { launch, sent: Some(sent) })
    }

    /// The visit, if this browser shows that it is its own.
    ///
    /// # Errors
    /// `session.unknown`; `csrf.invalid`.
    pub(super) async fn visit(&self, app: &App, request: &Request) -> Result<Visit> {
        match &self.sent {
            Some(sent) => visit_of_form(app, request, sent, self.launch).await,
            None => visit_of(app, request, self.launch).await,
        }
    }

    /// What the form sent, unless it is blank.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.sent.as_ref()?.filled(name)
    }

    /// What a file holds, as it is.
    pub(super) fn file(&self, name: &str) -> Option<&str> {
        self.sent.as_ref()?.first(name).filter(|text| !text.trim().is_empty())
    }

    /// What the file is called.
    pub(super) fn file_name(&self) -> Option<&str> {
        self.field(FILE_NAME)
    }

    /// What is to be done, beyond showing the page.
    pub(super) fn wants(&self) -> Option<&str> {
        self.sent.as_ref()?.last("do")
    }
}

/// Names and values, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent(Vec<(String, String)>);

impl Sent {
    /// Reads a form.
    ///
    /// # Errors
    /// `body.too_large`; `form.unreadable`.
    pub(super) async fn read(request: &Request, body: Body) -> Result<Self> {
        let kind = request.content_type().unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Err(Error::new(Kind::Invalid, "form.unreadable", "What was sent is not a form."));
        }
        let too_large = || Error::new(Kind::Invalid, "body.too_large", "What was sent is too large.");
        let bytes = body.into_bytes_limit(MOST_BYTES).await.map_err(|_| too_large())?;
        let mut pairs = url::form_urlencoded::parse(&bytes);
        let sent: Vec<(String, String)> = pairs
            .by_ref()
            .take(MOST_FIELDS)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if pairs.next().is_some() {
            return Err(too_large());
        }
        Ok(Self(sent))
    }

    /// Reads a form with a file. Bytes that are no UTF-8 become the sign for that.
    ///
    /// # Errors
    /// `body.too_large`; `form.unreadable`.
    async fn with_file(request: &Request, body: Body, most: usize) -> Result<Self> {
        let too_large = || Error::new(Kind::Invalid, "body.too_large", "What was sent is too large.");
        let unreadable = || Error::new(Kind::Invalid, "form.unreadable", "What was sent is not a form.");
        let bytes = body.into_bytes_limit(most).await.map_err(|_| too_large())?;
        let mut body = RequestBody::new(Body::from(bytes));
        let mut parts = Multipart::from_request(request, &mut body).await.map_err(|_| unreadable())?;
        let mut sent = Vec::new();
        while let Some(part) = parts.next_field().await.map_err(|_| unreadable())? {
            if sent.len() >= MOST_FIELDS {
                return Err(too_large());
            }
            let name = part.name().unwrap_or_default().to_owned();
            sent.extend(part.file_name().map(|file| (FILE_NAME.to_owned(), file.to_owned())));
            let bytes = part.bytes().await.map_err(|_| unreadable())?;
            sent.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
        Ok(Self(sent))
    }

    /// The first value of that name.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The last value of that name.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    /// The value of that name, unless it is blank.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.first(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// Every value of that name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every name with its value.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The launch whose page it stood on.
    ///
    /// # Errors
    /// `session.missing`.
    pub(super) fn launch(&self) -> Result<LaunchId> {
        self.first("launch").and_then(|id| id.parse().ok()).ok_or_else(super::no_session)
    }
}
