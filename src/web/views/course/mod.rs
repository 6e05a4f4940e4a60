//! Pages inside the learning platform, after a launch: one for learners, one for instructors. They are
//! framed, so links to public pages open a new window.

mod instructor;
mod learner;

pub use instructor::{InstructorPage, Placed, PlacementState};
pub use learner::{Audience, LearnerPage, Offer, Progress};
