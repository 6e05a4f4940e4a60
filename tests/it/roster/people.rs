//! N01-N08, N13, N14: the course's roster.

use laurel::{
    domain::{heard, platform},
    platform_client::{Peer, fetch},
    store::{self, PageQuery, entity::enrollment::EnrollmentState},
};
use practice::{
    Course, Service, User,
    course::LEARNER,
    demo,
    services::{
        ALL_SCOPES, MemberStatus, Profile, SCOPE_MEMBERS, TYPE_MEMBERS,
        quirks::{LinkStyle, RoleWords},
    },
};
use serde_json::json;

use super::said;
use crate::{
    services::Class,
    support::app::{DEPLOYMENT, TestApp},
};

const ASSISTANT: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";

/// N02: the roster's token is asked for with the roster's scope alone; N01 and N12 are told in `page.rs`.
#[tokio::test]
async fn n02_the_request_has_its_media_type_and_a_token_of_its_scope() {
    let class = Class::new().await;
    assert!(class.app.lms.service_requests().is_empty(), "a launch calls no service");
    let row = class.read().await;
    let asked = class.seen(Service::Members, "GET");
    assert_eq!(asked.len(), 1, "N01");
    assert_eq!(asked[0].header("accept"), Some(TYPE_MEMBERS), "N01");
    assert!(asked[0].header("authorization").unwrap().starts_with("Bearer "), "N01");
    let scopes: Vec<String> = class
        .app
        .lms
        .requests_to(Service::Token)
        .iter()
        .map(|request| request.form().into_iter().find(|(name, _)| name == "scope").unwrap().1)
        .collect();
    assert!(scopes.contains(&SCOPE_MEMBERS.to_owned()), "N02: {scopes:?}");
    assert_eq!((said(&row).members, said(&row).learners, said(&row).staff), (4, 3, 1));
    assert_eq!((said(&row).new, said(&row).is_complete), (3, true), "Ada had launched");
    assert_eq!(row.trouble, None);
}

/// N03: a role filter joins the query that is there, percent-encoded.
#[tokio::test]
async fn n03_the_query_of_the_address_stays_and_the_filter_is_encoded() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.quirks(|quirks| quirks.service_query = true);
    })
    .await;
    let row = class.read().await;
    assert!(said(&row).is_complete);
    let target = class.seen(Service::Members, "GET")[0].target.clone();
    assert!(target.contains("?type_id="), "N03: {target}");

    let course = store::course::find(class.app.app.store.read(), class.app.organization, class.course);
    let services: ::lti::claims::Services =
        serde_json::from_value(course.await.unwrap().unwrap().services).unwrap();
    let peer = Peer {
        platform: platform::entry(&class.app.app, class.app.platform.id).await.unwrap(),
        deployment_id: DEPLOYMENT.to_owned(),
        scopes: ::lti::services::Scopes::default(),
    };
    let query = ::lti::services::nrps::Query { role: Some("Learner"), ..Default::default() };
    let mut roster =
        ::lti::services::nrps::Roster::new(&services.nrps.unwrap().url, &query, peer.quirks()).unwrap();
    let fetched = fetch(&class.app.app, &peer, &roster.request().unwrap()).await.unwrap();
    let page = roster.heard(&fetched.answer(), class.app.clock.now()).unwrap();
    assert_eq!(page.members.len(), 3, "N03: learners only");
    let target = class.seen(Service::Members, "GET").pop().unwrap().target;
    let encoded = "&role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner";
    assert!(target.contains("?type_id=") && target.contains(encoded), "N03: {target}");
    assert!(!roster.is_everybody(), "N03: a filtered reading says nothing of the others");
}

/// N04: pages are one list, whatever the quotes of their links.
#[tokio::test]
async fn n04_pages_are_merged() {
    for style in [LinkStyle::Quoted, LinkStyle::Bare, LinkStyle::Typographic] {
        let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
            app.lms.quirks(|quirks| {
                quirks.roster_page = Some(1);
                quirks.roster_links = style;
                quirks.differences_link = true;
            });
        })
        .await;
        let row = class.read().await;
        assert_eq!(class.app.lms.count_of(Service::Members), 4, "N04: {style:?}");
        assert_eq!((said(&row).pages, said(&row).members), (4, 4), "N04: {style:?}");
        assert!(class.is_here(demo::GRACE).await && class.is_here(demo::ALAN).await, "N04");
    }
}

