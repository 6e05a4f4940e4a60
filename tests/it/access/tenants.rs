//! Another organization's ids, all of them and one at a time.

use laurel::domain::{
    access::{Actor, Caller, Scope},
    api_key::{self, NewKey},
    organization::{self, NewOrganization},
};
use reqwest::Method;
use sea_orm::ConnectionTrait as _;

use crate::support::{
    api::{Answer, Operation, Sent, app, document, key, operations, send},
    app::TestApp,
    play::{ORDER, Play, prepare},
};

/// Operations whose requests name nothing of an organization: neither their paths nor their bodies hold an id.
const NAME_NOTHING: &[&str] = &[
    "hold_list",
    "pass_list",
    "achievement_list",
    "alarm_list",
    "artwork_list",
    "artwork_upload",
    "audit_list",
    "award_list",
    "bulk_list",
    "course_list",
    "deployment_claim_create",
    "deployment_claim_list",
    "deployment_list",
    "platform_invite",
    "platform_invitation_list",
    "event_channel_list",
    "record_source_list",
    "issuer_create",
    "issuer_list",
    "job_list",
    "key_create",
    "key_list",
    "launch_list",
    "learner_list",
    "organization_create",
    "organization_list",
    "placement_list",
    "rule_export",
    "platform_add",
    "platform_add_shared",
    "platform_check_shared",
    "platform_health_shared",
    "platform_list",
    "platform_list_shared",
    "platform_pending_shared",
    "platform_rotate_key_shared",
    "platform_update_shared",
    "schema_rule",
];

/// What a file names and is not there is to be mapped; nothing tells it from what nobody has.
const UNMAPPED: &str = "import.reference_unmapped";

/// Ids that examples leave out, and the body in which they stand: where, and the number of the example's id.
const LEFT_OUT: &[(&str, &[(&str, u128)])] = &[
    ("achievement_publish_version", &[("/artwork_id", 5)]),
    ("placement_place", &[("/link_id", 9)]),
    ("course_read_roster", &[("/link_id", 9)]),
    ("course_watch_column", &[("/link_id", 9)]),
    ("award_create", &[("/learner", 10), ("/by", 10)]),
    ("placement_decide", &[("/by", 10)]),
    ("event_receive", &[("/learner", 10), ("/course", 8)]),
];

/// Filters of lists.
const FILTERS: &[(&str, &str, u128)] = &[
    ("/achievements", "issuer_id", 2),
    ("/deployments", "platform_id", 6),
    ("/placements", "course_id", 8),
    ("/placements", "achievement_id", 3),
    ("/awards", "learner_id", 10),
    ("/awards", "achievement_id", 3),
    ("/awards", "placement_id", 11),
    ("/awards", "issuer_id", 2),
    ("/awards", "pass_id", 51),
    ("/passes", "course_id", 8),
    ("/passes", "placement_id", 11),
    ("/holds", "course_id", 8),
    ("/holds", "placement_id", 11),
    ("/launches", "platform_id", 6),
    ("/audit", "subject_id", 2),
];

/// What is named is not there, for whoever asks.
fn is_not_there(operation: &str, path: &str, answer: &Answer) {
    let what = format!("{operation} {path}: {}", answer.text);
    match operation {
        "rule_import" => assert_eq!((answer.status, answer.code()), (422, UNMAPPED), "{what}"),
        "event_receive_batch" => {
            let outcomes = answer.json["outcomes"].as_array().unwrap();
            assert!(!outcomes.is_empty(), "{what}");
            for outcome in outcomes {
                assert_eq!(outcome["problem"]["status"], 404, "{what}");
            }
        }
        _ => assert_eq!((answer.status, answer.code()), (404, "not_found"), "{what}"),
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
    let mut walked = Vec::new();
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
        walked.push(id.as_str());
        if id == "bulk_upload" {
            // A list is taken in, and what is not there is refused row by row (`queue/bulk`).
            continue;
        }
        let answer = send(&app, &operation.method, &path, Some(&mallory), &[], body).await;
        if operation.scope == Some(Scope::Server) {
            assert_eq!(answer.status, 403, "{id}");
        } else {
            is_not_there(id, &path, &answer);
        }
    }
    let mut all: Vec<&str> = operations.iter().map(|operation| operation.id.as_str()).collect();
    all.sort_unstable();
    walked.extend(NAME_NOTHING);
    walked.sort_unstable();
    assert_eq!(
        walked, all,
        "an operation escapes the walk: give its example an id, or put it into NAME_NOTHING"
    );
    assert_eq!(
        (app.rows().await, app.count("audit_event").await),
        before,
        "a refused request changed something"
    );
    for path in
        ["/issuers", "/achievements", "/artwork", "/deployments", "/courses", "/placements", "/awards"]
            .into_iter()
            .chain(["/learners", "/jobs", "/launches", "/deployment-claims", "/platform-invitations"])
            .chain(["/passes", "/holds"])
    {
        let page = send(&app, &Method::GET, path, Some(&mallory), &[], Sent::Nothing).await;
        assert_eq!(page.json["items"].as_array().map(Vec::len), Some(0), "{path}: {}", page.json);
    }
    // Here she finds what is her own or everybody's, and nothing of the first organization.
    for path in ["/organizations", "/platforms", "/keys", "/audit", "/event-channels", "/record-sources"] {
        let page = send(&app, &Method::GET, path, Some(&mallory), &[], Sent::Nothing).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(!play.is_named_in(&page.text), "{path}: {}", page.text);
    }
}

