//! The services over HTTP: recorded, perhaps spoiled, answered. What is decided is in [`crate::services`].

use std::io;

use futures_util::{StreamExt as _, stream};
use poem::{
    Body, Request, Response, handler,
    http::{HeaderName, HeaderValue, StatusCode, header},
    web::{Data, Path},
};

use super::App;
use crate::{
    lms::Lms,
    services::{Reply, Service, ServiceRequest},
};

/// Bodies above this are refused.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// White space is sent in pieces of this size.
const PIECE: usize = 64 * 1024;
/// A service that hangs gives up after this, so that nothing stays for ever.
const HANGING: std::time::Duration = std::time::Duration::from_secs(3600);

#[handler]
pub(super) async fn token(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    let request = match read(lms, Service::Token, request, body).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    let suffered = lms.suffer(Service::Token, &request.method);
    let mut reply = if suffered.works() { lms.answer_token(&request).await } else { Reply::empty(200) };
    finish(lms, &request, &suffered, &mut reply).await
}

/// One handler per address; all methods go to the same place, which knows what it takes.
macro_rules! service {
    ($name:ident, $service:expr) => {
        #[handler]
        pub(super) async fn $name(
            Data(lms): Data<&App>,
            request: &Request,
            body: Body,
            Path(course): Path<String>,
        ) -> Response {
            serve(lms, $service, &course, None, request, body).await
        }
    };
    ($name:ident, $service:expr, item) => {
        #[handler]
        pub(super) async fn $name(
            Data(lms): Data<&App>,
            request: &Request,
            body: Body,
            Path((course, item)): Path<(String, String)>,
        ) -> Response {
            serve(lms, $service, &course, Some(&item), request, body).await
        }
    };
}

service!(line_items, Service::LineItems);
service!(line_item, Service::LineItem, item);
service!(scores, Service::Scores, item);
service!(results, Service::Results, item);
service!(members, Service::Members);
service!(groups, Service::Groups);
service!(group_sets, Service::GroupSets);

/// Canvas's own interface, whatever the path.
#[handler]
pub(super) async fn canvas_rest(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    records(lms, Service::CanvasRest, request, body).await
}

/// Moodle's web services.
#[handler]
pub(super) async fn moodle_rest(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    records(lms, Service::MoodleRest, request, body).await
}

async fn records(lms: &Lms, service: Service, request: &Request, body: Body) -> Response {
    let request = match read(lms, service, request, body).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    let suffered = lms.suffer(service, &request.method);
    let mut reply = if suffered.works() { lms.serve_records(service, &request) } else { Reply::empty(200) };
    finish(lms, &request, &suffered, &mut reply).await
}

async fn serve(
    lms: &Lms,
    service: Service,
    course: &str,
    item: Option<&str>,
    request: &Request,
    body: Body,
) -> Response {
    let request = match read(lms, service, request, body).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    let suffered = lms.suffer(service, &request.method);
    let mut reply =
        if suffered.works() { lms.serve(service, course, item, &request) } else { Reply::empty(200) };
    finish(lms, &request, &suffered, &mut reply).await
}

/// Reads and records a request.
async fn read(
    lms: &Lms,
    service: Service,
    request: &Request,
    body: Body,
) -> Result<ServiceRequest, Response> {
    let body = body.into_bytes_limit(BODY_LIMIT).await.map_err(|_| {
        Response::builder().status(StatusCode::PAYLOAD_TOO_LARGE).body("The body is too large.")
    })?;
    let headers = request.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let mut seen = ServiceRequest {
        at: lms.now(),
        service,
        method: request.method().as_str().to_owned(),
        target: request.original_uri().path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
        status: None,
        ticket: 0,
    };
    seen.ticket = lms.keep_request(seen.clone());
    Ok(seen)
}

async fn finish(
    lms: &Lms,
    request: &ServiceRequest,
    suffered: &crate::services::fault::Suffered,
    reply: &mut Reply,
) -> Response {
    tokio::time::sleep(suffered.wait().unwrap_or(HANGING)).await;
    suffered.spoil(reply, &lms.origin_of(&request.target));
    lms.keep_status(request.ticket, reply.status);
    if reply.cut == Some(0) {
        // Ends the task of this connection, and so the connection, without a word to anybody.
        std::panic::resume_unwind(Box::new("dropped on purpose"));
    }
    sent(reply)
}

/// An answer as HTTP.
pub(super) fn sent(reply: &Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status).header(header::CACHE_CONTROL, "no-store").finish();
    let headers = response.headers_mut();
    if status != StatusCode::NO_CONTENT
        && let Ok(value) = HeaderValue::from_str(&reply.content_type)
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
    for (name, value) in &reply.headers {
        // As bytes: Moodle's `Link` headers are not ASCII.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    if reply.cut.is_some() {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(reply.body.len()));
    }
    response.set_body(body(reply));
    response
}

fn body(reply: &Reply) -> Body {
    if let Some(end) = reply.cut {
        // Less than `Content-Length` says, after which the server closes the connection.
        let start = reply.body.get(..end).unwrap_or_default().to_vec();
        return Body::from_bytes_stream(stream::iter([Ok::<_, io::Error>(start)]));
    }
    let missing = reply.padded.saturating_sub(reply.body.len());
    if missing == 0 {
        return Body::from_vec(reply.body.clone());
    }
    let pieces = stream::repeat(vec![b' '; PIECE]).take(missing.div_ceil(PIECE));
    let all = stream::iter([reply.body.clone()]).chain(pieces).map(Ok::<_, io::Error>);
    Body::from_bytes_stream(all)
}
