//! Moodle's web services by REST: one address, a form, and JSON.

use serde_json::{Value, json};

use super::progress;
use crate::{
    course::{Course, Kind, UserId},
    fields::{self, Fields},
    lms::{Lms, lock},
    services::{LineItem, Reply, ServiceRequest},
};

const JSON: &str = "application/json";
const FUNCTIONS: [&str; 5] = [
    "core_webservice_get_site_info",
    "core_enrol_get_enrolled_users",
    "core_completion_get_course_completion_status",
    "core_completion_get_activities_completion_status",
    "gradereport_user_get_grade_items",
];

pub(super) fn answer(lms: &Lms, request: &ServiceRequest) -> Reply {
    if lock(&lms.services.records).is_off {
        return Reply::empty(403);
    }
    let form = request.form();
    let given = |name: &str| fields::first(&form, name).unwrap_or_default();
    if given("moodlewsrestformat") != "json" {
        return Reply::new(
            200,
            "application/xml; charset=utf-8",
            b"<?xml version=\"1.0\"?><RESPONSE/>".to_vec(),
        );
    }
    let Some(limits) = lock(&lms.services.records).tokens.get(given("wstoken")).cloned() else {
        return refused(
            "core\\exception\\moodle_exception",
            "invalidtoken",
            "Invalid token - token not found",
        );
    };
    let function = given("wsfunction");
    let functions: Vec<&str> = FUNCTIONS
        .into_iter()
        .filter(|name| limits.as_ref().is_none_or(|limits| limits.iter().any(|one| one == name)))
        .collect();
    if !functions.contains(&function) {
        return refused("webservice_access_exception", "accessexception", "Access control exception");
    }
    if function == "core_webservice_get_site_info" {
        let functions: Vec<Value> =
            functions.iter().map(|name| json!({ "name": name, "version": "2024100705" })).collect();
        return ok(&json!({
            "sitename": lms.name(), "username": "laurel", "userid": 3, "siteurl": lms.base_url(),
            "release": "4.5.5 (Build: 20250609)", "version": "2024100705", "functions": functions
        }));
    }
    let number = given("courseid").parse::<u64>().ok();
    let Some(course) = number.and_then(|number| lms.world(|world| lms.numbered_course(world, number))) else {
        return refused(
            "dml_missing_record_exception",
            "invalidrecord",
            "Can't find data record in database table course.",
        );
    };
    let user = given("userid").parse::<u64>().ok().filter(|user| *user > 0);
    match function {
        "core_enrol_get_enrolled_users" => enrolled(lms, &course, &form),
        "gradereport_user_get_grade_items" => grades(lms, &course, user),
        "core_completion_get_course_completion_status" => course_completion(lms, &course, user),
        _ => activities(lms, &course, user),
    }
}

fn ok(body: &Value) -> Reply {
    Reply::json(200, JSON, body)
}

fn refused(exception: &str, code: &str, message: &str) -> Reply {
    ok(&json!({ "exception": exception, "errorcode": code, "message": message }))
}

fn students(lms: &Lms, course: &Course) -> Vec<(u64, UserId)> {
    lms.world(|world| lms.students(world, course))
}

fn of_number(lms: &Lms, course: &Course, user: Option<u64>) -> Result<UserId, Reply> {
    let found = students(lms, course).into_iter().find(|(number, _)| Some(*number) == user);
    found
        .map(|(_, id)| id)
        .ok_or_else(|| refused("moodle_exception", "usernotenroled", "User is not enrolled"))
}

fn enrolled(lms: &Lms, course: &Course, form: &Fields) -> Reply {
    let option = |wanted: &str| {
        (0..10).find_map(|index| {
            let name = fields::first(form, &format!("options[{index}][name]"))?;
            (name == wanted).then(|| fields::first(form, &format!("options[{index}][value]")))?
        })
    };
    let number = |name: &str| option(name).and_then(|text| text.parse::<usize>().ok());
    let (from, most) = (number("limitfrom").unwrap_or(0), number("limitnumber").filter(|most| *most > 0));
    let people: Vec<Value> = students(lms, course)
        .into_iter()
        .skip(from)
        .take(most.unwrap_or(usize::MAX))
        .map(|(number, id)| {
            let last = lms.world(|world| progress(world, course, &id).last);
            json!({ "id": number, "lastcourseaccess": last.map_or(0, |at| at.timestamp()) })
        })
        .collect();
    ok(&json!(people))
}

