//! Course groups and group sets (lti-1.3-tool.md §18.2).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Call, Reply, TYPE_GROUP_SETS, TYPE_GROUPS,
    line_items::segment,
    paging::{link, page},
};
use crate::{
    course::{CourseId, UserId},
    lms::{Lms, lock},
};

/// A group of members of a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub(crate) course: CourseId,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The tag, if any.
    pub tag: Option<String>,
    /// The set it belongs to: id and name.
    pub set: Option<(String, String)>,
    /// Not shown to learners.
    pub hidden: bool,
    /// Who belongs to it.
    pub members: BTreeSet<UserId>,
}

impl Group {
    /// An empty group.
    pub fn new(course: impl Into<CourseId>, id: &str, name: &str) -> Self {
        Self {
            course: course.into(),
            id: id.to_owned(),
            name: name.to_owned(),
            tag: None,
            set: None,
            hidden: false,
            members: BTreeSet::new(),
        }
    }

    /// With this member.
    #[must_use]
    pub fn member(mut self, user: impl Into<UserId>) -> Self {
        self.members.insert(user.into());
        self
    }

    /// In this set.
    #[must_use]
    pub fn in_set(mut self, id: &str, name: &str) -> Self {
        self.set = Some((id.to_owned(), name.to_owned()));
        self
    }

    /// With this tag.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.to_owned());
        self
    }
}

pub(super) fn list(lms: &Lms, call: &Call<'_>) -> Reply {
    let member = call.parameter("user_id").map(|subject| lms.behind(subject));
    let groups = lock(&lms.services.groups);
    let all = groups.iter().filter(|group| {
        group.course == call.course && member.as_ref().is_none_or(|user| group.members.contains(user))
    });
    let (groups, next) = page(lms, call, all, call.quirks.roster_page);
    let written: Vec<Value> = groups
        .into_iter()
        .map(|group| {
            let mut body = json!({"id": group.id, "name": group.name});
            if let Value::Object(body) = &mut body {
                if let Some(tag) = &group.tag {
                    body.insert("tag".to_owned(), tag.as_str().into());
                }
                if let Some((set, _)) = &group.set {
                    body.insert("set_ids".to_owned(), json!([set]));
                }
                if group.hidden {
                    body.insert("hidden".to_owned(), true.into());
                }
            }
            body
        })
        .collect();
    let id = lms.service_url(&format!("gs/{}/groups", segment(&call.course)), &call.tool, &call.quirks);
    answer(call, TYPE_GROUPS, &json!({"id": id, "groups": written}), next.as_deref())
}

pub(super) fn list_sets(lms: &Lms, call: &Call<'_>) -> Reply {
    let sets: BTreeSet<(String, String)> = lock(&lms.services.groups)
        .iter()
        .filter(|group| group.course == call.course)
        .filter_map(|group| group.set.clone())
        .collect();
    let (sets, next) = page(lms, call, sets.into_iter(), call.quirks.roster_page);
    let sets: Vec<Value> = sets.into_iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
    let id = lms.service_url(&format!("gs/{}/sets", segment(&call.course)), &call.tool, &call.quirks);
    answer(call, TYPE_GROUP_SETS, &json!({"id": id, "sets": sets}), next.as_deref())
}

fn answer(call: &Call<'_>, content_type: &str, body: &Value, next: Option<&str>) -> Reply {
    let mut reply = Reply::json(200, content_type, body);
    if let Some(next) = next {
        link(&mut reply, next, "next", call.quirks.roster_links, false);
    }
    reply
}
