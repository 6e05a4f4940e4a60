//! Pages for people: who they are, their courses, what they have done.

use poem::{
    Body, Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::{Data, Path},
};

use super::{
    App, ask_who, form, frame, local_path, malformed, notice, page, query, see_other, segment, signed_in,
    storage::page_with_tool,
};
use crate::{
    course::{Closed, Course, Kind, UserId, World},
    fields,
    lms::Lms,
    pages::{Account, CourseCard, CoursePage, Home, Item, Lesson, Progress},
};

#[handler]
pub(super) fn home_page(Data(lms): Data<&App>, request: &Request) -> Response {
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
    let administrator = person.as_ref().is_some_and(|user| lms.world(|world| world.is_administrator(user)));
    page(&Home { frame, accounts, courses, next: local_path(next.as_deref()).to_owned(), administrator })
}

#[handler]
pub(super) async fn enter(Data(lms): Data<&App>, request: &Request, body: Body) -> Response {
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
pub(super) fn leave(Data(lms): Data<&App>, request: &Request) -> Response {
    if let Some((session, _)) = signed_in(lms, request) {
        lms.sign_out(&session);
    }
    see_other("/")
}

#[handler]
pub(super) fn course_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
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
    let teaches = lms.world(|world| world.course(&id).is_some_and(|course| World::is_staff(course, &user)));
    let adds = lms.tools().into_iter().filter(|tool| !tool.pending);
    let adds = adds.filter_map(|tool| Some((tool.client_id, tool.deep_linking?.label))).collect();
    page(&CoursePage { frame, course, message, error, items, progress, teaches, adds })
}

#[handler]
pub(super) fn activity_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
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
                Kind::Tool(_) => {
                    page_with_tool(lms, frame, course, format!("/activities/{}/launch", segment(&id)))
                }
            }
        }
    }
}

#[handler]
pub(super) fn mark_done(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    mark(lms, request, &id, true)
}

#[handler]
pub(super) fn mark_reopened(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    mark(lms, request, &id, false)
}

fn mark(lms: &Lms, request: &Request, id: &str, done: bool) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return see_other("/") };
    let marked = lms.world(|world| {
        let (course, activity) = world.open(id, &user)?;
        let (course, activity) = (course.id.clone(), activity.id.clone());
        if !done {
            world.reopen(&activity, &user);
        }
        Ok::<_, Closed>((course, activity))
    });
    if let (Ok((_, activity)), true) = (&marked, done) {
        lms.complete(activity, user);
    }
    match marked {
        Ok((course, _)) => see_other(&format!("/courses/{}", segment(course.as_str()))),
        Err(closed) => notice(lms, StatusCode::FORBIDDEN, &closed.to_string(), "Nothing was changed."),
    }
}

#[handler]
pub(super) fn stylesheet() -> Response {
    Response::builder()
        .content_type("text/css; charset=utf-8")
        .header(header::CACHE_CONTROL, "public, max-age=3600")
        .body(include_str!("../pages/style.css"))
}

pub(super) fn card(course: &Course) -> CourseCard {
    CourseCard { id: course.id.to_string(), label: course.label.clone(), title: course.title.clone() }
}

/// What somebody mostly is in this LMS, in one word.
fn part(world: &World, user: &UserId) -> &'static str {
    if world.is_administrator(user) {
        return "administrator";
    }
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
