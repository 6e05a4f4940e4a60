//! N15: course groups.

use laurel::store;
use practice::{
    Fault, Misbehaviour, Service, demo,
    services::{ALL_SCOPES, Group, SCOPE_GROUPS, SCOPE_MEMBERS, TYPE_GROUP_SETS, TYPE_GROUPS},
};

use super::said;
use crate::{services::Class, support::app::TestApp};

async fn members(class: &Class) -> Vec<(String, Vec<String>)> {
    let db = class.app.app.store.read();
    let (organization, course) = (class.app.organization, class.course);
    let mut found = Vec::new();
    for user in [demo::GRACE, demo::EMMY, demo::ALAN] {
        let learner = class.app.learner(user).await.unwrap();
        let rows = store::course_group::of_learners(db, organization, course, [learner.id]).await.unwrap();
        let named = store::course_group::of_course(db, organization, course).await.unwrap();
        let names =
            rows.iter().map(|row| named.iter().find(|group| group.id == row.course_group_id).unwrap());
        let mut names: Vec<String> = names.map(|group| group.group_id.clone()).collect();
        names.sort();
        found.push((user.to_owned(), names));
    }
    found
}

fn is(found: &[(String, Vec<String>)], expected: [&[&str]; 3]) {
    let found: Vec<Vec<&str>> =
        found.iter().map(|(_, names)| names.iter().map(String::as_str).collect()).collect();
    assert_eq!(found, expected);
}

/// N15: groups come from their service with its types and scope, their members with the roster.
#[tokio::test]
async fn n15_groups_and_their_members_are_kept() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        let group = |id: &str, name: &str| Group::new(demo::COURSE, id, name);
        app.lms
            .add_group(group("g-1", "Tuesday").member(demo::GRACE).member(demo::EMMY).in_set("s-1", "Days"));
        app.lms.add_group(group("g-2", "Readers").member(demo::GRACE).tag("reading"));
    })
    .await;
    let row = class.read().await;
    assert_eq!((said(&row).groups, said(&row).groups_trouble.as_deref()), (Some(2), None), "N15");
    let asked = class.app.lms.requests_to(Service::Groups);
    assert_eq!(asked[0].header("accept"), Some(TYPE_GROUPS), "N15");
    let sets = class.app.lms.requests_to(Service::GroupSets);
    assert_eq!(sets[0].header("accept"), Some(TYPE_GROUP_SETS), "N15");
    let scopes: Vec<String> = class
        .app
        .lms
        .requests_to(Service::Token)
        .iter()
        .map(|request| request.form().into_iter().find(|(name, _)| name == "scope").unwrap().1)
        .collect();
    assert_eq!(scopes, [SCOPE_GROUPS, SCOPE_MEMBERS], "N15");
    let target = class.seen(Service::Members, "GET")[0].target.clone();
    assert!(target.contains("groups=true"), "N15: {target}");
    is(&members(&class).await, [&["g-1", "g-2"], &["g-1"], &[]]);
    let db = class.app.app.store.read();
    let groups = store::course_group::of_course(db, class.app.organization, class.course).await.unwrap();
    let tuesday = groups.iter().find(|group| group.group_id == "g-1").unwrap();
    assert_eq!((tuesday.name.as_str(), tuesday.sets[0]["name"].as_str()), ("Tuesday", Some("Days")), "N15");

    // They change sides, and one group ends.
    class.app.lms.add_group(Group::new(demo::COURSE, "g-1", "Wednesday").member(demo::ALAN));
    let row = class.read().await;
    assert!(said(&row).is_complete);
    is(&members(&class).await, [&["g-2"], &[], &["g-1"]]);
}

/// A rule may ask for a group: whoever joins it is awarded, without a launch.
#[tokio::test]
async fn n15_whoever_joins_a_group_meets_its_rule() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.add_group(Group::new(demo::COURSE, "g-1", "Tuesday").member(demo::GRACE));
    })
    .await;
    let version = class.app.achievement("Tuesday").await;
    let rule = serde_json::json!({ "type": "member_of", "group": "g-1" });
    class.app.place(version, Some(class.course), rule).await;
    assert_eq!(said(&class.read().await).awarded, 1, "N15");
    assert_eq!(said(&class.read().await).awarded, 0, "N15");
    let both = Group::new(demo::COURSE, "g-1", "Tuesday").member(demo::GRACE).member(demo::EMMY);
    class.app.lms.add_group(both);
    assert_eq!(said(&class.read().await).awarded, 1, "N15");
    let emmy = class.app.learner(demo::EMMY).await.unwrap().id;
    assert!(class.app.awards().await.iter().any(|award| award.learner_id == emmy), "N15");
}

/// Groups that cannot be read do not keep us from the people, and nobody leaves a group by it.
#[tokio::test]
async fn n15_without_its_groups_a_roster_is_a_roster() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.add_group(Group::new(demo::COURSE, "g-1", "Tuesday").member(demo::GRACE));
    })
    .await;
    class.read().await;
    class.app.lms.misbehave(Misbehaviour::of(Service::Groups, Fault::Status(403)));
    let row = class.read().await;
    assert_eq!(said(&row).groups_trouble.as_deref(), Some("lti.nrps.scope_not_granted"), "N15");
    assert!(said(&row).is_complete);
    is(&members(&class).await, [&["g-1"], &[], &[]]);

    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.quirks(|quirks| quirks.offers_groups = false);
    })
    .await;
    let row = class.read().await;
    assert_eq!((said(&row).groups, said(&row).is_complete), (None, true), "N15: optional");
    assert!(!class.seen(Service::Members, "GET")[0].target.contains("groups"), "N15");
}
