//! The pages that tie a login to its browser where cookies are blocked (lti-1.3-tool §9.2-§9.4): one may stand
//! between login and platform, one between a launch without its cookie and `/lti/launch/continue`.
//!
//! They show nothing and hold nothing that a page around them could read, and all they tell goes to named
//! origins. As every page of a launch they are framed by their platform's origins and by nobody else.

use lti::{
    launch::Form,
    login::{Begun, Redirect, Request as LoginRequest},
    storage::Storage,
};
use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};

use super::origins;
use crate::{
    app::{App, PlatformEntry},
    web::{
        answer::{html, no_store},
        cookies, language,
        views::binding::{AskPage, Go, LoginPage},
    },
};

/// How long a browser that keeps cookies is remembered as one, in seconds: a month.
const PROBE_SECONDS: u64 = 30 * 24 * 3600;

/// The page between a login and the platform, if this browser may need one: the platform keeps secrets for us,
/// or it shows us in a frame and the browser has not kept a cookie there before.
pub(super) fn before_going_on(
    app: &App,
    request: &Request,
    platform: &PlatformEntry,
    message: &LoginRequest,
    begun: &Begun,
) -> Option<Response> {
    let probe = cookies::probe_name(app);
    if begun.storage.is_none() && (!is_framed_elsewhere(request) || cookies::find(request, &probe).is_some())
    {
        return None;
    }
    let plan = begun.storage.as_ref().map(|storage| storage.put(&begun.cookie.value, app.dice.bytes()));
    let go = match &begun.redirect {
        Redirect::Location(location) => Go::To(location.clone()),
        Redirect::Form { action, fields } => {
            let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            Go::Send { action: action.clone(), fields }
        }
    };
    let again = message.fields().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let again = (request.uri().path().to_owned(), again.collect());
    let language = language::of_reader(app, request, None);
    // Browsers also hold the redirects that follow to it, and platforms redirect to their own sign-in.
    let forms = match app.settings.server.public_url.is_https() {
        true => " https:",
        false => " https: http:",
    };
    let page = LoginPage::new(language, plan.as_ref(), go, &probe, again).html();
    let mut answer = interim(platform, page, forms);
    cookies::set_readable(app, &mut answer, &probe, "1", PROBE_SECONDS);
    Some(answer)
}

/// The page that asks the platform's storage for the secret of a launch's login (B04).
pub(super) fn ask(
    app: &App,
    request: &Request,
    platform: &PlatformEntry,
    form: &Form,
    storage: &Storage,
) -> Response {
    let fields = form.continued_fields().into_iter();
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let plan = storage.get(app.dice.bytes());
    let language = language::of_reader(app, request, None);
    interim(platform, AskPage::new(language, Some(&plan), fields).html(), "")
}

/// Whether the browser says that it shows us in a frame of somebody else's page.
fn is_framed_elsewhere(request: &Request) -> bool {
    let says = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    matches!(says("sec-fetch-dest"), Some("iframe" | "frame")) && says("sec-fetch-site") == Some("cross-site")
}

/// A page that goes on by itself. `forms` is where its forms may lead besides here.
fn interim(platform: &PlatformEntry, page: String, forms: &str) -> Response {
    let mut answer = html(StatusCode::OK, page);
    no_store(&mut answer);
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'{forms}; \
         base-uri 'none'; frame-ancestors 'self' {}",
        origins(platform).join(" ")
    );
    let headers = answer.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // With "no-referrer" the browser would not say that it is our page that posts.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    answer
}
