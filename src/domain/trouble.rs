//! Trouble: why work at a platform's services came to nothing, and so what a job does next.

use chrono::Duration;
use lti::services::Failure;

use crate::{error::Error, store::DbErr};

/// Why work at a platform's services came to nothing.
#[derive(Debug)]
pub enum Trouble {
    /// The platform, or what it allows us; its `next` says what to do.
    Platform(Failure),
    /// Somebody else is at it: look again after so long.
    Busy(Duration),
    /// We.
    Ours(Error),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Platform(failure)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<DbErr> for Trouble {
    fn from(error: DbErr) -> Self {
        Self::Ours(error.into())
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Platform(failure) => failure.fmt(f),
            Self::Busy(_) => f.write_str("another process is at it"),
            Self::Ours(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Trouble {}
