//! What a launch has passed so far: the material of the validation record (§10.5, case O01).
//!
//! Names only, never values: neither the record nor a log may hold personal data (O02). The record
//! begins with the browser binding, because before it nobody in particular is talking to us.

use serde::Serialize;

/// How many claim names and warnings are kept; more says nothing new.
const KEPT: usize = 100;

/// Writes the enum and its stable names from one list.
macro_rules! checks {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal; )+) => {
        /// One check of §5 and §10.2, in the order in which they are made.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check { $( $(#[$doc])* $variant, )+ }

        impl Check {
            /// The stable name that is stored.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// The check of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $( $name => Some(Self::$variant), )+ _ => None }
            }
        }
    };
}

checks! {
    /// A readable form with a state (steps 1-4).
    Form = "form";
    /// A state of ours (step 5).
    State = "state";
    /// … that has not expired (step 6).
    StateTime = "state_time";
    /// The browser that began (step 7).
    Browser = "browser";
    /// A token, not an error (steps 9 and 10), and an active registration (step 11).
    Registration = "registration";
    /// Three base64url parts of sane size (§5.1).
    TokenForm = "token_form";
    /// JSON objects without repeated members (§5.2).
    TokenJson = "token_json";
    /// An allowed algorithm (§5.3).
    Algorithm = "algorithm";
    /// No critical extensions (§5.4).
    Critical = "critical";
    /// A key id (§5.5).
    KeyId = "key_id";
    /// A usable key of that id (§5.6).
    Key = "key";
    /// The signature (§5.7).
    Signature = "signature";
    /// `iss` (§5.8).
    Issuer = "issuer";
    /// `aud` (§5.9).
    Audience = "audience";
    /// `azp` (§5.10).
    AuthorizedParty = "authorized_party";
    /// `exp` (§5.11).
    Expiry = "expiry";
    /// `iat` (§5.12).
    Age = "age";
    /// `nbf` (§5.13).
    NotBefore = "not_before";
    /// `nonce` (step 13).
    Nonce = "nonce";
    /// JSON types of the claims that we use (step 14).
    ClaimTypes = "claim_types";
    /// Version claim (step 15).
    Version = "version";
    /// Message type (step 16).
    MessageType = "message_type";
    /// Deployment id (step 17).
    DeploymentId = "deployment_id";
    /// The deployment that the login named (step 18).
    DeploymentHint = "deployment_hint";
    /// An accepted, enabled deployment (step 19).
    Deployment = "deployment";
    /// Roles claim (step 20).
    Roles = "roles";
    /// Target link present (step 21).
    TargetLink = "target_link";
    /// … and one of ours (step 22).
    TargetAllowed = "target_allowed";
    /// … and the login's, as far as that is demanded (step 22b).
    TargetSame = "target_same";
    /// `sub` (step 23).
    User = "user";
    /// What this message type demands (step 24).
    Message = "message";
    /// Context (step 25).
    Context = "context";
}

/// Something odd that did not stop the launch. `about` is a claim name, a custom key or a role URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What is odd, a stable code.
    pub code: &'static str,
    /// Where: a name, never a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// The checks passed, the names of the claims seen, and the warnings, of one launch.
///
/// Made by [`crate::launch::bind`], filled by the steps after it; when a step refuses, what was
/// passed before stays readable here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    checks: Vec<Check>,
    claim_names: Vec<String>,
    warnings: Vec<Warning>,
}

impl Progress {
    /// The checks passed, in order.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The stable names of the checks passed, in order.
    pub fn check_names(&self) -> impl Iterator<Item = &'static str> {
        self.checks.iter().map(|check| check.name())
    }

    /// Top-level claim names of the token, known only once its signature is good; at most 100.
    #[must_use]
    pub fn claim_names(&self) -> &[String] {
        &self.claim_names
    }

    /// What was odd; at most 100.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether the check was passed.
    #[must_use]
    pub fn has_passed(&self, check: Check) -> bool {
        self.checks.contains(&check)
    }

    pub(crate) fn started() -> Self {
        Self { checks: Vec::with_capacity(36), ..Self::default() }
    }

    pub(crate) fn passed(&mut self, check: Check) {
        if !self.checks.contains(&check) {
            self.checks.push(check);
        }
    }

    pub(crate) fn saw_claims<'a>(&mut self, names: impl Iterator<Item = &'a String>) {
        self.claim_names = names.take(KEPT).map(|name| shortened(name)).collect();
    }

    pub(crate) fn warn(&mut self, code: &'static str, about: Option<&str>) {
        if self.warnings.len() < KEPT {
            self.warnings.push(Warning { code, about: about.map(shortened) });
        }
    }
}

/// A name fit to be stored: no control characters, at most 200 characters.
fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}
