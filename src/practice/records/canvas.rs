//! Canvas's REST API: what it tells of a course and its students.

use serde_json::{Value, json};

use super::{progress, written};
use crate::{
    course::Course,
    dice,
    fields::{self, Fields},
    lms::{Lms, lock},
    services::{Reply, ServiceRequest},
    token::bearer,
};

const JSON: &str = "application/json; charset=utf-8";
/// Canvas gives no more at once.
const MOST: usize = 100;

pub(super) fn answer(lms: &Lms, request: &ServiceRequest) -> Reply {
    let path = request.target.split('?').next().unwrap_or_default();
    if path.ends_with("/login/oauth2/token") {
        return token(lms, request);
    }
    let path = path.split_once("/api/v1/").map(|(_, path)| path).unwrap_or_default();
    if request.header("user-agent").is_none_or(str::is_empty) {
        return errors(403, "User-Agent is missing");
    }
    let token = request.header("authorization").and_then(bearer).unwrap_or_default();
    let Some(limits) = lock(&lms.services.records).tokens.get(token).cloned() else {
        let mut reply = errors(401, "Invalid access token.");
        reply.header("www-authenticate", b"Bearer realm=\"canvas-lms\"");
        return reply;
    };
    let parts: Vec<&str> = path.split('/').collect();
    let [_, number, rest @ ..] = parts.as_slice() else { return errors(404, "not found") };
    let scope = match rest {
        [] => "url:GET|/api/v1/courses/:id".to_owned(),
        rest => format!("url:GET|/api/v1/courses/:course_id/{}", rest.join("/")),
    };
    if limits.is_some_and(|limits| !limits.contains(&scope)) {
        return errors(401, "Insufficient scopes on access token.");
    }
    let course = number.parse().ok().and_then(|number| lms.world(|world| lms.numbered_course(world, number)));
    let Some(course) = course else { return errors(404, "The specified resource does not exist.") };
    let query = request.query();
    let hides = lock(&lms.services.records).hides_grades;
    match rest {
        [] => Reply::json(
            200,
            JSON,
            &json!({ "id": lms.number_of(course.id.as_str()), "name": course.title, "course_code": course.label }),
        ),
        ["bulk_user_progress"] if hides => unauthorized(),
        ["bulk_user_progress"] => bulk_progress(lms, &course, request, &query),
        ["enrollments"] => enrollments(lms, &course, request, &query, hides),
        ["assignments"] => assignments(lms, &course, request, &query),
        ["students", "submissions"] if hides => unauthorized(),
        ["students", "submissions"] => submissions(lms, &course, request, &query),
        _ => errors(404, "The specified resource does not exist."),
    }
}

fn errors(status: u16, message: &str) -> Reply {
    Reply::json(status, JSON, &json!({ "errors": [{ "message": message }] }))
}

fn unauthorized() -> Reply {
    let message = "user not authorized to perform that action";
    Reply::json(403, JSON, &json!({ "status": "unauthorized", "errors": [{ "message": message }] }))
}

/// A refresh token becomes an access token.
fn token(lms: &Lms, request: &ServiceRequest) -> Reply {
    let form = request.form();
    let given = |name: &str| fields::first(&form, name).unwrap_or_default().to_owned();
    let mut records = lock(&lms.services.records);
    let key = records.refresh.get(&given("refresh_token")).cloned();
    let is_good = given("grant_type") == "refresh_token"
        && key.is_some_and(|(id, secret)| id == given("client_id") && secret == given("client_secret"));
    if !is_good {
        let body = json!({ "error": "invalid_grant", "error_description": "refresh_token not found" });
        return Reply::json(400, JSON, &body);
    }
    let token = dice::token();
    records.tokens.insert(token.clone(), None);
    Reply::json(200, JSON, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }))
}

