//! What is kept of platforms: how they are registered and keyed, what they said, and what was picked there.

use laurel::{
    ids::LearnerId,
    store::entity::{
        consumer_key, deployment_claim, launch_record, notice, pick, picked_link, platform_invitation,
        platform_registration, service_outcome,
    },
};
use serde_json::json;

use super::Schema;
use crate::support::rows::World;

pub(super) async fn fill(schema: &mut Schema<'_>, world: &World, learner: LearnerId) {
    let now = world.now;
    schema
        .holds(platform_registration::Model {
            id: world.platform.id,
            product: Some("moodle".into()),
            version: Some("4.5".into()),
            scopes: json!(["s"]),
            messages: json!([{"type": "LtiResourceLinkRequest", "placements": []}]),
            awaits_activation: true,
            warnings: json!([{"code": "member_odd", "about": "x"}]),
            registered_at: now,
            updated_at: now,
        })
        .await;
    schema
        .holds(platform_invitation::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            name: Some("Übungs-LMS".into()),
            family: Some("moodle".into()),
            issuer_url: Some("https://moodle.example".into()),
            is_shared: true,
            ticket_hash: "00".repeat(32),
            state: platform_invitation::InvitationState::Used,
            held_until: Some(now),
            platform_id: Some(world.platform.id),
            tried_at: Some(now),
            tried_by: Some("moodle.example".into()),
            trouble: Some("lti.dr.rejected".into()),
            trouble_words: Some("nein".into()),
            created_at: now,
            expires_at: now,
            used_at: Some(now),
        })
        .await;
    schema.holds(launch_record::Model { learner_id: Some(learner), ..world.launch("nonce") }).await;
    schema
        .holds(notice::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            platform_id: world.platform.id,
            deployment_id: world.deployment.id,
            notice_id: "n-1".into(),
            nonce_hash: "hash".into(),
            notice_type: "LtiContextCopyNotice".into(),
            context_id: Some("c-2".into()),
            title: Some("A copy".into()),
            origins: json!(["c-1"]),
            happened_at: Some(now),
            created_at: now,
        })
        .await;
    schema
        .holds(pick::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            deployment_id: world.deployment.id,
            course_id: Some(world.course.id),
            settings: json!({"data": "ü"}),
            drafts: json!([]),
            choice_hash: Some("hash".into()),
            answer: Some("a.b.c".into()),
            answered_at: Some(now),
            created_at: now,
        })
        .await;
    schema
        .holds(consumer_key::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            platform_id: world.platform.id,
            key: "key-77".into(),
            sealed_secret: vec![7; 40],
            created_at: now,
            updated_at: now,
            removed_at: Some(now),
        })
        .await;
    schema
        .holds(deployment_claim::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            code_hash: "00".repeat(32),
            created_at: now,
            expires_at: now,
            revoked_at: Some(now),
            used_at: Some(now),
            deployment_id: Some(world.deployment.id),
        })
        .await;
    schema
        .holds(service_outcome::Model {
            id: world.dice.row_id(now),
            platform_id: world.platform.id,
            deployment: "2".into(),
            service: service_outcome::PlatformService::Token,
            succeeded_at: Some(now),
            detail: Some(json!({"scopes": ["a"]})),
            failed_at: Some(now),
            trouble: Some("lti.token.refused".into()),
            trouble_status: Some(400),
            trouble_words: Some("nein".into()),
        })
        .await;
    schema
        .holds(picked_link::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            pick_id: world.dice.row_id(now),
            deployment_id: world.deployment.id,
            course_id: Some(world.course.id),
            placement_id: world.placement.id,
            achievement_version_id: world.version.id,
            token_hash: "hash".into(),
            rule: json!({"version": 1}),
            column_maximum: Some(50),
            live: true,
            link_id: Some(world.link.id),
            claimed_at: Some(now),
            created_at: now,
        })
        .await;
}
