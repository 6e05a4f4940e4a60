//! What teachers do beside looking: add content from a tool (deep linking), look after people, copy a course.

use poem::{
    Body, Request, Response, handler,
    http::StatusCode,
    web::{Data, Path},
};

use super::{
    App, ask_who, endpoints::begin, form, frame, handover, malformed, notice, page, people::card, query,
    see_other, segment, self_moving, signed_in, storage::page_with_tool,
};
use crate::{
    course::{Course, INSTRUCTOR, LEARNER, User, UserId, World},
    deep_linking::Answered,
    dice, fields,
    lms::Lms,
    opening::Opening,
    pages::teaching::{Member, PeoplePage, Returned},
    services::LineItemId,
};

/// The course, if this person teaches in it or looks after the site.
fn taught(lms: &Lms, id: &str, user: &UserId) -> Result<Course, Box<Response>> {
    let course = lms.world(|world| {
        let course = world.course(id)?;
        Some((course.clone(), world.is_administrator(user) || World::is_staff(course, user)))
    });
    match course {
        None => Err(Box::new(notice(lms, StatusCode::NOT_FOUND, "There is no such course.", id))),
        Some((course, true)) => Ok(course),
        Some((_, false)) => {
            let sentence = "Only teachers may do this.";
            Err(Box::new(notice(lms, StatusCode::FORBIDDEN, sentence, "Go back to the course.")))
        }
    }
}

#[handler]
pub(super) fn add_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return ask_who(request) };
    let course = match taught(lms, &id, &user) {
        Ok(course) => course,
        Err(response) => return *response,
    };
    let client = fields::first(&query(request), "tool").unwrap_or_default().to_owned();
    let Some(entry) = lms.registration(&client).and_then(|tool| tool.deep_linking) else {
        return notice(lms, StatusCode::NOT_FOUND, "This tool has nothing to add.", "Go back to the course.");
    };
    let opens = format!("/courses/{}/add/launch?tool={}", segment(&id), segment(&client));
    let frame = frame(lms, &entry.label, Some(&user));
    page_with_tool(lms, frame, card(&course), opens)
}

#[handler]
pub(super) fn add_launch(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((session, user)) = signed_in(lms, request) else { return ask_who(request) };
    let client_id = fields::first(&query(request), "tool").unwrap_or_default().to_owned();
    if let Err(response) = taught(lms, &id, &user) {
        return *response;
    }
    begin(lms, request, &session, &user, Opening::DeepLinking { course: id.into(), client_id })
}

/// A submission from the gradebook: teachers look at everybody's, learners at their own.
#[handler]
pub(super) fn review_page(Data(lms): Data<&App>, request: &Request, Path(item): Path<u64>) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return ask_who(request) };
    let Some((course, learner, _)) = submission(lms, request, item, &user) else { return no_submission(lms) };
    let opens = format!("/review/{item}/launch?learner={}", segment(learner.id.as_str()));
    let frame = frame(lms, &format!("Work of {}", learner.name), Some(&user));
    page_with_tool(lms, frame, card(&course), opens)
}

#[handler]
pub(super) fn review_launch(Data(lms): Data<&App>, request: &Request, Path(item): Path<u64>) -> Response {
    let Some((session, user)) = signed_in(lms, request) else { return ask_who(request) };
    match submission(lms, request, item, &user) {
        Some((_, _, opening)) => begin(lms, request, &session, &user, opening),
        None => no_submission(lms),
    }
}

fn submission(lms: &Lms, request: &Request, item: u64, user: &UserId) -> Option<(Course, User, Opening)> {
    let column = lms.line_item(LineItemId(item))?;
    let query = query(request);
    let learner = fields::first(&query, "learner").unwrap_or_default();
    let (course, learner) = lms.world(|world| {
        let course = world.course(column.course.as_str())?;
        let may = World::is_staff(course, user) || user.as_str() == learner;
        Some((course.clone(), world.user(learner)?.clone())).filter(|_| may)
    })?;
    let opening = lms.review(column.id, &learner.id)?;
    Some((course, learner, opening))
}

fn no_submission(lms: &Lms) -> Response {
    notice(lms, StatusCode::NOT_FOUND, "There is nothing to look at.", "Go back to the gradebook.")
}

/// Whatever was prepared from inside the process.
#[handler]
pub(super) fn open(Data(lms): Data<&App>, request: &Request, Path(ticket): Path<String>) -> Response {
    let Some((session, user)) = signed_in(lms, request) else { return ask_who(request) };
    match lms.take_opening(&ticket) {
        Some(opening) => begin(lms, request, &session, &user, opening),
        None => notice(lms, StatusCode::NOT_FOUND, "This was opened before.", "Begin again."),
    }
}

