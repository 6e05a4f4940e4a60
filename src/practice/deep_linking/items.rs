//! What content items become: activities of the course, and columns of its gradebook (lti-1.3-tool.md §15.3).

use serde_json::Value;
use url::Url;

use super::Request;
use crate::{
    course::{Activity, ActivityId, Kind},
    lms::Lms,
    manners::DeepLinkingManners,
    services::Column,
};

/// An item's title; empty when it has none.
pub(super) fn title(item: &Value) -> &str {
    item.get("title").and_then(Value::as_str).unwrap_or_default()
}

impl Lms {
    /// Adds an activity per item to the request's course.
    pub(super) fn create_from_items(&self, request: &Request, items: &[Value]) -> Vec<ActivityId> {
        let manners = self.manners().deep_linking;
        let tool_name = self.registration(&request.client_id).map(|tool| tool.name).unwrap_or_default();
        let mut created = Vec::new();
        for item in items {
            let id = self.new_activity_id();
            let title = Some(title(item)).filter(|title| !title.is_empty()).unwrap_or(&tool_name);
            let activity = activity(id.clone(), title, item, request, &manners);
            let is_tool = matches!(activity.kind, Kind::Tool(_));
            if !self.add_activity(&request.course, activity) {
                continue;
            }
            if let Some(column) = item.get("lineItem").filter(|_| is_tool && manners.honours_lineitem) {
                self.add_column(&request.course, wanted(request, &id, title, column));
            }
            created.push(id);
        }
        created
    }

    /// An id that no activity has yet: `1`, `2`, … as every LMS begins.
    pub(crate) fn new_activity_id(&self) -> ActivityId {
        loop {
            let id = self.messages.next().to_string();
            if self.world(|world| world.course_of(&id).is_none()) {
                return ActivityId(id);
            }
        }
    }
}

/// The column that an item's `lineItem` asks for.
fn wanted(request: &Request, activity: &ActivityId, title: &str, line_item: &Value) -> Column {
    let text = |name: &str| line_item.get(name).and_then(Value::as_str);
    let maximum = line_item.get("scoreMaximum").and_then(Value::as_f64).unwrap_or(100.0);
    let label = text("label").unwrap_or(title);
    let mut column = Column::of_tool(&request.client_id, label, maximum).link(activity);
    if let Some(id) = text("resourceId") {
        column = column.resource(id);
    }
    if let Some(tag) = text("tag") {
        column = column.tag(tag);
    }
    if let Some(review) = line_item.get("submissionReview") {
        column = column.with("submissionReview", review.clone());
    }
    column
}

fn activity(
    id: ActivityId,
    title: &str,
    item: &Value,
    request: &Request,
    manners: &DeepLinkingManners,
) -> Activity {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let is_link = text("type") == Some("ltiResourceLink");
    if !is_link && manners.checks_items {
        let words: Vec<&str> = ["text", "url", "html"].iter().filter_map(|name| text(name)).collect();
        return Activity::page(id, title, &words.join("\n"));
    }
    // Moodle makes a tool link of anything that comes.
    let mut activity = Activity::tool(id, title, &request.client_id).deployment(&request.deployment_id);
    if let Kind::Tool(link) = &mut activity.kind {
        link.target_link_uri = text("url").map(|url| address(url, manners.keeps_query));
        link.custom = custom(item.get("custom").filter(|_| manners.keeps_custom));
        link.item = Some(item.clone());
    }
    activity
}

fn address(url: &str, keeps_query: bool) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if !keeps_query => {
            parsed.set_query(None);
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}

fn custom(given: Option<&Value>) -> Vec<(String, String)> {
    let members = given.and_then(Value::as_object).into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
