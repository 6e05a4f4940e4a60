//! The practice LMS: a real LTI 1.3 platform over HTTP, for `laurel demo` and the tests.
//!
//! It plays the *platform's* part of `spec/lti-1.3-tool.md` §7, §8, §10, §11 and §16 as strictly as Moodle does
//! (`spec/moodle-platform.md`), and shares no code with the package `lti`, so that each checks the other.
//! Everything it says can be bent on purpose, per launch or for all launches ([`Bend`]).
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`course`], `world`, `copies` | people, courses, activities; completion, conditional release; copies of courses |
//! | [`tool`], [`platform`] | registered tools; login initiation, `/auth` |
//! | [`claims`], `variables` | what a launch says; `$` variables; the complete example payload of §11 |
//! | [`keys`] | key material, the published key set, how `/jwks` misbehaves |
//! | [`opening`] | what is opened beside activities: pickers, submission reviews, other messages |
//! | [`registration`], [`deep_linking`], [`notices`], [`legacy`] | dynamic registration, deep linking, notices, the LTI 1.1 past |
//! | [`events`], `log_store` | statements and signed events that platforms send as things happen |
//! | [`manners`] | in what the messages and pages of the LMS are like those of Moodle, Canvas or another |
//! | [`bend`], [`mint`] | launches bent on purpose; composing and signing tokens |
//! | [`services`] | grades, members, groups; quirks of products; services that misbehave |
//! | `records` | the own interfaces of Canvas and Moodle, for whom an institution lets read them |
//! | [`token`] | `/token`: client assertions checked against the tool's own JWKS |
//! | [`browser`] | a small user agent with an honest cookie jar, and [`browser::Browser::launch`] |
//! | `server`, `pages` | routes and HTML |
//! | [`wire`] | the HTTP client of server and browser; pretended host names |
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use practice::{Activity, Opening, Options, Practice, ToolRegistration, browser::Browser, demo};
//! let lms = Practice::start(Options { seed_demo: true, ..Options::default() }).await?;
//! lms.register(ToolRegistration::new("client-abc", "http://localhost:8080/lti/login",
//!     "http://localhost:8080/lti/launch", "http://localhost:8080/course"));
//! lms.add_activity(demo::COURSE, Activity::tool("badge", "Your badge", "client-abc").after(demo::LESSON));
//! lms.complete(demo::LESSON, demo::GRACE);
//! let outcome = Browser::new().launch(&lms, demo::GRACE, "badge").await?;
//! assert_eq!(outcome.status(), 200);
//! // The same by the tool's own doing: registered by its address, its picker opened by a teacher.
//! let page = Browser::new().begin_registration(&lms, "http://localhost:8080/lti/register?ticket=…").await?;
//! let client_id = lms.tools().pop().map(|tool| tool.client_id).unwrap_or_default();
//! let picker = Opening::DeepLinking { course: demo::COURSE.into(), client_id };
//! let outcome = Browser::new().open(&lms, demo::ADA, picker, &[]).await?;
//! # Ok(()) }
//! ```

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod bend;
pub mod browser;
pub mod claims;
mod clock;
mod copies;
pub mod course;
pub mod deep_linking;
pub mod demo;
mod dice;
pub mod events;
pub mod fields;
pub mod keys;
pub mod legacy;
mod lms;
mod log_store;
pub mod manners;
mod messages;
pub mod mint;
pub mod notices;
pub mod opening;
pub mod options;
mod pages;
pub mod platform;
mod records;
pub mod registration;
mod server;
pub mod services;
pub mod token;
pub mod tool;
mod variables;
mod weak_rsa;
pub mod wire;
mod world;

pub use bend::{Bend, Change};
pub use clock::Clock;
pub use course::{Activity, ActivityId, Course, CourseId, User, UserId};
pub use fields::Fields;
pub use keys::{JwksAnswer, KeyRing};
pub use lms::{Lms, Practice, StartError};
pub use manners::Manners;
pub use notices::Notice;
pub use opening::{Opening, Review};
pub use options::Options;
pub use services::{Fault, Misbehaviour, Profile, Quirks, Service};
pub use tool::{LoginMethod, MessageEntry, ToolRegistration};

#[cfg(test)]
mod tests;
