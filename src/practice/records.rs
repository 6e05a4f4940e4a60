//! The LMS's own interfaces, which an institution opens to others: Canvas's REST API in the profile of Canvas, Moodle's
//! web services in that of Moodle and in the plain one; in other profiles there are none. What they tell is what people
//! have done here.
//!
//! Canvas: bulk progress, enrolments with grades, assignments, submissions; pages by `Link`; tokens of an account, or
//! of a developer key by refresh token, limited to scopes. Moodle: one address, refusals with status 200.

mod canvas;
mod moodle;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    claims::PRODUCT_FAMILY,
    course::{Course, Kind, UserId, World},
    dice,
    keys::sha256_hex,
    lms::{Lms, lock},
    services::{LineItem, Reply, Service, ServiceRequest},
};

/// Who may ask, and what.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Access tokens with the functions (Moodle) or scopes (Canvas) that they are limited to.
    tokens: HashMap<String, Option<Vec<String>>>,
    /// Refresh tokens with number and secret of their developer key.
    refresh: HashMap<String, (String, String)>,
    /// The institution has switched its interface off.
    is_off: bool,
    /// Nobody's grades may be seen.
    hides_grades: bool,
}

/// What somebody has done in a course.
struct Progress {
    wanted: usize,
    done: usize,
    /// When the last of it was done.
    last: Option<DateTime<Utc>>,
}

impl Progress {
    fn is_whole(&self) -> bool {
        self.wanted > 0 && self.done == self.wanted
    }
}

impl Lms {
    /// A token with which everything may be asked.
    pub fn record_token(&self) -> String {
        self.new_record_token(None)
    }

    /// A token that is limited to these functions (Moodle) or scopes (Canvas).
    pub fn record_token_for(&self, limits: &[&str]) -> String {
        self.new_record_token(Some(limits.iter().map(|limit| (*limit).to_owned()).collect()))
    }

    fn new_record_token(&self, limits: Option<Vec<String>>) -> String {
        let token = dice::token();
        lock(&self.services.records).tokens.insert(token.clone(), limits);
        token
    }

    /// Number and secret of a developer key, with a refresh token (Canvas).
    pub fn record_refresh_token(&self) -> (String, String, String) {
        let (secret, token) = (dice::token(), dice::token());
        let key = "10000000000042".to_owned();
        lock(&self.services.records).refresh.insert(token.clone(), (key.clone(), secret.clone()));
        (key, secret, token)
    }

    /// No token is good any more.
    pub fn withdraw_record_tokens(&self) {
        let mut records = lock(&self.services.records);
        records.tokens.clear();
        records.refresh.clear();
    }

    /// Switches the interface off, or on again.
    pub fn switch_records_off(&self, is_off: bool) {
        lock(&self.services.records).is_off = is_off;
    }

    /// Whether grades may be seen.
    pub fn hide_grades(&self, hides: bool) {
        lock(&self.services.records).hides_grades = hides;
    }

    /// The number by which the LMS's own interface calls somebody, a course or an activity. A number that is in the id
    /// is it.
    #[must_use]
    pub fn number_of(&self, id: &str) -> u64 {
        let digits = sha256_hex(id.as_bytes());
        let made =
            || u64::from_str_radix(digits.get(..8).unwrap_or_default(), 16).unwrap_or_default() + 1_000;
        id.parse().unwrap_or_else(|_| made())
    }

    /// The number of a person: in Moodle what tools know them by.
    pub(crate) fn number_of_person(&self, user: &UserId) -> u64 {
        match self.quirks(|quirks| quirks.product_family) {
            "moodle" | PRODUCT_FAMILY => {
                self.subject(user).parse().unwrap_or_else(|_| self.number_of(user.as_str()))
            }
            _ => self.number_of(user.as_str()),
        }
    }

    /// Answers a request to one of the LMS's own interfaces.
    pub(crate) fn serve_records(&self, service: Service, request: &ServiceRequest) -> Reply {
        let family = self.quirks(|quirks| quirks.product_family);
        match (service, family) {
            (Service::CanvasRest, "canvas") => canvas::answer(self, request),
            (Service::MoodleRest, "moodle" | PRODUCT_FAMILY) => moodle::answer(self, request),
            _ => Reply::html(404),
        }
    }

    /// The course of this number.
    fn numbered_course(&self, world: &World, number: u64) -> Option<Course> {
        world.courses().iter().find(|course| self.number_of(course.id.as_str()) == number).cloned()
    }

    /// The students of a course with their numbers, in the order of these.
    fn students(&self, world: &World, course: &Course) -> Vec<(u64, UserId)> {
        let learns = |roles: &Vec<String>| roles.iter().any(|role| role.ends_with("Learner"));
        let here = course.roles.iter().filter(|(id, roles)| learns(roles) && !World::is_staff(course, id));
        let mut students: Vec<(u64, UserId)> =
            here.filter(|(id, _)| world.user(id.as_str()).is_some()).map(|(id, _)| (0, id.clone())).collect();
        for (number, id) in &mut students {
            *number = self.number_of_person(id);
        }
        students.sort_unstable();
        students
    }

    /// The columns of the course's gradebook.
    fn columns(&self, course: &Course) -> Vec<LineItem> {
        lock(&self.services.gradebook).of_course(&course.id).cloned().collect()
    }

    /// A person's final score in percent: what is missing counts as nothing.
    fn final_score(&self, columns: &[LineItem], user: &UserId) -> Option<f64> {
        let book = lock(&self.services.gradebook);
        let given = |item: &LineItem| book.grade(item.id, user).and_then(|grade| grade.score.as_f64());
        let most: f64 = columns.iter().map(LineItem::maximum).sum();
        let sum: f64 = columns.iter().filter_map(given).sum();
        (most > 0.0).then(|| (sum / most * 10_000.0).round() / 100.0)
    }
}

/// What somebody has done of a course's pages.
fn progress(world: &World, course: &Course, user: &UserId) -> Progress {
    let pages = course.activities.iter().filter(|activity| matches!(activity.kind, Kind::Page(_)));
    let times: Vec<Option<DateTime<Utc>>> = pages.map(|page| world.done(&page.id, user)).collect();
    let done: Vec<DateTime<Utc>> = times.iter().filter_map(|at| *at).collect();
    Progress { wanted: times.len(), done: done.len(), last: done.into_iter().max() }
}

fn written(at: Option<DateTime<Utc>>) -> Value {
    at.map_or(Value::Null, |at| json!(at.format("%Y-%m-%dT%H:%M:%SZ").to_string()))
}
