//! Migration from LTI 1.1 (§22): what an old launch would have said, and whether the platform can prove it with
//! the old consumer secret.
//!
//! A launch is never refused for this. The application looks the consumer key up among the keys of the
//! launch's own organization, asks [`Legacy::judge`], and attaches the old records once.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use crate::{
    claims::{self, Lenient},
    launch::Launch,
    refusal::Refusal,
};

/// The claim, not yet proven.
#[derive(Clone, PartialEq, Eq)]
pub struct Legacy {
    /// The old consumer key: look its secret up by this, within the organization.
    pub consumer_key: Option<String>,
    /// The old user id; absent when it equals `sub`.
    pub user_id: Option<String>,
    /// The old context id; absent when it equals the new one.
    pub context_id: Option<String>,
    /// The old link id; absent when it equals the new one.
    pub resource_link_id: Option<String>,
    /// The old name of the platform's installation.
    pub instance_guid: Option<String>,
    signature: Option<String>,
    /// What stands after the key in the signed text.
    signed_rest: String,
}

/// What the application knows of the consumer key that a claim names.
#[derive(Clone, Copy)]
pub struct KnownKey<'a> {
    /// Its secret.
    pub secret: &'a str,
    /// The launch's deployment was bound to this key before.
    pub is_bound: bool,
}

/// What may be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// No key, or one that we do not know: nothing is said (X15).
    Nothing,
    /// The whole claim is void: warn by [`Refusal::MigrateSignInvalid`], the launch goes on (X14).
    Void(Refusal),
    /// The platform knows the secret: attach all of it, and bind the deployment to the key (X13, X16).
    Proven(OldIds),
    /// No signature, but the deployment is bound to this key already: the old user only.
    UserOnly(String),
}

/// The ids under which the same things were known in LTI 1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldIds {
    /// The person; `None` for an anonymous launch.
    pub user_id: Option<String>,
    /// The course, if the launch happened in one.
    pub context_id: Option<String>,
    /// The link, if there is one.
    pub resource_link_id: Option<String>,
    /// The installation, if it is named.
    pub instance_guid: Option<String>,
}

// Ids of people and signatures stay out of logs (O02).
impl fmt::Debug for Legacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Legacy").field("consumer_key", &self.consumer_key).finish_non_exhaustive()
    }
}

impl fmt::Debug for KnownKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownKey").field("is_bound", &self.is_bound).finish_non_exhaustive()
    }
}

impl Legacy {
    /// Reads the claim, and the user id that Canvas and Brightspace send beside or instead of it.
    pub(crate) fn read(
        payload: &Map<String, Value>,
        client_id: &str,
        lenient: &mut Lenient<'_>,
    ) -> Option<Self> {
        let object = lenient.optional(payload, claims::LTI1P1);
        let mut id = |object: &Map<String, Value>, name: &str| match object.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) if claims::is_id(text) => Some(text.clone()),
            Some(_) => {
                lenient.progress.warn("claim_ignored", Some(name));
                None
            }
        };
        let beside = id(payload, claims::LEGACY_USER_ID);
        let empty = Map::new();
        let object = match (object, &beside) {
            (Some(object), _) => object,
            (None, Some(_)) => &empty,
            (None, None) => return None,
        };
        let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
        Some(Self {
            consumer_key: id(object, "oauth_consumer_key"),
            user_id: id(object, "user_id").or(beside),
            context_id: id(object, "context_id"),
            resource_link_id: id(object, "resource_link_id"),
            instance_guid: id(object, "tool_consumer_instance_guid"),
            signature: id(object, "oauth_consumer_key_sign"),
            signed_rest: format!(
                "{}&{}&{client_id}&{}&{}",
                text(claims::DEPLOYMENT_ID),
                text("iss"),
                whole(payload.get("exp")),
                text("nonce")
            ),
        })
    }

    /// What may be believed, given what is known of the consumer key: `None` when it is unknown, or another
    /// organization's.
    #[must_use]
    pub fn judge(&self, key: Option<KnownKey<'_>>, launch: &Launch) -> Judgement {
        let (Some(name), Some(key)) = (&self.consumer_key, key) else { return Judgement::Nothing };
        match &self.signature {
            Some(signature) if is_signature_of(&self.base_string(name), key.secret, signature) => {
                Judgement::Proven(self.old_ids(launch))
            }
            None if key.is_bound => match &self.user_id {
                Some(user) => Judgement::UserOnly(user.clone()),
                None => Judgement::Nothing,
            },
            _ => Judgement::Void(Refusal::MigrateSignInvalid),
        }
    }

    /// Whether there is a signature, good or not.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.signature.is_some()
    }

    /// Everything that is said, but the signature, which is new in each launch.
    pub(crate) fn said(&self) -> impl Iterator<Item = &str> {
        let parts = [
            &self.consumer_key,
            &self.user_id,
            &self.context_id,
            &self.resource_link_id,
            &self.instance_guid,
        ];
        parts.into_iter().map(|part| part.as_deref().unwrap_or_default())
    }

    fn base_string(&self, key: &str) -> String {
        format!("{key}&{}", self.signed_rest)
    }

    fn old_ids(&self, launch: &Launch) -> OldIds {
        let context = launch.context.as_ref().map(|context| context.id.clone());
        let link = launch.link().map(|link| link.id.clone());
        OldIds {
            user_id: launch.subject.clone().map(|sub| self.user_id.clone().unwrap_or(sub)),
            context_id: context.map(|id| self.context_id.clone().unwrap_or(id)),
            resource_link_id: link.map(|id| self.resource_link_id.clone().unwrap_or(id)),
            instance_guid: self.instance_guid.clone(),
        }
    }
}

/// The signature of a base string by an old secret: standard Base64 of HMAC-SHA-256.
#[must_use]
pub fn sign(base_string: &str, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, base_string.as_bytes()))
}

/// Whether the signature is good; takes the same time wherever it is wrong.
fn is_signature_of(base_string: &str, secret: &str, signature: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD
        .decode(signature)
        .is_ok_and(|signature| hmac::verify(&key, base_string.as_bytes(), &signature).is_ok())
}

/// `exp` as a decimal integer, as nearly all platforms write it; a fraction is cut.
fn whole(exp: Option<&Value>) -> String {
    match exp {
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(fraction)) => format!("{:.0}", fraction.trunc()),
            (None, None) => String::new(),
        },
        _ => String::new(),
    }
}
