//! What Laurel decides; a file per noun; the same for web, jobs and command line.
//!
//! Functions here take the [`App`](crate::app::App) and a [`Caller`](access::Caller), open at most one transaction
//! ([`crate::store::Store::write`]) and answer with rows or a [`crate::error::Error`]. No HTTP, no SQL.

pub mod access;
pub mod achievement;
pub mod addresses;
pub mod api_key;
pub mod artwork;
pub mod audit;
pub mod award;
pub mod consumer_key;
pub mod copy;
pub mod course;
pub mod credential;
pub mod deployment;
pub mod deployment_claim;
pub mod evaluation;
pub mod event_channel;
pub mod evidence;
pub mod floor;
pub mod heard;
pub mod installation;
pub mod invitation;
pub mod issuer;
pub mod issuing;
pub mod job;
pub mod launch;
pub mod learner;
pub mod line_item;
pub mod notice;
pub mod once;
pub mod organization;
pub mod pick;
pub mod placement;
pub mod platform;
pub mod platform_check;
pub mod platform_health;
pub mod platform_key;
pub mod reevaluation;
pub mod registration;
pub mod reseal;
pub mod review;
pub mod roster;
pub mod rule;
pub mod score_report;
pub mod session;
pub mod signal;
pub mod status_index;
pub mod status_list;
pub mod terms;
pub mod trouble;
pub mod validate;
pub mod verify;
