//! The words of a badge's check: which sentence says what came of a step, by the step's code and state (open-badges.md
//! §12.1), and what a verdict means. The check's own messages are English and know more; they are shown beside.

use open_badges::verify::{State, Verdict};

/// The key of the sentence for a step's code and state; `None` for what only its own message can tell.
#[must_use]
pub fn check_words(code: &str, state: State) -> Option<&'static str> {
    use State::{Fail, Pass, Skip, Unknown, Warn};
    Some(match (code, state) {
        ("ob.input.size", Fail) => "check-bad-size",
        ("ob.input.json", Fail) => "check-bad-json",
        ("ob.input", Fail) => "check-bad-characters",
        ("ob.context", Pass) => "check-context",
        ("ob.context", Fail) => "check-bad-context",
        ("ob.context", Warn) => "check-odd-context",
        ("ob.context.unknown", Fail) => "check-bad-vocabulary",
        ("ob.jsonld.loss", Pass) => "check-covered",
        ("ob.jsonld.loss", Fail) => "check-bad-covered",
        ("ob.schema.strict", Warn) => "check-odd-schema",
        ("ob.schema.relaxed", Fail) => "check-bad-schema",
        ("ob.type", Pass) => "check-type",
        ("ob.type", Fail) => "check-bad-type",
        ("ob.subject", Pass) => "check-subject",
        ("ob.subject", Fail) => "check-bad-subject",
        ("ob.achievement", Pass) | ("ob2.badgeclass", Pass) => "check-achievement",
        ("ob.achievement", Fail) | ("ob2.badgeclass", Fail) => "check-bad-achievement",
        ("ob.criteria", Pass) => "check-criteria",
        ("ob.criteria", Fail) => "check-bad-criteria",
        ("ob.evidence", Pass) => "check-evidence",
        ("ob.evidence", Fail) => "check-bad-evidence",
        ("ob.issuer", Pass) | ("ob2.issuer", Pass) => "check-issuer",
        ("ob.issuer", Fail) | ("ob2.issuer", Fail) => "check-bad-issuer",
        ("ob.proof.missing", Fail) => "check-bad-proof-there",
        ("ob.proof.suite", Fail) => "check-bad-proof-suite",
        ("ob.proof.purpose", Fail) => "check-bad-proof-purpose",
        ("ob.proof.created", Fail) => "check-bad-proof-created",
        ("ob.proof.key", Fail) => "check-bad-proof-key",
        ("ob.proof.key", Unknown) => "check-unknown-proof-key",
        ("ob.proof.controller", Fail) => "check-bad-proof-controller",
        ("ob.proof.controller", Unknown) => "check-unknown-proof-controller",
        ("ob.proof.value", Pass) => "check-proof",
        ("ob.proof.value", Fail) => "check-bad-proof",
        ("ob.status.type", Unknown) => "check-unknown-status-type",
        ("ob.status.type", Warn) => "check-odd-status-type",
        ("ob.status.fetch", Unknown) => "check-unknown-status-fetch",
        ("ob.status.signature", Fail) => "check-bad-status-signature",
        ("ob.status.range", Fail) => "check-bad-status-range",
        ("ob.status.revoked", Pass) | ("ob2.revoked", Pass) => "check-status-revoked",
        ("ob.status.revoked", Fail) | ("ob2.revoked", Fail) => "check-bad-status-revoked",
        ("ob.status.revoked", Skip) => "check-skip-status-revoked",
        ("ob.status.suspended", Pass) => "check-status-suspended",
        ("ob.status.suspended", Fail) => "check-bad-status-suspended",
        ("ob.time.notyet", Pass) | ("ob2.future", Pass) => "check-time-begun",
        ("ob.time.notyet", Fail) | ("ob2.future", Fail) => "check-bad-time-begun",
        ("ob.time.expired", Pass) | ("ob2.expired", Pass) => "check-time-lasts",
        ("ob.time.expired", Fail) | ("ob2.expired", Fail) => "check-bad-time-lasts",
        ("ob.time.expired", Skip) | ("ob2.expired", Skip) => "check-skip-time-lasts",
        ("ob.recipient", Pass) | ("ob2.recipient", Pass) => "check-recipient",
        ("ob.recipient", Fail) | ("ob2.recipient", Fail) => "check-bad-recipient",
        ("ob.recipient", Unknown) => "check-unknown-recipient",
        ("ob.endorsement", Pass) => "check-endorsement",
        ("ob.endorsement", Warn) => "check-odd-endorsement",
        ("ob2.fetch", Pass) => "check-hosted",
        ("ob2.fetch", Fail) => "check-bad-hosted",
        ("ob2.fetch", Unknown) => "check-unknown-hosted",
        ("ob2.id", Pass) => "check-hosted-id",
        ("ob2.id", Fail) => "check-bad-hosted-id",
        ("ob2.badgeclass", Unknown) => "check-unknown-achievement",
        ("ob2.image", Pass) => "check-image",
        ("ob2.image", Fail) => "check-bad-image",
        ("ob2.issuer", Unknown) => "check-unknown-issuer",
        ("ob2.scope", Pass) => "check-scope",
        ("ob2.scope", Fail) => "check-bad-scope",
        (_, Warn) if code.starts_with("ob.proof.") => "check-odd-proof",
        _ => return None,
    })
}

/// The keys of a verdict's word and of what it means for whoever was shown the badge.
#[must_use]
pub fn verdict_words(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Valid => ("check-valid", "check-valid-means"),
        Verdict::Expired => ("check-expired", "check-expired-means"),
        Verdict::Revoked => ("check-revoked", "check-revoked-means"),
        Verdict::NotYetValid => ("check-not-yet", "check-not-yet-means"),
        Verdict::Invalid => ("check-invalid", "check-invalid-means"),
        Verdict::Unknown => ("check-unknown", "check-unknown-means"),
    }
}
