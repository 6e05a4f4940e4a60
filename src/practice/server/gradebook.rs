//! The gradebook for teachers: what tools posted, and every grade can be written over by hand, later than ours.

use poem::{
    Body, Request, Response, handler,
    http::StatusCode,
    web::{Data, Path},
};

use super::{App, ask_who, form, frame, malformed, notice, page, query, see_other, segment, signed_in};
use crate::{
    course::{CourseId, UserId, World},
    fields,
    lms::Lms,
    pages::{CourseCard, GradeCell, GradeColumn, GradeRow, Grades},
    services::{LineItem, LineItemId},
};

/// So many learners are shown.
const SHOWN: usize = 200;

#[handler]
pub(super) fn grades_page(Data(lms): Data<&App>, request: &Request, Path(id): Path<String>) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return ask_who(request) };
    let Some(book) = Book::open(lms, &id, &user) else { return closed(lms) };
    let saved = fields::first(&query(request), "saved").is_some();
    let message = saved.then(|| "The grades are saved.".to_owned());
    page(&book.view(lms, &user, message))
}

#[handler]
pub(super) async fn save_grades(
    Data(lms): Data<&App>,
    request: &Request,
    Path(id): Path<String>,
    body: Body,
) -> Response {
    let Some((_, user)) = signed_in(lms, request) else { return see_other("/") };
    let Some(book) = Book::open(lms, &id, &user) else { return closed(lms) };
    let Ok(sent) = form(request, body).await else { return malformed(lms) };
    for (learner, _) in &book.learners {
        for item in &book.items {
            let Some(text) = fields::first(&sent, &field(item.id, learner)) else { continue };
            if text == value(lms, item.id, learner) {
                continue;
            }
            let score = match text.trim() {
                "" => None,
                text => match text.replace(',', ".").parse::<f64>() {
                    Ok(score) if score.is_finite() && score >= 0.0 => Some(score),
                    _ => {
                        let sentence = format!("“{text}” is no grade.");
                        return notice(
                            lms,
                            StatusCode::BAD_REQUEST,
                            &sentence,
                            "Write a number, or nothing.",
                        );
                    }
                },
            };
            if lms.grade(&user, item.id, learner, score).is_err() {
                return notice(lms, StatusCode::NOT_FOUND, "This column is gone.", item.label());
            }
        }
    }
    see_other(&format!("/courses/{}/grades?saved=1", segment(&id)))
}

fn closed(lms: &Lms) -> Response {
    notice(lms, StatusCode::FORBIDDEN, "Only teachers of this course see its gradebook.", "Go back.")
}

/// A cell's name in the form.
fn field(item: LineItemId, learner: &UserId) -> String {
    format!("{item}:{learner}")
}

fn value(lms: &Lms, item: LineItemId, learner: &UserId) -> String {
    lms.grade_of(item, learner).map(|grade| grade.score.to_string()).unwrap_or_default()
}

/// Whether the column's tool shows the work behind a grade (lti-1.3-tool.md §19).
fn reviewable(lms: &Lms, item: &LineItem) -> bool {
    let tool = item.client_id.as_deref().and_then(|client| lms.registration(client));
    tool.is_some_and(|tool| tool.review.is_some() || item.members.contains_key("submissionReview"))
}

/// What a teacher sees of a course.
struct Book {
    course: CourseCard,
    items: Vec<LineItem>,
    learners: Vec<(UserId, String)>,
    more: usize,
}

impl Book {
    /// `None` for whoever does not teach there.
    fn open(lms: &Lms, course: &str, user: &UserId) -> Option<Self> {
        let (card, learners, more) = lms.world(|world| {
            let course = world.course(course).filter(|course| World::is_staff(course, user))?;
            let learners = course.roles.keys().filter(|id| !World::is_staff(course, id));
            let all: Vec<_> = learners
                .filter_map(|id| world.user(id.as_str()))
                .map(|user| (user.id.clone(), user.name.clone()))
                .collect();
            let more = all.len().saturating_sub(SHOWN);
            Some((super::people::card(course), all.into_iter().take(SHOWN).collect(), more))
        })?;
        let items = lms.line_items(CourseId::from(course));
        Some(Self { course: card, items, learners, more })
    }

    fn view(self, lms: &Lms, user: &UserId, message: Option<String>) -> Grades {
        let name = |id: &UserId| lms.world(|world| world.user(id.as_str()).map(|user| user.name.clone()));
        let columns = self.items.iter().map(|item| GradeColumn {
            label: item.label().to_owned(),
            maximum: item.members.get("scoreMaximum").map(ToString::to_string).unwrap_or_default(),
        });
        let rows = self.learners.iter().map(|(learner, learner_name)| GradeRow {
            name: learner_name.clone(),
            cells: self
                .items
                .iter()
                .map(|item| GradeCell {
                    column: item.label().to_owned(),
                    name: field(item.id, learner),
                    value: value(lms, item.id, learner),
                    review: reviewable(lms, item)
                        .then(|| format!("/review/{}?learner={}", item.id, segment(learner.as_str()))),
                    by: lms.grade_of(item.id, learner).map(|grade| {
                        grade.by.as_ref().map_or_else(
                            || "by the tool".to_owned(),
                            |by| format!("by {}", name(by).unwrap_or_else(|| by.to_string())),
                        )
                    }),
                })
                .collect(),
        });
        Grades {
            frame: frame(lms, "Gradebook", Some(user)),
            columns: columns.collect(),
            rows: rows.collect(),
            more: self.more,
            course: self.course,
            message,
        }
    }
}
