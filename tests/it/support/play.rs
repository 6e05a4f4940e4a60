//! A play of every operation's example, in an order in which each has what it needs. `api_examples.rs` judges the
//! play; `access/` and `api_once.rs` walk on from it.

use std::collections::BTreeMap;

use laurel::store::Effect;
use sea_orm::ConnectionTrait as _;
use serde_json::Value;

use super::{
    api::{Answer, Operation, Sent, send},
    app::TestApp,
};

/// A picture to upload.
pub fn png() -> Vec<u8> {
    let badge = laurel::design::DefaultBadge {
        title: "Walk".to_owned(),
        issuer_name: "Campus".to_owned(),
        seed: vec![7],
    };
    laurel::design::default_badge(&badge).unwrap().bytes
}

/// The order of the play: what makes a thing stands before what needs it, what ends it after.
pub const ORDER: &[&str] = &[
    "schema_rule",
    "organization_create",
    "organization_list",
    "organization_find",
    "issuer_create",
    "issuer_list",
    "issuer_find",
    "issuer_rotate_key",
    "issuer_keys",
    "artwork_upload",
    "artwork_list",
    "artwork_find",
    "artwork_download",
    "achievement_define",
    "achievement_list",
    "achievement_find",
    "achievement_publish_version",
    "achievement_versions",
    "achievement_archive",
    "achievement_restore",
    "version_find",
    "platform_add",
    "platform_list",
    "platform_find",
    "platform_update",
    "platform_add_shared",
    "platform_list_shared",
    "platform_update_shared",
    "platform_rotate_key_shared",
    "platform_pending_shared",
    "platform_health_shared",
    "platform_check_shared",
    "platform_health",
    "platform_check",
    "platform_rotate_key",
    "platform_set_consumer_key",
    "platform_consumer_keys",
    "platform_thaw",
    "platform_invite",
    "platform_invitation_list",
    "platform_invitation_find",
    "platform_invitation_withdraw",
    "deployment_accept",
    "deployment_thaw",
    "deployment_list",
    "deployment_pending",
    "deployment_find",
    "deployment_claim_create",
    "deployment_claim_list",
    "event_receive",
    "course_list",
    "course_find",
    "course_links",
    "course_read_roster",
    "course_roster",
    "course_members",
    "course_groups",
    "course_channels",
    "course_promises",
    "alarm_list",
    "placement_place",
    "placement_list",
    "placement_find",
    "placement_rules",
    "placement_promise",
    "placement_set_rule",
    "placement_set_state",
    "placement_set_settings",
    "placement_dry_run",
    "placement_dry_run_proposed",
    "pass_list",
    "pass_find",
    "pass_undo",
    "hold_list",
    "hold_find",
    "hold_decline",
    "hold_confirm",
    "placement_set_terms",
    "placement_set_version",
    "rule_export",
    "rule_import",
    "course_watch_column",
    "course_make_trigger",
    "course_read_gradebook",
    "column_watch",
    "course_columns",
    "column_find",
    "column_read",
    "column_scores",
    "column_rename",
    "event_receive_batch",
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
    "placement_approvals",
    "course_approvals",
    "placement_decide",
    "learner_list",
    "learner_find",
    "learner_update",
    "course_reconcile",
    "course_reconciles",
    "reconcile_find",
    "course_replay",
    "course_compare_list",
    "course_completion_lists",
    "completion_list_find",
    "award_create",
    "award_list",
    "award_find",
    "award_correct",
    "award_revoke",
    "award_lift_veto",
    "award_cancel",
    "bulk_upload",
    "bulk_list",
    "bulk_find",
    "bulk_rows",
    "bulk_outcomes",
    "bulk_rerun",
    "bulk_cancel",
    "job_list",
    "job_find",
    "job_retry",
    "launch_list",
    "launch_find",
    "key_create",
    "key_list",
    "key_find",
    "key_revoke",
    "audit_list",
    "column_remove",
    "consumer_key_remove",
    "record_source_remove",
    "deployment_refuse",
    "deployment_claim_revoke",
];

/// The number that stands for a shared platform in paths.
const SHARED: u128 = 22;

/// The play: real ids by the examples' ids.
#[derive(Clone, Debug, Default)]
pub struct Play {
    ids: BTreeMap<String, String>,
    /// Words of the examples that a second play must say differently, because they are global.
    words: Vec<(&'static str, &'static str)>,
}

