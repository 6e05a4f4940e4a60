//! Strangers, and keys without the scope that an operation asks for.

use std::collections::BTreeMap;

use laurel::domain::access::Scope;

use crate::support::{
    api::{app, document, key, operations, send},
    play::Play,
};

/// Every operation and the scope that opens it.
const CALLERS: &[(Scope, &[&str])] = &[
    (
        Scope::Server,
        &[
            "organization_create",
            "platform_add_shared",
            "platform_list_shared",
            "platform_update_shared",
            "platform_rotate_key_shared",
            "platform_pending_shared",
            "platform_health_shared",
            "platform_check_shared",
        ],
    ),
    (
        Scope::Read,
        &[
            "organization_list",
            "organization_find",
            "issuer_list",
            "issuer_find",
            "issuer_keys",
            "artwork_list",
            "artwork_find",
            "artwork_download",
            "achievement_list",
            "achievement_find",
            "achievement_versions",
            "version_find",
            "platform_list",
            "platform_find",
            "platform_invitation_list",
            "platform_invitation_find",
            "deployment_list",
            "deployment_find",
            "deployment_claim_list",
            "course_list",
            "course_find",
            "course_links",
            "course_roster",
            "course_members",
            "course_groups",
            "course_channels",
            "course_reconciles",
            "reconcile_find",
            "course_completion_lists",
            "completion_list_find",
            "course_promises",
            "alarm_list",
            "placement_list",
            "placement_find",
            "placement_rules",
            "placement_dry_run",
            "placement_dry_run_proposed",
            "pass_list",
            "pass_find",
            "hold_list",
            "hold_find",
            "placement_promise",
            "rule_export",
            "course_columns",
            "column_find",
            "column_scores",
            "learner_list",
            "learner_find",
            "award_list",
            "award_find",
            "bulk_list",
            "bulk_find",
            "bulk_rows",
            "bulk_outcomes",
            "course_approvals",
            "placement_approvals",
        ],
    ),
    (
        Scope::Define,
        &[
            "issuer_create",
            "issuer_rotate_key",
            "artwork_upload",
            "achievement_define",
            "achievement_publish_version",
            "achievement_archive",
            "achievement_restore",
        ],
    ),
    (
        Scope::Place,
        &[
            "platform_add",
            "platform_update",
            "platform_rotate_key",
            "platform_set_consumer_key",
            "platform_consumer_keys",
            "consumer_key_remove",
            "platform_thaw",
            "platform_invite",
            "platform_invitation_withdraw",
            "deployment_accept",
            "deployment_pending",
            "deployment_refuse",
            "deployment_claim_create",
            "deployment_claim_revoke",
            "deployment_thaw",
            "placement_place",
            "placement_set_rule",
            "placement_set_state",
            "placement_set_settings",
            "placement_set_terms",
            "placement_set_version",
            "rule_import",
            "course_read_roster",
            "course_reconcile",
            "course_replay",
            "course_watch_column",
            "course_make_trigger",
            "course_read_gradebook",
            "column_watch",
            "column_read",
            "column_rename",
            "column_remove",
        ],
    ),
    (Scope::Events, &["event_receive", "event_receive_batch"]),
    (
        Scope::Award,
        &[
            "award_create",
            "course_compare_list",
            "award_correct",
            "award_cancel",
            "award_revoke",
            "award_lift_veto",
            "bulk_upload",
            "bulk_rerun",
            "bulk_cancel",
            "learner_update",
            "pass_undo",
            "hold_confirm",
            "hold_decline",
        ],
    ),
    (Scope::Approve, &["placement_decide"]),
    (
        Scope::Operate,
        &[
            "job_list",
            "job_find",
            "job_retry",
            "launch_list",
            "launch_find",
            "platform_health",
            "platform_check",
            "key_create",
            "key_list",
            "key_find",
            "key_revoke",
            "event_channel_create",
            "event_channel_list",
            "event_channel_find",
            "event_channel_waiting",
            "event_channel_revoke",
            "record_source_add",
            "record_source_list",
            "record_source_find",
            "record_source_readings",
            "record_source_check",
            "record_source_remove",
            "audit_list",
        ],
    ),
];

/// Open to everybody.
const PUBLIC: &[&str] = &["schema_rule"];

#[test]
fn every_operation_is_in_the_table_with_the_scope_it_documents() {
    let table: BTreeMap<&str, Option<Scope>> = CALLERS
        .iter()
        .flat_map(|(scope, ids)| ids.iter().map(|id| (*id, Some(*scope))))
        .chain(PUBLIC.iter().map(|id| (*id, None)))
        .collect();
    let document = document();
    let operations = operations(&document);
    for operation in &operations {
        let expected = table.get(operation.id.as_str());
        assert_eq!(
            expected,
            Some(&operation.scope),
            "add {} to CALLERS in tests/it/access/scopes.rs",
            operation.id
        );
    }
    assert_eq!(table.len(), operations.len(), "the table names operations that are gone");
}

#[tokio::test]
async fn strangers_and_keys_without_the_scope_get_nothing() {
    let app = app().await;
    let document = document();
    let operations = operations(&document);
    let play = Play::default();
    let server = key(&app, &[Scope::Server]).await;
    for (scope, ids) in CALLERS {
        let wrong = match scope {
            Scope::Server => app.api_key.clone(),
            _ => {
                let others = Scope::ALL.into_iter().filter(|other| other != scope && *other != Scope::Server);
                key(&app, &others.collect::<Vec<_>>()).await
            }
        };
        for id in *ids {
            let operation = operations.iter().find(|operation| operation.id == *id).unwrap();
            let (path, body) = play.request(&document, operation);
            for nobody in [None, Some("laurel_made_up"), Some("")] {
                let answer = send(&app, &operation.method, &path, nobody, &[], body.clone()).await;
                assert_eq!((answer.status, answer.code()), (401, "key.unknown"), "{id} for {nobody:?}");
            }
            let answer = send(&app, &operation.method, &path, Some(&wrong), &[], body.clone()).await;
            assert_eq!((answer.status, answer.code()), (403, "scope.missing"), "{id} without {scope:?}");
            if *scope != Scope::Server {
                let answer = send(&app, &operation.method, &path, Some(&server), &[], body).await;
                assert_eq!(answer.status, 403, "{id} with a server key");
            }
        }
    }
}
