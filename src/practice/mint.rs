//! Composing and signing tokens, straight or bent.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    bend::{Bend, Signer},
    keys::{Keys, hmac_sha256},
};

/// The compact token for `claims`, signed by the active key unless a bend says otherwise.
#[must_use]
pub fn compose(keys: &Keys, claims: &Value, bends: &[Bend]) -> String {
    let plan = Plan::new(keys, bends);
    let mut header = json!({"alg": plan.alg, "typ": "JWT", "kid": plan.kid});
    let mut payload = claims.clone();
    for bend in bends {
        match bend {
            Bend::Header(change) => change.apply(&mut header),
            Bend::Payload(change) => change.apply(&mut payload),
            _ => {}
        }
    }
    let (mut header, mut payload) = (header.to_string(), payload.to_string());
    for bend in bends {
        match bend {
            Bend::HeaderText(change) => change.apply(&mut header),
            Bend::PayloadText(change) => change.apply(&mut payload),
            _ => {}
        }
    }
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = plan.sign(keys, signed.as_bytes());
    let mut token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    for bend in bends {
        if let Bend::Token(change) = bend {
            change.apply(&mut token);
        }
    }
    token
}

/// Who signs with what.
struct Plan<'a> {
    signer: Option<&'a Signer>,
    alg: &'a str,
    kid: String,
}

impl<'a> Plan<'a> {
    fn new(keys: &Keys, bends: &'a [Bend]) -> Self {
        let signer = bends.iter().rev().find_map(|bend| match bend {
            Bend::Signer(signer) => Some(signer),
            _ => None,
        });
        let wanted = bends.iter().rev().find_map(|bend| match bend {
            Bend::Algorithm(alg) => Some(*alg),
            _ => None,
        });
        let alg = wanted.unwrap_or(match signer {
            Some(Signer::Nobody) => "none",
            Some(Signer::PublicKeyAsSecret) => "HS256",
            Some(Signer::Elliptic(_)) => "ES256",
            _ => "RS256",
        });
        let kid = match signer {
            Some(Signer::Key(kid) | Signer::Weak(kid) | Signer::Elliptic(kid)) => kid.clone(),
            _ => keys.active(),
        };
        Self { signer, alg, kid }
    }

    /// The signature; empty when nobody signs or the key knows no such algorithm.
    fn sign(&self, keys: &Keys, message: &[u8]) -> Vec<u8> {
        let material = match self.signer {
            Some(Signer::Nobody) => return Vec::new(),
            Some(Signer::PublicKeyAsSecret) => {
                let pem = keys.material(&self.kid).public_pem().unwrap_or_default();
                return hmac_sha256(pem.as_bytes(), message);
            }
            Some(Signer::Stranger) => keys.ring().rsa("a stranger"),
            Some(Signer::Weak(_)) => keys.ring().weak(),
            Some(Signer::Elliptic(kid)) => keys.ring().elliptic(kid),
            Some(Signer::Key(_)) | None => keys.material(&self.kid),
        };
        material.sign(self.alg, message).unwrap_or_default()
    }
}
