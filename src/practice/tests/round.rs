//! One careful tool walks through every product: token, column, score, result, roster of the course and of the link,
//! in pages. What it does is what lti-1.3-tool.md tells tools to do; it asks no product by name.

use reqwest::Method;
use serde_json::{Value, json};

use super::service_user::{LINK, ServiceUser, below, json_of};
use crate::{
    Profile, claims, demo,
    services::{
        SCOPE_LINE_ITEM, SCOPE_MEMBERS, SCOPE_RESULT, TYPE_LINE_ITEM, TYPE_LINE_ITEMS, TYPE_MEMBERS,
        TYPE_RESULTS,
    },
    wire::Answer,
};

/// The next page, with any quotes and with `&amp;` (§17.3).
fn next(answer: &Answer) -> Option<String> {
    let links = answer.headers.iter().filter(|(name, _)| name == "link");
    links.map(|(_, value)| value).find_map(|link| {
        let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        let relation = rest.split_once("rel=")?.1.trim_matches(['"', '“', '”', ' ']);
        (relation == "next").then(|| address.replace("&amp;", "&"))
    })
}

async fn walk(user: &ServiceUser, url: &str, kind: &str, scope: &str, list: &str) -> Vec<Value> {
    let (mut address, mut all) = (Some(url.to_owned()), Vec::new());
    while let Some(here) = address {
        let page = user.get(&here, kind, scope).await;
        assert_eq!(page.status, 200, "{here}");
        let body = json_of(&page);
        let rows = if list.is_empty() { &body } else { &body[list] };
        all.extend(rows.as_array().unwrap().iter().cloned());
        address = next(&page);
    }
    all
}

fn with(url: &str, query: &str) -> String {
    format!("{url}{}{query}", if url.contains('?') { '&' } else { '?' })
}

async fn round(profile: Profile) {
    let user = ServiceUser::of(profile).await;
    user.lms.add_crowd(demo::COURSE, 40);
    let launch = user.launch(demo::GRACE).await;
    let sub = launch["sub"].as_str().unwrap();
    let items = launch[claims::AGS_ENDPOINT]["lineitems"].as_str().unwrap();
    let mut body = json!({"label": "Badge", "scoreMaximum": 100, "resourceId": "badge-17", "tag": "badge",
                          "resourceLinkId": LINK});
    let create =
        async |body: &Value| user.put(Method::POST, items, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, body).await;
    let mut made = create(&body).await;
    if made.status == 400 {
        body.as_object_mut().unwrap().shift_remove("resourceLinkId");
        made = create(&body).await;
    }
    assert_eq!(made.status, 201, "{profile:?}");
    for n in 0..12 {
        body["resourceId"] = format!("other-{n}").into();
        assert_eq!(create(&body).await.status, 201, "{profile:?}");
    }
    let found = with(items, "resource_id=badge-17&tag=badge");
    let found = walk(&user, &found, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM, "").await;
    let item = found[0]["id"].as_str().unwrap();
    assert_eq!((found.len(), item), (1, json_of(&made)["id"].as_str().unwrap()), "{profile:?}: A11");
    let listed = walk(&user, &with(items, "limit=5"), TYPE_LINE_ITEMS, SCOPE_LINE_ITEM, "").await;
    assert_eq!(listed.len(), 13, "{profile:?}: A13, A14");
    assert_eq!(user.score(item, demo::GRACE, 80.0, "04:05:06.789").await.status, 200, "{profile:?}: A04");
    let results = walk(&user, &below(item, "results"), TYPE_RESULTS, SCOPE_RESULT, "").await;
    let result = results.iter().find(|row| row["userId"] == sub).unwrap();
    let pair = (result["resultScore"].as_f64(), result["resultMaximum"].as_f64());
    assert_eq!(pair, (Some(80.0), Some(100.0)), "{profile:?}: A05");
    let roster = launch[claims::NRPS]["context_memberships_url"].as_str().unwrap();
    let all = walk(&user, &with(roster, "limit=7"), TYPE_MEMBERS, SCOPE_MEMBERS, "members").await;
    assert_eq!(all.len(), 44, "{profile:?}: N04");
    assert_eq!(all.iter().filter(|member| member["user_id"] == sub).count(), 1, "{profile:?}: N14");
    let of_link = with(roster, &format!("rlid={LINK}"));
    let of_link = walk(&user, &of_link, TYPE_MEMBERS, SCOPE_MEMBERS, "members").await;
    assert_eq!(of_link.len(), 2, "{profile:?}: the teacher, and who has done the lesson");
}

#[tokio::test]
async fn a_careful_tool_gets_through_every_product() {
    for profile in Profile::ALL {
        round(profile).await;
    }
}
