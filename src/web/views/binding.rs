//! The two pages between platform and launch where a cookie may not be kept (lti-1.3-tool §9.2-§9.4): one
//! that stores the browser's secret, or offers a window of its own, before the browser goes on; and one that
//! asks for the secret. `binding.js` carries out what their plan says; without script a link or a button
//! goes on.

use askama::Template;
use serde::Serialize;

use super::page;
use crate::texts::Language;

/// Where a login goes on.
#[derive(Clone, Debug)]
pub enum Go {
    /// To an address.
    To(String),
    /// By a form.
    Send {
        /// Where it goes.
        action: String,
        /// Names and values of its hidden fields.
        fields: Vec<(String, String)>,
    },
}

/// Between the login and the platform's answer.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/login.html")]
pub struct LoginPage {
    language: Language,
    plan: String,
    go: Go,
    again_action: String,
    again: Vec<(String, String)>,
}

page!(LoginPage);

impl LoginPage {
    /// The page. `plan` is what is to be stored, if the platform offers storage; `probe` names the cookie that
    /// a browser which keeps cookies shows to the script; `again` is the login itself, for a new window.
    #[must_use]
    pub fn new(
        language: Language,
        plan: Option<&lti::storage::Plan>,
        go: Go,
        probe: &str,
        again: (String, Vec<(String, String)>),
    ) -> Self {
        let next = match &go {
            Go::To(address) => Some(address.as_str()),
            Go::Send { .. } => None,
        };
        let plan = json(&Told { plan, next, probe: Some(probe) });
        Self { language, plan, go, again_action: again.0, again: again.1 }
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let again = || {
            let hostile = "\"><img src=x onerror=alert(1)>";
            ("/lti/login".to_owned(), vec![field("iss", "https://lms.example"), field("login_hint", hostile)])
        };
        let hostile = "https://lms.example/auth?a=1&b=\"><script>alert(1)</script>";
        let goes = [
            Go::To("https://lms.example/auth?scope=openid".to_owned()),
            Go::To(hostile.to_owned()),
            Go::Send { action: hostile.to_owned(), fields: vec![field("state", &"s".repeat(200))] },
        ];
        Language::ALL
            .into_iter()
            .flat_map(|language| {
                goes.clone().map(|go| Self::new(language, None, go, "__Host-lti_kept", again()))
            })
            .collect()
    }
}

/// Between a launch without its cookie and the answer to it.
#[derive(Clone, Debug, Template)]
#[template(path = "web/views/ask.html")]
pub struct AskPage {
    language: Language,
    plan: String,
    fields: Vec<(String, String)>,
}

page!(AskPage);

impl AskPage {
    /// The page that asks as `plan` says, and posts `fields`.
    #[must_use]
    pub fn new(language: Language, plan: Option<&lti::storage::Plan>, fields: Vec<(String, String)>) -> Self {
        Self { language, plan: json(&Told { plan, next: None, probe: None }), fields }
    }

    /// Examples of what it may hold.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = vec![field("state", "\"><script>alert(1)</script>"), field("id_token", "a.b.c")];
        Language::ALL.into_iter().map(|language| Self::new(language, None, fields.clone())).collect()
    }
}

/// What the script is told.
#[derive(Serialize)]
struct Told<'a> {
    plan: Option<&'a lti::storage::Plan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probe: Option<&'a str>,
}

fn json(told: &Told<'_>) -> String {
    // Plain members cannot fail to be written.
    serde_json::to_string(told).unwrap_or_default()
}
