//! A request to a service and its answer: who asks, whether they may, whether the media types are right; then the
//! file of the service answers (lti-1.3-tool.md §16.4, §17.1; moodle-platform.md §7).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    LineItemId, Quirks, SCOPE_GROUPS, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY, SCOPE_MEMBERS, SCOPE_RESULT,
    SCOPE_SCORE, Service, ServiceRequest, TYPE_GROUP_SETS, TYPE_GROUPS, TYPE_LINE_ITEM, TYPE_LINE_ITEMS,
    TYPE_MEMBERS, TYPE_RESULTS, TYPE_SCORE, groups, line_items, results, roster, scores,
};
use crate::{
    course::CourseId,
    fields::{self, Fields},
    lms::{Lms, lock},
    token::bearer,
    tool::ToolRegistration,
};

/// An answer, before it becomes HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub content_type: String,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// The connection breaks after so many bytes of the body.
    pub cut: Option<usize>,
    /// White space follows the body up to so many bytes.
    pub padded: usize,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let content_type = content_type.to_owned();
        Self { status, content_type, headers: Vec::new(), body, cut: None, padded: 0 }
    }

    pub fn json(status: u16, content_type: &str, body: &Value) -> Self {
        Self::new(status, content_type, body.to_string().into_bytes())
    }

    pub fn empty(status: u16) -> Self {
        Self::new(status, "application/json", Vec::new())
    }

    pub fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text.as_bytes().to_vec())
    }

    pub fn html(status: u16) -> Self {
        let page = "<!doctype html><title>Oops</title><p>Something went wrong. Back soon.";
        Self::new(status, "text/html; charset=utf-8", page.as_bytes().to_vec())
    }

    /// A refusal: the status and a sentence.
    pub fn refuse(status: u16, sentence: &str) -> Self {
        Self::json(status, "application/json", &json!({"status": status, "reason": sentence}))
    }

    pub fn header(&mut self, name: &str, value: &[u8]) {
        self.headers.push((name.to_owned(), value.to_vec()));
    }
}

/// A request whose token, scope and media types are right.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub request: &'a ServiceRequest,
    pub query: Fields,
    pub course: CourseId,
    pub tool: ToolRegistration,
    pub quirks: Quirks,
    pub now: DateTime<Utc>,
}

impl Call<'_> {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        fields::first(&self.query, name).filter(|value| !value.is_empty())
    }

    /// A filter, unless the product does not look at filters.
    pub fn filter(&self, name: &str) -> Option<&str> {
        self.parameter(name).filter(|_| !self.quirks.ignores_filters)
    }
}

impl Lms {
    /// Answers a request to a service of a course.
    pub(crate) fn serve(
        &self,
        service: Service,
        course: &str,
        item: Option<&str>,
        request: &ServiceRequest,
    ) -> Reply {
        match self.admit(service, course, request) {
            Err(refusal) => refusal,
            Ok(call) => {
                let item = item.and_then(|item| item.parse().ok()).map(LineItemId);
                match (service, item) {
                    (Service::LineItems, _) => line_items::list_or_create(self, &call),
                    (Service::LineItem, Some(item)) => line_items::one(self, &call, item),
                    (Service::Scores, Some(item)) => scores::post(self, &call, item),
                    (Service::Results, Some(item)) => results::list(self, &call, item),
                    (Service::Members, _) => roster::list(self, &call),
                    (Service::Groups, _) => groups::list(self, &call),
                    (Service::GroupSets, _) => groups::list_sets(self, &call),
                    _ => Reply::refuse(404, "There is no such line item."),
                }
            }
        }
    }

