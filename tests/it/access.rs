//! Who may call what: every operation is tried by a stranger, by a key without its scope, and by another
//! organization with the first one's ids (design §6.4). An operation that is not in [`CALLERS`] fails.

use std::collections::BTreeMap;

use laurel::domain::{
    access::{Actor, Caller, Scope},
    api_key::{self, NewKey},
    organization::{self, NewOrganization},
};

use super::support::{
    api::{ORDER, Play, Sent, app, document, key, operations, prepare, send},
    app::TestApp,
};

/// Every operation and the scope that opens it.
const CALLERS: &[(Scope, &[&str])] = &[
    (Scope::Server, &["organization_create", "platform_add_shared"]),
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
            "deployment_list",
            "deployment_find",
            "course_list",
            "course_find",
            "course_links",
            "placement_list",
            "placement_find",
            "placement_rules",
            "learner_list",
            "learner_find",
            "award_list",
            "award_find",
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
        ],
    ),
    (
        Scope::Place,
        &[
            "platform_add",
            "platform_update",
            "platform_rotate_key",
            "deployment_accept",
            "deployment_pending",
            "deployment_refuse",
            "placement_place",
            "placement_set_rule",
            "placement_set_state",
        ],
    ),
    (Scope::Events, &["event_receive", "event_receive_batch"]),
    (Scope::Award, &["award_create", "award_correct", "award_revoke", "learner_update"]),
    (
        Scope::Operate,
        &[
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
        assert_eq!(expected, Some(&operation.scope), "add {} to CALLERS in tests/it/access.rs", operation.id);
    }
    assert_eq!(table.len(), operations.len(), "the table names operations that are gone");
}

#[tokio::test]
async fn strangers_and_keys_without_the_scope_get_nothing() {
    let app = app().await;
    let document = document();
    let play = Play::default();
    for (scope, ids) in CALLERS {
        let wrong = match scope {
            Scope::Server => app.api_key.clone(),
            _ => {
                let others = Scope::ALL.into_iter().filter(|other| other != scope && *other != Scope::Server);
                key(&app, &others.collect::<Vec<_>>()).await
            }
        };
        let server = key(&app, &[Scope::Server]).await;
        for id in *ids {
            let operation = operations(&document).into_iter().find(|operation| operation.id == *id).unwrap();
            let (path, body) = play.request(&document, &operation);
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

/// A second tenant's key with every scope.
async fn mallory(app: &TestApp) -> String {
    let nobody = Caller::new(laurel::ids::OrganizationId(uuid::Uuid::nil()), Actor::CommandLine);
    let new = NewOrganization { slug: "elsewhere".to_owned(), name: "Elsewhere".to_owned() };
    let organization = organization::create(&app.app, &nobody, new).await.unwrap().id;
    let new = NewKey {
        name: "Mallory".to_owned(),
        scopes: Scope::ALL.into_iter().filter(|scope| *scope != Scope::Server).collect(),
        expires_at: None,
        event_strength: criteria::Strength::Strong,
    };
    let caller = Caller::new(organization, Actor::CommandLine);
    api_key::create(&app.app, &caller, Some(organization), new).await.unwrap().secret.unwrap()
}

#[tokio::test]
async fn another_organizations_ids_are_not_there() {
    let app = app().await;
    prepare(&app).await;
    let document = document();
    let operations = operations(&document);
    let server = key(&app, &[Scope::Server]).await;
    let mut play = Play::default();
    for id in ORDER {
        let operation = operations.iter().find(|operation| operation.id == *id).unwrap();
        let key = if operation.scope == Some(Scope::Server) { &server } else { &app.api_key };
        let answer = play.perform(&app, &document, operation, Some(key)).await;
        assert_eq!(answer.status, operation.success().0, "{id}: {}", answer.json);
    }
    let mallory = mallory(&app).await;
    let before = (app.rows().await, app.count("audit_event").await);
    let mut walked = 0;
    for operation in &operations {
        let (path, body) = play.request(&document, operation);
        let id = &operation.id;
        let sent = match &body {
            Sent::Text(_, text) => text.clone(),
            _ => String::new(),
        };
        let by_path = play.is_named_in(&path);
        if !by_path && !play.is_named_in(&sent) {
            continue;
        }
        walked += 1;
        let answer = send(&app, &operation.method, &path, Some(&mallory), &[], body).await;
        if operation.scope == Some(Scope::Server) {
            assert_eq!(answer.status, 403, "{id}");
        } else if id == "event_receive_batch" {
            for outcome in answer.json["outcomes"].as_array().unwrap() {
                assert_eq!(outcome["problem"]["status"], 404, "{id}: {outcome}");
            }
        } else {
            assert_eq!((answer.status, answer.code()), (404, "not_found"), "{id}: {}", answer.json);
        }
    }
    assert!(walked > 35, "the walk is too short: {walked}");
    assert_eq!(
        (app.rows().await, app.count("audit_event").await),
        before,
        "a refused request changed something"
    );
    for path in
        ["/issuers", "/achievements", "/artwork", "/deployments", "/courses", "/placements", "/awards"]
            .into_iter()
            .chain(["/learners", "/jobs", "/launches"])
    {
        let page = send(&app, &reqwest::Method::GET, path, Some(&mallory), &[], Sent::Nothing).await;
        assert_eq!(page.json["items"].as_array().map(Vec::len), Some(0), "{path}: {}", page.json);
    }
}