/// Mallory has all of her own, and slips one foreign id into each request.
#[tokio::test]
async fn one_foreign_id_among_ones_own_is_not_there() {
    let app = app().await;
    prepare(&app).await;
    let document = document();
    let operations = operations(&document);
    let of = |id: &str| operations.iter().find(|operation| operation.id == id).unwrap();
    let (mut victim, mut own) = (
        Play::default(),
        Play::saying(&[
            ("school-of-design", "school-elsewhere"),
            ("moodle.example.org", "moodle.example.net"),
        ]),
    );
    let mallory = mallory(&app).await;
    for (play, key) in [(&mut victim, &app.api_key), (&mut own, &mallory)] {
        for id in ORDER.iter().filter(|id| of(id).scope != Some(Scope::Server) && !ENDS.contains(id)) {
            let operation = of(id);
            // She has launched nothing: of launch records she has none to name.
            if play.lacks(operation) {
                continue;
            }
            let answer = play.perform(&app, &document, operation, Some(key)).await;
            assert_eq!(answer.status, operation.success().0, "{id}: {}", answer.text);
        }
    }
    victim.know(9, &link_of_the_launch(&app).await);
    let before = (app.rows().await, app.count("audit_event").await);
    let refused = async |operation: &Operation, path: &str, body: Sent| {
        let answer = send(&app, &operation.method, path, Some(&mallory), &[], body).await;
        is_not_there(&operation.id, path, &answer);
    };
    let mut tried = 0;
    for operation in operations
        .iter()
        .filter(|operation| operation.scope != Some(Scope::Server) && operation.id != "bulk_upload")
    {
        for (path, body) in own.requests_with_one_id_of(&victim, &document, operation) {
            tried += 1;
            refused(operation, &path, body).await;
        }
    }
    for (id, places) in LEFT_OUT {
        let operation = of(id);
        for (pointer, number) in *places {
            let (path, body) = own.request(&document, operation);
            let Sent::Text(_, text) = body else { panic!("{id} has a body") };
            let mut body: serde_json::Value = serde_json::from_str(&text).unwrap();
            let foreign = serde_json::json!(victim.id(*number));
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let is_id = name.ends_with("_id");
            let value = if is_id { foreign } else { serde_json::json!({ "id": foreign }) };
            body.pointer_mut(parent).unwrap()[name] = value;
            tried += 1;
            refused(operation, &path, Sent::json(&body)).await;
        }
    }
    assert!(tried > 40, "the walk is too short: {tried}");
    assert_eq!(
        (app.rows().await, app.count("audit_event").await),
        before,
        "a refused request changed something"
    );
    // The pass that is known is the one that awarded.
    let known: uuid::Uuid = victim.id(51).parse().unwrap();
    let tx = app.app.store.write().await.unwrap();
    let own = "UPDATE award SET pass_id = $1 WHERE organization_id = (SELECT organization_id FROM pass WHERE id = $1)";
    let backend = tx.get_database_backend();
    tx.execute_raw(sea_orm::Statement::from_sql_and_values(backend, own, [known.into()])).await.unwrap();
    tx.commit().await.unwrap();
    for (path, name, number) in FILTERS {
        // Only P1 launched; the play's own platform did not.
        let id =
            if *path == "/launches" { app.platform.id.to_string() } else { victim.id(*number).to_owned() };
        let path = format!("{path}?{name}={id}");
        let mine = send(&app, &Method::GET, &path, Some(&app.api_key), &[], Sent::Nothing).await;
        assert!(!mine.json["items"].as_array().unwrap().is_empty(), "{path}: {}", mine.text);
        let page = send(&app, &Method::GET, &path, Some(&mallory), &[], Sent::Nothing).await;
        assert_eq!(page.json["items"].as_array().map(Vec::len), Some(0), "{path}: {}", page.text);
    }
    let filters = operations.iter().flat_map(|operation| {
        let parameters = operation.raw["parameters"].as_array().cloned().unwrap_or_default();
        parameters.into_iter().filter(|parameter| {
            let name = parameter["name"].as_str().unwrap();
            parameter["in"] == "query" && name.ends_with("_id") && name != "correlation_id"
        })
    });
    assert_eq!(
        filters.count(),
        FILTERS.len(),
        "a filter by id is missing in FILTERS of tests/it/access/tenants.rs"
    );
}

/// The link of the first tenant's launch; the course that its events made has none.
async fn link_of_the_launch(app: &TestApp) -> String {
    let get =
        async |path: &str| send(app, &Method::GET, path, Some(&app.api_key), &[], Sent::Nothing).await.json;
    for course in get("/courses").await["items"].as_array().unwrap() {
        let links = get(&format!("/courses/{}/links", course["id"].as_str().unwrap())).await;
        if let Some(id) = links["items"][0]["id"].as_str() {
            return id.to_owned();
        }
    }
    panic!("no course has a link");
}

/// What would take away what the walk names.
const ENDS: &[&str] = &[
    "award_cancel",
    "award_revoke",
    "award_lift_veto",
    "column_remove",
    "consumer_key_remove",
    "key_revoke",
    "event_channel_revoke",
    "record_source_remove",
    "deployment_refuse",
];