impl Play {
    /// Path and body of an operation's example with the real ids in it.
    pub fn request(&self, document: &Value, operation: &Operation) -> (String, Sent) {
        let id = operation.path.contains("{id}").then(|| example_id(&operation.path));
        let path = id.map_or_else(|| operation.path.clone(), |id| operation.path.replace("{id}", &id));
        let body = match operation.body(document) {
            Some(example) => {
                let mut text = self.real(&example.to_string());
                if operation.id.ends_with("_shared") {
                    // One platform per issuer and client id, whoever owns it.
                    text = text.replace("k3Jr5xQw", "s9Wr2yTe");
                }
                Sent::Text("application/json", text)
            }
            None if operation.takes_png() => Sent::Png(png()),
            None => Sent::Nothing,
        };
        (self.real(&path), body)
    }

    /// A play that says some words differently.
    pub fn saying(words: &[(&'static str, &'static str)]) -> Self {
        Self { words: words.to_vec(), ..Self::default() }
    }

    /// This play's request, once for each id it names, with that one id of another play.
    pub fn requests_with_one_id_of(
        &self,
        other: &Self,
        document: &Value,
        operation: &Operation,
    ) -> Vec<(String, Sent)> {
        let (path, body) = Self::default().request(document, operation);
        let sent = if let Sent::Text(_, text) = &body { text.as_str() } else { "" };
        let named = other
            .ids
            .iter()
            .filter(|(example, _)| path.contains(example.as_str()) || sent.contains(example.as_str()));
        named
            .map(|(example, foreign)| {
                let mut mixed = self.clone();
                mixed.ids.insert(example.clone(), foreign.clone());
                mixed.request(document, operation)
            })
            .collect()
    }

    /// Learns a real id from elsewhere.
    pub fn know(&mut self, number: u128, id: &str) {
        self.ids.insert(numbered(number), id.to_owned());
    }

    /// Whether the path names something this play has not made.
    pub fn lacks(&self, operation: &Operation) -> bool {
        operation.path.contains("{id}") && !self.ids.contains_key(&example_id(&operation.path))
    }

    /// The real id that stands for the example's number.
    pub fn id(&self, number: u128) -> &str {
        &self.ids[&numbered(number)]
    }

    /// Whether this text names anything of the play's organization.
    pub fn is_named_in(&self, text: &str) -> bool {
        // A shared platform is everybody's.
        let own = self.ids.iter().filter(|(example, _)| **example != numbered(SHARED));
        own.into_iter().any(|(_, id)| text.contains(id.as_str()))
    }

    fn real(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (example, real) in &self.ids {
            text = text.replace(example.as_str(), real);
        }
        for (word, other) in &self.words {
            text = text.replace(word, other);
        }
        text
    }

    /// Executes one operation's example and learns ids from its answer.
    pub async fn perform(
        &mut self,
        app: &TestApp,
        document: &Value,
        operation: &Operation,
        key: Option<&str>,
    ) -> Answer {
        Self::make_ready(app, operation).await;
        let (path, body) = self.request(document, operation);
        let answer = send(app, &operation.method, &path, key, &[], body).await;
        self.learn(operation, &answer);
        answer
    }

