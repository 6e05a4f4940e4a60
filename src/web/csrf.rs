//! Forms of ours: a token that only our own page could have written, bound to what the form acts on, and
//! a look at where the browser says the request comes from.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::Request;
use subtle::ConstantTimeEq as _;

use crate::{
    app::App,
    error::{Error, Kind, Result},
    vault::Purpose,
};

/// The token for a form about `subject` (a claim token, a launch).
#[must_use]
pub fn token(app: &App, subject: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, app.vault.key(Purpose::Web).as_slice());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, format!("csrf\n{subject}").as_bytes()))
}

/// Lets a form through only if it is ours.
///
/// # Errors
/// `csrf.invalid`.
pub fn check(app: &App, request: &Request, subject: &str, sent: &str) -> Result<()> {
    let is_ours = bool::from(token(app, subject).as_bytes().ct_eq(sent.as_bytes()));
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if is_ours && site.is_none_or(|site| matches!(site, "same-origin" | "none")) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Forbidden,
        "csrf.invalid",
        "This form is too old or came from elsewhere. Open the page again and repeat the step.",
    ))
}
