//! Line items: list, create, read, replace, delete (lti-1.3-tool.md §17.2, §17.3). A tool sees its own only.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::{
    Call, LineItem, LineItemId, Quirks, Reply, TYPE_LINE_ITEM, TYPE_LINE_ITEMS,
    paging::{link, page},
};
use crate::{
    course::{CourseId, Kind},
    lms::{Lms, lock},
    tool::ToolRegistration,
};

/// Longest `resourceId` and `tag`.
const LONGEST: usize = 256;

pub(super) fn list_or_create(lms: &Lms, call: &Call<'_>) -> Reply {
    if call.request.method == "POST" { create(lms, call) } else { list(lms, call) }
}

pub(super) fn one(lms: &Lms, call: &Call<'_>, id: LineItemId) -> Reply {
    let Some(item) = find(lms, call, id) else {
        return Reply::refuse(404, "There is no such line item.");
    };
    let foreign = item.client_id.as_ref() != Some(&call.tool.client_id);
    match call.request.method.as_str() {
        "GET" => Reply::json(200, TYPE_LINE_ITEM, &lms.written(&item, &call.tool, &call.quirks)),
        _ if foreign => Reply::refuse(403, "This column cannot be changed."),
        "DELETE" => {
            lock(&lms.services.gradebook).remove(id);
            Reply::empty(204)
        }
        _ => replace(lms, call, &item),
    }
}

/// A column that this tool may see in this course.
pub(super) fn find(lms: &Lms, call: &Call<'_>, id: LineItemId) -> Option<LineItem> {
    let gradebook = lock(&lms.services.gradebook);
    gradebook.item(id).filter(|item| item.course == call.course && visible(item, call)).cloned()
}

fn visible(item: &LineItem, call: &Call<'_>) -> bool {
    item.client_id.as_ref() == Some(&call.tool.client_id) || call.quirks.whole_gradebook
}

fn list(lms: &Lms, call: &Call<'_>) -> Reply {
    let fits = |item: &LineItem| {
        [("resource_link_id", "resourceLinkId"), ("resource_id", "resourceId"), ("tag", "tag")]
            .into_iter()
            .all(|(filter, member)| {
                call.filter(filter).is_none_or(|wanted| item.text(member) == Some(wanted))
            })
    };
    let gradebook = lock(&lms.services.gradebook);
    let all = gradebook.of_course(&call.course).filter(|item| visible(item, call) && fits(item));
    let (items, next) = page(lms, call, all, call.quirks.grade_page);
    let items: Vec<Value> =
        items.into_iter().map(|item| lms.written(item, &call.tool, &call.quirks)).collect();
    let mut reply = Reply::json(200, TYPE_LINE_ITEMS, &Value::Array(items));
    if let Some(next) = next {
        link(&mut reply, &next, "next", call.quirks.grade_links, call.quirks.escaped_links);
    }
    reply
}

fn create(lms: &Lms, call: &Call<'_>) -> Reply {
    let mut members = match checked(call) {
        Ok(members) => members,
        Err(refusal) => return refusal,
    };
    members.shift_remove("id");
    if let Some(link) = members.get("resourceLinkId").and_then(Value::as_str) {
        if call.quirks.refuses_link_on_post {
            return Reply::refuse(400, "resourceLinkId cannot be given.");
        }
        if !has_link(lms, call, link) {
            return Reply::refuse(call.quirks.unknown_link_status, "There is no such resource link.");
        }
    }
    let owner = Some(call.tool.client_id.clone());
    let item = lock(&lms.services.gradebook).create(call.course.clone(), owner, members);
    Reply::json(201, TYPE_LINE_ITEM, &lms.written(&item, &call.tool, &call.quirks))
}

fn replace(lms: &Lms, call: &Call<'_>, item: &LineItem) -> Reply {
    let mut members = match checked(call) {
        Ok(members) => members,
        Err(refusal) => return refusal,
    };
    if let Some(id) = members.shift_remove("id")
        && (call.quirks.refuses_id_on_put || id != lms.line_item_url(item, &call.tool, &call.quirks))
    {
        return Reply::refuse(400, "id must be left out or be the address of this line item.");
    }
    // The link a column is coupled to stays, whether it is repeated or left out.
    match (members.get("resourceLinkId").and_then(Value::as_str), item.link()) {
        (None, None) => {}
        (None, Some(link)) => {
            members.insert("resourceLinkId".to_owned(), link.into());
        }
        (told, before) if told == before => {}
        _ => return Reply::refuse(400, "resourceLinkId cannot be changed."),
    }
    for (name, _) in &call.quirks.item_extras {
        members.shift_remove(*name);
    }
    match lock(&lms.services.gradebook).update(item.id, members) {
        Some(item) => Reply::json(200, TYPE_LINE_ITEM, &lms.written(&item, &call.tool, &call.quirks)),
        None => Reply::refuse(404, "There is no such line item."),
    }
}

