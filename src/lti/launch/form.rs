//! The form that the platform makes the browser post: state and token, or state and error (§10.1).
//!
//! Only the body counts; a query on the launch address is ignored.

use std::{borrow::Cow, fmt};

use crate::{
    address,
    refusal::{PlatformAnswer, Refusal},
    registration::Tool,
};

const MAX_BODY: usize = 1024 * 1024;

/// The fields that mean something. One given twice is refused, others are ignored (S18).
const KNOWN: [&str; 6] =
    ["state", "id_token", "error", "error_description", "browser_secret", "lti_storage_target"];

/// A launch form. Nothing in it is to be believed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    /// What the platform gave back as our state; never empty.
    pub state: String,
    /// What the platform answered. Look at it after the browser binding only ([`Form::token`]).
    pub answer: Answer,
    /// What our own page read from the platform's storage. To be used at `/lti/launch/continue` only, and
    /// there only if the request came from our own origin: anybody can post a form.
    pub browser_secret: Option<String>,
    /// Canvas repeats the storage target here.
    pub storage_target: Option<String>,
}

/// The platform's answer to the authentication request.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// An `id_token`.
    Token(String),
    /// An error, which wins over a token.
    Error(PlatformAnswer),
    /// Neither.
    Nothing,
}

impl Form {
    /// Reads a launch (§10.2 steps 1-4).
    ///
    /// # Errors
    /// [`Refusal::LaunchMethodNotAllowed`], [`Refusal::LaunchUnsupportedMediaType`],
    /// [`Refusal::LaunchFormTooLarge`], [`Refusal::LaunchMalformedForm`],
    /// [`Refusal::LaunchDuplicateParameter`], [`Refusal::StateMissing`].
    pub fn parse(method: &str, content_type: Option<&str>, body: &[u8]) -> Result<Self, Refusal> {
        if method != "POST" {
            return Err(Refusal::LaunchMethodNotAllowed);
        }
        if !address::is_form(content_type) {
            return Err(Refusal::LaunchUnsupportedMediaType);
        }
        if body.len() > MAX_BODY {
            return Err(Refusal::LaunchFormTooLarge);
        }
        let pairs = address::pairs(body).ok_or(Refusal::LaunchMalformedForm)?;
        let mut values: [Option<Cow<'_, str>>; KNOWN.len()] = Default::default();
        for (name, value) in pairs {
            if let Some((slot, name)) = values.iter_mut().zip(KNOWN).find(|(_, known)| *known == name)
                && slot.replace(value).is_some()
            {
                return Err(Refusal::LaunchDuplicateParameter(name));
            }
        }
        let [state, token, error, description, browser_secret, storage_target] =
            values.map(|value| value.filter(|text| !text.is_empty()));
        let answer = match (error, token) {
            (Some(error), _) => Answer::Error(PlatformAnswer {
                error: shown(&error, 100),
                description: description.map(|text| shown(&text, 500)),
            }),
            (None, Some(token)) => Answer::Token(token.into_owned()),
            (None, None) => Answer::Nothing,
        };
        Ok(Self {
            state: state.ok_or(Refusal::StateMissing)?.into_owned(),
            answer,
            browser_secret: browser_secret.map(Cow::into_owned),
            storage_target: storage_target.map(Cow::into_owned),
        })
    }

    /// Reads what our own page posts to `/lti/launch/continue` after it asked the platform's storage (§9.3).
    ///
    /// # Errors
    /// As [`Form::parse`], and [`Refusal::StateBrowserMismatch`] when the form comes from another site: whoever
    /// began a login elsewhere knows its secret, and could bind somebody else's browser to it.
    pub fn parse_continued(
        method: &str,
        content_type: Option<&str>,
        sender: Sender<'_>,
        tool: &Tool,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        let form = Self::parse(method, content_type, body)?;
        if sender.is(tool) { Ok(form) } else { Err(Refusal::StateBrowserMismatch) }
    }

    /// What our page must post to `/lti/launch/continue`, besides `browser_secret` if the storage had it.
    #[must_use]
    pub fn continued_fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![("state", self.state.as_str())];
        match &self.answer {
            Answer::Token(token) => fields.push(("id_token", token)),
            Answer::Error(answer) => {
                fields.push(("error", &answer.error));
                fields.extend(answer.description.as_deref().map(|text| ("error_description", text)));
            }
            Answer::Nothing => {}
        }
        fields
    }

    /// The token (§10.2 steps 9 and 10). Ask after [`crate::launch::bind`], so that a stranger cannot put
    /// error texts on our pages (S11, S13).
    ///
    /// # Errors
    /// [`Refusal::PlatformError`], [`Refusal::TokenMissing`].
    pub fn token(&self) -> Result<&str, Refusal> {
        match &self.answer {
            Answer::Token(token) => Ok(token),
            Answer::Error(answer) => Err(Refusal::PlatformError(answer.clone())),
            Answer::Nothing => Err(Refusal::TokenMissing),
        }
    }
}

/// Which page sent a request, as the browser says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sender<'a> {
    /// The `Origin` header. A page with `Referrer-Policy: no-referrer` sends `null` when it navigates.
    pub origin: Option<&'a str>,
    /// The `Sec-Fetch-Site` header.
    pub fetch_site: Option<&'a str>,
}

impl Sender<'_> {
    /// Whether one of our own pages sent it. Browsers say at least one of both; silence is not us.
    fn is(self, tool: &Tool) -> bool {
        match self.origin {
            Some(origin) if origin != "null" => tool.origins.iter().any(|own| own == origin),
            _ => self.fetch_site == Some("same-origin"),
        }
    }
}

// Tokens and secrets stay out of logs (O02).
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("answer", &self.answer).finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token(***)"),
            Self::Error(answer) => f.debug_tuple("Error").field(answer).finish(),
            Self::Nothing => f.write_str("Nothing"),
        }
    }
}

/// Somebody else's words, fit to be shown: no control characters, not too many.
fn shown(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}
