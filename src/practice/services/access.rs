//! What tests and the demo may look at and do from inside the process.

use serde_json::{Number, Value};

use super::{
    Column, Grade, Group, LineItem, LineItemId, MemberStatus, Profile, Quirks, Score, gradebook::number,
    quirks::Audience,
};
use crate::{
    course::{CourseId, LEARNER, User, UserId},
    lms::{Lms, lock},
    manners::Manners,
};

/// There is no such column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no line item {0}")]
pub struct NoLineItem(pub LineItemId);

impl Lms {
    /// Behaves like this product from now on, and forgets single quirks set before. The issuer stays what it was
    /// at the start ([`crate::Options::profile`] sets that too).
    pub fn set_profile(&self, profile: Profile) {
        *lock(&self.services.quirks) = profile.quirks();
        self.set_manners(|manners| *manners = Manners::of(profile));
    }

    /// Looks at, or changes, single quirks.
    pub fn quirks<T>(&self, work: impl FnOnce(&mut Quirks) -> T) -> T {
        work(&mut lock(&self.services.quirks))
    }

    /// What the token endpoint wants as the assertion's `aud`.
    #[must_use]
    pub fn token_audience(&self) -> String {
        match lock(&self.services.quirks).token_audience {
            Audience::Fixed(text) => text.to_owned(),
            Audience::TokenEndpoint | Audience::Ignored => self.token_endpoint(),
        }
    }

    /// The members of a course: people and their roles, by id.
    pub fn roster(&self, course: impl Into<CourseId>) -> Vec<(UserId, Vec<String>)> {
        let course = course.into();
        self.world(|world| {
            let found = world.course(course.as_str());
            found.map(|course| course.roles.clone().into_iter().collect()).unwrap_or_default()
        })
    }

    /// Ends somebody's part in a course.
    pub fn unenroll(&self, course: impl Into<CourseId>, user: impl Into<UserId>) -> bool {
        let (course, user) = (course.into(), user.into());
        self.world(|world| world.unenroll(&course, &user))
    }

    /// Says whether somebody still takes part in a course.
    pub fn set_status(&self, course: impl Into<CourseId>, user: impl Into<UserId>, status: MemberStatus) {
        lock(&self.services.statuses).insert((course.into(), user.into()), status);
    }

    /// Fills a course with so many learners, `crowd-000001` and so on, each with a name and an address.
    pub fn add_crowd(&self, course: impl Into<CourseId>, count: usize) {
        let course = course.into();
        self.world(|world| {
            for n in 1..=count {
                let user = User::new(format!("crowd-{n:06}"), &format!("Learner {n:06}"));
                world.put_user(user.email(&format!("crowd-{n:06}@campus.example")));
            }
            world.enroll_all(&course, (1..=count).map(|n| format!("crowd-{n:06}").into()), &[LEARNER])
        });
    }

    /// Adds a group, or replaces the one of this id in its course.
    pub fn add_group(&self, group: Group) {
        let mut groups = lock(&self.services.groups);
        groups.retain(|other| other.course != group.course || other.id != group.id);
        groups.push(group);
    }

    /// Makes a column, as a teacher or the LMS itself does.
    pub fn add_column(&self, course: impl Into<CourseId>, column: Column) -> LineItem {
        lock(&self.services.gradebook).create(course.into(), column.client_id, column.members)
    }

    /// The columns of a course, oldest first, whosever they are.
    pub fn line_items(&self, course: impl Into<CourseId>) -> Vec<LineItem> {
        let course = course.into();
        lock(&self.services.gradebook).of_course(&course).cloned().collect()
    }

    /// A column.
    #[must_use]
    pub fn line_item(&self, id: LineItemId) -> Option<LineItem> {
        lock(&self.services.gradebook).item(id).cloned()
    }

    /// The column that has this address.
    #[must_use]
    pub fn line_item_at(&self, url: &str) -> Option<LineItem> {
        let path = url.split(['?', '#']).next()?;
        let (_, id) = path.trim_end_matches('/').strip_suffix("/lineitem")?.rsplit_once('/')?;
        self.line_item(LineItemId(id.parse().ok()?))
    }

    /// Throws a column away, as a teacher may.
    pub fn remove_column(&self, id: LineItemId) -> bool {
        lock(&self.services.gradebook).remove(id)
    }

    /// What tools posted into a column, oldest first.
    #[must_use]
    pub fn scores(&self, id: LineItemId) -> Vec<Score> {
        lock(&self.services.gradebook).scores(id).to_vec()
    }

    /// The grade that stands in a column for somebody.
    pub fn grade_of(&self, id: LineItemId, user: impl Into<UserId>) -> Option<Grade> {
        lock(&self.services.gradebook).grade(id, &user.into()).cloned()
    }

    /// A teacher puts a grade into a column by hand, now, or takes it away.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn grade(
        &self,
        teacher: impl Into<UserId>,
        id: LineItemId,
        user: impl Into<UserId>,
        score: impl Into<Option<f64>>,
    ) -> Result<(), NoLineItem> {
        let (teacher, at) = (teacher.into(), self.now());
        let mut gradebook = lock(&self.services.gradebook);
        gradebook.item(id).ok_or(NoLineItem(id))?;
        let grade =
            score.into().map(|score| Grade { score: number(score), comment: None, by: Some(teacher), at });
        gradebook.set_grade(id, user.into(), grade);
        Ok(())
    }

    /// Changes a member of a column, as a teacher may: `label`, `scoreMaximum`. Grades follow the maximum.
    pub fn edit_column(&self, id: LineItemId, member: &str, value: impl Into<Value>) -> Option<LineItem> {
        let mut gradebook = lock(&self.services.gradebook);
        let mut members = gradebook.item(id)?.members.clone();
        members.insert(member.to_owned(), value.into());
        gradebook.update(id, members)
    }

    /// Throws all access tokens away: the next call of every tool answers 401.
    pub fn revoke_tokens(&self) {
        lock(&self.gate().tokens).revoke();
    }
}

impl Grade {
    /// The grade as a number.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.score.as_f64().unwrap_or_default()
    }
}

impl Score {
    /// The score as a number.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.given.as_ref().and_then(Number::as_f64)
    }
}
