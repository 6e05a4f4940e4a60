//! The public addresses that stand inside signed documents and mails (design §9, open-badges §2).
//!
//! They never change. `web/mod.rs` serves them; `base` is an issuer's immutable `base_url`.

use crate::ids::{AchievementVersionId, CredentialId};

/// OB 2.0 issuer Profile.
#[must_use]
pub fn ob2_profile(base: &str, issuer: &str) -> String {
    format!("{base}/i/{issuer}/ob2")
}

/// OB 2.0 `BadgeClass`.
#[must_use]
pub fn badge_class(base: &str, issuer: &str, version: AchievementVersionId) -> String {
    format!("{base}/i/{issuer}/ob2/b/{version}")
}

/// OB 2.0 Assertion.
#[must_use]
pub fn assertion(base: &str, issuer: &str, credential: CredentialId) -> String {
    format!("{base}/i/{issuer}/ob2/a/{credential}")
}

/// OB 3.0 Achievement.
#[must_use]
pub fn achievement(base: &str, issuer: &str, version: AchievementVersionId) -> String {
    format!("{base}/i/{issuer}/achievements/{version}")
}

/// OB 3.0 credential.
#[must_use]
pub fn credential(base: &str, issuer: &str, credential: CredentialId) -> String {
    format!("{base}/i/{issuer}/credentials/{credential}")
}

/// Status list number `number` of an issuer.
#[must_use]
pub fn status_list(base: &str, issuer: &str, number: i32) -> String {
    format!("{base}/i/{issuer}/status/{number}")
}

/// Human page of the criteria.
#[must_use]
pub fn criteria(base: &str, issuer: &str, version: AchievementVersionId) -> String {
    format!("{base}/i/{issuer}/b/{version}")
}

/// Plain picture of a version.
#[must_use]
pub fn picture(base: &str, version: AchievementVersionId) -> String {
    format!("{base}/media/b/{version}.png")
}

/// Baked picture of an assertion.
#[must_use]
pub fn baked_picture(base: &str, assertion: CredentialId) -> String {
    format!("{base}/media/a/{assertion}.png")
}

/// The page a mail links to: shows the badge, downloads and publishes it.
#[must_use]
pub fn claim(public_url: &str, token: &str) -> String {
    format!("{public_url}/claim/{token}")
}

/// The page a published award is shown on.
#[must_use]
pub fn share(public_url: &str, token: &str) -> String {
    format!("{public_url}/share/{token}")
}
