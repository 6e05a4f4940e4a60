//! The error page: what happened, what to do next, and what to tell whoever helps (lti-1.3-tool §10.5,
//! §24). Which words fit a code is `texts::Advice`'s to know; a code without advice keeps its own.

use std::fmt::Display;

use askama::Template;
use poem::http::StatusCode;

use super::page;
use crate::texts::{Advice, Language};

/// A page for a person whose request failed.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/error.html")]
pub struct ErrorPage {
    language: Language,
    /// The plain sentence, with the language it is in where that is not the page's.
    what: (String, Option<&'static str>),
    next: String,
    /// Facts for whoever looks after the tool, a line each.
    detail: Vec<String>,
    code: String,
    message: String,
    correlation: String,
    /// A form that leads back: where it goes, and its hidden fields.
    back: Option<(String, Vec<(String, String)>)>,
}

page!(ErrorPage);

impl ErrorPage {
    /// The page for a failure: its stable `code`, its own sentence in English, facts for whoever looks
    /// after the tool (lines), and the id under which the logs have it.
    #[must_use]
    pub fn new(
        language: Language,
        status: StatusCode,
        code: &str,
        message: &str,
        detail: Option<String>,
        correlation: &impl Display,
    ) -> Self {
        let texts = crate::texts::Texts::of(language);
        let (what, next) = match advice(status, code) {
            Some(advice) => ((texts.say(advice.what()), None), texts.say(advice.next())),
            None => {
                let tag = (language != Language::En).then_some("en");
                ((message.to_owned(), tag), texts.say("error-other-next"))
            }
        };
        Self {
            language,
            what,
            next,
            detail: detail.iter().flat_map(|text| text.lines()).map(str::to_owned).collect(),
            code: code.to_owned(),
            message: message.to_owned(),
            correlation: correlation.to_string(),
            back: None,
        }
    }

    /// The page with a button that leads back to the platform.
    #[must_use]
    pub fn with_way_back(self, action: &str, fields: &[(String, String)]) -> Self {
        Self { back: Some((action.to_owned(), fields.to_vec())), ..self }
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let deployment = "issuer: https://moodle.example.edu\nclient_id: 8d1bC3xQzPfRk2\ndeployment_id: 7";
        let hostile = "<script>alert(1)</script>\u{202e} \"'><img src=x onerror=alert(1)>";
        let cases = [
            (401, "lti.launch.browser_unbound", "The browser did not return our cookie.", None),
            (403, "lti.msg.deployment_unknown", "This deployment is not accepted yet.", Some(deployment)),
            (401, "lti.launch.state_replayed", "This launch was used before.", None),
            (403, "lti.login.unknown_registration", "This learning platform is not registered here.", None),
            (404, "not_found", "There is nothing at this address.", None),
            (
                409,
                "award.already_revoked",
                "This award was revoked before; there is nothing left to revoke.",
                None,
            ),
            (500, "internal", "Something went wrong on our side. Please try again later.", None),
            (400, hostile, hostile, Some(hostile)),
            (429, "", "", None),
        ];
        let samples = Language::ALL.into_iter().flat_map(|language| {
            cases.into_iter().map(move |(status, code, message, detail)| {
                let status = StatusCode::from_u16(status).unwrap_or_default();
                Self::new(language, status, code, message, detail.map(str::to_owned), &"q3J8x0dVbT2mR7cW")
            })
        });
        let back = samples.clone().map(|page| {
            page.with_way_back(
                "https://lms.example/return?a=1&b=\"><script>alert(1)</script>",
                &[("JWT".to_owned(), "a.b.c".to_owned())],
            )
        });
        samples.chain(back.take(4)).collect()
    }
}

/// The words that fit, by code, else by status; `None` when the failure's own sentence says more.
fn advice(status: StatusCode, code: &str) -> Option<Advice> {
    match Advice::of_code(code) {
        Advice::Internal => match status {
            StatusCode::UNAUTHORIZED => Some(Advice::Session),
            StatusCode::FORBIDDEN => Some(Advice::Forbidden),
            StatusCode::NOT_FOUND => Some(Advice::NotFound),
            StatusCode::GONE => Some(Advice::Gone),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Advice::TooLarge),
            StatusCode::TOO_MANY_REQUESTS => Some(Advice::TooMany),
            status if status.is_client_error() => None,
            _ => Some(Advice::Internal),
        },
        advice => Some(advice),
    }
}
