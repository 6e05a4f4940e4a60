//! Dynamic Registration (§20): a platform and we agree on each other by one pasted address.
//!
//! ```text
//! platform → GET our registration page   openid_configuration, registration_token
//!     Initiation::parse          an address we may fetch              → Initiation
//! tool     → GET openid_configuration (Initiation::request)
//!     Configuration::read        checked, cleaned, whose issuer it is → Configuration
//! tool     → POST registration_endpoint (Offer::propose → Proposal)
//!     Registered::read           client id, scopes, deployment        → Registered
//! tool     → page that posts one of CLOSE_SUBJECTS
//! ```
//!
//! The invitation, the record and every sending are the application's. Every request here carries
//! [`Initiation::bearer`] if there is one; never repeat the POST by yourself. Types are `openidconnect`'s
//! with LTI's members added (`document`, `proposal`); its strict readers are given documents cleaned by us,
//! and replies, which vary most, are read by our own reader.

mod configuration;
mod document;
mod initiation;
mod offer;
mod proposal;
mod reply;

pub use configuration::{Configuration, Trust};
pub use document::{MessageSupport, TOOL_CONFIGURATION};
pub use initiation::Initiation;
pub use offer::{Offer, OfferError, Page, USUAL_SCOPES};
pub use proposal::Proposal;
pub use reply::{Management, OauthConsumer, Registered};

/// The subjects of the window messages that close the registration window; post each (§20.5).
pub const CLOSE_SUBJECTS: [&str; 2] = ["org.imsglobal.lti.close", "lti.close"];

pub(crate) const JSON: &str = "application/json";
