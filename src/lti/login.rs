//! Third-party login initiation: what the platform asks (§7), which registration it means (§7.1), and
//! the authentication request with which we answer (§8.1).
//!
//! Nothing is stored: all that must be remembered is sealed into the state ([`crate::state`]).

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};

use crate::{
    address,
    refusal::Refusal,
    registration::{Registration, Tool},
    state::{self, StateKey},
    storage::Storage,
};

/// Query and body together may be this long.
const MAX_INPUT: usize = 64 * 1024;
/// Longer redirects become forms: some servers cut request lines at 4 to 8 kB.
const MAX_URL: usize = 4000;

/// A login initiation, read from query and body. Nothing in it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The issuer.
    pub iss: String,
    /// Opaque; goes back unchanged.
    pub login_hint: String,
    /// What the platform wants to open; a hint until it comes signed.
    pub target_link_uri: String,
    /// Opaque; goes back unchanged, also when empty.
    pub lti_message_hint: Option<String>,
    /// `lti_deployment_id`, or Canvas's older `deployment_id`.
    pub deployment_hint: Option<String>,
    /// Our name at the platform; nearly everybody sends it.
    pub client_id: Option<String>,
    /// `lti_storage_target`: the platform offers storage by `postMessage` (§9.2).
    pub storage_target: Option<String>,
}

/// The parameters that mean something. One given twice is refused, others are ignored.
const KNOWN: [&str; 8] = [
    "iss",
    "login_hint",
    "target_link_uri",
    "lti_message_hint",
    "lti_deployment_id",
    "client_id",
    "lti_storage_target",
    "deployment_id",
];

impl Request {
    /// Reads a login (§7 steps 1-4). `query` is raw, without its question mark; the body counts for POST
    /// only and wins over the query. HEAD reads like GET.
    ///
    /// # Errors
    /// The `Login…` refusals: method, media type, repeated, malformed, or missing parameters.
    pub fn parse(
        method: &str,
        content_type: Option<&str>,
        query: &str,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        let body = match method {
            "GET" | "HEAD" => &[],
            "POST" if address::is_form(content_type) => body,
            "POST" => return Err(Refusal::LoginUnsupportedMediaType),
            _ => return Err(Refusal::LoginMethodNotAllowed),
        };
        if query.len() + body.len() > MAX_INPUT {
            return Err(Refusal::LoginMalformed);
        }
        let body = address::pairs(body).ok_or(Refusal::LoginMalformed)?;
        let query = address::pairs(query.as_bytes()).ok_or(Refusal::LoginMalformed)?;
        let mut values: [Option<Cow<'_, str>>; KNOWN.len()] = Default::default();
        for (value, name) in values.iter_mut().zip(KNOWN) {
            *value = once(&body, name)?;
            if value.is_none() {
                *value = once(&query, name)?;
            }
        }
        let [iss, login_hint, target, message_hint, deployment, client_id, storage, old_deployment] =
            values.map(|value| value.map(Cow::into_owned));
        let needed = |value: Option<String>, name| {
            value.filter(|text| !text.is_empty()).ok_or(Refusal::LoginMissingParameter(name))
        };
        let filled = |value: Option<String>| value.filter(|text| !text.is_empty());
        Ok(Self {
            iss: needed(iss, "iss")?,
            login_hint: needed(login_hint, "login_hint")?,
            target_link_uri: needed(target, "target_link_uri")?,
            lti_message_hint: message_hint,
            deployment_hint: filled(deployment).or(filled(old_deployment)),
            client_id: filled(client_id),
            storage_target: filled(storage),
        })
    }
}

impl Request {
    /// The parameters, to be sent to our login address once more from a window of its own (§9.4).
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let Self { iss, login_hint, target_link_uri, .. } = self;
        let optional = [
            ("lti_message_hint", &self.lti_message_hint),
            ("lti_deployment_id", &self.deployment_hint),
            ("client_id", &self.client_id),
        ];
        // No storage target: the new window has no platform page around it.
        [("iss", iss), ("login_hint", login_hint), ("target_link_uri", target_link_uri)]
            .into_iter()
            .chain(optional.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))))
            .map(|(name, value)| (name, value.as_str()))
            .collect()
    }
}

/// The only value of that name.
fn once<'a>(
    pairs: &[(Cow<'a, str>, Cow<'a, str>)],
    name: &'static str,
) -> Result<Option<Cow<'a, str>>, Refusal> {
    let mut found = pairs.iter().filter(|(key, _)| key == name);
    let first = found.next().map(|(_, value)| value.clone());
    if found.next().is_some() { Err(Refusal::LoginDuplicateParameter(name)) } else { Ok(first) }
}

