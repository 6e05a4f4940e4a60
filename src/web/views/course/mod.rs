//! Pages inside the learning platform, after a launch: one for learners, two for instructors, one for
//! whoever looks at the work of others. They are framed, so links to public pages open a new window.

mod approvals;
mod dry_run;
mod instructor;
mod learner;
mod lists;
mod pick;
mod reconcile;
mod review;
mod roster;
mod summary;
mod trigger;
mod undo;

pub use approvals::{Approvals, ApprovalsPage, Given, Ruling, Waiter};
pub use dry_run::{Candidate, DryRunPage, Reason as DryRunReason};
pub use instructor::{Ask, Decision, Hold, InstructorPage, Placed, PlacementState};
pub use learner::{Audience, LearnerPage, Offer, Progress};
pub use lists::{Compared, EarlierList, Listed, ListsPage};
pub use pick::{Begun, Column, Field, Options, PickPage, Pickable, SettlePage, Settled};
pub use reconcile::{Alarm, Channel, Past, Read, ReconcilePage, Rescued, Running, Stated};
pub use review::{Occasion, Person, ReviewPage, Work};
pub use roster::{
    Ask as RosterAsk, List as RosterList, Reading as RosterReading, RosterPage, Someone, Stand,
};
pub use summary::{Checks, Surety, SuretyPart};
pub use trigger::{Trigger, TriggerState};
pub use undo::{JustAwarded, Undoing};
