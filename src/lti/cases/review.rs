//! Section 14, X01-X06: submission review, and whose work anybody may see. Also M15.

use serde_json::{Value, json};

use super::fixture::*;
use crate::{Launch, Message, Permission, Refusal, claims::*, launch::Review, registration::AnonymousLaunch};

const LINE_ITEM: &str = "https://lms.campus.example/ags/c-77/lineitems/12/lineitem?type_id=4";

fn review(payload: &mut Value) {
    payload[MESSAGE_TYPE] = "LtiSubmissionReviewRequest".into();
    payload[ROLES] = json!([INSTRUCTOR]);
    payload[TARGET_LINK_URI] = "https://badges.example/course/review".into();
    payload[FOR_USER] = json!({
        "user_id": "u-1", "name": "Grace Hopper", "email": "grace@campus.example", "roles": [LEARNER],
        "person_sourcedid": "S-1"
    });
}

fn reviewed(change: impl FnOnce(&mut Value)) -> Outcome {
    run(|case| {
        review(&mut case.payload);
        change(&mut case.payload);
    })
}

fn review_of(launch: Launch) -> Review {
    let Message::SubmissionReview(review) = launch.message else { panic!("a review") };
    *review
}

/// X01: a teacher who asks for the review of a known item gets it for the person of `for_user`.
#[test]
fn x01_a_teacher_reviews_anybodys_work() {
    let launch = reviewed(|_| {}).launch.unwrap();
    assert_eq!(launch.target.path_and_query(), "/course/review");
    assert_eq!(launch.return_url.as_deref(), Some("https://lms.campus.example/course/77"));
    assert_eq!(launch.reviewed().unwrap().user_id, "u-1");
    assert_eq!(launch.for_user, None, "that is a resource launch's");
    let review = review_of(launch);
    assert_eq!(review.line_item, LINE_ITEM);
    assert_eq!(review.for_user.person.name.as_deref(), Some("Grace Hopper"));
    assert!(review.for_user.roles.is_learner_here());
    assert_eq!(review.link.as_ref().unwrap().id, "rl-301");
}

#[test]
fn x01_line_items_are_compared_whole_but_for_the_query() {
    let review = review_of(reviewed(|_| {}).launch.unwrap());
    for same in [
        LINE_ITEM,
        "https://lms.campus.example/ags/c-77/lineitems/12/lineitem?type_id=5&x",
        "https://lms.campus.example/ags/c-77/lineitems/12/lineitem",
    ] {
        assert!(review.is_of_line_item(same), "{same}");
    }
    for other in [
        "https://lms.campus.example/ags/c-77/lineitems/1/lineitem?type_id=4",
        "https://lms.campus.example/ags/c-77/lineitems/12",
        "",
        "https://other.example/ags/c-77/lineitems/12/lineitem?type_id=4",
    ] {
        assert!(!review.is_of_line_item(other), "{other}");
    }
}

#[test]
fn x02_for_user_is_needed() {
    assert_eq!(reviewed(|payload| without(payload, FOR_USER)).launch.unwrap_err(), Refusal::SrForUserMissing);
    for missing in [
        Value::Null,
        json!({}),
        json!([]),
        json!({"user_id": ""}),
        json!({"user_id": 5}),
        json!({"user_id": "a\0"}),
    ] {
        let outcome = reviewed(|payload| payload[FOR_USER] = missing.clone());
        assert_eq!(outcome.code(), "lti.sr.for_user_missing", "{missing}");
    }
    let wrong = reviewed(|payload| payload[FOR_USER] = "u-1".into());
    assert_eq!((wrong.code(), wrong.detail()), ("lti.msg.claim_type", Some(FOR_USER)));
    assert_eq!(Refusal::SrForUserMissing.status(), 400);
}

#[test]
fn x03_a_line_item_is_needed() {
    assert_eq!(reviewed(|payload| without(payload, AGS_ENDPOINT)).code(), "lti.sr.lineitem_missing");
    for missing in
        [Value::Null, json!(""), json!(5), json!("http://lms.campus.example/12"), json!("javascript:x")]
    {
        let outcome = reviewed(|payload| payload[AGS_ENDPOINT]["lineitem"] = missing.clone());
        assert_eq!(outcome.code(), "lti.sr.lineitem_missing", "{missing}");
    }
    assert_eq!(Refusal::SrLineitemMissing.status(), 400);
    // First in order: who, then which column, then whether it is allowed.
    let all = reviewed(|payload| {
        payload[ROLES] = json!([LEARNER]);
        without(payload, FOR_USER);
        without(payload, AGS_ENDPOINT);
    });
    assert_eq!(all.code(), "lti.sr.for_user_missing");
}

