//! Small answers that many pages give: HTML, redirects, and what a page may be framed by.

use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

/// Who may frame this page; put into the answer's data, written by [`super::layers`].
#[derive(Clone, Debug, Default)]
pub struct Framing(pub Vec<String>);

/// Where the forms of this page may lead besides here, and whether it sends one by itself; put into the answer's
/// data, written by [`super::layers`].
#[derive(Clone, Debug, Default)]
pub struct Forms {
    /// Sources of `form-action`, separated by spaces.
    pub to: String,
    /// A script of ours may run.
    pub with_script: bool,
}

/// A form that leads back to where a refused request came from; put into a failure's data.
#[derive(Clone, Debug)]
pub struct WayBack {
    /// Where it goes.
    pub action: String,
    /// Its origin.
    pub origin: String,
    /// Names and values of its hidden fields.
    pub fields: Vec<(String, String)>,
}

/// An HTML page.
#[must_use]
pub fn html(status: StatusCode, body: String) -> Response {
    Response::builder().status(status).content_type("text/html; charset=utf-8").body(body)
}

/// Sends the browser elsewhere with GET.
#[must_use]
pub fn see_other(location: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, location)
}

/// Sends the browser elsewhere.
#[must_use]
pub fn redirect(status: StatusCode, location: &str) -> Response {
    let mut answer = Response::builder().status(status).finish();
    if let Ok(value) = HeaderValue::from_str(location) {
        answer.headers_mut().insert(header::LOCATION, value);
    }
    answer
}

/// Never keep this answer.
pub fn no_store(answer: &mut Response) {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Lets the given origins frame the page.
#[must_use]
pub fn framed_by(mut answer: Response, origins: Vec<String>) -> Response {
    answer.extensions_mut().insert(Framing(origins));
    answer
}