/// One page of a list, with its `Link` header.
fn paged(lms: &Lms, request: &ServiceRequest, query: &Fields, all: &[Value]) -> Reply {
    let number = |name: &str| fields::first(query, name).and_then(|text| text.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(10).clamp(1, MOST);
    let page = number("page").unwrap_or(1).max(1);
    let (from, to) = ((page - 1) * size, (page * size).min(all.len()));
    let body = json!(all.get(from..to).unwrap_or_default());
    let mut reply = Reply::json(200, JSON, &body);
    let path = request.target.split('?').next().unwrap_or_default();
    let link = |page: usize, relation: &str| {
        let mut query = query.clone();
        fields::set(&mut query, "page", &page.to_string());
        format!("<{}?{}>; rel=\"{relation}\"", lms.origin_of(path), fields::encode(&query))
    };
    let mut links = vec![link(page, "current"), link(1, "first")];
    if to < all.len() {
        links.insert(1, link(page + 1, "next"));
    }
    reply.header("link", links.join(",").as_bytes());
    reply.header("x-request-cost", b"0.25");
    reply.header("x-rate-limit-remaining", b"699.75");
    reply
}

fn bulk_progress(lms: &Lms, course: &Course, request: &ServiceRequest, query: &Fields) -> Reply {
    let all = lms.world(|world| {
        let students = lms.students(world, course);
        let one = |(number, id): (u64, crate::course::UserId)| {
            let progress = progress(world, course, &id);
            let name = world.user(id.as_str()).map(|user| user.name.clone());
            let at = progress.last.filter(|_| progress.is_whole());
            (progress.wanted > 0).then(|| {
                json!({
                    "id": number,
                    "display_name": name,
                    "avatar_image_url": null,
                    "html_url": format!("{}/courses/1/users/{number}", lms.base_url()),
                    "progress": {
                        "requirement_count": progress.wanted,
                        "requirement_completed_count": progress.done,
                        "next_requirement_url": null,
                        "completed_at": written(at),
                    }
                })
            })
        };
        students.into_iter().map(one).collect::<Option<Vec<_>>>()
    });
    match all {
        Some(all) => paged(lms, request, query, &all),
        None => {
            let message = "No progress available because this course is not module based";
            Reply::json(400, JSON, &json!({ "error": { "message": message } }))
        }
    }
}

fn enrollments(
    lms: &Lms,
    course: &Course,
    request: &ServiceRequest,
    query: &Fields,
    hides_grades: bool,
) -> Reply {
    let columns = lms.columns(course);
    let students = lms.world(|world| lms.students(world, course));
    let one = |(number, id): (u64, crate::course::UserId)| {
        let mut grades = json!({ "html_url": format!("{}/grades/{number}", lms.base_url()) });
        if !hides_grades && let Some(members) = grades.as_object_mut() {
            let score = lms.final_score(&columns, &id);
            members.insert("current_score".to_owned(), json!(score));
            members.insert("final_score".to_owned(), json!(score));
        }
        json!({
            "id": number + 500_000,
            "user_id": number,
            "course_id": lms.number_of(course.id.as_str()),
            "type": "StudentEnrollment",
            "role": "StudentEnrollment",
            "enrollment_state": "active",
            "grades": grades,
            "user": { "id": number }
        })
    };
    let all: Vec<Value> = students.into_iter().map(one).collect();
    paged(lms, request, query, &all)
}

/// The columns that the query lists, or all.
fn asked(lms: &Lms, course: &Course, query: &Fields) -> Vec<crate::services::LineItem> {
    let ids: Vec<&str> =
        query.iter().filter(|(name, _)| name == "assignment_ids[]").map(|(_, id)| id.as_str()).collect();
    let mut columns = lms.columns(course);
    columns.retain(|item| ids.is_empty() || ids.contains(&item.id.to_string().as_str()));
    columns
}

fn assignments(lms: &Lms, course: &Course, request: &ServiceRequest, query: &Fields) -> Reply {
    let one = |item: crate::services::LineItem| {
        json!({
            "id": item.id.0,
            "name": item.label(),
            "points_possible": item.maximum(),
            "grading_type": "points",
            "published": true,
        })
    };
    let all: Vec<Value> = asked(lms, course, query).into_iter().map(one).collect();
    paged(lms, request, query, &all)
}

fn submissions(lms: &Lms, course: &Course, request: &ServiceRequest, query: &Fields) -> Reply {
    let students = lms.world(|world| lms.students(world, course));
    let mut all = Vec::new();
    for item in asked(lms, course, query) {
        let is_posted = item.text("posted") != Some("no");
        for (number, id) in &students {
            let grade = lms.grade_of(item.id, id.clone());
            let at = grade.as_ref().map(|grade| grade.at);
            all.push(json!({
                "id": number + item.id.0,
                "user_id": number,
                "assignment_id": item.id.0,
                "score": grade.as_ref().map(|grade| grade.score.clone()),
                "excused": null,
                "workflow_state": if grade.is_some() { "graded" } else { "unsubmitted" },
                "graded_at": written(at),
                "posted_at": written(at.filter(|_| is_posted)),
            }));
        }
    }
    paged(lms, request, query, &all)
}