/// The body as a line item. Blank and `null` optional members count as absent.
fn checked(call: &Call<'_>) -> Result<Map<String, Value>, Reply> {
    let refuse = |sentence: &str| Err(Reply::refuse(400, sentence));
    let Ok(Value::Object(mut members)) = serde_json::from_slice::<Value>(&call.request.body) else {
        return refuse("The body is no JSON object.");
    };
    members.retain(|_, value| !value.is_null());
    for name in ["resourceId", "tag", "resourceLinkId"] {
        match members.get(name) {
            Some(Value::String(text)) if text.is_empty() => {
                members.shift_remove(name);
            }
            None => {}
            Some(Value::String(text)) if text.len() <= LONGEST => {}
            Some(_) => return refuse(&format!("{name} must be text of at most {LONGEST} bytes.")),
        }
    }
    if members.get("label").and_then(Value::as_str).is_none_or(|label| label.trim().is_empty()) {
        return refuse("label is missing or blank.");
    }
    let maximum = members.get("scoreMaximum").and_then(Value::as_f64);
    let Some(maximum) = maximum.filter(|maximum| *maximum > 0.0) else {
        return refuse("scoreMaximum must be a number above 0.");
    };
    if call.quirks.whole_maximum && maximum.fract() != 0.0 {
        return refuse("scoreMaximum must be a whole number.");
    }
    if call.quirks.needs_resource
        && !members.contains_key("resourceId")
        && !members.contains_key("resourceLinkId")
    {
        return refuse("resourceId or resourceLinkId is needed.");
    }
    for name in ["startDateTime", "endDateTime"] {
        let time = members.get(name).map(|value| value.as_str().map(DateTime::parse_from_rfc3339));
        if time.is_some_and(|time| !matches!(time, Some(Ok(_)))) {
            return refuse(&format!("{name} must be a time with its zone."));
        }
    }
    Ok(members)
}

fn has_link(lms: &Lms, call: &Call<'_>, link: &str) -> bool {
    lms.world(|world| {
        let activity = world.course(call.course.as_str()).and_then(|course| course.activity(link));
        activity.is_some_and(|activity| match &activity.kind {
            Kind::Tool(tool) => tool.client_id == call.tool.client_id,
            Kind::Page(_) => false,
        })
    })
}

impl Lms {
    /// The address of a service of a course, with the query of the product if it has one.
    pub(crate) fn service_url(&self, path: &str, tool: &ToolRegistration, quirks: &Quirks) -> String {
        let query = if quirks.service_query {
            let query = [("type_id".to_owned(), tool.deployment_id.clone())];
            format!("?{}", crate::fields::encode(&query))
        } else {
            String::new()
        };
        format!("{}/{path}{query}", self.base_url())
    }

    pub(crate) fn line_items_url(
        &self,
        course: &CourseId,
        tool: &ToolRegistration,
        quirks: &Quirks,
    ) -> String {
        self.service_url(&format!("ags/{}/lineitems", segment(course)), tool, quirks)
    }

    pub(crate) fn line_item_url(&self, item: &LineItem, tool: &ToolRegistration, quirks: &Quirks) -> String {
        let path = format!("ags/{}/lineitems/{}/lineitem", segment(&item.course), item.id);
        self.service_url(&path, tool, quirks)
    }

    /// A line item as JSON.
    pub(crate) fn written(&self, item: &LineItem, tool: &ToolRegistration, quirks: &Quirks) -> Value {
        let mut body = json!({"id": self.line_item_url(item, tool, quirks)});
        if let Value::Object(body) = &mut body {
            body.extend(item.members.clone());
            if quirks.blank_item_texts {
                for name in ["resourceId", "tag"] {
                    body.entry(name).or_insert_with(|| "".into());
                }
                if let Some(link) = item.link() {
                    body.insert("ltiLinkId".to_owned(), link.into());
                }
            }
            for (name, value) in &quirks.item_extras {
                if name.ends_with("/readOnly") && item.client_id.is_none() {
                    body.insert((*name).to_owned(), true.into());
                } else if item.client_id.is_some() || !body.contains_key(*name) {
                    // What the LMS says of its own columns stays.
                    body.insert((*name).to_owned(), value.clone());
                }
            }
        }
        body
    }
}

/// A course id as one segment of a path.
pub(super) fn segment(course: &CourseId) -> String {
    crate::fields::segment(course.as_str())
}
