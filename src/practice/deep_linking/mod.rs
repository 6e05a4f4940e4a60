//! Deep linking from the platform's side (lti-1.3-tool.md §15): the request's settings, the outstanding requests,
//! and what comes of an answer. How an answer is judged is in `verify`, what its items become in `items`.
//!
//! Switches: [`crate::manners::DeepLinkingManners`].

mod items;
mod verify;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    claims,
    course::{ActivityId, Course, CourseId, UserId},
    fields::{self, Fields},
    lms::{Lms, lock},
    manners::DeepLinkingManners,
    opening::{Opening, put},
    platform::Pending,
    tool::ToolRegistration,
};

use verify::Verified;

/// The settings of a request.
pub const SETTINGS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
/// The items of an answer.
pub const CONTENT_ITEMS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items";
/// What the request said under `data`.
pub const DATA: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/data";
/// For the author, when it went well.
pub const MSG: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/msg";
/// For the author, when it did not.
pub const ERROR_MSG: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/errormsg";

/// A deep-linking request that waits for its answer.
#[derive(Clone, Debug)]
pub struct Request {
    /// The last part of its return address.
    pub id: String,
    /// The key in the return address's query.
    pub key: String,
    /// Who picks.
    pub user: UserId,
    /// For which course.
    pub course: CourseId,
    /// In which tool.
    pub client_id: String,
    /// For which deployment.
    pub deployment_id: String,
    /// The settings as they were sent, bends included.
    pub settings: Value,
    /// Whether a good answer came.
    pub answered: bool,
    /// Items that wait for the author to save them.
    pub proposed: Vec<Value>,
}

/// An answer that arrived at a return address, good or not, kept for assertions.
#[derive(Clone, Debug)]
pub struct SeenResponse {
    /// When.
    pub at: DateTime<Utc>,
    /// The request's id in the address.
    pub request: String,
    /// The tool, if the request was known.
    pub client_id: Option<String>,
    /// The form as posted.
    pub fields: Fields,
    /// The claims, if the signature was good.
    pub claims: Option<Value>,
    /// Why it was refused.
    pub refusal: Option<String>,
}

/// What the author sees after an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answered {
    /// The answer is refused, for this reason.
    Refused(String),
    /// Nothing was chosen; the tool may have said why.
    Nothing { course: CourseId, error: Option<String> },
    /// The activities are there.
    Created { course: CourseId, message: Option<String>, activities: Vec<ActivityId> },
    /// The author still has to save these (by title).
    ToSave { course: CourseId, message: Option<String>, titles: Vec<String> },
}

impl Lms {
    /// The answers that arrived at return addresses, oldest first.
    #[must_use]
    pub fn deep_linking_responses(&self) -> Vec<SeenResponse> {
        lock(&self.messages.responses).clone()
    }

    /// Makes a launch's payload a deep-linking request.
    pub(crate) fn deep_linking_request(
        &self,
        payload: &mut Value,
        course: &Course,
        ticket: &(String, String),
    ) {
        let manners = self.manners().deep_linking;
        put(payload, claims::MESSAGE_TYPE, "LtiDeepLinkingRequest".into());
        if manners.resource_link {
            put(payload, claims::RESOURCE_LINK, json!({"id": course.id.as_str(), "title": course.title}));
        }
        if let Value::Object(members) = payload {
            let unwanted = [
                (claims::TARGET_LINK_URI, !manners.target_link),
                (claims::ROLES, !manners.roles),
                (claims::AGS_ENDPOINT, !manners.services),
                (claims::NRPS, !manners.services),
            ];
            for (name, _) in unwanted.iter().filter(|(_, unwanted)| *unwanted) {
                members.shift_remove(*name);
            }
            // The way back is the return address of the settings.
            if let Some(Value::Object(presentation)) = members.get_mut(claims::LAUNCH_PRESENTATION) {
                presentation.shift_remove("return_url");
            }
        }
        put(payload, SETTINGS, self.settings(&manners, ticket));
    }

