//! Names and roles (lti-1.3-tool.md §18.1): the members of a course, or of a link: then only those for whom the
//! link is released now (moodle-platform.md §7, §8).

use serde_json::{Map, Value, json};

use super::{
    Call, Reply, TYPE_MEMBERS,
    groups::Group,
    launch::tells_names,
    paging::{link, page},
    quirks::RoleWords,
    roles,
};
use crate::{
    claims::{self, Subject},
    course::{Activity, Course, INSTRUCTOR, Kind, LEARNER, User, UserId},
    lms::{Lms, lock},
};

/// Outcome data of LTI 1.1, which Moodle puts into the messages of members.
const BASIC_OUTCOME: &str = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome";

/// Whether somebody still takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemberStatus {
    /// Takes part.
    #[default]
    Active,
    /// Suspended.
    Inactive,
    /// Gone, but still listed; specified for difference reports only.
    Deleted,
}

impl MemberStatus {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Deleted => "Deleted",
        }
    }
}

pub(super) fn list(lms: &Lms, call: &Call<'_>) -> Reply {
    lms.world(|world| {
        let Some(course) = world.course(call.course.as_str()) else {
            return Reply::refuse(404, "There is no such course.");
        };
        let activity = match call.parameter("rlid") {
            None => None,
            Some(link) => match course.activity(link).filter(|activity| is_of_tool(activity, call)) {
                Some(activity) => Some(activity),
                None => return Reply::refuse(404, "There is no such resource link in this course."),
            },
        };
        let statuses = lock(&lms.services.statuses);
        let status =
            |user: &UserId| statuses.get(&(course.id.clone(), user.clone())).copied().unwrap_or_default();
        let members = course.roles.iter().filter_map(|(id, roles)| {
            let (user, status) = (world.user(id.as_str())?, status(id));
            if call.quirks.hides_inactive && status != MemberStatus::Active {
                return None;
            }
            if activity.is_some_and(|activity| !world.is_released(course, activity, id)) {
                return None;
            }
            let roles = roles::of_member(&call.quirks, roles, &user.site_roles);
            role_filter(call)
                .is_none_or(|wanted| roles::fits(&roles, wanted))
                .then_some((user, roles, status))
        });
        let (members, next) = page(lms, call, members, call.quirks.roster_page);
        let groups = lock(&lms.services.groups);
        let groups = (call.parameter("groups") == Some("true")).then_some(groups.as_slice());
        let members: Vec<Value> = members
            .into_iter()
            .map(|(user, roles, status)| {
                Member { lms, call, course, activity, groups, user, roles, status }.written()
            })
            .collect();
        answer(lms, call, course, members, next.as_deref())
    })
}

/// The role to filter by, if the product knows it.
fn role_filter<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    let known = |wanted: &&str| {
        [LEARNER, INSTRUCTOR]
            .into_iter()
            .any(|role| role == *wanted || roles::said(role, RoleWords::Short) == *wanted)
    };
    call.filter("role").filter(|wanted| !call.quirks.filters_two_roles || known(wanted))
}

fn is_of_tool(activity: &Activity, call: &Call<'_>) -> bool {
    matches!(&activity.kind, Kind::Tool(link) if link.client_id == call.tool.client_id)
}

fn answer(lms: &Lms, call: &Call<'_>, course: &Course, members: Vec<Value>, next: Option<&str>) -> Reply {
    let id = lms.members_url(&course.id, &call.tool, &call.quirks);
    let body = json!({
        "id": id,
        "context": {"id": course.id.as_str(), "label": course.label, "title": course.title},
        "members": members,
    });
    let mut reply = Reply::json(200, TYPE_MEMBERS, &body);
    if let Some(next) = next {
        link(&mut reply, next, "next", call.quirks.roster_links, false);
    }
    if call.quirks.differences_link {
        let sign = if id.contains('?') { '&' } else { '?' };
        let address = format!("{id}{sign}since={}", call.now.timestamp());
        link(&mut reply, &address, "differences", call.quirks.roster_links, false);
    }
    reply
}

/// A member about to be written.
struct Member<'a> {
    lms: &'a Lms,
    call: &'a Call<'a>,
    course: &'a Course,
    activity: Option<&'a Activity>,
    groups: Option<&'a [Group]>,
    user: &'a User,
    roles: Vec<String>,
    status: MemberStatus,
}

impl Member<'_> {
    fn written(&self) -> Value {
        let (user, quirks) = (self.user, &self.call.quirks);
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| {
            body.insert(name.to_owned(), value);
        };
        if !(quirks.omits_active && self.status == MemberStatus::Active) {
            put("status", self.status.word().into());
        }
        put("user_id", self.lms.shaped(&user.id, quirks.subjects).into());
        if let Some(number) = &user.sourced_id {
            put("lis_person_sourcedid", number.as_str().into());
        } else if quirks.blank_texts {
            put("lis_person_sourcedid", "".into());
        }
        if tells_names(&self.call.tool, quirks) {
            for (name, value) in user.personal() {
                put(name, value.into());
            }
            if user.email.is_none() && quirks.blank_email {
                put("email", "".into());
            }
            if quirks.flat_roles {
                put("ext_user_username", user.id.as_str().into());
            }
        }
        let said = self.roles.iter().map(|role| roles::said(role, quirks.roster_roles));
        put("roles", said.collect::<Vec<_>>().into());
        if let Some(groups) = self.groups {
            let of = groups.iter().filter(|group| group.course == self.course.id);
            let mine = of.filter(|group| group.members.contains(&user.id));
            let mine: Vec<Value> = mine.map(|group| json!({"group_id": group.id})).collect();
            put("group_enrollments", mine.into());
        }
        if let Some(activity) = self.activity {
            put("message", json!([self.message(activity)]));
        }
        Value::Object(body)
    }

    /// What a launch of this link by this person would say.
    fn message(&self, activity: &Activity) -> Value {
        let Kind::Tool(link) = &activity.kind else { return json!({}) };
        let (call, course, user) = (self.call, self.course, self.user);
        let subject =
            Subject { tool: &call.tool, course, activity, link, user, target: "iframe", now: call.now };
        if !call.quirks.link_messages {
            let result = format!("{}:{}:{}", self.course.id, activity.id, user.id);
            return json!({
                claims::MESSAGE_TYPE: "LtiResourceLinkRequest",
                BASIC_OUTCOME: {"lis_result_sourcedid": result},
            });
        }
        let mut custom = subject.custom(self.lms, &self.lms.custom_manners());
        super::launch::spell_keys(&mut custom, call.quirks.custom_keys);
        json!({claims::MESSAGE_TYPE: "LtiResourceLinkRequest", claims::CUSTOM: custom})
    }
}