    /// What an operation needs besides its request.
    pub async fn make_ready(app: &TestApp, operation: &Operation) {
        let frozen = "state = 'frozen', guid = 'campus', seen_guid = 'rebuilt'";
        let frozen = match operation.id.as_str() {
            "platform_thaw" => {
                Some(format!("UPDATE platform SET {frozen} WHERE family IN ('moodle', 'sakai')"))
            }
            "deployment_thaw" => Some(format!("UPDATE deployment SET {frozen} WHERE deployment_id = '2'")),
            _ => None,
        };
        if let Some(sql) = frozen {
            let tx = app.app.store.write().await.unwrap();
            tx.execute_unprepared(&sql).await.unwrap();
            tx.commit().await.unwrap();
        }
        if operation.id == "course_read_roster" {
            let offered = r#"{"nrps":{"url":"http://localhost:1/members"}}"#;
            let tx = app.app.store.write().await.unwrap();
            tx.execute_unprepared(&format!("UPDATE course SET services = '{offered}'")).await.unwrap();
            tx.commit().await.unwrap();
        }
        if operation.id == "pass_undo" {
            let tx = app.app.store.write().await.unwrap();
            tx.execute_unprepared("UPDATE pass SET state = 'done' WHERE state = 'waiting'").await.unwrap();
            tx.commit().await.unwrap();
        }
        if operation.id == "hold_list" {
            let newest = "(SELECT id FROM pass WHERE organization_id = award.organization_id ORDER BY id DESC \
                          LIMIT 1)";
            let tx = app.app.store.write().await.unwrap();
            tx.execute_unprepared(&format!("UPDATE award SET pass_id = {newest}")).await.unwrap();
            tx.commit().await.unwrap();
            super::stored::hold_something(app).await;
        }
        if operation.id == "placement_decide" {
            let asks = r#"{"version":1,"node":{"type":"approved","n":2}}"#;
            let tx = app.app.store.write().await.unwrap();
            tx.execute_unprepared(&format!("UPDATE placement_rule SET rule = '{asks}'")).await.unwrap();
            tx.commit().await.unwrap();
            app.app.caches.live.invalidate_all();
        }
        if operation.id == "course_read_gradebook" {
            // A platform whose family may show it; what is cached of the platform is forgotten with the commit.
            let tx = app.app.store.write().await.unwrap();
            let sakai = "UPDATE platform SET family = 'sakai' WHERE family = 'moodle'";
            tx.execute_unprepared(sakai).await.unwrap();
            tx.on_commit(Effect::Everything);
            tx.commit().await.unwrap();
        }
        let changes: &[&str] = match operation.id.as_str() {
            "award_cancel" => &["UPDATE award SET state = 'scheduled', veto = FALSE WHERE state = 'revoked'"],
            "bulk_rerun" => &[
                "UPDATE bulk SET state = 'done'",
                "UPDATE bulk_row SET state = 'refused', code = 'not_found'",
            ],
            "bulk_cancel" => &["UPDATE bulk SET state = 'running'"],
            _ => &[],
        };
        for change in changes {
            let tx = app.app.store.write().await.unwrap();
            tx.execute_unprepared(change).await.unwrap();
            tx.commit().await.unwrap();
        }
        if operation.id == "job_retry" {
            let tx = app.app.store.write().await.unwrap();
            tx.execute_unprepared("UPDATE job SET state = 'dead'").await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Takes the ids of an answer.
    pub fn learn(&mut self, operation: &Operation, answer: &Answer) {
        let learned = match operation.id.as_str() {
            "organization_list" => &[(1, "/items/0/id")][..],
            "issuer_create" => &[(2, "/id")],
            "achievement_define" => &[(3, "/id"), (4, "/version/id")],
            "artwork_upload" => &[(5, "/id")],
            "platform_add" => &[(6, "/id")],
            "deployment_accept" => &[(7, "/id")],
            "platform_add_shared" => &[(SHARED, "/id")],
            "deployment_claim_create" => &[(23, "/id")],
            "event_receive" => &[(10, "/learner_id")],
            "course_list" => &[(8, "/items/0/id")],
            "placement_place" => &[(11, "/id")],
            "course_reconcile" => &[(41, "/id")],
            "course_compare_list" => &[(42, "/id")],
            "award_create" => &[(14, "/id")],
            "bulk_upload" => &[(53, "/id")],
            "pass_list" => &[(51, "/items/0/id")],
            "hold_list" => &[(52, "/items/0/id")],
            "job_list" => &[(15, "/items/0/id")],
            "launch_list" => &[(16, "/items/0/id")],
            "key_create" => &[(17, "/id")],
            "event_channel_create" => &[(40, "/id")],
            "record_source_add" => &[(43, "/id")],
            "course_watch_column" => &[(20, "/id")],
            "platform_set_consumer_key" => &[(30, "/id")],
            "platform_invite" => &[(24, "/id")],
            _ => &[],
        };
        for (number, pointer) in learned {
            if let Some(id) = answer.json.pointer(pointer).and_then(Value::as_str) {
                self.ids.insert(numbered(*number), id.to_owned());
            }
        }
    }
}

/// The example id that a path of this resource takes.
fn example_id(path: &str) -> String {
    let number = match path.split('/').nth(1).unwrap() {
        "organizations" => 1,
        "issuers" => 2,
        "achievements" => 3,
        "versions" => 4,
        "artwork" => 5,
        "platforms" if path.contains("shared") => SHARED,
        "platforms" => 6,
        "deployments" if path.contains("pending") => 6,
        "deployments" => 7,
        "deployment-claims" => 23,
        "courses" => 8,
        "learners" => 10,
        "placements" => 11,
        "awards" => 14,
        "bulk-awards" => 53,
        "passes" => 51,
        "holds" => 52,
        "jobs" => 15,
        "launches" => 16,
        "keys" => 17,
        "columns" => 20,
        "reconciles" => 41,
        "completion-lists" => 42,
        "consumer-keys" => 30,
        "platform-invitations" => 24,
        "event-channels" => 40,
        "record-sources" => 43,
        other => unreachable!("say in tests/it/support/play.rs whose id stands in /{other}"),
    };
    numbered(number)
}

fn numbered(number: u128) -> String {
    uuid::Uuid::from_u128(0x019a_b000_0000_7000_8000_0000_0000_0000 + number).to_string()
}

/// What the play needs from outside the API: a launch, which leaves a record, an award and its mail.
pub async fn prepare(app: &TestApp) {
    app.badge_for_opening("Opened").await;
    app.launch(&[]).await;
    // What the play makes is newer, so that it stands first in lists: ids of one moment are in no order.
    app.advance(1);
}