    fn settings(&self, manners: &DeepLinkingManners, (id, key): &(String, String)) -> Value {
        let mut settings = json!({
            "deep_link_return_url": format!("{}/deep-link/{id}?sesskey={key}&type_id=1", self.base_url()),
            "accept_types": manners.accept_types,
            "accept_presentation_document_targets": manners.targets,
        });
        let optional = [
            ("accept_media_types", manners.media_types.clone()),
            ("accept_multiple", manners.accept_multiple.clone()),
            ("accept_lineitem", manners.accept_lineitem.clone()),
            ("auto_create", manners.auto_create.clone()),
            ("title", manners.title.as_ref().map(|(title, _)| title.as_str().into())),
            ("text", manners.title.as_ref().map(|(_, text)| text.as_str().into())),
            ("data", manners.data.as_deref().map(Value::from)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                put(&mut settings, name, value);
            }
        }
        settings
    }

    /// Waits for the answer to a deep-linking request that is about to be sent with this token.
    pub(crate) fn expect_response(&self, tool: &ToolRegistration, pending: &Pending, token: &str) {
        let Opening::DeepLinking { course, .. } = &pending.opening else { return };
        // What the tool was told counts, bends and all, so it is read from the token itself.
        let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let payload: Value = payload.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        let (id, key) = pending.ticket.clone();
        let request = Request {
            id: id.clone(),
            key,
            user: pending.user.clone(),
            course: course.clone(),
            client_id: tool.client_id.clone(),
            deployment_id: pending.deployment_id.clone(),
            settings: payload.get(SETTINGS).cloned().unwrap_or_default(),
            answered: false,
            proposed: Vec::new(),
        };
        lock(&self.messages.requests).insert(id, request);
    }

    /// Judges what was posted to a return address and makes activities of it.
    pub(crate) async fn receive_response(
        &self,
        id: &str,
        query: &Fields,
        user: &UserId,
        form: &Fields,
    ) -> Answered {
        let request = lock(&self.messages.requests).get(id).cloned();
        let client_id = request.as_ref().map(|request| request.client_id.clone());
        let mut seen = SeenResponse {
            at: self.now(),
            request: id.to_owned(),
            client_id,
            fields: form.clone(),
            claims: None,
            refusal: None,
        };
        let verified = match &request {
            None => Err("there is no such request".to_owned()),
            Some(request) if fields::first(query, "sesskey") != Some(&request.key) => {
                Err("the return address lost a part of its query".to_owned())
            }
            Some(request) if request.user != *user => {
                Err("the request belongs to another person's session".to_owned())
            }
            Some(request) => self.verified_response(request, form, &mut seen.claims).await,
        };
        let answered = match (request, verified) {
            (Some(request), Ok(verified)) => self.take_response(&request, verified),
            (_, Err(reason)) => Answered::Refused(reason),
            (None, Ok(_)) => Answered::Refused("there is no such request".to_owned()),
        };
        if let Answered::Refused(reason) = &answered {
            seen.refusal = Some(reason.clone());
        }
        lock(&self.messages.responses).push(seen);
        answered
    }

    /// Takes a good answer, once.
    fn take_response(&self, request: &Request, verified: Verified) -> Answered {
        let creates = DeepLinkingManners::says(request.settings.get("auto_create"));
        let course = request.course.clone();
        {
            let mut requests = lock(&self.messages.requests);
            let Some(open) = requests.get_mut(&request.id).filter(|open| !open.answered) else {
                return Answered::Refused("the request was already answered".to_owned());
            };
            open.answered = true;
            if !creates {
                open.proposed.clone_from(&verified.items);
            }
        }
        if verified.items.is_empty() {
            return Answered::Nothing { course, error: verified.error };
        }
        if creates {
            let activities = self.create_from_items(request, &verified.items);
            return Answered::Created { course, message: verified.message, activities };
        }
        let titles = verified.items.iter().map(|item| items::title(item).to_owned()).collect();
        Answered::ToSave { course, message: verified.message, titles }
    }

    /// The author saves what was proposed. `None` when there is nothing to save.
    pub(crate) fn save_response(&self, id: &str, user: &UserId) -> Option<(CourseId, Vec<ActivityId>)> {
        let request = {
            let mut requests = lock(&self.messages.requests);
            let open = requests.get_mut(id).filter(|open| open.user == *user && !open.proposed.is_empty())?;
            let request = open.clone();
            open.proposed.clear();
            request
        };
        let activities = self.create_from_items(&request, &request.proposed);
        Some((request.course, activities))
    }
}
