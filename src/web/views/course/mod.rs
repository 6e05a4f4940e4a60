//! Pages inside the learning platform, after a launch: one for learners, one for instructors, one for
//! whoever looks at the work of others. They are framed, so links to public pages open a new window.

mod instructor;
mod learner;
mod pick;
mod review;

pub use instructor::{Ask, Decision, InstructorPage, Placed, PlacementState};
pub use learner::{Audience, LearnerPage, Offer, Progress};
pub use pick::{Begun, Column, Field, Options, PickPage, Pickable, SettlePage, Settled};
pub use review::{Occasion, Person, ReviewPage, Work};
