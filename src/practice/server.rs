//! The routes, and what pages and endpoints share. No decisions about launches are made here.

mod administration;
mod advantage;
mod endpoints;
mod gradebook;
mod people;
mod services;
mod storage;
mod teaching;

use std::sync::Arc;

use askama::Template;
use poem::{
    Body, Endpoint, EndpointExt as _, Request, Response, Route, get,
    http::{HeaderValue, StatusCode, header},
    post,
};

use crate::{
    course::UserId,
    dice,
    fields::{self, Fields, segment},
    lms::Lms,
    pages::{Frame, Handover, Notice},
};
use endpoints::{authenticate, key_set, launch_page};
use people::{activity_page, course_page, enter, home_page, leave, mark_done, mark_reopened, stylesheet};

/// Forms above this are refused.
const FORM_LIMIT: usize = 1024 * 1024;
/// Pages may be framed by themselves only, load nothing from elsewhere and run no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src http: https:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'self'";

/// The same with the scripts of this LMS.
const SCRIPTED_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; frame-src http: https:; \
                               form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

type App = Arc<Lms>;

/// All routes.
pub(crate) fn routes(lms: App) -> impl Endpoint {
    let fallback = lms.clone();
    Route::new()
        .at("/", get(home_page))
        .at("/sign-in", post(enter))
        .at("/sign-out", post(leave))
        .at("/courses/:course", get(course_page))
        .at("/courses/:course/grades", get(gradebook::grades_page).post(gradebook::save_grades))
        .at("/activities/:activity", get(activity_page))
        .at("/activities/:activity/launch", get(launch_page))
        .at("/activities/:activity/done", post(mark_done))
        .at("/activities/:activity/reopen", post(mark_reopened))
        .at("/auth", get(authenticate).post(authenticate))
        .at("/jwks", get(key_set))
        .at("/token", services::token)
        .at("/ags/:course/lineitems", services::line_items)
        .at("/ags/:course/lineitems/:item/lineitem", services::line_item)
        .at("/ags/:course/lineitems/:item/lineitem/scores", services::scores)
        .at("/ags/:course/lineitems/:item/lineitem/results", services::results)
        .at("/nrps/:course/members", services::members)
        .at("/gs/:course/groups", services::groups)
        .at("/gs/:course/sets", services::group_sets)
        .at("/api/v1/*path", services::canvas_rest)
        .at("/login/oauth2/token", services::canvas_rest)
        .at("/webservice/rest/server.php", services::moodle_rest)
        .at("/style.css", get(stylesheet))
        .at("/openid-configuration", get(advantage::configuration))
        .at("/register", get(advantage::register).post(advantage::register).put(advantage::register))
        .at("/register/:client", get(advantage::registered).put(advantage::registered))
        .at("/notices/:client/:deployment", get(advantage::notice_handlers).put(advantage::notice_handlers))
        .at("/admin/log", post(administration::switch_log))
        .at("/admin/tools", get(administration::tools_page))
        .at("/admin/tools/register", post(administration::begin_registration))
        .at("/admin/tools/:client/activate", post(administration::activate))
        .at("/admin/tools/:client/remove", post(administration::remove))
        .at("/admin/registrations/:id", get(administration::registration_page))
        .at("/courses/:course/add", get(teaching::add_page))
        .at("/courses/:course/add/launch", get(teaching::add_launch))
        .at("/courses/:course/people", get(teaching::people_page).post(teaching::change_people))
        .at("/courses/:course/copy", post(teaching::copy_course))
        .at("/review/:item", get(teaching::review_page))
        .at("/review/:item/launch", get(teaching::review_launch))
        .at("/open/:ticket", get(teaching::open))
        .at("/deep-link/:id", post(teaching::deep_link_return))
        .at("/deep-link/:id/save", post(teaching::save_items))
        .at("/storage-frame", get(storage::storage_frame))
        .at("/storage-echo", get(storage::storage_echo))
        .at("/storage.js", get(storage::storage_script))
        .at("/registration.js", get(storage::registration_script))
        .data(lms)
        .around(move |endpoint, request| {
            let lms = fallback.clone();
            async move {
                let allowed = allowed(request.uri().path());
                let error = match endpoint.call(request).await {
                    Ok(response) => return Ok(response),
                    Err(error) => error,
                };
                let status = error.status();
                let detail = status.canonical_reason().unwrap_or("The request was refused.");
                let mut response = notice(&lms, status, "This page is not here.", detail);
                if status == StatusCode::METHOD_NOT_ALLOWED {
                    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
                }
                Ok(response)
            }
        })
}

