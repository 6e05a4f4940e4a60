//! The routes: pages for people, and the platform's endpoints for tools. No decisions about launches are made here.

use std::sync::Arc;

use askama::Template;
use poem::{
    Body, Endpoint, EndpointExt as _, Request, Response, Route, get, handler,
    http::{HeaderValue, StatusCode, header},
    post,
    web::{Data, Path},
};
use serde_json::json;

use crate::{
    course::{Course, Kind, UserId, World},
    dice,
    fields::{self, Fields},
    keys::JwksAnswer,
    lms::Lms,
    pages::{Account, CourseCard, CoursePage, Frame, Handover, Home, Item, Lesson, Notice, Progress, Tool},
    platform::{AuthAnswer, LoginMethod},
};

/// Forms above this are refused.
const FORM_LIMIT: usize = 1024 * 1024;
/// Pages may be framed by themselves only, load nothing from elsewhere and run no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src http: https:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'self'";

type App = Arc<Lms>;

/// All routes.
pub(crate) fn routes(lms: App) -> impl Endpoint {
    let fallback = lms.clone();
    Route::new()
        .at("/", get(home_page))
        .at("/sign-in", post(enter))
        .at("/sign-out", post(leave))
        .at("/courses/:course", get(course_page))
        .at("/activities/:activity", get(activity_page))
        .at("/activities/:activity/launch", get(launch_page))
        .at("/activities/:activity/done", post(mark_done))
        .at("/activities/:activity/reopen", post(mark_reopened))
        .at("/auth", get(authenticate).post(authenticate))
        .at("/jwks", get(key_set))
        .at("/token", post(give_token))
        .at("/style.css", get(stylesheet))
        .data(lms)
        .catch_all_error(move |error: poem::Error| {
            let lms = fallback.clone();
            async move {
                let status = error.status();
                let mut response = notice(
                    &lms,
                    status,
                    "This page is not here.",
                    status.canonical_reason().unwrap_or("The request was refused."),
                );
                if status == StatusCode::METHOD_NOT_ALLOWED {
                    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
                }
                response
            }
        })
}

// ---- pages for people ----------------------------------------------------------------------------------------

#[handler]
fn home_page(Data(lms): Data<&App>, request: &Request) -> Response {
    let person = signed_in(lms, request).map(|(_, user)| user);
    let next = query(request).into_iter().find(|(name, _)| name == "next").map(|(_, path)| path);
    let (accounts, courses) = lms.world(|world| {
        let accounts = world
            .users()
            .iter()
            .map(|user| Account {
                id: user.id.to_string(),
                name: user.name.clone(),
                part: part(world, &user.id).to_owned(),
                current: person.as_ref() == Some(&user.id),
            })
            .collect();
        (accounts, world.courses().iter().map(card).collect())
    });
    let frame = frame(lms, lms.name(), person.as_ref());
    page(&Home { frame, accounts, courses, next: local_path(next.as_deref()).to_owned() })
}

#[handler]
async fn enter(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    let Ok(fields) = form(request, body).await else { return malformed(lms) };
    let user = fields::first(&fields, "user").unwrap_or_default();
    let Some(id) = lms.world(|world| world.user(user).map(|user| user.id.clone())) else {
        return notice(lms, StatusCode::BAD_REQUEST, "There is nobody of this name.", user);
    };
    let session = lms.sign_in(id);
    let cookie = format!("{}={session}; Path=/; HttpOnly; SameSite=Lax", lms.cookie_name());
    let mut response = see_other(local_path(fields::first(&fields, "next")));
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

#[handler]
fn leave(Data(lms): Data<&App>, request: &Request) -> Response {
    if let Some((session, _)) = signed_in(lms, request) {
        lms.sign_out(&session);
    }
    see_other("/")
}

#[handler]
fn course_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return ask_who(request) };
    let Some(view) = lms.world(|world| world.course(&id).map(|course| view(world, course, &user))) else {
        return notice(lms, StatusCode::NOT_FOUND, "There is no such course.", &id);
    };
    let Some((course, items, progress)) = view else {
        return notice(
            lms,
            StatusCode::FORBIDDEN,
            "You are not enrolled in this course.",
            "Sign in as somebody else.",
        );
    };
    let said = query(request);
    // A tool that sends people back may say something (lti-1.3-tool.md §10.5).
    let said = |name: &str| fields::first(&said, name).filter(|text| !text.is_empty()).map(str::to_owned);
    let (message, error) = (said("lti_msg"), said("lti_errormsg"));
    let frame = frame(lms, &course.title, Some(&user));
    page(&CoursePage { frame, course, message, error, items, progress })
}

#[handler]
fn activity_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return ask_who(request) };
    let opened = lms.world(|world| {
        world.open(&id, &user).map(|(course, activity)| {
            (card(course), activity.clone(), world.done(&activity.id, &user).is_some())
        })
    });
    match opened {
        Err(closed) => notice(
            lms,
            StatusCode::FORBIDDEN,
            &closed.to_string(),
            "Go back to the course and try again then.",
        ),
        Ok((course, activity, done)) => {
            let frame = frame(lms, &activity.title, Some(&user));
            match activity.kind {
                Kind::Page(text) => page(&Lesson { frame, course, id, text, done }),
                Kind::Tool(_) => page(&Tool { frame, course, id }),
            }
        }
    }
}

#[handler]
fn mark_done(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    mark(lms, request, &id, true)
}

#[handler]
fn mark_reopened(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    mark(lms, request, &id, false)
}

