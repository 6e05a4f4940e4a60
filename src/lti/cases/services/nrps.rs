//! N01-N15: rosters and groups (§18).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{answer, linked, now};
use crate::{
    Refusal, Switches,
    quirks::{Family, STANDARD},
    roles::Permission,
    services::{
        Method, Next,
        groups::{self, Groups},
        nrps::{Member, Page, Query, Roster, Status},
        scope::{GROUP_READONLY, MEMBERSHIP_READONLY},
    },
};

const URL: &str = "https://lms.campus.example/nrps/c-77/members?type_id=4";

fn roster() -> Roster {
    Roster::new(URL, &Query::default(), &STANDARD).unwrap()
}

fn container(members: &Value) -> String {
    json!({"id": URL, "context": {"id": "c-77", "label": "CH101"}, "members": members}).to_string()
}

/// Reads one page and hands its members to a check.
fn with_members(members: &Value, check: impl FnOnce(&[Member<'_>])) {
    let body = container(members);
    let page: Page<'_> = roster().heard(&answer(200, &body), now()).unwrap();
    check(&page.members);
}

/// N01: the roster is a GET with the container's media type. N02: its token has the scope
/// `contextmembership.readonly`. N03: a filter is joined to the address's own query and encoded.
#[test]
fn n01_n02_n03_the_request() {
    let request = roster().request().unwrap();
    assert_eq!((request.method, request.url.as_str()), (Method::Get, URL));
    assert_eq!(request.accept, "application/vnd.ims.lti-nrps.v2.membershipcontainer+json");
    assert_eq!(request.scope, Some(MEMBERSHIP_READONLY));
    let asked = |query: Query<'_>, family: &str| {
        let roster = Roster::new(URL, &query, Family::services_of(family)).unwrap();
        roster.request().unwrap().url
    };
    let learners = Query { role: Some("Learner"), link: Some("rl 3&x"), limit: Some(200), groups: true };
    assert_eq!(
        asked(learners, "sakai"),
        format!(
            "{URL}&role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner&limit=200\
             &rlid=rl%203%26x&groups=true"
        )
    );
    assert!(asked(learners, "moodle").contains("&role=Learner&limit=200"));
    assert!(asked(learners, "schoology").contains("&limit=100&"), "its pages have at most 100");
    let mentors = Query { role: Some("Mentor"), ..Query::default() };
    assert_eq!(asked(mentors, "moodle"), format!("{URL}&limit=1000"), "it understands two roles only");
    assert_eq!(asked(Query::default(), "canvas"), format!("{URL}&limit=50"));
    let without = "https://lms.campus.example/members";
    let plain = Roster::new(without, &Query { limit: Some(5), ..Query::default() }, &STANDARD).unwrap();
    assert_eq!(plain.request().unwrap().url, format!("{without}?limit=5"));
    assert!(Roster::new("nowhere", &Query::default(), &STANDARD).is_err());
}

/// N04: two pages are one roster.
#[test]
fn n04_pages_are_walked_to_the_end() {
    let mut roster = roster();
    let page = container(&json!([{"user_id": "a", "roles": []}]));
    roster.heard(&linked("<?type_id=4&from=1>; rel=\"next\"", &page), now()).unwrap();
    assert!(!roster.is_complete() && !roster.is_everybody());
    assert_eq!(
        roster.request().unwrap().url,
        "https://lms.campus.example/nrps/c-77/members?type_id=4&from=1"
    );
    let last = container(&json!([{"user_id": "b", "roles": []}]));
    let differences = "<https://lms.campus.example/d>; rel=\"differences\"";
    let page = roster.heard(&linked(differences, &last), now()).unwrap();
    assert_eq!((page.members.len(), page.context_id.as_deref()), (1, Some("c-77")));
    assert!(roster.is_complete() && roster.is_everybody() && roster.request().is_none());
}

/// N05: a member without status is active. N06: an inactive one is no recipient.
#[test]
fn n05_n06_status() {
    let members = json!([
        {"user_id": "a"}, {"user_id": "b", "status": "Active"}, {"user_id": "c", "status": "Inactive"},
        {"user_id": "d", "status": "Deleted"}, {"user_id": "e", "status": null}, {"user_id": "f", "status": "active"},
        {"user_id": "g", "status": "Suspended"}, {"user_id": "h", "status": "http://purl.imsglobal.org/vocab/lis/v2/status#Inactive"},
    ]);
    with_members(&members, |members| {
        let read: Vec<Status> = members.iter().map(|member| member.status).collect();
        use Status::{Active, Deleted, Inactive};
        assert_eq!(read, [Active, Active, Inactive, Deleted, Active, Active, Inactive, Inactive]);
    });
    let learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
    let members = json!([
        {"user_id": "in", "roles": [learner]},
        {"user_id": "out", "roles": [learner], "status": "Inactive"},
        {"user_id": "test", "roles": [learner, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]},
        {"user_id": "both", "roles": ["Learner", "Instructor"]},
        {"user_id": "none", "roles": []},
    ]);
    with_members(&members, |members| {
        let candidates: Vec<&str> =
            members.iter().filter(|member| member.is_candidate()).map(|member| &*member.user_id).collect();
        assert_eq!(candidates, ["in"]);
    });
}

/// N07: a member without name and e-mail is listed. N08: short and deprecated role names are understood. N14:
/// `user_id` is what a launch calls `sub`.
#[test]
fn n07_n08_n14_names_may_be_missing_and_roles_short() {
    let members = json!([
        {"user_id": "u-5f2e", "status": "Active", "name": " Zoë\tŁukasz ", "email": "zoe@campus.example",
         "given_name": "Zoë", "family_name": "", "lis_person_sourcedid": "", "lti11_legacy_user_id": "old-7",
         "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]},
        {"user_id": "u-9a01", "roles": ["Instructor"], "email": "not an address"},
        {"user_id": "7", "roles": ["Learner", "http://purl.imsglobal.org/vocab/lis/v2/person#Administrator"],
         "ext_user_username": "s01", "lis_person_sourcedid": "STU-0001"},
        {"user_id": "v", "roles": "urn:lti:role:ims/lis/Learner,Mentor"},
        {"user_id": 42, "roles": ["", null, 5, "Learner"], "name": 5, "email": {"a": 1}, "picture": []},
    ]);
    with_members(&members, |members| {
        let zoe = &members[0];
        assert_eq!((&*zoe.user_id, zoe.name.as_deref()), ("u-5f2e", Some("Zoë Łukasz")));
        assert_eq!(
            (zoe.email.as_deref(), zoe.given_name.as_deref()),
            (Some("zoe@campus.example"), Some("Zoë"))
        );
        assert_eq!((zoe.family_name.as_deref(), zoe.sourced_id.as_deref()), (None, None), "blank is absent");
        assert_eq!(zoe.lti11_user_id.as_deref(), Some("old-7"));
        let permission = |at: usize| members[at].roles.permission(&Switches::default());
        assert_eq!(permission(0), Permission::Learn);
        assert_eq!((permission(1), members[1].email.as_deref()), (Permission::Teach, None));
        assert_eq!((permission(2), members[2].sourced_id.as_deref()), (Permission::Learn, Some("STU-0001")));
        assert!(members[2].roles.is_staff_here() && !members[2].is_candidate());
        assert_eq!(permission(3), Permission::Learn);
        // Anything of the wrong type but the id is left out.
        assert_eq!((&*members[4].user_id, permission(4)), ("42", Permission::Learn));
        assert_eq!((members[4].name.as_deref(), members[4].email.as_deref()), (Some("5"), None));
    });
}

/// N09: a link's roster carries custom values of each person.
#[test]
fn n09_a_links_roster_carries_each_persons_values() {
    let members = json!([
        {"user_id": "a", "roles": ["Learner"], "message": [
            {"https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
             "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {"lis_result_sourcedid": "x"}},
            {"https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
             "https://purl.imsglobal.org/spec/lti/claim/custom": {"badge": "17", "due": "$ResourceLink.submission.endDateTime", "n": 5}}]},
        {"user_id": "b", "roles": ["Learner"], "message": "odd"},
        {"user_id": "c", "roles": ["Learner"], "message": []},
    ]);
    with_members(&members, |members| {
        let custom = members[0].custom.as_ref().unwrap();
        assert_eq!((custom.get("Badge"), custom.get("due"), custom.get("n")), (Some("17"), None, Some("5")));
        assert!(members[1].custom.is_none() && members[2].custom.is_none());
    });
    let mut by_link = Roster::new(URL, &Query { link: Some("rl"), ..Query::default() }, &STANDARD).unwrap();
    by_link.heard(&answer(200, &container(&members)), now()).unwrap();
    assert!(by_link.is_complete() && !by_link.is_everybody(), "it does not speak of everybody");
}

/// N11: a 403 is told in the platform's words and not tried again.
#[test]
fn n11_refusals_are_told_and_not_repeated() {
    let of = |roster: &mut Roster, status| {
        let failure = roster.heard(&answer(status, "Not for you"), now()).unwrap_err();
        assert_eq!(failure.words.as_deref(), Some("Not for you"));
        (failure.refusal.code(), failure.next)
    };
    assert_eq!(of(&mut roster(), 403), ("lti.nrps.scope_not_granted", Next::Alarm));
    assert_eq!(of(&mut roster(), 401), ("lti.nrps.scope_not_granted", Next::FreshToken));
    assert_eq!(of(&mut roster(), 404), ("lti.nrps.unavailable", Next::Alarm));
    assert_eq!(of(&mut roster(), 400), ("lti.nrps.unavailable", Next::Alarm));
    assert_eq!(of(&mut roster(), 302), ("lti.nrps.invalid_response", Next::Alarm));
    assert_eq!(of(&mut roster(), 503), ("lti.nrps.unavailable", Next::Later(None)));
    let query = Query { link: Some("rl"), ..Query::default() };
    for status in [400, 403, 404] {
        let mut by_link = Roster::new(URL, &query, &STANDARD).unwrap();
        assert_eq!(of(&mut by_link, status), ("lti.nrps.scope_not_granted", Next::Stop));
        assert!(!by_link.is_complete());
    }
}

/// N13: no members are an empty roster, not a failure.
#[test]
fn n13_nobody_is_a_complete_answer() {
    let mut roster = roster();
    assert!(roster.heard(&answer(200, &container(&json!([]))), now()).unwrap().members.is_empty());
    assert!(roster.is_everybody());
}

#[test]
fn a_broken_reading_makes_nobody_gone() {
    // A page that leads elsewhere.
    let page = container(&json!([{"user_id": "a"}]));
    let mut lied = roster();
    let read = lied.heard(&linked("<https://evil.example/2>; rel=next", &page), now()).unwrap();
    assert_eq!(read.members.len(), 1, "what was read counts");
    assert!(!lied.is_complete() && lied.request().is_none());
    assert_eq!(lied.trouble().unwrap().refusal, Refusal::NrpsPaging);
    // A person who cannot be read.
    let mut partly = roster();
    let body = container(&json!([{"user_id": "a"}, {"name": "no id"}, 5, {"user_id": ""}]));
    let read = partly.heard(&answer(200, &body), now()).unwrap();
    assert_eq!((read.members.len(), read.unreadable), (1, 3));
    assert!(!partly.is_complete() && partly.trouble().is_none());
    // A second page that never comes.
    let mut cut = roster();
    cut.heard(&linked("</2>; rel=next", &page), now()).unwrap();
    cut.heard(&answer(500, ""), now()).unwrap_err();
    assert!(!cut.is_complete());
    // No roster at all.
    for body in ["", "{}", "[]", r#"{"members":null}"#, r#"{"members":{}}"#, "<html>", r#"{"members":[{]}"#] {
        let mut none = roster();
        let failure = none.heard(&answer(200, body), now()).unwrap_err();
        assert_eq!((failure.refusal, failure.words), (Refusal::NrpsInvalidResponse, None), "{body}");
        assert!(!none.is_complete());
    }
    // A filter: the others are not gone.
    let query = Query { role: Some("Learner"), ..Query::default() };
    let mut learners = Roster::new(URL, &query, &STANDARD).unwrap();
    learners.heard(&answer(200, &page), now()).unwrap();
    assert!(learners.is_complete() && !learners.is_everybody());
}

#[test]
fn ten_thousand_people_are_read_in_a_fraction_of_a_second() {
    let page = |at: usize| {
        let members: Vec<Value> = (at * 100..(at + 1) * 100)
            .map(|id| {
                json!({
                    "user_id": format!("user-{id}"), "status": "Active", "name": format!("Person Number {id}"),
                    "given_name": "Person", "family_name": format!("Number {id}"), "picture": "https://lms/p.png",
                    "email": format!("person{id}@campus.example"), "lis_person_sourcedid": format!("SIS{id}"),
                    "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
                })
            })
            .collect();
        container(&json!(members))
    };
    let pages: Vec<String> = (0..100).map(page).collect();
    let started = Instant::now();
    let mut roster = roster();
    let (mut people, mut borrowed) = (0, 0);
    for (at, body) in pages.iter().enumerate() {
        let link = format!("</nrps/c-77/members?page={}>; rel=\"next\"", at + 1);
        let answer = if at < 99 { linked(&link, body) } else { answer(200, body) };
        for member in roster.heard(&answer, now()).unwrap().members {
            people += 1;
            borrowed += usize::from(matches!(member.name, Some(std::borrow::Cow::Borrowed(_))));
        }
    }
    assert_eq!((people, borrowed), (10_000, 10_000), "names are borrowed from the page");
    assert!(roster.is_everybody());
    // Generous: unoptimised, and perhaps on a busy machine.
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    eprintln!("10,000 members in 100 pages: {:?}", started.elapsed());
}

/// N15: groups are asked for with the media types and the scope of §18.2.
#[test]
fn n15_groups_and_sets_in_both_shapes() {
    let url = "https://lms.campus.example/groups?c=1";
    let mut reading = Groups::new(url, Some("u 1")).unwrap();
    let request = reading.request().unwrap();
    assert_eq!(request.url, format!("{url}&user_id=u%201"));
    assert_eq!(request.accept, "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json");
    assert_eq!(request.scope, Some(GROUP_READONLY));
    let body = json!({"id": url, "groups": [
        {"id": "g1", "name": "Red", "tag": "team", "set_ids": ["s1", 2], "hidden": true},
        {"id": 5, "name": "Blue", "set_id": "s1", "hidden": "false"},
        {"id": "g3"}, {"name": "no id"}, null,
    ]});
    let groups = reading.heard(&answer(200, &body.to_string()), now()).unwrap();
    assert_eq!(groups.len(), 3);
    assert_eq!(
        (groups[0].id.as_str(), groups[0].tag.as_deref(), groups[0].hidden),
        ("g1", Some("team"), true)
    );
    assert_eq!(groups[0].set_ids, ["s1", "2"]);
    assert_eq!(
        (groups[1].id.as_str(), &groups[1].set_ids, groups[1].hidden),
        ("5", &vec!["s1".to_owned()], false)
    );
    assert_eq!(groups[2].name, "g3");
    assert!(!reading.is_complete(), "two could not be read");

    let mut sets = Groups::sets(url).unwrap();
    assert_eq!(sets.request().unwrap().accept, groups::SETS_TYPE);
    let body = json!({"id": url, "sets": [{"id": "s1", "name": "Teams"}]}).to_string();
    assert_eq!(sets.heard(&answer(200, &body), now()).unwrap()[0].name, "Teams");
    assert!(sets.is_complete());
    assert!(sets.heard(&answer(403, ""), now()).is_err());

    let members = json!([
        {"user_id": "a", "group_enrollments": [{"group_id": "g1"}, {"group_id": 5}, {}]},
        {"user_id": "b", "group_enrollments": []}, {"user_id": "c"}, {"user_id": "d", "group_enrollments": "odd"},
    ]);
    with_members(&members, |members| {
        let read: Vec<_> = members.iter().map(|member| member.groups.clone()).collect();
        assert_eq!(read, [Some(vec!["g1".to_owned(), "5".to_owned()]), Some(Vec::new()), None, None]);
    });
}
