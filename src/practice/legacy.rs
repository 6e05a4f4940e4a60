//! What a platform tells of a tool's LTI 1.1 past: the `lti1p1` claim with its signature (lti-1.3-tool.md §22).

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use crate::{
    claims,
    course::{CourseId, UserId},
    keys::hmac_sha256,
    lms::{Lms, lock},
    opening::put,
    tool::ToolRegistration,
};

/// The claim.
pub const LTI1P1: &str = "https://purl.imsglobal.org/spec/lti/claim/lti1p1";

/// How the claim is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LegacySignature {
    /// With the secret.
    #[default]
    Right,
    /// With another secret (case X14).
    Wrong,
    /// Not at all.
    Missing,
}

/// The LTI 1.1 past of a tool at this platform.
#[derive(Clone, Debug, Default)]
pub struct Legacy {
    /// `oauth_consumer_key`.
    pub key: String,
    /// The secret that belongs to it.
    pub secret: String,
    /// How the claim is signed.
    pub signature: LegacySignature,
    /// Old ids of people, where they differ from today's.
    pub users: BTreeMap<UserId, String>,
    /// Old ids of courses, where they differ.
    pub contexts: BTreeMap<CourseId, String>,
    /// Old ids of links by activity id, where they differ.
    pub links: BTreeMap<String, String>,
    /// `tool_consumer_instance_guid`.
    pub guid: Option<String>,
}

/// `oauth_consumer_key_sign`: Base64 of HMAC-SHA-256 over the six values joined by `&` (§22).
#[must_use]
pub fn lti1p1_signature(
    secret: &str,
    key: &str,
    deployment_id: &str,
    issuer: &str,
    client_id: &str,
    exp: i64,
    nonce: &str,
) -> String {
    let base = format!("{key}&{deployment_id}&{issuer}&{client_id}&{exp}&{nonce}");
    STANDARD.encode(hmac_sha256(secret.as_bytes(), base.as_bytes()))
}

impl Lms {
    /// From now on launches into this tool tell of its LTI 1.1 past; `None` ends that.
    pub fn set_legacy(&self, client_id: &str, legacy: Option<Legacy>) {
        let mut all = lock(&self.messages.legacy);
        match legacy {
            Some(legacy) => all.insert(client_id.to_owned(), legacy),
            None => all.remove(client_id),
        };
    }

    pub(crate) fn add_legacy_claim(&self, payload: &mut Value, tool: &ToolRegistration, user: &UserId) {
        let Some(legacy) = lock(&self.messages.legacy).get(&tool.client_id).cloned() else { return };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let id_of = |claim: &str| text(payload.get(claim).and_then(|object| object.get("id")));
        let (context, link) = (id_of(claims::CONTEXT), id_of(claims::RESOURCE_LINK));
        let secret = match legacy.signature {
            LegacySignature::Right => Some(legacy.secret.clone()),
            LegacySignature::Wrong => Some(format!("not {}", legacy.secret)),
            LegacySignature::Missing => None,
        };
        let signature = secret.map(|secret| {
            lti1p1_signature(
                &secret,
                &legacy.key,
                &text(payload.get(claims::DEPLOYMENT_ID)),
                self.issuer(),
                &tool.client_id,
                payload.get("exp").and_then(Value::as_i64).unwrap_or_default(),
                &text(payload.get("nonce")),
            )
        });
        let members = [
            ("user_id", legacy.users.get(user).cloned()),
            ("oauth_consumer_key", Some(legacy.key)),
            ("oauth_consumer_key_sign", signature),
            ("context_id", legacy.contexts.get(&CourseId(context)).cloned()),
            ("resource_link_id", legacy.links.get(&link).cloned()),
            ("tool_consumer_instance_guid", legacy.guid),
        ];
        let claim: Map<String, Value> =
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
        put(payload, LTI1P1, claim.into());
    }
}
