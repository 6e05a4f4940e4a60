//! The `state` of a login: sealed, so that nobody can read, change or make one, and kept nowhere (§8.2).
//!
//! It holds the platform, the nonce, the expiry, digests of the deployment hint, of the login's target
//! and of the browser secret, and the storage target. The key comes from the master key by HKDF. That
//! a state is used once only is the database's part (a launch record's nonce is unique).
//!
//! ```text
//! 1 version · 12 seal nonce · AES-256-GCM( 16 platform · 16 nonce · 8 expiry · 1 flags
//!   · 16 hint · 16 target · 32 secret · 0-15 storage target ) · 16 tag      ≤ 149 bytes ≤ 199 characters
//! ```

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    constant_time,
    digest::{SHA256, digest},
    hkdf,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};

use crate::{hex::hex, refusal::Refusal};

/// The greatest length of a state in characters. Some platforms keep it in narrow columns.
pub const MAX_LENGTH: usize = 200;

const VERSION: u8 = 1;
const SEAL_NONCE: usize = 12;
const FIXED: usize = 16 + 16 + 8 + 1 + 16 + 16 + 32;
const ROOM: usize = 15;
/// Flag: a deployment hint was given.
const HINTED: u8 = 0x80;
/// The low bits of the flags say how the storage target is kept.
const STORAGE: u8 = 0x0f;
const STORAGE_NONE: u8 = 0;
/// Too long to keep: the page then asks its parent.
const STORAGE_OTHER: u8 = 14;
/// The name follows.
const STORAGE_INLINE: u8 = 15;
/// Storage targets that platforms are known to send (§9.2); their place + 1 is the code.
const KNOWN_TARGETS: [&str; 3] = ["_parent", "post_message_forwarding", "lti_storage_frame"];

/// The key that seals states.
#[derive(Debug)]
pub struct StateKey(LessSafeKey);

impl StateKey {
    /// Derives the key from the master key (32 random bytes) by HKDF-SHA-256.
    ///
    /// # Panics
    /// Never: a 256-bit key is always long enough to be derived and used.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HKDF gives 32 bytes and AES-256 takes 32 bytes")]
    pub fn derive(master: &[u8]) -> Self {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"laurel.lti").extract(master);
        let okm = root.expand(&[b"state/1"], &AES_256_GCM).expect("32 bytes are within HKDF's bounds");
        Self(LessSafeKey::new(UnboundKey::from(okm)))
    }
}

/// A state that was sealed by us. It may still be out of date: [`crate::launch::bind`] looks.
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    platform: [u8; 16],
    nonce: [u8; 16],
    expires_at: i64,
    deployment_hint: Option<[u8; 16]>,
    login_target: [u8; 16],
    browser_secret: [u8; 32],
    storage: Option<String>,
    login_key: String,
}

// The nonce stays out of logs until it is used.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("login_key", &self.login_key).finish_non_exhaustive()
    }
}

/// What goes into a state.
pub(crate) struct Contents<'a> {
    pub platform: [u8; 16],
    pub nonce: [u8; 16],
    pub expires_at: i64,
    pub deployment_hint: Option<&'a str>,
    pub login_target: &'a str,
    pub browser_secret: &'a str,
    pub storage_target: Option<&'a str>,
}

impl State {
    /// Opens what came back from the platform.
    ///
    /// # Errors
    /// [`Refusal::StateInvalid`] for anything that this key did not seal, bit for bit (S03).
    pub fn open(text: &str, key: &StateKey) -> Result<Self, Refusal> {
        Self::unseal(text, key).ok_or(Refusal::StateInvalid)
    }