/// N05: no status is active.
#[tokio::test]
async fn n05_a_member_without_status_takes_part() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.quirks(|quirks| quirks.omits_active = true);
    })
    .await;
    class.read().await;
    assert!(class.is_here(demo::GRACE).await, "N05");
}

/// N06: who is inactive, or listed as deleted, is given nothing and keeps what they have.
#[tokio::test]
async fn n06_the_inactive_are_no_candidates_and_keep_their_awards() {
    let class = Class::new().await;
    let version = class.app.achievement("Member").await;
    class.app.place(version, Some(class.course), json!({ "type": "role", "any_of": ["learner"] })).await;
    class.visit(demo::GRACE).await;
    assert_eq!(class.app.awards().await.len(), 1);
    class.app.lms.set_status(demo::COURSE, demo::GRACE, MemberStatus::Inactive);
    class.app.lms.set_status(demo::COURSE, demo::EMMY, MemberStatus::Inactive);
    class.app.lms.set_status(demo::COURSE, demo::ALAN, MemberStatus::Deleted);
    let row = class.read().await;
    assert_eq!(said(&row).inactive, 3);
    assert!(!class.is_here(demo::GRACE).await, "N06");
    assert!(class.standing(demo::EMMY).await.is_none(), "N06: of strangers who take no part nothing is kept");
    let awards = class.app.awards().await;
    assert_eq!(awards.len(), 1, "N06: nobody else is given one");
    assert_eq!(awards[0].state.as_str(), "active", "N06: kept");
    // Another badge does not go to her.
    let version = class.app.achievement("Other").await;
    class.app.place(version, Some(class.course), json!({ "type": "role", "any_of": ["learner"] })).await;
    class.app.run_jobs().await;
    assert_eq!(class.app.awards().await.len(), 1, "N06");
    // Back again, by the roster; and by a launch that says the same as ever.
    for status in [MemberStatus::Active, MemberStatus::Inactive] {
        class.app.lms.set_status(demo::COURSE, demo::GRACE, status);
        class.read().await;
        assert_eq!(class.is_here(demo::GRACE).await, status == MemberStatus::Active, "N06");
    }
    class.visit(demo::GRACE).await;
    assert!(class.is_here(demo::GRACE).await, "N06: a launch brings her back");
    assert_eq!(class.app.awards().await.len(), 2);
}

/// N07: people without name and address are known by the platform's id.
#[tokio::test]
async fn n07_people_without_name_and_address_are_people() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.quirks(|quirks| quirks.tells_names = false);
    })
    .await;
    class.read().await;
    let grace = class.app.learner(demo::GRACE).await.unwrap();
    assert_eq!((grace.name, grace.email), (None, None), "N07");
    // Told later, it is known; told no more, it stays.
    class.app.lms.quirks(|quirks| quirks.tells_names = true);
    class.read().await;
    let grace = class.app.learner(demo::GRACE).await.unwrap();
    assert_eq!(grace.email.as_deref(), Some("grace@campus.example"));
    class.app.lms.quirks(|quirks| quirks.tells_names = false);
    class.read().await;
    assert!(class.app.learner(demo::GRACE).await.unwrap().name.is_some());
}

/// N08: short names, full URIs and URNs of old are the same roles; staff by any of them is staff for ever.
#[tokio::test]
async fn n08_roles_are_understood_in_every_spelling() {
    for words in [RoleWords::Short, RoleWords::Full, RoleWords::Urn] {
        let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
            app.lms.quirks(|quirks| quirks.roster_roles = words);
            app.lms.add_user(User::new("user-tom", "Tom Kilburn"));
            app.lms.enroll(demo::COURSE, "user-tom", &[ASSISTANT]);
        })
        .await;
        class.read().await;
        let grace = class.standing(demo::GRACE).await.unwrap();
        assert_eq!((grace.permission.as_str(), grace.is_staff_ever), ("learn", false), "N08: {words:?}");
        let tom = class.standing("user-tom").await.unwrap();
        assert!(tom.is_staff_ever, "N08: {words:?}");
        // Once staff, always staff.
        class.app.lms.enroll(demo::COURSE, "user-tom", &[LEARNER]);
        class.read().await;
        assert!(class.standing("user-tom").await.unwrap().is_staff_ever, "N08: {words:?}");
    }
}

