//! What we have agreed with one platform, its switches (§2.1, §27), and what the tool itself is.
//!
//! These are the inputs of every check; they come from the application's records. Nothing here
//! looks anything up.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// The trust agreement with one platform (§2.1), as far as login and launch need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The application's own id of the platform; sealed into every state.
    pub platform: [u8; 16],
    /// `iss`, compared byte for byte; never normalised.
    pub issuer: String,
    /// Our name at the platform.
    pub client_id: String,
    /// Where the authentication request goes; may have a query.
    pub authorization_endpoint: String,
    /// How this platform is treated.
    pub switches: Switches,
    /// The key was typed in and there is no JWKS address: a PEM key needs no `kid` then (§5.5).
    pub inline_keys: bool,
    /// Whether logins and launches are accepted at all.
    pub active: bool,
}

/// A signature algorithm that a platform may use. Symmetric ones and `none` cannot be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256, which everybody supports.
    RS256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RS384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RS512,
    /// RSA PSS with SHA-256.
    PS256,
    /// ECDSA on P-256.
    ES256,
    /// ECDSA on P-384.
    ES384,
}

impl Algorithm {
    /// The name in a token's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
        }
    }
}

/// What happens to a launch without `sub` (§10.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnonymousLaunch {
    /// Refused, as the certification suite expects.
    #[default]
    Reject,
    /// A session without identity, which sees but never earns.
    View,
}

/// What a teaching assistant may do (§12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assistants {
    /// The same as an instructor.
    #[default]
    Teach,
    /// Grade only.
    Grade,
    /// Look only.
    Observe,
}

/// The switches of one registration, with the defaults of §27. Unknown names are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Tolerated clock difference in seconds, 0-300.
    #[serde(deserialize_with = "within::<0, 300, _>")]
    pub leeway_s: u32,
    /// Greatest age of a token in seconds, 60-86400.
    #[serde(deserialize_with = "within::<60, 86_400, _>")]
    pub max_token_age_s: u32,
    /// How long a login may take, in seconds, 60-3600.
    #[serde(deserialize_with = "within::<60, 3_600, _>")]
    pub state_ttl_s: u32,
    /// Accepted signature algorithms.
    pub id_token_algs: Vec<Algorithm>,
    /// Other audiences that a token may name beside us.
    pub trusted_audiences: Vec<String>,
    /// Launches without a user.
    pub anonymous_launch: AnonymousLaunch,
    /// Refuse a signed target that differs from the login's, instead of warning.
    pub strict_target_link: bool,
    /// Check the login's (unsigned) target already.
    pub login_target_check: bool,
    /// Accept a browser that kept neither cookie nor storage.
    pub allow_unbound_launch: bool,
    /// Further origins that may be asked to keep the browser secret (§9.2).
    pub storage_origins: Vec<String>,
    /// Take in deployments first seen in a signed launch; `None` decides by whether customers share
    /// the registration ([`Switches::accepts_deployments`]).
    pub auto_accept_deployments: Option<bool>,
    /// Institution and system administrators teach everywhere.
    pub admins_may_teach: bool,
    /// What teaching assistants may do.
    pub assistants: Assistants,
    /// Refuse deep linking requests that carry no roles claim.
    pub dl_requires_role: bool,
    /// Name the deployment in client assertions.
    pub send_deployment_in_assertion: bool,
    /// Least time between two scores of one learner, in milliseconds.
    pub min_score_interval_ms: u32,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            leeway_s: 120,
            max_token_age_s: 3600,
            state_ttl_s: 600,
            id_token_algs: vec![Algorithm::RS256],
            trusted_audiences: Vec::new(),
            anonymous_launch: AnonymousLaunch::Reject,
            strict_target_link: false,
            login_target_check: true,
            allow_unbound_launch: false,
            storage_origins: Vec::new(),
            auto_accept_deployments: None,
            admins_may_teach: false,
            assistants: Assistants::Teach,
            dl_requires_role: false,
            send_deployment_in_assertion: true,
            min_score_interval_ms: 1000,
        }
    }
}

impl Switches {
    /// Whether a deployment first seen in a good launch is taken in (§2.3). `shared` says that several
    /// customers use the registration; then somebody must approve each deployment, unless switched on.
    #[must_use]
    pub fn accepts_deployments(&self, shared: bool) -> bool {
        self.auto_accept_deployments.unwrap_or(!shared)
    }
}

/// A number within bounds, or a sentence that names them.
fn within<'de, const MIN: u32, const MAX: u32, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    let number = u32::deserialize(input)?;
    if (MIN..=MAX).contains(&number) {
        Ok(number)
    } else {
        Err(D::Error::custom(format_args!("{number} is not within {MIN} and {MAX}")))
    }
}

/// What we are: our own addresses, and which of our pages a platform may open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// The login initiation address, `…/lti/login`.
    pub login_url: String,
    /// The redirect URI, byte for byte as registered, `…/lti/launch`.
    pub launch_url: String,
    /// Our origins, such as `https://badges.example`: no path, no trailing slash.
    pub origins: Vec<String>,
    /// Path prefixes that may be launched, such as `/course`; a prefix ends at a path segment.
    pub launchable: Vec<String>,
    /// The page for deep linking requests that name none, such as `https://badges.example/course/pick`.
    pub picker_url: String,
    /// Development only: accept `http` on loopback hosts.
    pub allow_loopback_http: bool,
}
