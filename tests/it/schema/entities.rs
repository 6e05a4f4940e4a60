//! Every table has the columns of its entity, and a row with every column filled reads back as it was written.

use std::collections::BTreeSet;

use laurel::store::{Store, entity::*};
use sea_orm::sea_query::Iden as _;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Iterable as _, ModelTrait};
use serde_json::json;

use super::{columns, tables};
use crate::support::{database::Database, rows::World};

#[tokio::test]
async fn every_entity_has_the_columns_of_its_table_and_reads_back_what_it_wrote() {
    let database = Database::new().await;
    let mut schema = Schema { store: &database.store, seen: BTreeSet::new() };
    let world = World::rows(laurel::clock::Dice::system());
    let now = world.now;

    schema.holds(world.organization.clone()).await;
    schema.holds(world.artwork.clone()).await;
    schema.holds(world.issuer.clone()).await;
    schema.holds(world.issuer_key.clone()).await;
    schema.holds(world.achievement.clone()).await;
    schema.holds(world.version.clone()).await;
    schema.holds(world.platform.clone()).await;
    schema.holds(world.platform_key.clone()).await;
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
    schema.holds(world.deployment.clone()).await;
    schema.holds(world.course.clone()).await;
    schema.holds(world.link.clone()).await;
    schema.holds(world.placement.clone()).await;
    schema.holds(world.rule.clone()).await;
    let learner = world.learner("grace");
    schema.holds(learner.clone()).await;
    schema.holds(world.enrollment(learner.id)).await;
    schema.holds(world.signal(learner.id, signal::SignalForm::Reading, "quiz/grace")).await;
    let award = award::Model {
        revoked_at: Some(now),
        revoked_by: Some("ada".into()),
        revocation_reason: Some("Irrtum".into()),
        veto: true,
        veto_lifted_by: Some("bob".into()),
        period: "2026".into(),
        ..world.award(learner.id)
    };
    schema.holds(award.clone()).await;
    let item = line_item::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        course_id: world.course.id,
        link_id: Some(world.link.id),
        placement_id: Some(world.placement.id),
        purpose: line_item::LineItemPurpose::Report,
        resource_id: "badge-17".into(),
        tag: "laurel-badge".into(),
        label: "Laborsicherheit".into(),
        maximum: "7.5".into(),
        url: Some("https://moodle.example/lineitems/7".into()),
        made_by_us: true,
        state: line_item::LineItemState::Found,
        is_renamed: true,
        trouble: Some("lti.ags.rejected".into()),
        trouble_words: Some("nein".into()),
        busy_until: Some(now),
        last_seen_at: Some(now),
        reading: Some(json!({"results": 3})),
        created_at: now,
        updated_at: now,
    };
    schema.holds(item.clone()).await;
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
            statement: Some(json!({"checked": 213})),
            created_at: now,
            updated_at: now,
            ended_at: Some(now),
        })
        .await;
    schema
        .holds(completion_list::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_id: world.course.id,
            placement_id: world.placement.id,
            name: "Prüfungsamt, November".into(),
            given_by: "command line".into(),
            counts: true,
            rows: 3,
            difference: json!({"only_there": []}),
            created_at: now,
        })
        .await;
    schema
        .holds(column_seed::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            line_item_id: item.id,
            learner_id: learner.id,
            trouble: Some("lti.ags.rejected".into()),
            created_at: now,
        })
        .await;
    schema
        .holds(score_report::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            line_item_id: item.id,
            learner_id: learner.id,
            award_id: award.id,
            wanted: score_report::ScoreWanted::Awarded,
            revision: 2,
            decided_at: now,
            timestamp: Some(now),
            last_timestamp: Some(now),
            posted_at: Some(now),
            state: score_report::ReportState::Superseded,
            trouble: Some("lti.ags.superseded".into()),
            trouble_words: Some("zu spät".into()),
            busy_until: Some(now),
            created_at: now,
            updated_at: now,
        })
        .await;
    let generation = generation::Model {
        revoked_at: Some(now),
        revocation_reason: Some("Irrtum".into()),
        replaced_at: Some(now),
        ..world.generation(award.id)
    };
    schema.holds(generation.clone()).await;
    let list = world.status_list(1, 131_072);
    schema.holds(list.clone()).await;
    schema
        .holds(credential::Model {
            revoked_at: Some(now),
            revocation_reason: Some("Irrtum".into()),
            ..world.credential(&generation, credential::CredentialKind::Ob3, Some((&list, 131_071)))
        })
        .await;
    schema.holds(launch_record::Model { learner_id: Some(learner.id), ..world.launch("nonce") }).await;
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
            subject_id: award.id.to_string(),
            detail: json!({"reason": "Irrtum"}),
            correlation_id: Some("c-1".into()),
        })
        .await;
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
            subject_id: learner.id.0,
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
        .holds(review::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            learner_id: learner.id,
            course_id: Some(world.course.id),
            for_user: Some("u-1".into()),
            line_item_url: Some("https://moodle.example/lineitems/7".into()),
            mentored: json!(["u-1"]),
            return_url: Some("https://moodle.example/back".into()),
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
        .holds(alias::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            kind: alias::AliasKind::Learner,
            realm: "https://moodle.example".into(),
            former: "77".into(),
            subject_id: learner.id.0,
            created_at: now,
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
    schema
        .holds(roster::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_id: world.course.id,
            link_id: Some(world.link.id),
            scope: world.link.id.to_string(),
            reading: Some(json!({"members": 3})),
            trouble: Some("lti.nrps.paging".into()),
            trouble_words: Some("round and round".into()),
            progress: Some(json!({"pages": 2})),
            busy_until: Some(now),
            due_at: Some(now),
            asked_at: Some(now),
            read_at: Some(now),
            complete_at: Some(now),
            created_at: now,
            updated_at: now,
        })
        .await;
    let group = course_group::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        course_id: world.course.id,
        group_id: "g-1".into(),
        name: "Dienstag".into(),
        tag: Some("tag".into()),
        sets: json!([{"id": "s-1", "name": "Tage"}]),
        hidden: true,
        is_gone: false,
        created_at: now,
        updated_at: now,
    };
    schema.holds(group.clone()).await;
    schema
        .holds(group_member::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            course_group_id: group.id,
            learner_id: learner.id,
            created_at: now,
        })
        .await;
    let passed = pass::Model {
        id: world.dice.row_id(now),
        organization_id: world.id(),
        course_id: Some(world.course.id),
        placement_id: Some(world.placement.id),
        roster_id: Some(world.dice.row_id(now)),
        hold_id: Some(world.dice.row_id(now)),
        cause: pass::PassCause::WentLive,
        state: pass::PassState::Undone,
        leg: 7,
        after_id: Some(learner.id),
        checked: 213,
        tallies: json!([]),
        begun_by: "laurel, by went_live".into(),
        due_at: now,
        recheck_at: Some(now),
        mail_at: Some(now),
        undone_by: Some("command line".into()),
        undone_at: Some(now),
        created_at: now,
        updated_at: now,
        ended_at: Some(now),
    };
    schema.holds(passed.clone()).await;
    schema
        .holds(hold::Model {
            id: world.dice.row_id(now),
            organization_id: world.id(),
            placement_id: world.placement.id,
            rule_id: world.rule.id,
            course_id: Some(world.course.id),
            scope: world.course.id.to_string(),
            pass_id: passed.id,
            why: hold::HoldWhy::FirstRelease,
            state: hold::HoldState::Declined,
            would_award: 21,
            candidates: 30,
            decided_by: Some("command line".into()),
            decided_at: Some(now),
            created_at: now,
            updated_at: now,
        })
        .await;
    schema.holds(server_fact::Model { name: "master_key".into(), value: "ab12".into() }).await;

    assert_eq!(
        schema.seen,
        tables(&database.store).await,
        "a table without an entity, or the other way round"
    );
}

struct Schema<'a> {
    store: &'a Store,
    seen: BTreeSet<String>,
}

impl Schema<'_> {
    #[expect(clippy::disallowed_methods, reason = "the guard looks at whole tables")]
    async fn holds<M, E, A>(&mut self, row: M)
    where
        M: ModelTrait<Entity = E> + IntoActiveModel<A> + Clone + PartialEq + std::fmt::Debug,
        E: EntityTrait<Model = M>,
        A: ActiveModelTrait<Entity = E>,
    {
        let table = E::default().table_name().to_owned();
        let described: BTreeSet<String> = E::Column::iter().map(|column| column.to_string()).collect();
        assert_eq!(columns(self.store, &table).await, described, "{table}");

        let tx = self.store.write().await.unwrap();
        E::insert(row.clone().into_active_model()).exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(E::find().all(self.store.read()).await.unwrap(), [row], "{table}");
        self.seen.insert(table);
    }
}
