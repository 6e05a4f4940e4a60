//! What is kept of channels: who tells, whom it names, what was read and reconciled, and how it is with them.

use laurel::{
    ids::LearnerId,
    store::entity::{
        alias, channel_health, event_channel, external_name, reconcile, reconcile_run, record_reading,
        record_source, unclaimed_event,
    },
};
use serde_json::json;

use super::Schema;
use crate::support::rows::World;

pub(super) async fn fill(schema: &mut Schema<'_>, world: &World, learner: LearnerId) {
    let now = world.now;
    let channel = event_channel::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        platform_id: world.platform.id,
        kind: event_channel::ChannelKind::Canvas,
        name: "Canvas".into(),
        course_ids: json!([world.course.id]),
        strength: 3,
        allows_email: true,
        home_page: Some("https://canvas.example".into()),
        account_scheme: "sub".into(),
        keys_url: Some("https://keys.example/jwks".into()),
        account: Some("root".into()),
        prefix: "abc".into(),
        hash: "hash".into(),
        counts: json!({"recorded": 1}),
        created_at: now,
        expires_at: Some(now),
        last_heard_at: Some(now),
        revoked_at: Some(now),
    };
    schema.holds(channel.clone()).await;
    schema
        .holds(external_name::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            platform_id: world.platform.id,
            noun: external_name::NamedNoun::Learner,
            scheme: "canvas".into(),
            name: "123".into(),
            subject_id: learner.0,
            created_at: now,
        })
        .await;
    schema
        .holds(alias::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            kind: alias::AliasKind::Learner,
            realm: "https://moodle.example".into(),
            former: "77".into(),
            subject_id: learner.0,
            created_at: now,
        })
        .await;
    schema
        .holds(unclaimed_event::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            channel_id: channel.id,
            course_id: Some(world.course.id),
            source_id: "e-1".into(),
            digest: "digest".into(),
            event: json!({"id": "e-1"}),
            is_voided: false,
            heard_at: now,
        })
        .await;
    let source = record_source::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        platform_id: world.platform.id,
        kind: record_source::RecordKind::Canvas,
        base_url: "https://canvas.example".into(),
        sealed_credential: vec![1, 2, 3],
        course_ids: json!([world.course.id]),
        consent_by: "The registrar".into(),
        consent_note: Some("Letter of 2 May".into()),
        consent_at: now,
        rests_until: Some(now),
        created_at: now,
        updated_at: now,
        removed_at: Some(now),
    };
    schema.holds(source.clone()).await;
    schema
        .holds(record_reading::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            source_id: source.id,
            course_id: world.course.id,
            busy_until: Some(now),
            position: Some(json!({"after": 7})),
            reading: Some(json!({"read": 1})),
            trouble: Some("record.busy".into()),
            trouble_words: Some("invalidtoken".into()),
            read_at: Some(now),
            complete_at: Some(now),
            created_at: now,
            updated_at: now,
        })
        .await;
    schema
        .holds(channel_health::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_id: world.course.id,
            channel: "event".into(),
            source: "key:1".into(),
            label: "Prüfungsamt".into(),
            kinds: json!(["completed"]),
            hours: json!([1, 2]),
            heard: 7,
            first_heard_at: now,
            last_heard_at: now,
            usual_minutes: Some(60),
            limit_minutes: Some(1_440),
            due_at: Some(now),
            alarm: Some(channel_health::ChannelAlarm::Missed),
            alarm_at: Some(now),
            alarm_detail: Some(json!({"missed": 1})),
            cleared_at: Some(now),
            updated_at: now,
        })
        .await;
    schema
        .holds(reconcile::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_id: world.course.id,
            due_at: now,
            ended_at: Some(now),
            created_at: now,
        })
        .await;
    schema
        .holds(reconcile_run::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_id: world.course.id,
            cause: reconcile_run::ReconcileCause::Replay,
            asked_by: "command line".into(),
            state: reconcile_run::ReconcileState::Evaluating,
            sources: json!([]),
            leg: 2,
            pass_id: Some(uuid::Uuid::nil()),
            elsewhere: json!([uuid::Uuid::nil()]),
            statement: Some(json!({"checked": 213})),
            created_at: now,
            updated_at: now,
            ended_at: Some(now),
        })
        .await;
}
