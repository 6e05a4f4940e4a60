//! What a learning platform tells learning record stores and webhooks as it happens: xAPI statements as Moodle's log
//! store writes them, and Canvas Live Events signed as Instructure signs them. Sent when asked, to any address.

use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use url::Url;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    bend::Bend,
    course::{CourseId, UserId},
    dice,
    lms::Lms,
    mint,
    wire::{Answer, Wire, WireError},
};

const COMPLETED: &str = "http://adlnet.gov/expapi/verbs/completed";
const COURSE_TYPE: &str = "http://id.tincanapi.com/activitytype/lms/course";

/// Where a store of statements is, and who we are there.
#[derive(Clone, Debug)]
pub struct Store {
    /// Its address, to which `/statements` is added.
    pub endpoint: String,
    /// User name of Basic.
    pub username: String,
    /// Password of Basic.
    pub password: String,
}

impl Lms {
    /// The statement that somebody has completed a course: an account of this site, by its user id.
    #[must_use]
    pub fn course_completed_statement(&self, course: &CourseId, user: &UserId) -> Value {
        let mut statement = self.statement(user, COMPLETED, &self.course_activity(course));
        put(
            &mut statement,
            "/context/extensions",
            json!({
                "http://lrs.learninglocker.net/define/extensions/info": {
                    "event_name": "\\core\\event\\course_completed", "event_function": "course_completed"
                }
            }),
        );
        statement
    }

    /// The statement that somebody was scored in an activity of a course.
    #[must_use]
    pub fn scored_statement(
        &self,
        course: &CourseId,
        activity: &str,
        user: &UserId,
        (raw, max): (f64, f64),
    ) -> Value {
        let about = json!({ "id": format!("{}/mod/quiz/view.php?id={activity}", self.base_url()) });
        let mut statement = self.statement(user, "http://adlnet.gov/expapi/verbs/scored", &about);
        put(
            &mut statement,
            "/result",
            json!({
                "score": { "raw": raw, "min": 0.0, "max": max, "scaled": raw / max }, "completion": "unknown"
            }),
        );
        put(
            &mut statement,
            "/context/contextActivities",
            json!({
                "grouping": [{ "id": self.base_url() }, self.course_activity(course)]
            }),
        );
        statement
    }

    /// A statement about somebody, by their account here: what tools know them by.
    #[must_use]
    pub fn statement(&self, user: &UserId, verb: &str, object: &Value) -> Value {
        json!({
            "id": dice::uuid(),
            "actor": {
                "name": user.as_str(),
                "account": { "homePage": self.issuer(), "name": self.subject(user.clone()) }
            },
            "verb": { "id": verb },
            "object": object,
            "timestamp": self.now().to_rfc3339(),
            "context": { "platform": "Practice" },
        })
    }

    fn course_activity(&self, course: &CourseId) -> Value {
        json!({
            "id": format!("{}/course/view.php?id={}", self.issuer(), course.as_str()),
            "definition": { "type": COURSE_TYPE }
        })
    }

    /// Sends statements as a batch, as the log store's task does.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn send_statements(&self, store: &Store, statements: &[Value]) -> Result<Answer, WireError> {
        send_statements(&self.wire, store, statements).await
    }

    /// Sends an event as Canvas does: the body is the event, signed with this platform's key, bent or not.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn send_live_event(
        &self,
        address: &str,
        event: &Value,
        bends: &[Bend],
    ) -> Result<Answer, WireError> {
        post(&self.wire, address, json_headers(), self.signed_event(event, bends)).await
    }

    /// An event as Canvas signs it.
    #[must_use]
    pub fn signed_event(&self, event: &Value, bends: &[Bend]) -> String {
        mint::compose(self.keys(), event, bends)
    }

    /// Canvas's `course_completed` or `course_progress` of its user and course numbers, so many of so many
    /// requirements done.
    #[must_use]
    pub fn progress_event(&self, name: &str, course: u64, user: u64, (done, wanted): (u32, u32)) -> Value {
        json!({
            "metadata": {
                "event_name": name,
                "event_time": self.now().to_rfc3339(),
                "root_account_id": "21070000000000001",
                "root_account_uuid": "VicYj3cu5BIFpoZhDVU4DZumnlBrWi1grgJEzADs",
                "context_type": "Course",
                "context_id": (21_070_000_000_000_000 + course).to_string(),
                "producer": "canvas",
            },
            "body": {
                "course": { "id": course.to_string() },
                "user": { "id": user.to_string(), "email": "" },
                "progress": {
                    "requirement_count": wanted, "requirement_completed_count": done,
                    "completed_at": (done == wanted).then(|| self.now().to_rfc3339()),
                    "next_requirement_url": null,
                },
            },
        })
    }
}

/// Sends statements as a batch, without an LMS at hand.
pub(crate) async fn send_statements(
    wire: &Wire,
    store: &Store,
    statements: &[Value],
) -> Result<Answer, WireError> {
    let url = format!("{}/statements", store.endpoint);
    let basic = STANDARD.encode(format!("{}:{}", store.username, store.password));
    let mut headers = json_headers();
    headers.insert(HeaderName::from_static("x-experience-api-version"), HeaderValue::from_static("1.0.3"));
    if let Ok(value) = HeaderValue::from_str(&format!("Basic {basic}")) {
        headers.insert(AUTHORIZATION, value);
    }
    post(wire, &url, headers, json!(statements).to_string()).await
}

async fn post(wire: &Wire, url: &str, headers: HeaderMap, body: String) -> Result<Answer, WireError> {
    let url = Url::parse(url).map_err(|_| WireError::Address(url.to_owned()))?;
    wire.send(Method::POST, &url, headers, Some(body.into_bytes())).await
}

fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

/// Puts a value at a place whose parent is there.
fn put(value: &mut Value, pointer: &str, new: Value) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(parent) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
        parent.insert(name.to_owned(), new);
    }
}
