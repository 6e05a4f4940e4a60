//! What the server keeps for itself: jobs, keys, the audit, facts.

use laurel::{
    ids::AwardId,
    store::entity::{api_key, audit_event, idempotency, job, server_fact},
};
use serde_json::json;

use super::Schema;
use crate::support::rows::World;

pub(super) async fn fill(schema: &mut Schema<'_>, world: &World, award: AwardId) {
    let now = world.now;
    schema
        .holds(job::Model {
            id: world.dice.row_id(now),
            organization_id: Some(world.id()),
            kind: "mail_award".into(),
            payload: json!({"kind": "mail_award"}),
            dedup_key: Some("mail".into()),
            state: job::JobState::Leased,
            attempts: 1,
            max_attempts: 8,
            run_at: now,
            lease_until: Some(now),
            lease_owner: Some("worker".into()),
            last_error: Some("voll".into()),
            created_at: now,
            finished_at: Some(now),
        })
        .await;
    let key = api_key::Model {
        id: world.dice.row_id(now),
        organization_id: Some(world.id()),
        name: "Skript".into(),
        prefix: "lk_ab".into(),
        hash: "00".repeat(32),
        scopes: json!(["awards:write"]),
        event_strength: 2,
        created_at: now,
        expires_at: Some(now),
        last_used_at: Some(now),
        revoked_at: Some(now),
    };
    schema.holds(key.clone()).await;
    schema
        .holds(idempotency::Model {
            id: world.dice.row_id(now),
            owner: key.id,
            key: "k".into(),
            request_hash: "h".into(),
            status: 201,
            body: json!({"id": 1}),
            created_at: now,
        })
        .await;
    schema
        .holds(audit_event::Model {
            id: world.dice.row_id(now),
            organization_id: Some(world.id()),
            at: now,
            actor: "ada".into(),
            action: "award.revoke".into(),
            subject_kind: "award".into(),
            subject_id: award.to_string(),
            detail: json!({"reason": "Irrtum"}),
            correlation_id: Some("c-1".into()),
        })
        .await;
    schema.holds(server_fact::Model { name: "master_key".into(), value: "ab12".into() }).await;
}