/// What the address of a 405 would have taken; poem does not say.
fn allowed(path: &str) -> &'static str {
    let takes_forms = ["/sign-in", "/sign-out"].contains(&path) || path.starts_with("/deep-link/");
    let acts = ["/done", "/reopen", "/register", "/activate", "/remove", "/copy", "/save"];
    match path {
        "/register" => "GET, POST, PUT",
        "/auth" => "GET, POST",
        _ if path.ends_with("/people") || path.ends_with("/grades") => "GET, POST",
        _ if path.starts_with("/notices/") || path.starts_with("/register/") => "GET, PUT",
        _ if takes_forms || acts.iter().any(|end| path.ends_with(end)) => "POST",
        _ => "GET",
    }
}

/// The session and the person behind the request's cookie.
fn signed_in(lms: &Lms, request: &Request) -> Option<(String, UserId)> {
    let name = lms.cookie_name();
    request
        .headers()
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .find_map(|(_, session)| Some((session.to_owned(), lms.session(session)?)))
}

fn query(request: &Request) -> Fields {
    fields::parse(request.uri().query().unwrap_or_default().as_bytes())
}

struct NotAForm;

async fn form(request: &Request, body: Body) -> Result<Fields, NotAForm> {
    if !request.content_type().is_some_and(fields::is_form) {
        return Err(NotAForm);
    }
    body.into_bytes_limit(FORM_LIMIT).await.map(|bytes| fields::parse(&bytes)).map_err(|_| NotAForm)
}

/// A path on this LMS, or the home page: nobody is sent elsewhere by a parameter.
fn local_path(path: Option<&str>) -> &str {
    let is_local = |path: &str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    path.filter(|path| is_local(path)).unwrap_or("/")
}

/// Sends somebody who is not signed in to the home page, and back here afterwards.
fn ask_who(request: &Request) -> Response {
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
    see_other(&format!("/?next={}", segment(here)))
}

fn see_other(location: &str) -> Response {
    let value = HeaderValue::from_str(location).unwrap_or_else(|_| HeaderValue::from_static("/"));
    Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, value).finish()
}

fn frame(lms: &Lms, title: &str, person: Option<&UserId>) -> Frame {
    let person =
        person.and_then(|id| lms.world(|world| world.user(id.as_str()).map(|user| user.name.clone())));
    Frame { lms: lms.name().to_owned(), title: title.to_owned(), person }
}

fn page(template: &impl Template) -> Response {
    page_under(POLICY, template)
}

/// A page that may run the scripts of this LMS.
fn scripted(template: &impl Template) -> Response {
    page_under(SCRIPTED_POLICY, template)
}

/// A page whose one inline script has this nonce, and whose forms may go there.
fn self_moving(script_nonce: &str, form_action: &str, template: &impl Template) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'nonce-{script_nonce}'; form-action {form_action}; \
         base-uri 'none'; frame-ancestors 'self'"
    );
    page_under(&policy, template)
}

fn page_under(policy: &str, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::CONTENT_SECURITY_POLICY, policy)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(html),
        Err(error) => {
            tracing::error!(error = %error, "a page of the practice LMS does not render");
            Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR).finish()
        }
    }
}

fn notice(lms: &Lms, status: StatusCode, sentence: &str, detail: &str) -> Response {
    let frame = frame(lms, sentence, None);
    let mut response = page(&Notice { frame, sentence: sentence.to_owned(), detail: detail.to_owned() });
    response.set_status(status);
    response
}

fn malformed(lms: &Lms) -> Response {
    notice(lms, StatusCode::BAD_REQUEST, "Invalid request", "The body is no form, or too large.")
}

fn handover(lms: &Lms, sentence: &str, method: &'static str, action: String, fields: Fields) -> Response {
    let script_nonce = dice::token();
    let (frame, sentence) = (frame(lms, sentence, None), sentence.to_owned());
    let template = Handover { frame, sentence, method, action, fields, script_nonce: script_nonce.clone() };
    // The form goes to the tool.
    self_moving(&script_nonce, "http: https:", &template)
}