/// What a launch said of roles stays: Moodle's roster calls its assistants learners.
#[tokio::test]
async fn a_roster_does_not_take_a_teachers_page_away() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.set_profile(Profile::Moodle);
        app.lms.add_user(User::new("user-tom", "Tom Kilburn"));
        app.lms.enroll(demo::COURSE, "user-tom", &[ASSISTANT]);
    })
    .await;
    class.visit("user-tom").await;
    let before = class.standing("user-tom").await.unwrap();
    assert!(before.is_staff_ever);
    class.read().await;
    let after = class.standing("user-tom").await.unwrap();
    assert_eq!((after.permission, after.digest), (before.permission, before.digest));
    assert!(after.is_staff_ever);
}

/// N13: nobody is on it.
#[tokio::test]
async fn n13_an_empty_roster_is_a_complete_one() {
    let class = Class::new().await;
    let empty = practice::Fault::Change(practice::Change::set("members", json!([])));
    class.app.lms.misbehave(practice::Misbehaviour::of(Service::Members, empty));
    let row = class.read().await;
    assert_eq!((said(&row).members, said(&row).is_complete, row.trouble), (0, true, None), "N13");
    assert!(!class.is_here(demo::ADA).await, "N13");
}

/// N14: whom a launch called so is the same person; who never launched becomes one when they do.
#[tokio::test]
async fn n14_the_same_id_is_the_same_person() {
    let class = Class::new().await;
    class.visit(demo::GRACE).await;
    let grace = class.app.learner(demo::GRACE).await.unwrap();
    class.read().await;
    assert_eq!(class.app.learner(demo::GRACE).await.unwrap().id, grace.id, "N14");
    assert_eq!(class.app.count("learner").await, 4, "N14");
    let emmy = class.app.learner(demo::EMMY).await.unwrap();
    assert!(emmy.is_confirmed);
    class.visit(demo::EMMY).await;
    assert_eq!(class.app.learner(demo::EMMY).await.unwrap().id, emmy.id, "N14");
    assert_eq!((class.app.count("learner").await, class.app.count("enrollment").await), (4, 4), "N14");
}

/// Who is not on a complete roster has left; who is on none of ours is nobody's business.
#[tokio::test]
async fn those_who_left_become_inactive_and_nobody_else() {
    let class = Class::new().await;
    class.visit(demo::GRACE).await;
    class.read().await;
    assert!(class.is_here(demo::GRACE).await && class.is_here(demo::EMMY).await);
    class.app.lms.unenroll(demo::COURSE, demo::GRACE);
    class.app.lms.unenroll(demo::COURSE, demo::EMMY);
    let row = class.read().await;
    assert_eq!((said(&row).gone, said(&row).members), (2, 2));
    assert!(!class.is_here(demo::GRACE).await && !class.is_here(demo::EMMY).await);
    assert!(class.is_here(demo::ALAN).await && class.is_here(demo::ADA).await);
    // Nothing more to say.
    let row = class.read().await;
    assert_eq!((said(&row).gone, said(&row).new, said(&row).changed), (0, 0, 0));
    // Others of the course whom the platform cannot know: reported without a platform.
    let course = laurel::domain::signal::CourseIn::Id(class.course);
    let event = laurel::domain::signal::EventIn {
        source_id: "e-1".to_owned(),
        learner: laurel::domain::learner::LearnerIn::Email {
            email: "guest@elsewhere.example".to_owned(),
            name: None,
            language: None,
        },
        course: Some(course),
        activity: None,
        said: laurel::domain::signal::Said::Completed,
        happened_at: None,
    };
    let reporter = laurel::domain::signal::Reporter {
        source: "key:1".to_owned(),
        label: "Registrar".to_owned(),
        strength: criteria::Strength::Strong,
    };
    laurel::domain::signal::receive(&class.app.app, &class.app.operator(), &reporter, &event).await.unwrap();
    let row = class.read().await;
    assert_eq!(said(&row).gone, 0, "a guest without an account there is not gone");
}

