//! R01-R08 and the vocabulary of §12.

use super::fixture::*;
use crate::{
    Permission, Roles, Switches,
    claims::{ROLE_SCOPE_MENTOR, ROLES},
    registration::Assistants,
    roles::{Family, Role},
};

const ASSISTANT: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
const GRADER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader";
const ADMINISTRATOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";

fn roles(texts: &[&str]) -> Roles {
    Roles::parse(texts.iter().copied())
}

fn permission(texts: &[&str]) -> Permission {
    roles(texts).permission(&Switches::default())
}

#[test]
fn r01_assistants_do_what_the_switch_says() {
    let by = |assistants| roles(&[ASSISTANT]).permission(&Switches { assistants, ..Switches::default() });
    assert_eq!(by(Assistants::Teach), Permission::Teach);
    assert_eq!(by(Assistants::Grade), Permission::Grade);
    assert_eq!(by(Assistants::Observe), Permission::Observe);
    assert!(roles(&[ASSISTANT]).is_staff_here(), "the principal is implied");
    let both = roles(&[INSTRUCTOR, ASSISTANT]);
    let grading = Switches { assistants: Assistants::Grade, ..Switches::default() };
    assert_eq!(both.permission(&grading), Permission::Grade, "a full list does not promote an assistant");
    assert_eq!(roles(&["urn:lti:role:ims/lis/TeachingAssistant"]).permission(&grading), Permission::Grade);
}

#[test]
fn r02_all_spellings_are_understood() {
    let expected = |family, principal, sub| Some(Role { family, principal, sub });
    for text in ["Learner", "urn:lti:role:ims/lis/Learner", LEARNER] {
        assert_eq!(Role::parse(text), expected(Family::Context, "Learner", None), "{text}");
    }
    for text in [
        ASSISTANT,
        "urn:lti:role:ims/lis/Instructor/TeachingAssistant",
        "urn:lti:role:ims/lis/TeachingAssistant",
    ] {
        assert_eq!(
            Role::parse(text),
            expected(Family::Context, "Instructor", Some("TeachingAssistant")),
            "{text}"
        );
    }
    for text in [
        ADMINISTRATOR,
        "urn:lti:instrole:ims/lis/Administrator",
        "http://purl.imsglobal.org/vocab/lis/v2/person#Administrator",
    ] {
        assert_eq!(Role::parse(text), expected(Family::Institution, "Administrator", None), "{text}");
    }
    for text in
        ["http://purl.imsglobal.org/vocab/lis/v2/system/person#SysAdmin", "urn:lti:sysrole:ims/lis/SysAdmin"]
    {
        assert_eq!(Role::parse(text), expected(Family::System, "SysAdmin", None), "{text}");
    }
    for text in [
        "instructor",
        "INSTRUCTOR",
        "Student",
        "Faculty",
        " Learner",
        "Learner ",
        "#Learner",
        "x#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/membership#instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/membership",
        "http://purl.imsglobal.org/vocab/lis/v2/membership#",
        "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/Membership#Instructor",
        "http://evil.example/vocab/lis/v2/membership#Instructor",
        "urn:lti:role:ims/lis/",
        "",
    ] {
        assert_eq!(Role::parse(text), None, "{text}");
    }
    assert_eq!(
        Role::parse("http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#Vendor"),
        expected(Family::Context, "Learner", None),
        "an unknown sub-role is its principal"
    );
}

#[test]
fn r02_every_role_survives_its_uri() {
    for text in [
        ASSISTANT,
        GRADER,
        ADMINISTRATOR,
        INSTRUCTOR,
        LEARNER,
        "http://purl.imsglobal.org/vocab/lti/system/person#TestUser",
    ] {
        assert_eq!(Role::parse(text).unwrap().uri(), text);
    }
    let list = roles(&["Learner", LEARNER, "", "odd", "odd"]);
    assert_eq!(list.uris(), [LEARNER]);
    assert_eq!(list.unknown(), ["odd"]);
}

#[test]
fn r02_a_learner_called_instructor_is_a_learner() {
    let list = roles(&["http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#Instructor"]);
    assert_eq!(list.permission(&Switches::default()), Permission::Learn);
    assert!(list.is_learner_here() && !list.is_staff_here());
}

#[test]
fn r03_institution_roles_grant_nothing_here() {
    for text in [
        ADMINISTRATOR,
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Learner",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
    ] {
        assert_eq!(permission(&[text]), Permission::None, "{text}");
        assert_eq!(permission(&[text, LEARNER]), Permission::Learn, "{text}");
    }
    let switched = Switches { admins_may_teach: true, ..Switches::default() };
    assert_eq!(roles(&[ADMINISTRATOR]).permission(&switched), Permission::Teach);
    assert!(roles(&[ADMINISTRATOR, LEARNER]).is_staff_here(), "an administrator is no candidate");
    assert!(
        !roles(&["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"]).is_staff_here()
    );
}

#[test]
fn r04_teaching_wins_over_learning() {
    let both = roles(&[INSTRUCTOR, LEARNER]);
    assert_eq!(both.permission(&Switches::default()), Permission::Teach);
    assert!(both.is_staff_here() && both.is_learner_here());
}

/// R05: a mentor sees only those whom `role_scope_mentor` names.
#[test]
fn r05_a_mentor_sees_the_mentored() {
    let launch = good(|payload| {
        payload[ROLES] = serde_json::json!(["Mentor"]);
        payload[ROLE_SCOPE_MENTOR] = serde_json::json!(["u-1"]);
    });
    assert_eq!((launch.permission, launch.mentored), (Permission::Observe, vec!["u-1".to_owned()]));
    let learner = good(|payload| payload[ROLE_SCOPE_MENTOR] = serde_json::json!(["u-1"]));
    assert!(learner.mentored.is_empty(), "only meaningful with a Mentor role");
}

#[test]
fn r07_r08_authors_and_graders() {
    assert_eq!(permission(&["ContentDeveloper"]), Permission::Author);
    assert_eq!(permission(&[GRADER]), Permission::Grade);
    assert_eq!(permission(&[INSTRUCTOR, GRADER]), Permission::Grade);
    assert_eq!(
        permission(&[
            GRADER,
            "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#PrimaryInstructor"
        ]),
        Permission::Teach
    );
    assert!(roles(&[GRADER]).is_staff_here() && roles(&["ContentDeveloper"]).is_staff_here());
    for observer in ["Mentor", "Manager", "Officer", "Member"] {
        assert_eq!(permission(&[observer]), Permission::Observe);
    }
    assert_eq!(permission(&["Administrator"]), Permission::Teach, "of the course");
}

#[test]
fn permissions_are_ordered_and_named() {
    let all = [
        Permission::None,
        Permission::Observe,
        Permission::Learn,
        Permission::Grade,
        Permission::Author,
        Permission::Teach,
    ];
    assert!(all.is_sorted());
    for permission in all {
        assert_eq!(permission.name().parse(), Ok(permission));
        assert_eq!(serde_json::to_value(permission).unwrap(), permission.name());
    }
    assert!("Teach".parse::<Permission>().is_err());
}
