//! The Open Badges 2.0 Assertion, hosted verification, and what stays of it after revocation (open-badges.md §3).

use serde_json::{Value, json};

use crate::achievement::Achievement;
use crate::award::Award;
use crate::contexts::OPEN_BADGES_V2;
use crate::members::Members;
use crate::profile::{Image, image_ob2};
use crate::text::seconds;

/// The Assertion document, as hosted at `award.ob2_id` and baked into the picture.
#[must_use]
pub fn assertion(achievement: &Achievement, award: &Award) -> Value {
    let image = Image { url: award.baked_image_url.clone(), caption: achievement.image.caption.clone() };
    let evidence = award.evidence.iter().filter_map(|evidence| {
        let fields = evidence.fields();
        let [url, name, description, narrative, genre, audience] = fields.each_ref().map(Option::as_deref);
        fields.iter().any(Option::is_some).then(|| {
            Members::new()
                .with("type", "Evidence")
                .with_text("id", url)
                .with_text("name", name)
                .with_text("description", description)
                .with_text("narrative", narrative)
                .with_text("genre", genre)
                .with_text("audience", audience)
                .build()
        })
    });
    Members::new()
        .with("@context", OPEN_BADGES_V2)
        .with("type", "Assertion")
        .with("id", award.ob2_id.as_str())
        .with(
            "recipient",
            json!({
                "type": "email",
                "hashed": true,
                "salt": award.recipient.salt,
                "identity": award.recipient.hash,
            }),
        )
        .with("badge", achievement.ob2_id.as_str())
        .with("verification", json!({"type": "HostedBadge"}))
        .with("issuedOn", seconds(award.issued_on))
        .with_some("expires", award.expires.map(|expires| seconds(expires).into()))
        .with("image", image_ob2(&image))
        .with_text("narrative", award.shown_narrative().as_deref())
        .with_list("evidence", evidence.collect())
        .build()
}

/// The body that answers with status 410 after revocation. One validator looks at neither the status nor `revoked`, so
/// nothing more than this may be in it.
#[must_use]
pub fn revoked(ob2_id: &str, reason: &str) -> Value {
    Members::new()
        .with("@context", OPEN_BADGES_V2)
        .with("type", "Assertion")
        .with("id", ob2_id)
        .with("revoked", true)
        .with_text("revocationReason", Some(reason))
        .build()
}
