//! The log store: what Moodle's xAPI log store does as things happen. Whoever finishes a course is told of to a store
//! of statements, soon and again while it does not answer; or to nobody while it is muted.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::{
    course::{ActivityId, CourseId, UserId},
    events::{self, Store},
    lms::{Lms, Practice, lock},
};

/// How often a statement is sent before it is given up.
const ATTEMPTS: u32 = 10;
/// The pause before it is sent again.
const PAUSE: Duration = Duration::from_secs(1);

/// Where statements go.
#[derive(Debug, Default)]
pub(crate) struct Log {
    sender: Option<UnboundedSender<Value>>,
    is_muted: bool,
}

impl Practice {
    /// From now on this store is told when somebody finishes a course.
    pub fn log_to(&self, store: Store) {
        let (sender, mut statements) = unbounded_channel::<Value>();
        lock(&self.log).sender = Some(sender);
        let wire = self.wire.clone();
        self.spawn(async move {
            while let Some(statement) = statements.recv().await {
                for _ in 0..ATTEMPTS {
                    let batch = std::slice::from_ref(&statement);
                    match events::send_statements(&wire, &store, batch).await {
                        Ok(answer) if answer.status < 500 => break,
                        _ => tokio::time::sleep(PAUSE).await,
                    }
                }
            }
        });
    }
}

impl Lms {
    /// What is to be told while this is on is never told: an outage at which nothing is kept.
    pub fn mute_log(&self, is_muted: bool) {
        lock(&self.log).is_muted = is_muted;
    }

    /// Whether the log store is muted; `None` while nobody is told anyway.
    #[must_use]
    pub fn is_log_muted(&self) -> Option<bool> {
        let log = lock(&self.log);
        log.sender.is_some().then_some(log.is_muted)
    }

    /// Marks an activity as done by a person, now; the log store hears of it when that was the last of the course.
    pub fn complete(&self, activity: impl Into<ActivityId>, user: impl Into<UserId>) {
        let (activity, user, now) = (activity.into(), user.into(), self.now());
        let finished: Option<CourseId> = self.world(|world| {
            let course = world.course_of(activity.as_str()).map(|course| course.id.clone());
            let is_finished = |world: &crate::course::World| {
                course.as_ref().is_some_and(|course| world.is_finished(course, &user))
            };
            let was_finished = is_finished(world);
            world.complete(&activity, &user, now);
            let is_new = !was_finished && is_finished(world);
            course.filter(|_| is_new)
        });
        if let Some(course) = finished {
            self.log(self.course_completed_statement(&course, &user));
        }
    }

    fn log(&self, statement: Value) {
        let log = lock(&self.log);
        if let Some(sender) = log.sender.as_ref().filter(|_| !log.is_muted) {
            // Nobody listens any more once the LMS has stopped.
            let _ended = sender.send(statement);
        }
    }
}
