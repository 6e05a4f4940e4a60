//! The endpoints that tools call beside launches: configuration, registration, notice handlers. What they decide is
//! in [`crate::registration`] and [`crate::notices`].

use poem::{
    Body, Request, Response, handler,
    http::{StatusCode, header},
    web::{Data, Path},
};
use serde_json::{Value, json};

use super::{App, FORM_LIMIT};
use crate::{
    lms::Lms,
    notices::NoHandler,
    registration::{Incoming, Reply, SeenRegistration},
};

#[handler]
pub(super) fn configuration(Data(lms): Data<&App>, request: &Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let reply = match lms.show_configuration(query, bearer(request)) {
        Ok(document) => Reply { status: 200, content_type: "application/json", body: document.to_string() },
        Err(_) => Reply {
            status: 401,
            content_type: "application/json",
            body: json!({"error": "invalid_token"}).to_string(),
        },
    };
    note(lms, request, None, &reply);
    answer(reply)
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
    let sent = json_body(request, body).await;
    let incoming =
        Incoming { method: request.method().as_str(), bearer: bearer(request), client, body: sent.as_ref() };
    let reply = lms.answer_registration(&incoming);
    note(lms, request, sent, &reply);
    answer(reply)
}

#[handler]
pub(super) async fn notice_handlers(
    Data(lms): Data<&App>,
    request: &Request,
    body: Body,
    Path((client, deployment)): Path<(String, String)>,
) -> Response {
    let is_put = request.method() == poem::http::Method::PUT;
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
    answer(Reply { status, content_type: "application/json", body: body.to_string() })
}

fn header_of(request: &Request, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The token of `Authorization: Bearer …`.
fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = header_of(request, header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A body that is JSON by its type and by its shape.
async fn json_body(request: &Request, body: Body) -> Option<Value> {
    let media_type = request.content_type()?.split(';').next()?.trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
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
        answer: reply.body.clone(),
    });
}

fn answer(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Response::builder()
        .status(status)
        .content_type(reply.content_type)
        .header(header::CACHE_CONTROL, "no-store")
        .body(reply.body)
}