    fn unseal(text: &str, key: &StateKey) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first_mut()?;
        if *version != VERSION {
            return None;
        }
        let (seal_nonce, sealed) = rest.split_at_mut_checked(SEAL_NONCE)?;
        let nonce = Nonce::try_assume_unique_for_key(seal_nonce).ok()?;
        let mut plain: &[u8] = key.0.open_in_place(nonce, Aad::from([VERSION]), sealed).ok()?;
        let platform = take(&mut plain)?;
        let nonce = take(&mut plain)?;
        let expires_at = i64::from_be_bytes(take(&mut plain)?);
        let [flags] = take(&mut plain)?;
        let hint = take(&mut plain)?;
        let login_target = take(&mut plain)?;
        let browser_secret = take(&mut plain)?;
        let storage = match flags & STORAGE {
            STORAGE_NONE => None,
            STORAGE_INLINE => Some(std::str::from_utf8(plain).ok()?.to_owned()),
            code => Some((*KNOWN_TARGETS.get(usize::from(code) - 1).unwrap_or(&"_parent")).to_owned()),
        };
        Some(Self {
            platform,
            nonce,
            expires_at,
            deployment_hint: (flags & HINTED != 0).then_some(hint),
            login_target,
            browser_secret,
            storage,
            login_key: login_key(text),
        })
    }

    /// The platform that the login was for: find its registration by this, never by the token.
    #[must_use]
    pub fn platform(&self) -> [u8; 16] {
        self.platform
    }

    /// The nonce that the token must carry. Unique per login; its (platform, nonce) is the launch record's key.
    #[must_use]
    pub fn nonce(&self) -> String {
        nonce_text(&self.nonce)
    }

    /// Names this login's cookie and storage keys.
    #[must_use]
    pub fn login_key(&self) -> &str {
        &self.login_key
    }

    /// When the state stops being good, in seconds since the epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// The frame that the platform offered for storage (§9.2). A name too long to be kept reads `_parent`.
    #[must_use]
    pub fn storage_target(&self) -> Option<&str> {
        self.storage.as_deref()
    }

    /// Whether the state is still good.
    ///
    /// # Errors
    /// [`Refusal::StateExpired`] (S04).
    pub fn check_time(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if now.timestamp() < self.expires_at { Ok(()) } else { Err(Refusal::StateExpired) }
    }

    pub(crate) fn is_secret(&self, candidate: &str) -> bool {
        constant_time::verify_slices_are_equal(&self.browser_secret, sha256(candidate).as_slice()).is_ok()
    }

    pub(crate) fn is_nonce(&self, candidate: &str) -> bool {
        constant_time::verify_slices_are_equal(self.nonce().as_bytes(), candidate.as_bytes()).is_ok()
    }

    pub(crate) fn allows_deployment(&self, deployment: &str) -> bool {
        self.deployment_hint.is_none_or(|hint| hint == short_digest(deployment))
    }

    pub(crate) fn is_login_target(&self, target: &str) -> bool {
        self.login_target == short_digest(target)
    }
}

/// Names one login attempt's cookie and storage keys: 16 hexadecimal digits of a hash of the state.
#[must_use]
pub fn login_key(state: &str) -> String {
    hex(&sha256(state)).chars().take(16).collect()
}

pub(crate) fn nonce_text(nonce: &[u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(nonce)
}

/// Seals a state. `seal_nonce` is random and must not repeat under one key.
///
/// # Panics
/// Never: the plain text is far below what AES-GCM can seal.
#[expect(clippy::expect_used, reason = "sealing 120 bytes cannot fail")]
pub(crate) fn seal(contents: &Contents<'_>, seal_nonce: [u8; SEAL_NONCE], key: &StateKey) -> String {
    let (storage, tail) = match contents.storage_target {
        None => (STORAGE_NONE, ""),
        Some(target) => match (1..).zip(KNOWN_TARGETS).find(|(_, known)| *known == target) {
            Some((code, _)) => (code, ""),
            None if target.len() <= ROOM => (STORAGE_INLINE, target),
            None => (STORAGE_OTHER, ""),
        },
    };
    let hinted = if contents.deployment_hint.is_some() { HINTED } else { 0 };
    let mut plain = Vec::with_capacity(FIXED + ROOM + 16);
    plain.extend_from_slice(&contents.platform);
    plain.extend_from_slice(&contents.nonce);
    plain.extend_from_slice(&contents.expires_at.to_be_bytes());
    plain.push(hinted | storage);
    plain.extend_from_slice(&contents.deployment_hint.map(short_digest).unwrap_or_default());
    plain.extend_from_slice(&short_digest(contents.login_target));
    plain.extend_from_slice(&sha256(contents.browser_secret));
    plain.extend_from_slice(tail.as_bytes());
    key.0
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(seal_nonce), Aad::from([VERSION]), &mut plain)
        .expect("a short text can be sealed");
    let mut bytes = Vec::with_capacity(1 + SEAL_NONCE + plain.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&seal_nonce);
    bytes.extend_from_slice(&plain);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The storage target as a state remembers it.
pub(crate) fn kept_storage_target(target: &str) -> &str {
    if KNOWN_TARGETS.contains(&target) || target.len() <= ROOM { target } else { "_parent" }
}

fn sha256(text: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    out
}

/// Half a SHA-256: enough to notice a difference inside an authenticated state.
fn short_digest(text: &str) -> [u8; 16] {
    let mut out = [0; 16];
    for (to, from) in out.iter_mut().zip(sha256(text)) {
        *to = from;
    }
    out
}

/// Cuts the next `N` bytes off.
fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = input.split_first_chunk()?;
    *input = tail;
    Some(*head)
}
