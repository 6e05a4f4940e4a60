//! The platform's endpoints for tools: launch page, authorization, key set. What they decide is in
//! [`crate::platform`]; the token endpoint stands with the services.

use poem::{
    Body, Request, Response, handler,
    http::{HeaderValue, Method, StatusCode, header},
    web::{Data, Path},
};

use super::{App, ask_who, form, handover, malformed, notice, query, signed_in};
use crate::{
    course::UserId, fields, keys::JwksAnswer, lms::Lms, opening::Opening, platform::AuthAnswer,
    tool::LoginMethod,
};

#[handler]
pub(super) fn launch_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((session, user)) = signed_in(lms, request) else { return ask_who(request) };
    begin(lms, request, &session, &user, Opening::Activity(id.into()))
}

/// The page that sends a login initiation to the tool: in a frame or, with `?in=window`, a window of its own.
pub(super) fn begin(
    lms: &Lms,
    request: &Request,
    session: &str,
    user: &UserId,
    opening: Opening,
) -> Response {
    let query = query(request);
    let target = if fields::first(&query, "in") == Some("window") { "window" } else { "iframe" };
    let bends = lms.bends(fields::first(&query, "bends"));
    match lms.begin_launch(session, user, opening, target, bends) {
        Err(reason) => notice(lms, StatusCode::FORBIDDEN, &reason.to_string(), "Go back to the course."),
        Ok(login)
            if login.method == LoginMethod::Get && lms.quirks(|quirks| quirks.appends_query_blindly) =>
        {
            let address = format!("{}?{}", login.url, fields::encode(&login.fields));
            Response::builder().status(StatusCode::FOUND).header(header::LOCATION, address).finish()
        }
        Ok(login) => {
            let method = match login.method {
                LoginMethod::Post => "post",
                LoginMethod::Get => "get",
            };
            handover(lms, &format!("Opening {}", login.tool_name), method, login.url, login.fields)
        }
    }
}

#[handler]
pub(super) async fn authenticate(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    let fields = if request.method() == Method::POST {
        let Ok(fields) = form(request, body).await else { return malformed(lms) };
        fields
    } else {
        query(request)
    };
    if let Some(branch) = lms.branch_of(&fields) {
        let method = if request.method() == Method::POST { "post" } else { "get" };
        return handover(lms, "Continue to your school", method, branch, fields);
    }
    let session = signed_in(lms, request);
    let session = session.as_ref().map(|(session, user)| (session.as_str(), user));
    match lms.authorize(request.method().as_str(), &fields, session) {
        AuthAnswer::Post { tool_name, redirect_uri, fields } => {
            handover(lms, &format!("Continue to {tool_name}"), "post", redirect_uri, fields)
        }
        AuthAnswer::Refused(reason) => {
            let status = StatusCode::from_u16(lms.quirks(|quirks| quirks.refused_login_status));
            notice(lms, status.unwrap_or(StatusCode::BAD_REQUEST), "Invalid request", &reason)
        }
        AuthAnswer::Repost => {
            let mut fields = fields;
            fields.push(("repost".to_owned(), "true".to_owned()));
            handover(lms, "Continue signing in", "post", lms.authorization_endpoint(), fields)
        }
    }
}

#[handler]
pub(super) async fn key_set(Data(lms): Data<&App>) -> Response {
    let (answer, cache_control) = lms.keys().fetched();
    let mut body = lms.keys().document().to_string();
    let mut content_type = "application/json";
    match answer {
        JwksAnswer::Keys => {}
        JwksAnswer::Status(code) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return Response::builder().status(status).content_type("text/plain").body("no keys today");
        }
        JwksAnswer::Late(wait) => tokio::time::sleep(wait).await,
        JwksAnswer::Padded(length) => body.push_str(&" ".repeat(length.saturating_sub(body.len()))),
        JwksAnswer::Html => {
            content_type = "text/html; charset=utf-8";
            body = "<!doctype html><title>Maintenance</title><p>Back soon.".to_owned();
        }
        JwksAnswer::Body(text) => body = text,
    }
    let mut response = Response::builder().content_type(content_type).body(body);
    if let Some(value) = cache_control.and_then(|value| HeaderValue::from_str(&value).ok()) {
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    response
}
