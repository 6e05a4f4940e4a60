//! The pages as values; the templates are in `pages/`. Nothing is decided here.

pub(crate) mod administration;
pub(crate) mod storage;
pub(crate) mod teaching;

use askama::Template;

use crate::fields::Fields;
use storage::Panel;

/// What every page shows around its content.
#[derive(Debug)]
pub(crate) struct Frame {
    pub lms: String,
    pub title: String,
    /// The name of the person signed in.
    pub person: Option<String>,
}

/// A person to practise as.
#[derive(Debug)]
pub(crate) struct Account {
    pub id: String,
    pub name: String,
    pub part: String,
    pub current: bool,
}

#[derive(Debug)]
pub(crate) struct CourseCard {
    pub id: String,
    pub label: String,
    pub title: String,
}

#[derive(Debug, Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    pub frame: Frame,
    pub accounts: Vec<Account>,
    pub courses: Vec<CourseCard>,
    pub next: String,
    /// The person signed in looks after the site.
    pub administrator: bool,
}

/// A row of the course page.
#[derive(Debug)]
pub(crate) struct Item {
    pub id: String,
    pub title: String,
    pub is_tool: bool,
    pub done: bool,
    /// Why it is closed to this person.
    pub locked: Option<String>,
}

/// A learner as the teacher sees them.
#[derive(Debug)]
pub(crate) struct Progress {
    pub name: String,
    /// One per page activity: its title and whether it is done.
    pub done: Vec<(String, bool)>,
}

#[derive(Debug, Template)]
#[template(path = "course.html")]
pub(crate) struct CoursePage {
    pub frame: Frame,
    pub course: CourseCard,
    pub message: Option<String>,
    pub error: Option<String>,
    pub items: Vec<Item>,
    pub progress: Vec<Progress>,
    pub teaches: bool,
    /// Tools that content can be added from: client id and what the button says.
    pub adds: Vec<(String, String)>,
}

#[derive(Debug, Template)]
#[template(path = "lesson.html")]
pub(crate) struct Lesson {
    pub frame: Frame,
    pub course: CourseCard,
    pub id: String,
    pub text: String,
    pub done: bool,
}

/// The frame with a tool in it.
#[derive(Debug, Template)]
#[template(path = "tool.html")]
pub(crate) struct Tool {
    pub frame: Frame,
    pub course: CourseCard,
    /// The path that begins the launch.
    pub opens: String,
    pub storage: Option<Panel>,
}

/// A form that hands the browser over to another address and submits itself.
#[derive(Debug, Template)]
#[template(path = "handover.html")]
pub(crate) struct Handover {
    pub frame: Frame,
    pub sentence: String,
    pub method: &'static str,
    pub action: String,
    pub fields: Fields,
    pub script_nonce: String,
}

#[derive(Debug, Template)]
#[template(path = "notice.html")]
pub(crate) struct Notice {
    pub frame: Frame,
    pub sentence: String,
    pub detail: String,
}

/// A column of the gradebook.
#[derive(Debug)]
pub(crate) struct GradeColumn {
    pub label: String,
    pub maximum: String,
}

/// One learner's grade in one column.
#[derive(Debug)]
pub(crate) struct GradeCell {
    pub column: String,
    pub name: String,
    pub value: String,
    /// Who gave it.
    pub by: Option<String>,
    /// The page with the work behind it, where the tool shows work.
    pub review: Option<String>,
}

/// A learner's row of the gradebook.
#[derive(Debug)]
pub(crate) struct GradeRow {
    pub name: String,
    pub cells: Vec<GradeCell>,
}

#[derive(Debug, Template)]
#[template(path = "grades.html")]
pub(crate) struct Grades {
    pub frame: Frame,
    pub course: CourseCard,
    pub message: Option<String>,
    pub columns: Vec<GradeColumn>,
    pub rows: Vec<GradeRow>,
    /// Learners who are not shown.
    pub more: usize,
}
