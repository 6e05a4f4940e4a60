//! The record that a launch leaves, good or refused (lti-1.3-tool §10.5): no token, no name, no address.

use chrono::Duration;
use lti::Progress;
use serde_json::{Value, json};

use crate::{
    app::App,
    domain::artwork::sha256_hex,
    store::entity::{launch_record, platform},
};

pub(super) fn record_row(
    app: &App,
    platform: &platform::Model,
    nonce: &str,
    outcome: &str,
    progress: &Progress,
) -> launch_record::Model {
    let now = app.clock.now();
    let lifetime = Duration::minutes(i64::from(app.settings.lti.session_minutes));
    launch_record::Model {
        id: app.dice.row_id(now),
        organization_id: None,
        platform_id: platform.id,
        nonce_hash: sha256_hex(nonce.as_bytes()),
        outcome: outcome.to_owned(),
        checks: json!(progress.check_names().collect::<Vec<_>>()),
        claim_names: json!(progress.claim_names()),
        warnings: json!(
            progress
                .warnings()
                .iter()
                .map(|warning| json!({ "code": warning.code, "about": warning.about }))
                .collect::<Vec<_>>()
        ),
        learner_id: None,
        course_id: None,
        link_id: None,
        permission: "none".to_owned(),
        target: None,
        session_hash: None,
        correlation_id: String::new(),
        created_at: now,
        expires_at: now + lifetime,
    }
}

/// Adds warnings of what was found odd after the checks.
pub(super) fn warn(record: &mut launch_record::Model, warnings: Vec<Value>) {
    if let Value::Array(all) = &mut record.warnings {
        all.extend(warnings);
    }
}