fn course_completion(lms: &Lms, course: &Course, user: Option<u64>) -> Reply {
    let user = match of_number(lms, course, user) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    let (whole, criteria) = lms.world(|world| {
        let pages = course.activities.iter().filter(|activity| matches!(activity.kind, Kind::Page(_)));
        let criteria: Vec<Value> = pages
            .map(|page| {
                let at = world.done(&page.id, &user);
                json!({
                    "type": 4, "title": "Activity completion", "status": if at.is_some() { "Yes" } else { "No" },
                    "complete": at.is_some(), "timecompleted": at.map(|at| at.timestamp()),
                    "details": { "type": "Activity", "criteria": page.title, "requirement": "", "status": "" }
                })
            })
            .collect();
        (progress(world, course, &user).is_whole(), criteria)
    });
    if criteria.is_empty() {
        return refused("moodle_exception", "nocriteriaset", "No completion criteria set for this course");
    }
    ok(&json!({
        "completionstatus": { "completed": whole, "aggregation": 1, "completions": criteria }, "warnings": []
    }))
}

fn activities(lms: &Lms, course: &Course, user: Option<u64>) -> Reply {
    let user = match of_number(lms, course, user) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    let statuses: Vec<Value> = lms.world(|world| {
        let pages = course.activities.iter().filter(|activity| matches!(activity.kind, Kind::Page(_)));
        pages
            .map(|page| {
                let at = world.done(&page.id, &user);
                json!({
                    "cmid": lms.number_of(page.id.as_str()), "modname": "page", "instance": 1,
                    "state": u8::from(at.is_some()), "timecompleted": at.map_or(0, |at| at.timestamp()),
                    "tracking": 1, "valueused": false
                })
            })
            .collect()
    });
    ok(&json!({ "statuses": statuses, "warnings": [] }))
}

fn grades(lms: &Lms, course: &Course, user: Option<u64>) -> Reply {
    if lock(&lms.services.records).hides_grades {
        return refused("moodle_exception", "nopermissiontoviewgrades", "Cannot view grades");
    }
    let columns = lms.columns(course);
    let people =
        students(lms, course).into_iter().filter(|(number, _)| user.is_none_or(|user| user == *number));
    let all: Vec<Value> = people
        .map(|(number, id)| {
            let mut items: Vec<Value> = columns.iter().map(|item| grade_item(lms, item, &id)).collect();
            items.push(json!({
                "id": 1, "itemname": null, "itemtype": "course", "itemmodule": null, "iteminstance": 7,
                "itemnumber": null, "graderaw": lms.final_score(&columns, &id), "gradedategraded": null,
                "gradehiddenbydate": false, "gradeneedsupdate": false, "gradeishidden": false,
                "gradeformatted": "-", "grademin": 0, "grademax": 100
            }));
            json!({
                "courseid": lms.number_of(course.id.as_str()), "courseidnumber": "", "userid": number,
                "userfullname": "Somebody", "useridnumber": "", "maxdepth": 2, "gradeitems": items
            })
        })
        .collect();
    ok(&json!({ "usergrades": all, "warnings": [] }))
}

fn grade_item(lms: &Lms, item: &LineItem, user: &UserId) -> Value {
    let grade = lms.grade_of(item.id, user.clone());
    // Those without an activity are what a teacher has made.
    let activity = item.link().map(|link| lms.number_of(link));
    json!({
        "id": item.id.0 + 1_000, "itemname": item.label(),
        "itemtype": if activity.is_some() { "mod" } else { "manual" },
        "itemmodule": activity.map(|_| "quiz"), "iteminstance": 1, "itemnumber": 0, "cmid": activity,
        "graderaw": grade.as_ref().map(|grade| grade.score.clone()),
        "gradedatesubmitted": null, "gradedategraded": grade.as_ref().map(|grade| grade.at.timestamp()),
        "gradehiddenbydate": false, "gradeneedsupdate": false, "gradeishidden": item.text("hidden") == Some("yes"),
        "gradeformatted": "-", "grademin": 0, "grademax": item.maximum()
    })
}