fn mark(lms: &Lms, request: &Request, id: &str, done: bool) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return see_other("/") };
    let now = lms.now();
    let marked = lms.world(|world| {
        let (course, activity) = world.open(id, &user)?;
        let (course, activity) = (course.id.clone(), activity.id.clone());
        if done {
            world.complete(&activity, &user, now);
        } else {
            world.reopen(&activity, &user);
        }
        Ok::<_, crate::course::Closed>(course)
    });
    match marked {
        Ok(course) => see_other(&format!("/courses/{}", segment(course.as_str()))),
        Err(closed) => notice(lms, StatusCode::FORBIDDEN, &closed.to_string(), "Nothing was changed."),
    }
}

#[handler]
fn stylesheet() -> Response {
    Response::builder()
        .content_type("text/css; charset=utf-8")
        .header(header::CACHE_CONTROL, "public, max-age=3600")
        .body(include_str!("pages/style.css"))
}

// ---- the platform's endpoints --------------------------------------------------------------------------------

#[handler]
fn launch_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((session, user)) = signed_in(lms, request) else { return ask_who(request) };
    let query = query(request);
    let target = if fields::first(&query, "in") == Some("window") { "window" } else { "iframe" };
    let bends = lms.bends(fields::first(&query, "bends"));
    match lms.begin_launch(&session, &user, &id, target, bends) {
        Err(reason) => notice(lms, StatusCode::FORBIDDEN, &reason.to_string(), "Go back to the course."),
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
async fn authenticate(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    let fields = if request.method() == poem::http::Method::POST {
        let Ok(fields) = form(request, body).await else { return malformed(lms) };
        fields
    } else {
        query(request)
    };
    let session = signed_in(lms, request);
    let session = session.as_ref().map(|(session, user)| (session.as_str(), user));
    match lms.authorize(request.method().as_str(), &fields, session) {
        AuthAnswer::Post { tool_name, redirect_uri, fields } => {
            handover(lms, &format!("Continue to {tool_name}"), "post", redirect_uri, fields)
        }
        AuthAnswer::Refused(reason) => notice(lms, StatusCode::BAD_REQUEST, "Invalid request", &reason),
        AuthAnswer::Repost => {
            let mut fields = fields;
            fields.push(("repost".to_owned(), "true".to_owned()));
            handover(lms, "Continue signing in", "post", lms.authorization_endpoint(), fields)
        }
    }
}

#[handler]
async fn key_set(Data(lms): Data<&App>) -> Response {
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

#[handler]
async fn give_token(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
    let answer = match form(request, body).await {
        Ok(fields) => lms.grant_token(&fields).await,
        Err(NotAForm) => Err(crate::token::TokenError {
            code: "invalid_request",
            description: "the body must be a form".to_owned(),
        }),
    };
    let (status, body) = match answer {
        Ok(grant) => (
            StatusCode::OK,
            json!({"access_token": grant.access_token, "token_type": "bearer",
                   "expires_in": (grant.expires_at - lms.now()).num_seconds(), "scope": grant.scopes.join(" ")}),
        ),
        Err(error) => {
            let status = if error.code == "invalid_client" {
                StatusCode::UNAUTHORIZED
            } else {
                StatusCode::BAD_REQUEST
            };
            (status, json!({"error": error.code, "error_description": error.description}))
        }
    };
    Response::builder()
        .status(status)
        .content_type("application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(body.to_string())
}

// ---- helpers -------------------------------------------------------------------------------------------------

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
    let media_type = request.content_type().unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
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

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
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
    match template.render() {
        Ok(html) => Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
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
    // The form goes to the tool, so `form-action` is wide here; only the one inline script may run.
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'nonce-{script_nonce}'; form-action http: https:; \
         base-uri 'none'; frame-ancestors 'self'"
    );
    let frame = frame(lms, sentence, None);
    let mut response =
        page(&Handover { frame, sentence: sentence.to_owned(), method, action, fields, script_nonce });
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

fn card(course: &Course) -> CourseCard {
    CourseCard { id: course.id.to_string(), label: course.label.clone(), title: course.title.clone() }
}

/// What somebody mostly is in this LMS, in one word.
fn part(world: &World, user: &UserId) -> &'static str {
    let enrolled: Vec<_> = world.courses().iter().filter(|course| course.roles.contains_key(user)).collect();
    if enrolled.is_empty() {
        "not enrolled"
    } else if enrolled.iter().any(|course| World::is_staff(course, user)) {
        "teacher"
    } else {
        "learner"
    }
}

type CourseView = Option<(CourseCard, Vec<Item>, Vec<Progress>)>;

/// The course as this person sees it; `None` when not enrolled. Teachers also see what learners have done.
fn view(world: &World, course: &Course, user: &UserId) -> CourseView {
    course.roles.get(user)?;
    let items = course
        .activities
        .iter()
        .map(|activity| Item {
            id: activity.id.to_string(),
            title: activity.title.clone(),
            is_tool: matches!(activity.kind, Kind::Tool(_)),
            done: world.done(&activity.id, user).is_some(),
            locked: world.open(activity.id.as_str(), user).err().map(|closed| closed.to_string()),
        })
        .collect();
    let mut progress = Vec::new();
    if World::is_staff(course, user) {
        let learners = course.roles.keys().filter(|id| !World::is_staff(course, id));
        for learner in learners.filter_map(|id| world.user(id.as_str())) {
            let pages = course.activities.iter().filter(|activity| matches!(activity.kind, Kind::Page(_)));
            progress.push(Progress {
                name: learner.name.clone(),
                done: pages
                    .map(|activity| (activity.title.clone(), world.done(&activity.id, &learner.id).is_some()))
                    .collect(),
            });
        }
    }
    Some((card(course), items, progress))
}
