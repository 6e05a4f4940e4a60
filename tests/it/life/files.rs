//! Rules as files: written out, read in at the same and at another organization, and refused where they are wrong.

use laurel::domain::{
    access::Scope,
    issuer::{self, NewIssuer},
    rule_file::{self, RuleFile, Wanted},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{achievement_of, ask, completes, done, look, placed, version};
use crate::support::{api, app::TestApp};

/// Two badges, one of which needs the other, with all that a placement can say.
async fn furnished(app: &TestApp) -> [String; 2] {
    let floor = json!({
        "rule": { "version": 1, "node": done("essay") }, "floor": { "min_strength": "medium" },
        "validity_days": 100, "remind_days": [7], "tags": ["one"],
        "alignments": [{ "target_name": "T", "target_url": "https://t.example/1" }],
    });
    let basics = version(app, "Basics", &floor).await;
    let depth = version(app, "Depth", &json!({ "language": "de" })).await;
    let terms = json!({ "terms": {
        "scope": "placement", "withdraw": "when_not_met", "expires": { "with_period": true },
        "periods": { "zone": "Europe/Berlin", "yearly": [{ "from": "09-01" }] },
    }, "mode": "standing" });
    placed(app, basics, &done("essay"), &terms).await;
    let basics = achievement_of(app, basics).await;
    let needs = json!({ "type": "holds", "achievements": [basics] });
    placed(app, depth, &needs, &json!({})).await;
    [basics, achievement_of(app, depth).await]
}

async fn import(app: &TestApp, file: &Value, map: &Value) -> api::Answer {
    ask(app, Method::POST, "/rule-files", &json!({ "file": file, "map": map })).await
}

async fn counts(app: &TestApp) -> [i64; 5] {
    let mut counts = [0; 5];
    let tables = ["achievement", "achievement_version", "placement", "placement_rule", "audit_event"];
    for (count, table) in counts.iter_mut().zip(tables) {
        *count = app.count(table).await;
    }
    counts
}

#[tokio::test]
async fn what_is_written_out_reads_in_as_drafts_that_say_the_same() {
    let app = api::app().await;
    let [basics, _] = furnished(&app).await;
    let file = look(&app, "/rule-files").await;
    assert_eq!(file["format"], "laurel/rules/1");
    assert_eq!(
        (file["achievements"].as_array().unwrap().len(), file["placements"].as_array().unwrap().len()),
        (2, 2)
    );
    let narrow = look(&app, &format!("/rule-files?achievement={basics}")).await;
    assert_eq!(narrow["placements"].as_array().unwrap().len(), 1);

    // Here again: the achievements are known, the placements are drafts.
    let done = import(&app, &file, &json!({})).await;
    assert_eq!(done.status, 201, "{}", done.json);
    assert_eq!(
        (done.json["defined"].as_array().unwrap().len(), done.json["known"].as_array().unwrap().len()),
        (0, 2)
    );
    let drafts = done.json["placements"].as_array().unwrap();
    assert_eq!(drafts.len(), 2);
    for id in drafts {
        let draft = look(&app, &format!("/placements/{}", id.as_str().unwrap())).await;
        assert_eq!(draft["state"], "draft");
    }
    assert_eq!(completes(&app, "ada", "essay", "2030-03-01T00:00:00Z").await, 2, "drafts award nothing");
    app.run_jobs().await;

    // At another organization everything is made anew, and says the same.
    let caller = app.tenant("elsewhere").await;
    let new = NewIssuer {
        slug: "elsewhere".to_owned(),
        name: "Elsewhere".to_owned(),
        url: "https://elsewhere.example".to_owned(),
        email: "badges@elsewhere.example".to_owned(),
        description: None,
        language: None,
        base_url: None,
    };
    issuer::create(&app.app, &caller, new).await.unwrap();
    let text = file.to_string().replace(&format!("\"{}\"", app.issuer.slug), "\"elsewhere\"");
    let theirs = RuleFile::parse(&serde_json::from_str(&text).unwrap()).unwrap();
    let done = rule_file::import(&app.app, &caller, &theirs, &Default::default(), true).await.unwrap();
    assert_eq!((done.defined.len(), done.known.len(), done.placements.len()), (2, 0, 2));
    let again = rule_file::export(&app.app, caller.organization, Wanted::default()).await.unwrap();
    let told = |file: &RuleFile| {
        let mut text = file.to_value().to_string();
        for (at, achievement) in file.achievements.iter().enumerate() {
            text = text.replace(&achievement.id.to_string(), &format!("achievement {at}"));
        }
        text
    };
    assert_eq!(told(&again), told(&theirs));
}

/// All or nothing, and each thing wrong at its path.
#[tokio::test]
async fn what_is_wrong_is_refused_where_it_is_and_nothing_is_left_behind() {
    let app = api::app().await;
    furnished(&app).await;
    let file = look(&app, "/rule-files").await;
    let nobody = uuid::Uuid::from_u128(7).to_string();
    let depth =
        file["placements"].as_array().unwrap().iter().position(|one| one["rule"]["node"]["type"] == "holds");
    let depth = depth.unwrap();
    let changed = |pointer: &str, value: Value| {
        let mut file = file.clone();
        *file.pointer_mut(pointer).unwrap() = value;
        file
    };
    let cases = [
        (changed("/format", json!("csv")), "import.format", "file.format".to_owned()),
        (
            changed("/placements/1/rule/node", json!({ "type": "magic" })),
            "rule.node_unknown",
            "placements[1].rule.node.type".to_owned(),
        ),
        (
            changed(&format!("/placements/{depth}/rule/node/achievements/0"), json!(nobody)),
            "import.reference_unmapped",
            format!("placements[{depth}].rule.node.achievements[0]"),
        ),
        (
            changed("/placements/0/achievement", json!(nobody)),
            "import.reference_unmapped",
            "placements[0].achievement".to_owned(),
        ),
        (changed("/placements/0/mode", json!("often")), "import.malformed", "placements[0].mode".to_owned()),
        (
            changed("/placements/0/terms", json!({ "scope": "moon" })),
            "import.malformed",
            "placements[0]".to_owned(),
        ),
        (
            changed("/achievements/0/slug", json!("Not A Slug")),
            "slug.invalid",
            "achievements[0].slug".to_owned(),
        ),
        (
            changed("/achievements/0/issuer", json!("nobody")),
            "import.issuer_unknown",
            "achievements[0].issuer".to_owned(),
        ),
    ];
    let before = counts(&app).await;
    for (file, code, field) in cases {
        let answer = import(&app, &file, &json!({})).await;
        let said = (answer.status, answer.code(), answer.json["field"].as_str().unwrap_or_default());
        let field = field.trim_start_matches("file.");
        assert_eq!(said, (422, code, field), "{}", answer.json);
        assert_eq!(counts(&app).await, before, "{code}");
    }
    // The last of a new achievement's placements is wrong: nothing of the achievement stays.
    let mut late = changed("/achievements/0/slug", json!("renamed"));
    late["placements"][1]["course"] = json!(nobody);
    let answer = import(&app, &late, &json!({})).await;
    assert_eq!((answer.status, answer.code()), (422, "import.reference_unmapped"), "{}", answer.json);
    assert_eq!(counts(&app).await, before);
    // What it means can be said.
    let first = file["achievements"][0]["id"].as_str().unwrap();
    let unknown = changed("/placements/0/achievement", json!(nobody));
    let mut map = serde_json::Map::new();
    map.insert(nobody, json!(first));
    let answer = import(&app, &unknown, &Value::Object(map)).await;
    assert_eq!(answer.status, 201, "{}", answer.json);
}

/// Who may only place makes no badges by way of a file.
#[tokio::test]
async fn who_may_only_place_defines_nothing() {
    let app = api::app().await;
    let [basics, _] = furnished(&app).await;
    let file = look(&app, "/rule-files").await;
    let places = api::key(&app, &[Scope::Place]).await;
    let send = async |file: &Value| {
        let body = json!({ "file": file });
        api::send(&app, &Method::POST, "/rule-files", Some(&places), &[], api::Sent::json(&body)).await
    };
    assert_eq!(send(&file).await.status, 201, "everything is here: only drafts are made");
    let strange = file.to_string().replace("\"basics\"", "\"another\"").replace(&basics, &other(&basics));
    let before = counts(&app).await;
    let refused = send(&serde_json::from_str(&strange).unwrap()).await;
    assert_eq!((refused.status, refused.code()), (403, "scope.missing"), "{}", refused.text);
    assert_eq!(counts(&app).await, before);
}

/// The same id but for its last digit.
fn other(id: &str) -> String {
    let (rest, last) = id.split_at(id.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}
