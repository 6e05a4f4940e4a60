//! Roles in the words of the product (lti-1.3-tool.md §12, §25; moodle-platform.md §1, §7).

use super::{Quirks, quirks::RoleWords};

const BASE: &str = "http://purl.imsglobal.org/vocab/lis/v2/";
const LEARNER: &str = crate::course::LEARNER;
const INSTRUCTOR: &str = crate::course::INSTRUCTOR;

/// The roles of a launch, sorted as they were.
pub(super) fn in_launch(quirks: &Quirks, roles: Vec<String>) -> Vec<String> {
    let mut roles: Vec<String> =
        roles
            .into_iter()
            .map(|role| {
                if quirks.flat_roles && is_sub_role(&role, "Instructor") {
                    INSTRUCTOR.to_owned()
                } else {
                    role
                }
            })
            .map(|role| said(&role, quirks.launch_roles))
            .collect();
    roles.dedup();
    roles.extend(quirks.extra_roles.iter().map(|role| said(role, quirks.launch_roles)));
    if quirks.doubled_roles {
        roles.extend(roles.clone());
    }
    if roles.is_empty() && quirks.blank_role {
        roles.push(String::new());
    }
    roles
}

/// The roles of a member, in full words.
pub(super) fn of_member(quirks: &Quirks, roles: &[String], site_roles: &[String]) -> Vec<String> {
    let course = roles.iter().map(|role| {
        // A non-editing teacher of Moodle is a Learner here, though an Instructor in the launch.
        if quirks.flat_roles && is_sub_role(role, "Instructor") { LEARNER.to_owned() } else { role.clone() }
    });
    let site = site_roles.iter().filter(|role| quirks.flat_roles && role.ends_with("#Administrator"));
    course.chain(site.map(|_| format!("{BASE}person#Administrator"))).collect()
}

/// Whether a member has the role that a filter asks for, in any words.
pub(super) fn fits(roles: &[String], wanted: &str) -> bool {
    roles.iter().any(|role| {
        role == wanted
            || said(role, RoleWords::Short) == wanted
            || is_sub_role(role, wanted)
            || is_sub_role(
                role,
                wanted.strip_prefix("http://purl.imsglobal.org/vocab/lis/v2/membership#").unwrap_or(wanted),
            )
    })
}

/// `…membership/{principal}#…`
fn is_sub_role(role: &str, principal: &str) -> bool {
    role.strip_prefix(BASE)
        .and_then(|rest| rest.strip_prefix("membership/"))
        .and_then(|rest| rest.strip_prefix(principal))
        .is_some_and(|rest| rest.starts_with('#'))
}

/// A full role in other words; what has none stays.
pub(super) fn said(role: &str, words: RoleWords) -> String {
    let split = role.strip_prefix(BASE).and_then(|rest| rest.split_once('#'));
    let Some((family, name)) = split else { return role.to_owned() };
    let principal = family.strip_prefix("membership/");
    match (words, family) {
        (RoleWords::Full, _) => role.to_owned(),
        (RoleWords::Short, "membership") => name.to_owned(),
        (RoleWords::Short, _) if principal.is_some() => name.to_owned(),
        (RoleWords::Short, _) => role.to_owned(),
        (RoleWords::Urn, "membership") => format!("urn:lti:role:ims/lis/{name}"),
        (RoleWords::Urn, "institution/person") => format!("urn:lti:instrole:ims/lis/{name}"),
        (RoleWords::Urn, "system/person") => format!("urn:lti:sysrole:ims/lis/{name}"),
        (RoleWords::Urn, _) => principal
            .map_or_else(|| role.to_owned(), |principal| format!("urn:lti:role:ims/lis/{principal}/{name}")),
    }
}
