//! The words of a badge's check: which sentence says what came of a step, by the step's code and outcome (open-badges.md
//! §12.1), and what a verdict means. The check's own messages are English and know more; they are shown beside.

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Odd, but no reason for distrust.
    Odd,
    /// Could not be looked up.
    Unknown,
    /// Did not apply.
    Skipped,
}

/// The key of the sentence for a step's code and outcome; `None` for what only its own message can tell.
#[must_use]
pub fn check_words(code: &str, outcome: CheckOutcome) -> Option<&'static str> {
    use CheckOutcome::{Bad, Good, Odd, Skipped, Unknown};
    Some(match (code, outcome) {
        ("ob.input.size", Bad) => "check-bad-size",
        ("ob.input.json", Bad) => "check-bad-json",
        ("ob.input", Bad) => "check-bad-characters",
        ("ob.context", Good) => "check-context",
        ("ob.context", Bad) => "check-bad-context",
        ("ob.context", Odd) => "check-odd-context",
        ("ob.context.unknown", Bad) => "check-bad-vocabulary",
        ("ob.jsonld.loss", Good) => "check-covered",
        ("ob.jsonld.loss", Bad) => "check-bad-covered",
        ("ob.schema.strict", Odd) => "check-odd-schema",
        ("ob.schema.relaxed", Bad) => "check-bad-schema",
        ("ob.type", Good) => "check-type",
        ("ob.type", Bad) => "check-bad-type",
        ("ob.subject", Good) => "check-subject",
        ("ob.subject", Bad) => "check-bad-subject",
        ("ob.achievement", Good) | ("ob2.badgeclass", Good) => "check-achievement",
        ("ob.achievement", Bad) | ("ob2.badgeclass", Bad) => "check-bad-achievement",
        ("ob.criteria", Good) => "check-criteria",
        ("ob.criteria", Bad) => "check-bad-criteria",
        ("ob.evidence", Good) => "check-evidence",
        ("ob.evidence", Bad) => "check-bad-evidence",
        ("ob.issuer", Good) | ("ob2.issuer", Good) => "check-issuer",
        ("ob.issuer", Bad) | ("ob2.issuer", Bad) => "check-bad-issuer",
        ("ob.proof.missing", Bad) => "check-bad-proof-there",
        ("ob.proof.suite", Bad) => "check-bad-proof-suite",
        ("ob.proof.purpose", Bad) => "check-bad-proof-purpose",
        ("ob.proof.created", Bad) => "check-bad-proof-created",
        ("ob.proof.key", Bad) => "check-bad-proof-key",
        ("ob.proof.key", Unknown) => "check-unknown-proof-key",
        ("ob.proof.controller", Bad) => "check-bad-proof-controller",
        ("ob.proof.controller", Unknown) => "check-unknown-proof-controller",
        ("ob.proof.value", Good) => "check-proof",
        ("ob.proof.value", Bad) => "check-bad-proof",
        ("ob.status.type", Unknown) => "check-unknown-status-type",
        ("ob.status.type", Odd) => "check-odd-status-type",
        ("ob.status.fetch", Unknown) => "check-unknown-status-fetch",
        ("ob.status.signature", Bad) => "check-bad-status-signature",
        ("ob.status.range", Bad) => "check-bad-status-range",
        ("ob.status.revoked", Good) | ("ob2.revoked", Good) => "check-status-revoked",
        ("ob.status.revoked", Bad) | ("ob2.revoked", Bad) => "check-bad-status-revoked",
        ("ob.status.revoked", Skipped) => "check-skip-status-revoked",
        ("ob.status.suspended", Good) => "check-status-suspended",
        ("ob.status.suspended", Bad) => "check-bad-status-suspended",
        ("ob.time.notyet", Good) | ("ob2.future", Good) => "check-time-begun",
        ("ob.time.notyet", Bad) | ("ob2.future", Bad) => "check-bad-time-begun",
        ("ob.time.expired", Good) | ("ob2.expired", Good) => "check-time-lasts",
        ("ob.time.expired", Bad) | ("ob2.expired", Bad) => "check-bad-time-lasts",
        ("ob.time.expired", Skipped) | ("ob2.expired", Skipped) => "check-skip-time-lasts",
        ("ob.recipient", Good) | ("ob2.recipient", Good) => "check-recipient",
        ("ob.recipient", Bad) | ("ob2.recipient", Bad) => "check-bad-recipient",
        ("ob.recipient", Unknown) => "check-unknown-recipient",
        ("ob.endorsement", Good) => "check-endorsement",
        ("ob.endorsement", Odd) => "check-odd-endorsement",
        ("ob2.fetch", Good) => "check-hosted",
        ("ob2.fetch", Bad) => "check-bad-hosted",
        ("ob2.fetch", Unknown) => "check-unknown-hosted",
        ("ob2.id", Good) => "check-hosted-id",
        ("ob2.id", Bad) => "check-bad-hosted-id",
        ("ob2.badgeclass", Unknown) => "check-unknown-achievement",
        ("ob2.image", Good) => "check-image",
        ("ob2.image", Bad) => "check-bad-image",
        ("ob2.issuer", Unknown) => "check-unknown-issuer",
        ("ob2.scope", Good) => "check-scope",
        ("ob2.scope", Bad) => "check-bad-scope",
        (_, Odd) if code.starts_with("ob.proof.") => "check-odd-proof",
        _ => return None,
    })
}

/// The keys of a verdict's word and of what it means for whoever was shown the badge; the verdict by its name in reports.
#[must_use]
pub fn verdict_words(verdict: &str) -> (&'static str, &'static str) {
    match verdict {
        "valid" => ("check-valid", "check-valid-means"),
        "expired" => ("check-expired", "check-expired-means"),
        "revoked" => ("check-revoked", "check-revoked-means"),
        "not-yet-valid" => ("check-not-yet", "check-not-yet-means"),
        "invalid" => ("check-invalid", "check-invalid-means"),
        _ => ("check-unknown", "check-unknown-means"),
    }
}