/// Finds the registration that a login means (§7.1) and that it is active (step 6).
///
/// `path_registration` is the one named in `/lti/login/{platform}`: `None` when the path names none,
/// `Some(None)` when it names an unknown one. `candidates` are the registrations of the login's issuer
/// (others are skipped, so all may be given). `owns_deployment` is asked only when several active
/// registrations fit and the login names a deployment but no client.
///
/// # Errors
/// [`Refusal::UnknownRegistration`], [`Refusal::AmbiguousRegistration`], [`Refusal::RegistrationDisabled`].
pub fn choose<'a>(
    request: &Request,
    path_registration: Option<Option<&'a Registration>>,
    candidates: impl IntoIterator<Item = &'a Registration>,
    owns_deployment: impl Fn(&Registration, &str) -> bool,
) -> Result<&'a Registration, Refusal> {
    let is_client =
        |found: &Registration| request.client_id.as_deref().is_none_or(|id| id == found.client_id);
    let mut of_issuer = candidates.into_iter().filter(|found| found.issuer == request.iss);
    let found = if let Some(named) = path_registration {
        named.filter(|found| found.issuer == request.iss && is_client(found))
    } else if request.client_id.is_some() {
        of_issuer.find(|found| is_client(found))
    } else {
        let active: Vec<&Registration> = of_issuer.filter(|found| found.active).collect();
        match (active.as_slice(), &request.deployment_hint) {
            ([], _) => None,
            ([one], _) => Some(*one),
            (several, Some(hint)) => {
                let mut owners = several.iter().filter(|found| owns_deployment(found, hint));
                match (owners.next(), owners.next()) {
                    (Some(owner), None) => Some(*owner),
                    _ => return Err(Refusal::AmbiguousRegistration),
                }
            }
            (_, None) => return Err(Refusal::AmbiguousRegistration),
        }
    };
    match found {
        None => Err(Refusal::UnknownRegistration),
        Some(found) if !found.active => Err(Refusal::RegistrationDisabled),
        Some(found) => Ok(found),
    }
}

/// Fresh random bytes for one login.
#[derive(Clone)]
pub struct Secrets {
    /// Becomes the `nonce`: 128 bits.
    pub nonce: [u8; 16],
    /// Becomes the cookie's value: 256 bits.
    pub browser_secret: [u8; 32],
    /// Seals the state; must not repeat.
    pub seal_nonce: [u8; 12],
}

/// What sends the browser to the platform.
#[derive(Clone, PartialEq, Eq)]
pub enum Redirect {
    /// A 302 to this address.
    Location(String),
    /// A form that submits itself by POST, because the address would be too long (L22).
    Form {
        /// The authorization endpoint with its own query.
        action: String,
        /// The fields, in order, not yet escaped.
        fields: Vec<(&'static str, String)>,
    },
}

/// The cookie that ties login and launch to one browser (§9.1). The application adds the name's prefix
/// (`__Host-lti_` in production) and the attributes.
#[derive(Clone, PartialEq, Eq)]
pub struct BindingCookie {
    /// The end of the name: [`state::login_key`].
    pub name_key: String,
    /// The browser secret.
    pub value: String,
    /// Seconds.
    pub max_age: u32,
}

/// An answered login.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// Where the browser goes.
    pub redirect: Redirect,
    /// The cookie to set.
    pub cookie: BindingCookie,
    /// Where to put the cookie's value by `postMessage` before going on ([`Storage::put`]), if the platform
    /// offers that.
    pub storage: Option<Storage>,
    /// The sealed state, as it stands in the redirect.
    pub state: String,
}

/// Logs may print what is here, so secrets and hints stay out (O02).
macro_rules! secret_debug {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), " { *** }"))
            }
        }
    )+};
}

secret_debug!(Secrets, Redirect, BindingCookie, Begun);

/// Answers a login with the authentication request (§7 steps 7-8, §8.1).
///
/// # Errors
/// [`Refusal::LoginTargetNotAllowed`], unless the registration's `login_target_check` is off.
pub fn begin(
    request: &Request,
    registration: &Registration,
    tool: &Tool,
    secrets: &Secrets,
    key: &StateKey,
    now: DateTime<Utc>,
) -> Result<Begun, Refusal> {
    if registration.switches.login_target_check && tool.target(&request.target_link_uri).is_none() {
        return Err(Refusal::LoginTargetNotAllowed);
    }
    let max_age = registration.switches.state_ttl_s;
    let browser_secret = URL_SAFE_NO_PAD.encode(secrets.browser_secret);
    let state = state::seal(
        &state::Contents {
            platform: registration.platform,
            nonce: secrets.nonce,
            expires_at: now.timestamp() + i64::from(max_age),
            deployment_hint: request.deployment_hint.as_deref(),
            login_target: &request.target_link_uri,
            browser_secret: &browser_secret,
            storage_target: request.storage_target.as_deref(),
        },
        secrets.seal_nonce,
        key,
    );
    let login_key = state::login_key(&state);
    let storage = request
        .storage_target
        .as_deref()
        .and_then(|target| Storage::new(state::kept_storage_target(target), registration, &login_key));
    Ok(Begun {
        redirect: authentication_request(
            request,
            registration,
            tool,
            &state,
            &state::nonce_text(&secrets.nonce),
        ),
        cookie: BindingCookie { name_key: login_key, value: browser_secret, max_age },
        storage,
        state,
    })
}

fn authentication_request(
    request: &Request,
    registration: &Registration,
    tool: &Tool,
    state: &str,
    nonce: &str,
) -> Redirect {
    let mut fields = vec![
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("client_id", &registration.client_id),
        ("redirect_uri", &tool.launch_url),
        ("login_hint", &request.login_hint),
    ];
    if let Some(hint) = &request.lti_message_hint {
        fields.push(("lti_message_hint", hint));
    }
    fields.extend([("state", state), ("nonce", nonce)]);
    let mut url = registration.authorization_endpoint.clone();
    address::append_query(&mut url, &fields);
    if url.len() <= MAX_URL {
        return Redirect::Location(url);
    }
    Redirect::Form {
        action: registration.authorization_endpoint.clone(),
        fields: fields.into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
    }
}
