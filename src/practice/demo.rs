//! The people and the course that `laurel demo` shows. The tool link is added by whoever registers the tool.

use crate::course::{Activity, Course, INSTRUCTOR, LEARNER, SITE_ADMINISTRATOR, User, World};

/// The course: a number, as its own interface calls it.
pub const COURSE: &str = "101";
/// The lesson that has to be done before the badge.
pub const LESSON: &str = "lesson-safety";
/// A second page; with the lesson, it finishes the course.
pub const READING: &str = "reading-notes";
/// The teacher.
pub const ADA: &str = "user-ada";
/// The administrator of the site, who is in no course.
pub const ADMIN: &str = "user-admin";
/// A learner who reads English.
pub const GRACE: &str = "user-grace";
/// A learner who reads German.
pub const EMMY: &str = "user-emmy";
/// A learner without an e-mail address.
pub const ALAN: &str = "user-alan";

/// Fills an empty world.
pub(crate) fn seed(world: &mut World) {
    world.put_user(User::new(ADA, "Ada Lovelace").email("ada@campus.example").locale("en"));
    world.put_user(User::new(GRACE, "Grace Hopper").email("grace@campus.example").locale("en"));
    world.put_user(User::new(EMMY, "Emmy Noether").email("emmy@campus.example").locale("de"));
    world.put_user(User::new(ALAN, "Alan Turing").locale("en"));
    world.put_user(User::new(ADMIN, "Charles Babbage").locale("en").site_role(SITE_ADMINISTRATOR));
    let mut course = Course::new(COURSE, "CS101", "Introduction to Computing");
    course.activities.push(Activity::page(
        LESSON,
        "Safety in the machine room",
        "Know where the emergency switch is. Keep drinks away from the machines. Never reach into a running \
         printer. When you have understood all three, mark this lesson as done.",
    ));
    course.activities.push(Activity::page(
        READING,
        "Notes on the Analytical Engine",
        "A machine can do whatever we know how to order it to perform. Read the notes and bring a question to \
         the next meeting.",
    ));
    course.required = vec![LESSON.into(), READING.into()];
    let id = course.id.clone();
    world.put_course(course);
    world.enroll(&id, &ADA.into(), &[INSTRUCTOR]);
    for learner in [GRACE, EMMY, ALAN] {
        world.enroll(&id, &learner.into(), &[LEARNER]);
    }
}
