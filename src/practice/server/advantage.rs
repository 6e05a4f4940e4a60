//! The endpoints that tools call beside launches: configuration, registration, notice handlers. What they decide is
//! in [`crate::registration`] and [`crate::notices`].

use poem::{
    Body, Request, Response, handler,
    http::{Method, header},
    web::{Data, Path},
};
use serde_json::{Value, json};

use super::{App, FORM_LIMIT, services::sent};
use crate::{
    fields,
    lms::Lms,
    notices::NoHandler,
    registration::{Incoming, SeenRegistration},
    services::Reply,
    token,
};

const JSON: &str = "application/json";

#[handler]
pub(super) fn configuration(Data(lms): Data<&App>, request: &Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let reply = match lms.show_configuration(query, bearer(request)) {
        Ok(document) => Reply::json(200, JSON, &document),
        Err(_) => Reply::json(401, JSON, &json!({"error": "invalid_token"})),
    };
    note(lms, request, None, &reply);
    sent(&reply)
}

#[handler]
pub(super) async fn register(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    registration(lms, request, body, None).await
}

#[handler]
pub(super) async fn registered(
    Data(lms): Data<&App>,
    request: &Request,
    body: Body,
    Path(client): Path<String>,
) -> Response {
    registration(lms, request, body, Some(&client)).await
}

async fn registration(lms: &Lms, request: &Request, body: Body, client: Option<&str>) -> Response {
    let body = json_body(request, body).await;
    let incoming =
        Incoming { method: request.method().as_str(), bearer: bearer(request), client, body: body.as_ref() };
    let reply = lms.answer_registration(&incoming);
    note(lms, request, body, &reply);
    sent(&reply)
}

#[handler]
pub(super) async fn notice_handlers(
    Data(lms): Data<&App>,
    request: &Request,
    body: Body,
    Path((client, deployment)): Path<(String, String)>,
) -> Response {
    let is_put = request.method() == Method::PUT;
    let decided = match lms.may_handle(bearer(request), &client) {
        Err(reason) => Err(reason),
        Ok(tool) if is_put => match json_body(request, body).await {
            None => Err(NoHandler::Invalid("the body must be JSON".to_owned())),
            Some(sent) => lms.put_handler(&tool, &deployment, &sent).map(|()| sent),
        },
        Ok(tool) => Ok(lms.show_handlers(&tool, &deployment)),
    };
    let (status, body) = match decided {
        Ok(body) => (200, body),
        Err(reason) => {
            let status = match reason {
                NoHandler::Token => 401,
                NoHandler::Unknown => 404,
                NoHandler::Invalid(_) => 400,
            };
            (status, json!({"message": reason.to_string()}))
        }
    };
    sent(&Reply::json(status, JSON, &body))
}

fn header_of(request: &Request, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

fn bearer(request: &Request) -> Option<&str> {
    header_of(request, header::AUTHORIZATION).and_then(token::bearer)
}

/// A body that is JSON by its type and by its shape.
async fn json_body(request: &Request, body: Body) -> Option<Value> {
    if fields::media_type(request.content_type()?) != JSON {
        return None;
    }
    serde_json::from_slice(&body.into_bytes_limit(FORM_LIMIT).await.ok()?).ok()
}

fn note(lms: &Lms, request: &Request, body: Option<Value>, reply: &Reply) {
    let owned = |name| header_of(request, name).map(str::to_owned);
    let path = request.uri().path_and_query().map(|path| path.as_str().to_owned());
    lms.note_registration(SeenRegistration {
        at: lms.now(),
        method: request.method().to_string(),
        path: path.unwrap_or_default(),
        authorization: owned(header::AUTHORIZATION),
        content_type: owned(header::CONTENT_TYPE),
        accept: owned(header::ACCEPT),
        body,
        status: reply.status,
        answer: String::from_utf8_lossy(&reply.body).into_owned(),
    });
}
