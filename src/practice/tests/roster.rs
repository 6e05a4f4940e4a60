//! Names and roles, and groups, over HTTP (lti-1.3-tool.md §18).

use std::time::Instant;

use serde_json::{Value, json};

use super::service_user::{LINK, ServiceUser, json_of, next};
use crate::{
    claims,
    course::{INSTRUCTOR, LEARNER, User},
    demo,
    services::{
        Group, MemberStatus, SCOPE_GROUPS, SCOPE_MEMBERS, SCOPE_SCORE, Service, TYPE_GROUP_SETS, TYPE_GROUPS,
        TYPE_MEMBERS,
    },
};

async fn members_url(user: &ServiceUser) -> String {
    let claims = user.launch(demo::GRACE).await;
    assert_eq!(claims[claims::NRPS]["service_versions"], json!(["2.0"]));
    claims[claims::NRPS]["context_memberships_url"].as_str().unwrap().to_owned()
}

async fn members(user: &ServiceUser, url: &str) -> Vec<Value> {
    let answer = user.get(url, TYPE_MEMBERS, SCOPE_MEMBERS).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), Some(TYPE_MEMBERS));
    json_of(&answer)["members"].as_array().unwrap().clone()
}

fn ids(members: &[Value]) -> Vec<&str> {
    members.iter().map(|member| member["user_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_members_of_a_course_are_listed_with_roles_names_and_status() {
    let user = ServiceUser::start().await;
    let url = members_url(&user).await;
    user.lms.set_status(demo::COURSE, demo::EMMY, MemberStatus::Inactive);
    user.lms.add_user(User::new("user-sis", "Sis Number").sourced_id("S-1"));
    user.lms.enroll(demo::COURSE, "user-sis", &[LEARNER]);
    let answer = json_of(&user.get(&url, TYPE_MEMBERS, SCOPE_MEMBERS).await);
    assert_eq!(answer["id"], url);
    assert_eq!(
        answer["context"],
        json!({"id": demo::COURSE, "label": "CS101", "title": "Introduction to Computing"})
    );
    let all = answer["members"].as_array().unwrap();
    assert_eq!(ids(all), [demo::ADA, demo::ALAN, demo::EMMY, demo::GRACE, "user-sis"]);
    assert_eq!(
        all[3],
        json!({"status": "Active", "user_id": demo::GRACE, "name": "Grace Hopper", "given_name": "Grace",
               "family_name": "Hopper", "email": "grace@campus.example", "roles": [LEARNER]})
    );
    assert_eq!(all[0]["roles"], json!([INSTRUCTOR]));
    assert!(all[1].get("email").is_none(), "N07");
    assert_eq!(all[2]["status"], "Inactive", "N06");
    assert_eq!(all[4]["lis_person_sourcedid"], "S-1");
    user.lms.quirks(|quirks| {
        quirks.omits_active = true;
        quirks.tells_names = false;
    });
    let all = members(&user, &url).await;
    assert!(all[0].get("status").is_none() && all[0].get("name").is_none(), "N05, N07: {}", all[0]);
    user.lms.quirks(|quirks| quirks.hides_inactive = true);
    assert_eq!(members(&user, &url).await.len(), 4);
    user.lms.unenroll(demo::COURSE, demo::ALAN);
    assert_eq!(ids(&members(&user, &url).await), [demo::ADA, demo::GRACE, "user-sis"]);
    assert_eq!(user.get(&url, TYPE_MEMBERS, SCOPE_SCORE).await.status, 403, "N11");
    assert_eq!(user.lms.requests_to(Service::Members)[0].header("accept"), Some(TYPE_MEMBERS));
}

#[tokio::test]
async fn the_role_filter_understands_full_and_short_names_and_sub_roles() {
    let user = ServiceUser::start().await;
    let url = members_url(&user).await;
    let assistant = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
    user.lms.add_user(User::new("user-ta", "Tea A"));
    user.lms.enroll(demo::COURSE, "user-ta", &[assistant]);
    let filtered = async |role: &str| members(&user, &format!("{url}?role={role}")).await;
    assert_eq!(ids(&filtered("Instructor").await), [demo::ADA, "user-ta"]);
    let full = "http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner";
    assert_eq!(ids(&filtered(full).await), [demo::ALAN, demo::EMMY, demo::GRACE]);
    assert!(filtered("Mentor").await.is_empty(), "N13");
    user.lms.quirks(|quirks| quirks.ignores_filters = true);
    assert_eq!(filtered("Mentor").await.len(), 5);
    user.lms.quirks(|quirks| {
        quirks.ignores_filters = false;
        quirks.flat_roles = true;
        quirks.roster_roles = crate::services::quirks::RoleWords::Short;
    });
    let learners = filtered("Learner").await;
    assert_eq!(ids(&learners), [demo::ALAN, demo::EMMY, demo::GRACE, "user-ta"], "an assistant of Moodle");
    assert_eq!(learners[3]["roles"], json!(["Learner"]), "N08");
}

#[tokio::test]
async fn the_roster_of_a_link_names_those_for_whom_it_is_released() {
    let user = ServiceUser::start().await;
    let url = members_url(&user).await;
    let of_link = format!("{url}?rlid={LINK}");
    let released = members(&user, &of_link).await;
    assert_eq!(ids(&released), [demo::ADA, demo::GRACE], "the teacher, and who has done the lesson");
    user.lms.complete(demo::LESSON, demo::EMMY);
    let released = members(&user, &of_link).await;
    assert_eq!(ids(&released), [demo::ADA, demo::EMMY, demo::GRACE]);
    assert_eq!(
        released[1]["message"],
        json!([{claims::MESSAGE_TYPE: "LtiResourceLinkRequest",
                claims::CUSTOM: {"badge": "17", "Who-Is": "Emmy Noether"}}]),
        "N09"
    );
    assert!(members(&user, &url).await[0].get("message").is_none());
    for unknown in ["nothing", demo::LESSON] {
        let answer = user.get(&format!("{url}?rlid={unknown}"), TYPE_MEMBERS, SCOPE_MEMBERS).await;
        assert_eq!(answer.status, 404, "{unknown}");
    }
    user.lms.quirks(|quirks| quirks.link_messages = false);
    assert!(members(&user, &of_link).await[0]["message"][0].get(claims::CUSTOM).is_none(), "Moodle");
}

#[tokio::test]
async fn ten_thousand_members_come_in_pages_and_soon() {
    let user = ServiceUser::start().await;
    let url = members_url(&user).await;
    user.lms.add_crowd(demo::COURSE, 10_000);
    let start = Instant::now();
    let mut address = Some(format!("{url}?limit=500"));
    let (mut count, mut pages) = (0, 0);
    while let Some(here) = address {
        let page = user.get(&here, TYPE_MEMBERS, SCOPE_MEMBERS).await;
        count += json_of(&page)["members"].as_array().unwrap().len();
        pages += 1;
        address = next(&page);
    }
    assert_eq!((count, pages), (10_004, 21));
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    user.lms.quirks(|quirks| quirks.roster_page = Some(100));
    assert_eq!(members(&user, &format!("{url}?limit=500")).await.len(), 100, "Schoology");
}

#[tokio::test]
async fn groups_and_sets_are_listed_and_members_know_theirs() {
    let user = ServiceUser::start().await;
    let group = |id: &str| Group::new(demo::COURSE, id, &format!("Group {id}"));
    user.lms.add_group(group("g1").in_set("s1", "Labs").tag("lab").member(demo::GRACE));
    user.lms.add_group(group("g2").member(demo::GRACE).member(demo::EMMY));
    let claim = user.launch(demo::GRACE).await[claims::GROUPS].clone();
    assert_eq!((&claim["scope"], &claim["service_versions"]), (&json!([SCOPE_GROUPS]), &json!(["1.0"])));
    let url = claim["context_groups_url"].as_str().unwrap();
    let answer = json_of(&user.get(url, TYPE_GROUPS, SCOPE_GROUPS).await);
    assert_eq!(
        answer["groups"],
        json!([{"id": "g1", "name": "Group g1", "tag": "lab", "set_ids": ["s1"]}, {"id": "g2", "name": "Group g2"}])
    );
    let of = json_of(&user.get(&format!("{url}?user_id={}", demo::EMMY), TYPE_GROUPS, SCOPE_GROUPS).await);
    assert_eq!(of["groups"].as_array().unwrap().len(), 1);
    let sets = claim["context_group_sets_url"].as_str().unwrap();
    let sets = json_of(&user.get(sets, TYPE_GROUP_SETS, SCOPE_GROUPS).await);
    assert_eq!(sets["sets"], json!([{"id": "s1", "name": "Labs"}]));
    let all = members(&user, &format!("{}?groups=true", members_url(&user).await)).await;
    let mine = |at: usize| all[at]["group_enrollments"].clone();
    assert_eq!(mine(3), json!([{"group_id": "g1"}, {"group_id": "g2"}]), "N15");
    assert_eq!(mine(0), json!([]));
}
