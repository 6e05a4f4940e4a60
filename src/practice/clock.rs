//! Where the practice LMS and its browsers take the time from: the machine, or whatever a test hands in.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

/// A source of time. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of this package that reads the machine's clock"
    )]
    pub fn system() -> Self {
        Self(Arc::new(Utc::now))
    }

    /// Whatever `now` says at each call, for example the frozen clock of the application under test.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
