//! Results: what stands in a column now, whoever put it there (lti-1.3-tool.md §17.5).

use serde_json::{Map, Value, json};

use super::{
    Call, Grade, LineItem, LineItemId, Reply, TYPE_RESULTS,
    line_items::{find, segment},
    paging::{link, page},
};
use crate::{
    course::{UserId, World},
    lms::{Lms, lock},
};

pub(super) fn list(lms: &Lms, call: &Call<'_>, id: LineItemId) -> Reply {
    let Some(item) = find(lms, call, id) else {
        return Reply::refuse(404, "There is no such line item.");
    };
    if call.quirks.crashes_on_result_limit && call.parameter("limit").is_some() {
        return Reply::html(404);
    }
    let mut rows = rows(lms, call, &item);
    if let Some(subject) = call.parameter("user_id") {
        let wanted = lms.behind(subject);
        rows.retain(|(user, _)| *user == wanted);
    }
    let (rows, next) = page(lms, call, rows.into_iter(), call.quirks.grade_page);
    let rows = rows.into_iter().map(|(user, grade)| written(lms, call, &item, &user, grade.as_ref()));
    let mut reply = Reply::json(200, TYPE_RESULTS, &Value::Array(rows.collect()));
    if let Some(next) = next {
        link(&mut reply, &next, "next", call.quirks.grade_links, call.quirks.escaped_links);
    }
    reply
}

/// Everybody who is in the results, by id.
fn rows(lms: &Lms, call: &Call<'_>, item: &LineItem) -> Vec<(UserId, Option<Grade>)> {
    let shown = |grade: &Grade| grade.by.is_none() || !call.quirks.hides_manual_grades;
    let learners: Vec<UserId> = if call.quirks.lists_ungraded {
        lms.world(|world| {
            let course = world.course(call.course.as_str());
            let everybody = course
                .into_iter()
                .flat_map(|course| course.roles.keys().filter(move |user| !World::is_staff(course, user)));
            everybody.cloned().collect()
        })
    } else {
        Vec::new()
    };
    let gradebook = lock(&lms.services.gradebook);
    if call.quirks.lists_ungraded {
        let grade = |user: &UserId| gradebook.grade(item.id, user).filter(|grade| shown(grade)).cloned();
        return learners.into_iter().map(|user| (user.clone(), grade(&user))).collect();
    }
    let known =
        |user: &UserId| !call.quirks.results_need_a_score || gradebook.latest(item.id, user).is_some();
    let graded = gradebook.grades(item.id).filter(|(user, grade)| shown(grade) && known(user));
    graded.map(|(user, grade)| (user.clone(), Some(grade.clone()))).collect()
}

fn written(lms: &Lms, call: &Call<'_>, item: &LineItem, user: &UserId, grade: Option<&Grade>) -> Value {
    let subject = lms.shaped(user, call.quirks.subjects);
    let mut row = Map::new();
    row.insert("id".to_owned(), result_url(lms, call, item, &subject).into());
    row.insert("scoreOf".to_owned(), lms.line_item_url(item, &call.tool, &call.quirks).into());
    row.insert("userId".to_owned(), subject.into());
    row.insert("resultMaximum".to_owned(), item.members.get("scoreMaximum").cloned().unwrap_or(json!(1)));
    let blank = |grade: &&Grade| call.quirks.zero_reads_as_none && grade.score.as_f64() == Some(0.0);
    if let Some(grade) = grade.filter(|grade| !blank(grade)) {
        row.insert("resultScore".to_owned(), Value::Number(grade.score.clone()));
        if let Some(comment) = &grade.comment {
            row.insert("comment".to_owned(), comment.as_str().into());
        }
        if let Some(teacher) = &grade.by {
            row.insert("scoringUserId".to_owned(), lms.shaped(teacher, call.quirks.subjects).into());
        }
    }
    Value::Object(row)
}

/// The address of one result. It can be named, but not fetched.
pub(super) fn result_url(lms: &Lms, call: &Call<'_>, item: &LineItem, subject: &str) -> String {
    let path = format!(
        "ags/{}/lineitems/{}/lineitem/results/{}",
        segment(&item.course),
        item.id,
        crate::fields::segment(subject)
    );
    lms.service_url(&path, &call.tool, &call.quirks)
}
