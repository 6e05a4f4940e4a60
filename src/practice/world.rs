//! Everything the practice LMS knows about people and courses: who is where, who has done what, and what opens when.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::course::{Activity, ActivityId, Course, CourseId, User, UserId};

/// Why an activity does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// No such course, activity or person.
    #[error("There is no such activity.")]
    Unknown,
    /// Not enrolled in this course.
    #[error("You are not enrolled in this course.")]
    NotEnrolled,
    /// Something else has to be done first.
    #[error("Finish “{0}” first.")]
    Locked(String),
}

/// Everything the LMS knows about people and courses.
#[derive(Clone, Debug, Default)]
pub struct World {
    users: Vec<User>,
    /// Where somebody stands in `users`, for courses of thousands.
    places: HashMap<UserId, usize>,
    courses: Vec<Course>,
    done: BTreeMap<(ActivityId, UserId), DateTime<Utc>>,
}

impl World {
    /// Adds a person, or replaces the one of this id.
    pub fn put_user(&mut self, user: User) {
        match self.places.get(&user.id).and_then(|place| self.users.get_mut(*place)) {
            Some(old) => *old = user,
            None => {
                self.places.insert(user.id.clone(), self.users.len());
                self.users.push(user);
            }
        }
    }

    /// Adds a course, or replaces the one of this id.
    pub fn put_course(&mut self, course: Course) {
        self.courses.retain(|other| other.id != course.id);
        self.courses.push(course);
    }

    /// Replaces the course of this id in its place.
    pub(crate) fn update_course(&mut self, course: Course) {
        if let Some(old) = self.courses.iter_mut().find(|other| other.id == course.id) {
            *old = course;
        }
    }

    /// Adds an activity to a course, or replaces the one of this id in its place. False without such a course.
    pub fn put_activity(&mut self, course: &CourseId, activity: Activity) -> bool {
        let Some(course) = self.courses.iter_mut().find(|other| other.id == *course) else { return false };
        match course.activities.iter_mut().find(|other| other.id == activity.id) {
            Some(old) => *old = activity,
            None => course.activities.push(activity),
        }
        true
    }

    /// Gives a person exactly these roles in a course. False without such a course.
    pub fn enroll(&mut self, course: &CourseId, user: &UserId, roles: &[&str]) -> bool {
        let Some(course) = self.courses.iter_mut().find(|other| other.id == *course) else { return false };
        course.roles.insert(user.clone(), roles.iter().map(|role| (*role).to_owned()).collect());
        true
    }

    /// Gives all of them exactly these roles in a course. False without such a course.
    pub fn enroll_all(
        &mut self,
        course: &CourseId,
        users: impl Iterator<Item = UserId>,
        roles: &[&str],
    ) -> bool {
        let Some(course) = self.courses.iter_mut().find(|other| other.id == *course) else { return false };
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        course.roles.extend(users.map(|user| (user, roles.clone())));
        true
    }

    /// Ends somebody's part in a course. False when there was none.
    pub fn unenroll(&mut self, course: &CourseId, user: &UserId) -> bool {
        let course = self.courses.iter_mut().find(|other| other.id == *course);
        course.is_some_and(|course| course.roles.remove(user).is_some())
    }

    /// All people.
    #[must_use]
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// All courses.
    #[must_use]
    pub fn courses(&self) -> &[Course] {
        &self.courses
    }

    /// The person of this id.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&User> {
        self.places.get(id).and_then(|place| self.users.get(*place))
    }

    /// Whether this person looks after the whole site.
    #[must_use]
    pub fn is_administrator(&self, user: &UserId) -> bool {
        self.user(user.as_str()).is_some_and(User::is_administrator)
    }

    /// The course of this id.
    #[must_use]
    pub fn course(&self, id: &str) -> Option<&Course> {
        self.courses.iter().find(|course| course.id.as_str() == id)
    }

    /// The course that an activity belongs to.
    #[must_use]
    pub fn course_of(&self, activity: &str) -> Option<&Course> {
        self.courses.iter().find(|course| course.activity(activity).is_some())
    }

    /// Marks an activity as done by a person at a time; a second time changes nothing.
    pub fn complete(&mut self, activity: &ActivityId, user: &UserId, at: DateTime<Utc>) {
        self.done.entry((activity.clone(), user.clone())).or_insert(at);
    }

    /// Takes a completion back.
    pub fn reopen(&mut self, activity: &ActivityId, user: &UserId) {
        self.done.remove(&(activity.clone(), user.clone()));
    }

    /// When a person did an activity.
    #[must_use]
    pub fn done(&self, activity: &ActivityId, user: &UserId) -> Option<DateTime<Utc>> {
        self.done.get(&(activity.clone(), user.clone())).copied()
    }

    /// Whether a person has done all that their course asks for.
    #[must_use]
    pub fn is_finished(&self, course: &CourseId, user: &UserId) -> bool {
        let course = self.course(course.as_str());
        course.is_some_and(|course| {
            let mut required = course.required.iter();
            course.roles.contains_key(user)
                && !course.required.is_empty()
                && required.all(|activity| self.done(activity, user).is_some())
        })
    }

    /// Whether this person teaches in this course (an Instructor or Administrator role of the course).
    #[must_use]
    pub fn is_staff(course: &Course, user: &UserId) -> bool {
        let staff = ["membership#Instructor", "membership/Instructor#", "membership#Administrator"];
        course
            .roles
            .get(user)
            .is_some_and(|roles| roles.iter().any(|role| staff.iter().any(|part| role.contains(part))))
    }

    /// The course and activity, if this person may open it now.
    ///
    /// # Errors
    /// [`Closed`] says why not, in a sentence for the person.
    pub fn open(&self, activity: &str, user: &UserId) -> Result<(&Course, &Activity), Closed> {
        let course = self.course_of(activity).ok_or(Closed::Unknown)?;
        let activity = course.activity(activity).ok_or(Closed::Unknown)?;
        if !course.roles.contains_key(user) {
            return Err(Closed::NotEnrolled);
        }
        match &activity.after {
            Some(first) if !self.is_released(course, activity, user) => {
                let title = course.activity(first.as_str()).map_or(first.as_str(), |other| &other.title);
                Err(Closed::Locked(title.to_owned()))
            }
            _ => Ok((course, activity)),
        }
    }

    /// Whether an activity is open to a member of its course now. Staff may always open it.
    #[must_use]
    pub fn is_released(&self, course: &Course, activity: &Activity, user: &UserId) -> bool {
        let first = activity.after.as_ref();
        first.is_none_or(|first| Self::is_staff(course, user) || self.done(first, user).is_some())
    }
}