#[test]
fn x04_nobody_else_sees_another_persons_work() {
    let grader = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader";
    let author = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
    for (roles, code) in [
        (json!([LEARNER]), "lti.sr.not_permitted"),
        (json!([]), "lti.sr.not_permitted"),
        (json!(["Mentor"]), "lti.sr.not_permitted"),
        (json!([author]), "lti.sr.not_permitted"),
        (
            json!(["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"]),
            "lti.sr.not_permitted",
        ),
        (json!([grader]), "OK"),
        (json!([INSTRUCTOR, LEARNER]), "OK"),
    ] {
        let outcome = reviewed(|payload| payload[ROLES] = roles.clone());
        assert_eq!(outcome.code(), code, "{roles}");
    }
    assert_eq!(Refusal::SrNotPermitted.status(), 403);
}

/// X04, R05: a mentor sees only the work of those whom `role_scope_mentor` names.
#[test]
fn x04_r05_a_mentor_sees_those_in_their_care() {
    let mentor = |mentored: Value| {
        reviewed(|payload| {
            payload[ROLES] = json!(["Mentor"]);
            payload[ROLE_SCOPE_MENTOR] = mentored;
        })
    };
    assert_eq!(mentor(json!(["u-0", "u-1"])).code(), "OK");
    assert_eq!(mentor(json!(["u-10"])).code(), "lti.sr.not_permitted");
    let no_mentor = reviewed(|payload| {
        payload[ROLES] = json!([LEARNER]);
        payload[ROLE_SCOPE_MENTOR] = json!(["u-1"]);
    });
    assert_eq!(no_mentor.code(), "lti.sr.not_permitted", "meaningful with a Mentor role only");
}

/// X05: a learner's own submission is shown to them.
#[test]
fn x05_everybody_sees_their_own() {
    let launch = reviewed(|payload| {
        payload[ROLES] = json!([LEARNER]);
        payload[FOR_USER] = json!({"user_id": "u-5f2e"});
    })
    .launch
    .unwrap();
    assert_eq!(
        (launch.permission, launch.reviewed().unwrap().user_id.as_str()),
        (Permission::Learn, "u-5f2e")
    );
}

/// X06: a review without resource link is good.
#[test]
fn x06_a_review_needs_no_link_but_the_rest() {
    let launch = reviewed(|payload| without(payload, RESOURCE_LINK)).launch.unwrap();
    assert_eq!(launch.link(), None);
    assert_eq!(reviewed(|payload| without(payload, ROLES)).code(), "lti.msg.roles_missing");
    assert_eq!(
        reviewed(|payload| without(payload, TARGET_LINK_URI)).code(),
        "lti.msg.target_link_uri_missing"
    );
    assert_eq!(reviewed(|payload| without(payload, "sub")).code(), "lti.msg.user_missing");
}

#[test]
fn canvas_sends_for_user_with_a_resource_launch() {
    let graded = |roles: Value, user: Value| {
        run(|case| {
            case.payload[ROLES] = roles;
            case.payload[FOR_USER] = user;
        })
    };
    let launch = graded(json!([INSTRUCTOR]), json!({"user_id": "u-1"})).launch.unwrap();
    assert!(matches!(launch.message, Message::ResourceLink(_)));
    assert_eq!(launch.reviewed().unwrap().user_id, "u-1");
    assert_eq!(graded(json!([LEARNER]), json!({"user_id": "u-5f2e"})).code(), "OK");
    assert_eq!(graded(json!([LEARNER]), json!({"user_id": "u-1"})).code(), "lti.sr.not_permitted");
    for broken in [json!("u-1"), json!({}), json!({"user_id": ""})] {
        let outcome = graded(json!([LEARNER]), broken);
        assert!(outcome.has_warning("claim_ignored"));
        assert_eq!(outcome.launch.unwrap().reviewed(), None);
    }
    assert_eq!(good(|_| {}).reviewed(), None);
}

#[test]
fn m15_nobody_in_particular_reviews_nothing() {
    let anonymous = |change: fn(&mut Value)| {
        run(|case| {
            case.registration.switches.anonymous_launch = AnonymousLaunch::View;
            change(&mut case.payload);
            without(&mut case.payload, "sub");
        })
    };
    assert_eq!(anonymous(review).code(), "lti.sr.not_permitted");
    let graded = anonymous(|payload| {
        payload[ROLES] = json!([INSTRUCTOR]);
        payload[FOR_USER] = json!({"user_id": "u-1"});
    });
    assert_eq!(graded.code(), "lti.sr.not_permitted");
    for roles in [
        json!([INSTRUCTOR]),
        json!(["Administrator", INSTRUCTOR]),
        json!([INSTRUCTOR, LEARNER]),
        json!([LEARNER]),
    ] {
        let launch = run(|case| {
            case.registration.switches.anonymous_launch = AnonymousLaunch::View;
            case.payload[ROLES] = roles.clone();
            without(&mut case.payload, "sub");
        })
        .launch
        .unwrap();
        assert!(launch.permission <= Permission::Learn, "{roles}");
        assert_eq!(launch.subject, None);
    }
}
