//! Teachers' pages as values.

use askama::Template;

use super::{CourseCard, Frame};

/// After a tool's answer.
#[derive(Debug, Template)]
#[template(path = "returned.html")]
pub(crate) struct Returned {
    pub frame: Frame,
    pub sentence: String,
    pub id: String,
    pub course: String,
    /// What the tool said.
    pub said: Option<String>,
    /// What is to be saved; empty when there is nothing to do but to go back.
    pub titles: Vec<String>,
    pub script_nonce: String,
}

/// Somebody in a course.
#[derive(Debug)]
pub(crate) struct Member {
    pub id: String,
    pub name: String,
    pub email: Option<String>,
    pub roles: String,
    pub learner: bool,
}

#[derive(Debug, Template)]
#[template(path = "people.html")]
pub(crate) struct PeoplePage {
    pub frame: Frame,
    pub course: CourseCard,
    pub members: Vec<Member>,
    /// Ids and names of everybody else.
    pub outside: Vec<(String, String)>,
}
