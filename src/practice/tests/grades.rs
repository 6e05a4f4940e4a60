//! Assignment and Grade Services over HTTP (lti-1.3-tool.md §17).

use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Value, json};

use super::service_user::{CLIENT, LINK, ServiceUser, below, json_of, next, score};
use crate::{
    claims, demo,
    services::{
        Column, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY, SCOPE_RESULT, SCOPE_SCORE, Service,
        TYPE_LINE_ITEM, TYPE_LINE_ITEMS, TYPE_RESULTS, TYPE_SCORE,
    },
};

/// Where the launch says that the line items are.
async fn line_items(user: &ServiceUser) -> String {
    let claims = user.launch(demo::GRACE).await;
    claims[claims::AGS_ENDPOINT]["lineitems"].as_str().unwrap().to_owned()
}

async fn create(user: &ServiceUser, url: &str, body: Value) -> Value {
    let answer = user.put(Method::POST, url, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &body).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), Some(TYPE_LINE_ITEM));
    json_of(&answer)
}

#[tokio::test]
async fn a_column_is_created_found_changed_as_a_whole_and_deleted() {
    let user = ServiceUser::start().await;
    let url = line_items(&user).await;
    assert_eq!(json_of(&user.get(&url, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM_READONLY).await), json!([]));
    let body = json!({"label": "Lab safety badge", "scoreMaximum": 100, "resourceId": "badge-17", "tag": "badge",
                      "resourceLinkId": LINK, "https://t.example/x": {"kept": [1]}});
    let made = create(&user, &url, body).await;
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(user.launch(demo::GRACE).await[claims::AGS_ENDPOINT]["lineitem"], id, "A06: coupled");
    assert_eq!(made["https://t.example/x"]["kept"], json!([1]));
    create(&user, &url, json!({"label": "Other", "scoreMaximum": 5, "tag": "x y&z"})).await;
    for (query, found) in [
        ("resource_link_id=badge-17", 1),
        ("resource_id=badge-17&tag=badge", 1),
        ("tag=no", 0),
        ("tag=x+y%26z", 1),
    ] {
        let list = user.get(&format!("{url}?{query}"), TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await;
        assert_eq!(json_of(&list).as_array().unwrap().len(), found, "{query}");
    }
    let mut changed = made.clone();
    changed["label"] = "Renamed".into();
    changed.as_object_mut().unwrap().shift_remove("tag");
    let answer = user.put(Method::PUT, &id, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &changed).await;
    assert_eq!((answer.status, json_of(&answer)), (200, changed.clone()), "A24: whole, unknown members kept");
    assert_eq!(json_of(&user.get(&id, TYPE_LINE_ITEM, SCOPE_LINE_ITEM).await), changed);
    changed["resourceLinkId"] = "elsewhere".into();
    assert_eq!(user.put(Method::PUT, &id, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &changed).await.status, 400);
    let delete = user.put(Method::DELETE, &id, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &json!({})).await;
    assert_eq!((delete.status, delete.body.len()), (204, 0));
    let again = user.put(Method::DELETE, &id, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &json!({})).await;
    assert_eq!(again.status, 404, "A25");
    assert_eq!(user.lms.line_items(demo::COURSE).len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_column_or_a_caller_is_refused() {
    let user = ServiceUser::start().await;
    let url = line_items(&user).await;
    let wrong = [
        (json!({"label": " ", "scoreMaximum": 1}), 400),
        (json!({"scoreMaximum": 1}), 400),
        (json!({"label": "x"}), 400),
        (json!({"label": "x", "scoreMaximum": 0}), 400),
        (json!({"label": "x", "scoreMaximum": "5"}), 400),
        (json!({"label": "x", "scoreMaximum": 5, "tag": "t".repeat(257)}), 400),
        (json!({"label": "x", "scoreMaximum": 5, "endDateTime": "2031-02-03 04:05"}), 400),
        (json!({"label": "x", "scoreMaximum": 5, "resourceLinkId": "nowhere"}), 404),
        (json!({"label": "x", "scoreMaximum": 5, "resourceLinkId": demo::LESSON}), 404),
        (json!([]), 400),
    ];
    for (body, status) in wrong {
        let answer = user.put(Method::POST, &url, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &body).await;
        assert_eq!(answer.status, status, "{body}");
    }
    let body = json!({"label": "x", "scoreMaximum": 5});
    let readonly = user.put(Method::POST, &url, TYPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY, &body).await;
    assert_eq!(readonly.status, 403, "A10");
    let kind = user.put(Method::POST, &url, "application/json", SCOPE_LINE_ITEM, &body).await;
    assert_eq!(kind.status, 415);
    assert_eq!(user.get(&url, "text/html", SCOPE_LINE_ITEM).await.status, 406);
    assert_eq!(user.get(&url, TYPE_RESULTS, SCOPE_LINE_ITEM).await.status, 406);
    for value in ["Bearer nonsense", "Basic abc", "Bearer"] {
        let headers = [(AUTHORIZATION, value), (ACCEPT, TYPE_LINE_ITEMS)];
        let answer = user.send(Method::GET, &url, &headers, None).await.unwrap();
        assert_eq!(answer.status, 401, "{value}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let patch = user.put(Method::PATCH, &url, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &body).await;
    assert_eq!((patch.status, patch.header("allow")), (405, Some("GET, POST")));
    let elsewhere = url.replace(demo::COURSE, "no-such-course");
    assert_eq!(user.get(&elsewhere, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await.status, 404);
    let token = format!("Bearer {}", user.token(SCOPE_LINE_ITEM).await);
    user.lms.revoke_tokens();
    let headers = [(AUTHORIZATION, token.as_str()), (ACCEPT, TYPE_LINE_ITEMS)];
    assert_eq!(user.send(Method::GET, &url, &headers, None).await.unwrap().status, 401, "T06");
    assert!(user.lms.line_items(demo::COURSE).is_empty(), "nothing came of all this");
}

#[tokio::test]
async fn columns_of_others_are_not_seen() {
    let user = ServiceUser::start().await;
    let url = line_items(&user).await;
    let own = user.lms.add_column(demo::COURSE, Column::own("Exam", 50.0));
    let foreign = user.lms.add_column(demo::COURSE, Column::of_tool("somebody", "Theirs", 50.0));
    assert_eq!(json_of(&user.get(&url, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await), json!([]));
    for item in [own.id, foreign.id] {
        let address = format!("{url}/{item}/lineitem");
        assert_eq!(user.get(&address, TYPE_LINE_ITEM, SCOPE_LINE_ITEM).await.status, 404);
        assert_eq!(user.score(&address, demo::GRACE, 5.0, "04:05:06.789").await.status, 404);
    }
    user.lms.quirks(|quirks| quirks.whole_gradebook = true);
    let all = json_of(&user.get(&url, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await);
    assert_eq!(all.as_array().unwrap().len(), 2, "Sakai with its switch");
    let address = all[0]["id"].as_str().unwrap();
    user.lms.grade(demo::ADA, own.id, demo::GRACE, 40.0).unwrap();
    let results = json_of(&user.get(&below(address, "results"), TYPE_RESULTS, SCOPE_RESULT).await);
    assert_eq!(results[0]["resultScore"], 40);
    assert_eq!(user.score(address, demo::GRACE, 5.0, "04:05:06.789").await.status, 403);
}

#[tokio::test]
async fn a_column_made_for_a_deep_linked_item_is_in_the_launch_until_there_are_two() {
    let user = ServiceUser::start().await;
    let column = Column::of_tool(CLIENT, "Your badge", 10.0).link(LINK).resource("r").tag("t");
    let item = user.lms.add_column(demo::COURSE, column);
    let endpoint = user.launch(demo::GRACE).await[claims::AGS_ENDPOINT].clone();
    let told = endpoint["lineitem"].as_str().unwrap().to_owned();
    assert_eq!(user.lms.line_item_at(&told), Some(item));
    assert_eq!(endpoint["scope"].as_array().unwrap().len(), 4);
    let read = json_of(&user.get(&told, TYPE_LINE_ITEM, SCOPE_LINE_ITEM).await);
    assert_eq!(
        read,
        json!({"id": told, "label": "Your badge", "scoreMaximum": 10, "resourceLinkId": LINK, "resourceId": "r", "tag": "t"})
    );
    user.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Second", 10.0).link(LINK));
    let endpoint = user.launch(demo::GRACE).await[claims::AGS_ENDPOINT].clone();
    assert!(endpoint.get("lineitem").is_none(), "moodle-platform.md §1");
}

#[tokio::test]
async fn a_score_becomes_the_grade_and_only_a_newer_one_replaces_it() {
    let user = ServiceUser::start().await;
    let url = line_items(&user).await;
    let item = create(&user, &url, json!({"label": "Badge", "scoreMaximum": 10})).await;
    let (item, id) = (item["id"].as_str().unwrap(), user.lms.line_items(demo::COURSE)[0].id);
    assert_eq!(user.score(item, demo::GRACE, 85.0, "04:05:06.789").await.status, 200);
    assert_eq!(user.lms.grade_of(id, demo::GRACE).unwrap().value(), 8.5, "on the column's own scale");
    for time in ["04:05:06.789", "04:05:06.788", "03:00:00.000"] {
        assert_eq!(user.score(item, demo::GRACE, 1.0, time).await.status, 409, "A18: {time}");
    }
    assert_eq!(user.score(item, demo::EMMY, 100.0, "04:05:06.789").await.status, 200, "by person");
    let mut pending = score(demo::GRACE, 20.0, "04:05:06.790");
    pending["gradingProgress"] = "Pending".into();
    assert_eq!(user.post_score(item, &pending).await.status, 200);
    assert_eq!(user.lms.grade_of(id, demo::GRACE).unwrap().value(), 8.5, "only FullyGraded counts");
    let mut revoked = score(demo::GRACE, 0.0, "04:05:06.791");
    for name in ["scoreGiven", "scoreMaximum", "comment"] {
        revoked.as_object_mut().unwrap().shift_remove(name);
    }
    revoked["activityProgress"] = "Initialized".into();
    revoked["gradingProgress"] = "NotReady".into();
    assert_eq!(user.post_score(item, &revoked).await.status, 200);
    assert_eq!(user.lms.grade_of(id, demo::GRACE), None, "A22");
    let scores = user.lms.scores(id);
    assert_eq!(scores.len(), 4, "what was refused is not kept");
    assert_eq!((scores[0].value(), scores[0].comment.as_deref()), (Some(85.0), Some("Well done")));
    assert_eq!(scores[0].body["timestamp"], "2031-02-03T04:05:06.789Z");
    let seen = user.lms.requests_to(Service::Scores);
    assert_eq!(seen.len(), 7);
    assert_eq!(seen[0].header("content-type"), Some(TYPE_SCORE));
    assert_eq!((seen[0].status, seen[1].status), (Some(200), Some(409)));
    assert_eq!(seen[1].json()["scoreGiven"], 1.0);
}

#[tokio::test]
async fn wrong_scores_and_people_who_cannot_be_graded_are_refused() {
    let user = ServiceUser::start().await;
    let url = line_items(&user).await;
    let item = create(&user, &url, json!({"label": "Badge", "scoreMaximum": 10})).await;
    let item = item["id"].as_str().unwrap();
    let with = |name: &str, value: Value| {
        let mut body = score(demo::GRACE, 5.0, "04:05:06.789");
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().shift_remove(name)),
            value => body[name] = value,
        }
        body
    };
    let wrong = [
        with("userId", Value::Null),
        with("userId", "".into()),
        with("timestamp", "2031-02-03T04:05:06Z".into()),
        with("timestamp", "2031-02-03T04:05:06.789".into()),
        with("timestamp", 1_900_000_000.into()),
        with("activityProgress", "completed".into()),
        with("gradingProgress", "Graded".into()),
        with("scoreGiven", (-1).into()),
        with("scoreGiven", "5".into()),
        with("scoreMaximum", Value::Null),
        with("scoreMaximum", 0.into()),
        with("scoringUserId", "".into()),
        with("comment", json!({})),
        with(
            "submission",
            json!({"startedAt": "2031-02-03T04:05:06Z", "submittedAt": "2031-02-03T04:05:05Z"}),
        ),
    ];
    for body in wrong {
        assert_eq!(user.post_score(item, &body).await.status, 400, "{body}");
    }
    for nobody in [demo::ADA, "user-unknown"] {
        assert_eq!(user.score(item, nobody, 5.0, "04:05:06.789").await.status, 422, "A19, A29: {nobody}");
    }
    user.lms.unenroll(demo::COURSE, demo::ALAN);
    assert_eq!(user.score(item, demo::ALAN, 5.0, "04:05:06.789").await.status, 422);
    let body = score(demo::GRACE, 5.0, "04:05:06.789");
    let answer = user.put(Method::POST, &below(item, "scores"), TYPE_SCORE, SCOPE_LINE_ITEM, &body).await;
    assert_eq!(answer.status, 403, "A09");
    let token = format!("Bearer {}", user.token(SCOPE_SCORE).await);
    let headers = [
        (AUTHORIZATION, token.as_str()),
        (CONTENT_TYPE, "application/vnd.ims.lis.v1.score+json; charset=utf-8"),
    ];
    let answer = user.send(Method::POST, &below(item, "scores"), &headers, Some(&body)).await.unwrap();
    assert_eq!(answer.status, 200, "a parameter of the media type is no harm here");
    assert_eq!(
        user.score(&item.replace("/1/", "/99/"), demo::GRACE, 5.0, "05:00:00.000").await.status,
        404,
        "A21"
    );
}

#[tokio::test]
async fn results_are_what_stands_in_the_gradebook_teachers_included() {
    let user = ServiceUser::start().await;
    let url = line_items(&user).await;
    let item = create(&user, &url, json!({"label": "Badge", "scoreMaximum": 10})).await;
    let (item, id) = (item["id"].as_str().unwrap(), user.lms.line_items(demo::COURSE)[0].id);
    let results = below(item, "results");
    assert_eq!(json_of(&user.get(&results, TYPE_RESULTS, SCOPE_RESULT).await), json!([]));
    user.score(item, demo::GRACE, 100.0, "04:05:06.789").await;
    user.lms.grade(demo::ADA, id, demo::GRACE, 3.5).unwrap();
    user.lms.grade(demo::ADA, id, demo::EMMY, 0.0).unwrap();
    let answer = user.get(&results, TYPE_RESULTS, SCOPE_RESULT).await;
    assert_eq!(answer.header("content-type"), Some(TYPE_RESULTS));
    let all = json_of(&answer);
    let of = |subject: &str| {
        let mut rows = all.as_array().unwrap().iter();
        rows.find(|row| row["userId"] == subject).cloned().unwrap()
    };
    assert_eq!(
        of(demo::GRACE),
        json!({"id": format!("{results}/{}", demo::GRACE), "scoreOf": item, "userId": demo::GRACE,
               "resultMaximum": 10, "resultScore": 3.5, "scoringUserId": demo::ADA})
    );
    assert_eq!(of(demo::EMMY)["resultScore"], 0, "zero is a grade");
    let one = user.get(&format!("{results}?user_id={}", demo::EMMY), TYPE_RESULTS, SCOPE_RESULT).await;
    assert_eq!(json_of(&one).as_array().unwrap().len(), 1);
    user.lms.grade(demo::ADA, id, demo::EMMY, None).unwrap();
    let all = json_of(&user.get(&results, TYPE_RESULTS, SCOPE_RESULT).await);
    assert_eq!(all.as_array().unwrap().len(), 1);
    user.lms.quirks(|quirks| quirks.lists_ungraded = true);
    let all = json_of(&user.get(&results, TYPE_RESULTS, SCOPE_RESULT).await);
    let without = all.as_array().unwrap().iter().filter(|row| row.get("resultScore").is_none()).count();
    assert_eq!((all.as_array().unwrap().len(), without), (3, 2), "A26: all learners, two without a result");
    assert_eq!(user.get(&results, TYPE_RESULTS, SCOPE_LINE_ITEM).await.status, 403);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let user = ServiceUser::start().await;
    let url = line_items(&user).await;
    for n in 0..25 {
        user.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, &format!("Column {n}"), 1.0).tag("a b"));
    }
    let mut address = Some(format!("{url}?tag=a+b&limit=10"));
    let (mut sizes, mut labels) = (Vec::new(), Vec::new());
    while let Some(here) = address {
        let page = user.get(&here, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await;
        let items = json_of(&page);
        sizes.push(items.as_array().unwrap().len());
        labels.extend(items.as_array().unwrap().iter().map(|item| item["label"].to_string()));
        address = next(&page);
    }
    assert_eq!(sizes, [10, 10, 5], "A13");
    labels.sort();
    labels.dedup();
    assert_eq!(labels.len(), 25);
    user.lms.quirks(|quirks| quirks.grade_page = Some(20));
    let page = user.get(&url, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await;
    assert_eq!(json_of(&page).as_array().unwrap().len(), 20, "the platform's own limit");
    assert!(next(&page).is_some());
}