    fn admit<'a>(
        &self,
        service: Service,
        course: &str,
        request: &'a ServiceRequest,
    ) -> Result<Call<'a>, Reply> {
        let quirks = lock(&self.services.quirks).clone();
        let Some(needs) = needs(service, &request.method) else {
            let mut reply = Reply::refuse(405, "This address does not take such requests.");
            reply.header("allow", allow(service).as_bytes());
            return Err(reply);
        };
        let unauthorized = || {
            let mut reply = Reply::refuse(401, "The access token is missing, unknown or expired.");
            reply.header("www-authenticate", b"Bearer error=\"invalid_token\"");
            reply
        };
        let token = request.header("authorization").and_then(bearer);
        let grant = token.and_then(|token| self.grant(token)).ok_or_else(unauthorized)?;
        // A tool that was unregistered has no tokens any more.
        let tool = self.registration(&grant.client_id).ok_or_else(unauthorized)?;
        let offered = match service {
            Service::Members => quirks.offers_members,
            Service::Groups | Service::GroupSets => quirks.offers_groups,
            _ => quirks.offers_grades,
        };
        if !offered || self.world(|world| world.course(course).is_none()) {
            return Err(Reply::refuse(404, "There is no such course or service."));
        }
        if !needs.scopes.iter().any(|scope| grant.scopes.iter().any(|granted| granted == scope)) {
            return Err(Reply::refuse(quirks.lacking_scope_status, "The access token lacks the scope."));
        }
        if quirks.needs_user_agent && request.header("user-agent").is_none_or(str::is_empty) {
            return Err(Reply::refuse(403, "User-Agent is missing."));
        }
        media_types(&quirks, service, &needs, request)?;
        let query = request.query();
        if quirks.service_query && fields::first(&query, "type_id") != Some(&tool.deployment_id) {
            return Err(Reply::refuse(404, "type_id is missing or of another tool."));
        }
        Ok(Call { request, query, course: course.into(), tool, quirks, now: self.now() })
    }
}

/// What a request must bring.
struct Needs {
    scopes: &'static [&'static str],
    accept: Option<&'static str>,
    sends: Option<&'static str>,
}

fn needs(service: Service, method: &str) -> Option<Needs> {
    const READ: &[&str] = &[SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY];
    const WRITE: &[&str] = &[SCOPE_LINE_ITEM];
    let get = |scopes, accept| Some(Needs { scopes, accept: Some(accept), sends: None });
    let item = Some(TYPE_LINE_ITEM);
    match (service, method) {
        (Service::LineItems, "GET") => get(READ, TYPE_LINE_ITEMS),
        (Service::LineItems, "POST") | (Service::LineItem, "PUT") => {
            Some(Needs { scopes: WRITE, accept: item, sends: item })
        }
        (Service::LineItem, "GET") => get(READ, TYPE_LINE_ITEM),
        (Service::LineItem, "DELETE") => Some(Needs { scopes: WRITE, accept: None, sends: None }),
        (Service::Scores, "POST") => {
            Some(Needs { scopes: &[SCOPE_SCORE], accept: None, sends: Some(TYPE_SCORE) })
        }
        (Service::Results, "GET") => get(&[SCOPE_RESULT], TYPE_RESULTS),
        (Service::Members, "GET") => get(&[SCOPE_MEMBERS], TYPE_MEMBERS),
        (Service::Groups, "GET") => get(&[SCOPE_GROUPS], TYPE_GROUPS),
        (Service::GroupSets, "GET") => get(&[SCOPE_GROUPS], TYPE_GROUP_SETS),
        _ => None,
    }
}

fn allow(service: Service) -> &'static str {
    match service {
        Service::LineItems => "GET, POST",
        Service::LineItem => "GET, PUT, DELETE",
        Service::Scores | Service::Token => "POST",
        Service::Results | Service::Members | Service::Groups | Service::GroupSets | Service::CanvasRest => {
            "GET"
        }
        Service::MoodleRest => "GET, POST",
    }
}

fn media_types(
    quirks: &Quirks,
    service: Service,
    needs: &Needs,
    request: &ServiceRequest,
) -> Result<(), Reply> {
    let fits =
        |kind: &str, wanted: &str| kind == wanted || (quirks.json_will_do && kind == "application/json");
    let refuse = |status: u16, header: &str, wanted: &str| {
        let status = quirks.media_type_status.unwrap_or(status);
        Err(Reply::refuse(status, &format!("{header} must be {wanted}.")))
    };
    if let Some(wanted) = needs.sends {
        let kind = request.header("content-type").map(fields::media_type).unwrap_or_default();
        if !fits(&kind, wanted) {
            return refuse(415, "Content-Type", wanted);
        }
    }
    if let Some(wanted) = needs.accept
        && let accept = request.header("accept").unwrap_or("*/*")
        // Moodle wants the one type and nothing else, but takes anything for rosters.
        && let exact = quirks.exact_accept && !(service == Service::Members && accept == "*/*")
    {
        let taken = if exact {
            accept == wanted
        } else {
            let mut kinds = accept.split(',').map(fields::media_type);
            kinds.any(|kind| fits(&kind, wanted) || kind == "*/*" || kind == "application/*")
        };
        if !taken {
            return refuse(406, "Accept", wanted);
        }
    }
    Ok(())
}