/// Learners are given badges without ever having launched, and mail goes to the roster's address.
#[tokio::test]
async fn nobody_needs_to_launch() {
    let class = Class::new().await;
    let version = class.app.achievement("Member").await;
    class.app.place(version, Some(class.course), json!({ "type": "role", "any_of": ["learner"] })).await;
    let row = class.read().await;
    assert_eq!(said(&row).awarded, 3, "everybody but Ada");
    class.app.run_jobs().await;
    let mut to: Vec<String> = class.app.mails().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    to.sort();
    assert_eq!(to.len(), 2, "Alan has no address: {to:?}");
    let awards = class.app.awards().await;
    assert_eq!(awards.iter().filter(|award| award.state.as_str() == "waiting_for_address").count(), 1);
    // His address comes with a later roster.
    class.app.lms.add_user(User::new(demo::ALAN, "Alan Turing").email("alan@campus.example"));
    class.read().await;
    class.app.run_jobs().await;
    assert_eq!(class.app.mails().len(), 3);
    assert!(class.app.awards().await.iter().all(|award| award.state.as_str() == "active"));
    // The evidence does not claim a launch.
    let grace = class.standing(demo::GRACE).await.unwrap();
    assert_eq!(heard::role_signal(&grace).channel, criteria::Channel::Roster);
}

/// After the launch that brings the service the roster is read by itself, calmly, while anything happens.
#[tokio::test]
async fn a_course_is_read_by_itself_and_left_alone_when_nothing_happens() {
    let class = Class::new().await;
    let app = &class.app.app;
    assert_eq!(laurel::domain::roster::enqueue_due(app).await.unwrap(), 0, "not at once");
    class.app.advance(60);
    assert_eq!(laurel::domain::roster::enqueue_due(app).await.unwrap(), 1, "a minute later");
    assert_eq!(laurel::domain::roster::enqueue_due(app).await.unwrap(), 0, "once");
    class.app.run_jobs().await;
    assert!(class.is_here(demo::GRACE).await);
    class.app.advance(12 * 3600 - 1);
    assert_eq!(laurel::domain::roster::enqueue_due(app).await.unwrap(), 0);
    class.app.advance(3 * 3600 + 1);
    assert_eq!(laurel::domain::roster::enqueue_due(app).await.unwrap(), 1, "twice a day");
    class.app.run_jobs().await;
    assert_eq!(class.app.lms.count_of(Service::Members), 2);
    class.app.advance(31 * 24 * 3600);
    assert_eq!(laurel::domain::roster::enqueue_due(app).await.unwrap(), 0, "a quiet course is left alone");
    class.app.lms.add_user(User::new("user-new", "Somebody New"));
    class.app.lms.enroll(demo::COURSE, "user-new", &[LEARNER]);
    class.visit("user-new").await;
    class.app.advance(24 * 3600);
    assert_eq!(laurel::domain::roster::enqueue_due(app).await.unwrap(), 1, "until somebody comes");
}

/// A course is never filled from another one's list, whatever the platform answers.
#[tokio::test]
async fn the_list_of_another_course_is_not_taken() {
    let class = Class::new().await;
    let other = json!({ "id": "course-other", "title": "Another" });
    let lie = practice::Fault::Change(practice::Change::set("context", other));
    class.app.lms.misbehave(practice::Misbehaviour::of(Service::Members, lie));
    let row = class.read().await;
    assert_eq!(row.trouble.as_deref(), Some("lti.nrps.invalid_response"));
    assert_eq!(class.app.count("learner").await, 1);
}

/// Two courses of one platform have their own people.
#[tokio::test]
async fn a_roster_speaks_of_its_own_course_only() {
    let class = Class::new().await;
    class.app.lms.add_course(Course::new("course-two", "TWO", "Second"));
    class.app.lms.enroll("course-two", demo::GRACE, &[LEARNER]);
    class.read().await;
    let db = class.app.app.store.read();
    let courses = store::course::list(db, class.app.organization, PageQuery::default()).await.unwrap();
    assert_eq!(courses.items.len(), 1);
    let all = store::enrollment::of_course(db, class.app.organization, class.course).await.unwrap();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|row| row.state == EnrollmentState::Active && row.roster_run.is_some()));
}
