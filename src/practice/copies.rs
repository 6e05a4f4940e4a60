//! Copies of activities and whole courses: new ids, remembered origins (`$ResourceLink.id.history`,
//! `$Context.id.history`), and the notice about it (lti-1.3-tool.md §13, §21).

use std::collections::BTreeMap;

use crate::{
    course::{Activity, ActivityId, Course, CourseId, World},
    lms::Lms,
    services::Column,
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
            if original.required.contains(&activity.id) {
                copy.required.push(id.clone());
            }
            copy.activities.push(Activity { after, ..copied(activity, id.clone()) });
        }
        let staff = original.roles.iter().filter(|(user, _)| World::is_staff(&original, user));
        copy.roles = staff.map(|(user, roles)| (user.clone(), roles.clone())).collect();
        self.add_course(copy.clone());
        self.copy_columns(&original, &copy.id, &ids);
        let notices = self.manners().notices;
        if notices.offered && notices.on_copy {
            self.announce_copy(&copy.id, title, &copy.history).await;
        }
        Some(copy)
    }
}

impl Lms {
    /// Columns of links come along empty, with the same `resourceId` and `tag`; other columns stay behind.
    fn copy_columns(&self, original: &Course, copy: &CourseId, ids: &BTreeMap<ActivityId, ActivityId>) {
        for item in self.line_items(&original.id) {
            let link = item.link().and_then(|link| ids.get(&ActivityId::from(link)));
            if let (Some(link), Some(client_id)) = (link, &item.client_id) {
                let mut column = Column::of_tool(client_id, item.label(), item.maximum());
                column.members.extend(item.members.clone());
                self.add_column(copy, column.link(link));
            }
        }
    }
}

fn copied(original: &Activity, id: ActivityId) -> Activity {
    let history = std::iter::once(original.id.clone()).chain(original.history.iter().cloned()).collect();
    Activity { id, history, ..original.clone() }
}