/// Where a tool's answer to a deep-linking request arrives.
#[handler]
pub(super) async fn deep_link_return(
    Data(lms): Data<&App>,
    request: &Request,
    body: Body,
    Path(id): Path<String>,
) -> Response {
    let Ok(fields) = form(request, body).await else { return malformed(lms) };
    let query = query(request);
    let Some((_, user)) = signed_in(lms, request) else {
        // The cookie does not travel with a post from the tool's site, so the same is posted again from here.
        if fields::first(&fields, "repost").is_some() {
            let sentence = "Nobody is signed in.";
            return notice(lms, StatusCode::UNAUTHORIZED, sentence, "Sign in and choose again.");
        }
        let here = format!("{}/deep-link/{}?{}", lms.base_url(), segment(&id), fields::encode(&query));
        let mut again = fields;
        again.push(("repost".to_owned(), "true".to_owned()));
        return handover(lms, "Continue", "post", here, again);
    };
    let answered = lms.receive_response(&id, &query, &user, &fields).await;
    returned(lms, &user, &id, answered)
}

#[handler]
pub(super) fn save_items(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return see_other("/") };
    match lms.save_response(&id, &user) {
        Some((course, activities)) => {
            returned(lms, &user, &id, Answered::Created { course, message: None, activities })
        }
        None => notice(lms, StatusCode::NOT_FOUND, "There is nothing to save.", "Begin again."),
    }
}

/// The page after an answer. It may be in a frame: it takes the whole window back to the course.
fn returned(lms: &Lms, user: &UserId, id: &str, answered: Answered) -> Response {
    let (sentence, course, said, titles) = match answered {
        Answered::Refused(reason) => {
            let sentence = "The tool's answer was refused.";
            return notice(lms, StatusCode::BAD_REQUEST, sentence, &reason);
        }
        Answered::Nothing { course, error } => ("Nothing was added.".to_owned(), course, error, Vec::new()),
        Answered::Created { course, message, activities } => {
            let sentence = match activities.len() {
                1 => "Added to the course.".to_owned(),
                many => format!("{many} activities were added to the course."),
            };
            (sentence, course, message, Vec::new())
        }
        Answered::ToSave { course, message, titles } => {
            ("Save this to the course?".to_owned(), course, message, titles)
        }
    };
    let script_nonce = dice::token();
    let (frame, id, course) = (frame(lms, &sentence, Some(user)), id.to_owned(), course.to_string());
    let template = Returned { frame, sentence, id, course, said, titles, script_nonce: script_nonce.clone() };
    self_moving(&script_nonce, "'self'", &template)
}

#[handler]
pub(super) fn people_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return ask_who(request) };
    let course = match taught(lms, &id, &user) {
        Ok(course) => course,
        Err(response) => return *response,
    };
    let members = lms.world(|world| {
        let of = |person: &User| {
            let roles = course.roles.get(&person.id)?;
            let learner = !World::is_staff(&course, &person.id);
            let short = roles.iter().map(|role| role.rsplit('#').next().unwrap_or(role).to_owned());
            Some(Member {
                id: person.id.to_string(),
                name: person.name.clone(),
                email: person.email.clone(),
                roles: short.collect::<Vec<_>>().join(", "),
                learner,
            })
        };
        world.users().iter().filter_map(of).collect()
    });
    let outside = lms.world(|world| {
        let others = world.users().iter().filter(|person| !course.roles.contains_key(&person.id));
        others.map(|person| (person.id.to_string(), person.name.clone())).collect()
    });
    let frame = frame(lms, "People", Some(&user));
    page(&PeoplePage { frame, course: card(&course), members, outside })
}

/// Enrols somebody, or ends an enrolment.
#[handler]
pub(super) async fn change_people(
    Data(lms): Data<&App>,
    request: &Request,
    body: Body,
    Path(id): Path<String>,
) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return see_other("/") };
    let mut course = match taught(lms, &id, &user) {
        Ok(course) => course,
        Err(response) => return *response,
    };
    let Ok(fields) = form(request, body).await else { return malformed(lms) };
    let who = fields::first(&fields, "user").unwrap_or_default();
    let known = lms.world(|world| world.user(who).map(|person| person.id.clone()));
    let Some(who) = known else {
        return notice(lms, StatusCode::BAD_REQUEST, "There is nobody of this name.", who);
    };
    match fields::first(&fields, "as") {
        Some("teacher") => course.roles.insert(who, vec![INSTRUCTOR.to_owned()]),
        Some("learner") => course.roles.insert(who, vec![LEARNER.to_owned()]),
        _ => course.roles.remove(&who),
    };
    lms.set_roles(&course.id, course.roles.clone());
    see_other(&format!("/courses/{}/people", segment(&id)))
}

#[handler]
pub(super) async fn copy_course(
    Data(lms): Data<&App>,
    request: &Request,
    Path(id): Path<String>,
) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return see_other("/") };
    let course = match taught(lms, &id, &user) {
        Ok(course) => course,
        Err(response) => return *response,
    };
    let new_id = format!("{}-copy-{}", course.id, lms.next_number());
    match lms.copy_course(course.id, new_id, &format!("{} (copy)", course.title)).await {
        Some(copy) => see_other(&format!("/courses/{}", segment(copy.id.as_str()))),
        None => notice(lms, StatusCode::NOT_FOUND, "There is no such course.", &id),
    }
}
