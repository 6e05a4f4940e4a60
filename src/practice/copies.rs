//! Copies of activities and whole courses: new ids, remembered origins (`$ResourceLink.id.history`,
//! `$Context.id.history`), and the notice about it (lti-1.3-tool.md §13, §21).

use std::collections::BTreeMap;

use crate::{
    course::{Activity, ActivityId, Course, CourseId, World},
    lms::Lms,
};

impl Lms {
    /// Copies an activity inside its course, behind everything else. `None` for an unknown one.
    pub fn copy_activity(&self, activity: impl Into<ActivityId>) -> Option<ActivityId> {
        let (activity, id) = (activity.into(), self.new_activity_id());
        self.world(|world| {
            let course = world.course_of(activity.as_str())?;
            let (course_id, original) = (course.id.clone(), course.activity(activity.as_str())?);
            let copy =
                Activity { title: format!("{} (copy)", original.title), ..copied(original, id.clone()) };
            world.put_activity(&course_id, copy).then_some(id)
        })
    }

    /// Copies a course with its activities and its staff, not its learners, and, where the manners say so, tells
    /// the tools. `None` for an unknown course.
    pub async fn copy_course(
        &self,
        from: impl Into<CourseId>,
        to: impl Into<CourseId>,
        title: &str,
    ) -> Option<Course> {
        let (from, to) = (from.into(), to.into());
        let original = self.world(|world| world.course(from.as_str()).cloned())?;
        let mut copy = Course::new(to, &original.label, title);
        copy.history = std::iter::once(from).chain(original.history.iter().cloned()).collect();
        let ids: BTreeMap<ActivityId, ActivityId> = original
            .activities
            .iter()
            .map(|activity| (activity.id.clone(), self.new_activity_id()))
            .collect();
        for activity in &original.activities {
            let Some(id) = ids.get(&activity.id) else { continue };
            let after = activity.after.as_ref().map(|first| ids.get(first).unwrap_or(first).clone());
            copy.activities.push(Activity { after, ..copied(activity, id.clone()) });
        }
        let staff = original.roles.iter().filter(|(user, _)| World::is_staff(&original, user));
        copy.roles = staff.map(|(user, roles)| (user.clone(), roles.clone())).collect();
        self.add_course(copy.clone());
        let notices = self.manners().notices;
        if notices.offered && notices.on_copy {
            self.announce_copy(&copy.id, title, &copy.history).await;
        }
        Some(copy)
    }
}

fn copied(original: &Activity, id: ActivityId) -> Activity {
    let history = std::iter::once(original.id.clone()).chain(original.history.iter().cloned()).collect();
    Activity { id, history, ..original.clone() }
}
