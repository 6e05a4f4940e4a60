//! LTI 1.3 for tools: bytes and a time in, typed messages or coded refusals out.
//!
//! No I/O, no clock, no database, no HTTP client: `now`, random bytes, records and fetched keys are
//! arguments. This package knows nothing of badges. Spec: `spec/lti-1.3-tool.md` (§ below), with the
//! changes of `design.md` §4: the state is sealed and stored nowhere, and what is used once is told by
//! the database.
//!
//! # LTI 1.3 in one page
//!
//! A *platform* (the LMS) and a *tool* (we) have agreed on an issuer, a client id, addresses and keys:
//! a [`Registration`]. Within it a *deployment* is one installation. A person clicks a *resource link*
//! in a *context* (a course), and the browser carries messages between the two:
//!
//! ```text
//! platform → GET|POST /lti/login    iss, login_hint, target_link_uri, …      unsigned: only a hint
//!     login::Request::parse → login::choose → login::begin
//! tool     → 302 authorization endpoint   state, nonce, redirect_uri         + cookie: binds the browser
//! platform → POST /lti/launch       state, id_token                          signed by the platform
//!     launch::Form::parse      a form with a state
//!     State::open              ours; names the registration
//!     launch::bind             in time, same browser               → Progress
//!     Form::token              a token, not the platform's error
//!     token::peek              readable; which key               (KeyCache::decide: use, fetch, refuse)
//!     token::verify            signature, parties, times, nonce    → VerifiedToken
//!     launch::validate         the message                         → Launch
//! tool     → 303 the page of the signed target link
//! ```
//!
//! A [`Message`] is one of three: a link was clicked, something is to be picked ([`deep_linking`], §15), or
//! somebody's work is to be looked at ([`launch::Review`], §19). What all share stands in [`Launch`] around it.
//! Other types are refused politely (§23.1).
//!
//! Where third-party cookies are blocked, [`storage`] lets the platform's page keep the browser secret: the
//! login is answered with a page that puts it there, [`launch::bind_or_ask`] says that a page must ask for it,
//! and [`launch::bind_continued`] binds what that page posts to `/lti/launch/continue` (§9.2, §9.3). Whoever has
//! nothing but LTI 1.1 records proves them with [`migration`] (§22). [`notices`] arrive without a browser and are
//! verified like launches (§21).
//!
//! The application looks up the registration after `open`, the keys after `peek`, the deployment before
//! `validate`; afterwards it inserts the launch record, whose unique (platform, nonce) makes state and
//! nonce single-use ([`Refusal::StateReplayed`]). From `bind` on a [`Progress`] is kept, so that good and
//! refused launches leave the same kind of record (§10.5). Before `bind` a refusal leaves nothing.
//!
//! # Services
//!
//! What a launch offers ([`claims::Services`]) is used with [`services`]: `token` for access tokens, `ags`
//! for columns, scores and results, `nrps` for the roster, `groups`. They give requests and read answers;
//! the application sends. Their failures carry a [`Refusal`] and what to do next.
//!
//! # Refusals
//!
//! Codes and statuses are those of §24; the first check that fails is reported. [`refusal`] has the
//! sentences.
//!
//! | step | function | codes |
//! | --- | --- | --- |
//! | §7 1-4 | [`login::Request::parse`] | `lti.login.{method_not_allowed, unsupported_media_type, malformed, duplicate_parameter, missing_parameter}` |
//! | §7 5-6 | [`login::choose`] | `lti.login.{unknown_registration, ambiguous_registration, registration_disabled}` |
//! | §7 7 | [`login::begin`] | `lti.login.target_not_allowed` |
//! | §10.2 1-4 | [`launch::Form::parse`] | `lti.launch.{method_not_allowed, unsupported_media_type, malformed_form, duplicate_parameter, state_missing}` |
//! | 5 | [`state::State::open`] | `lti.launch.state_invalid` |
//! | 6-7 | [`launch::bind_or_ask`], [`launch::bind_continued`], [`launch::Form::parse_continued`] | `lti.launch.{state_expired, state_browser_mismatch, browser_unbound}` |
//! | 9-10 | [`launch::Form::token`] | `lti.launch.{platform_error, token_missing}` |
//! | 11, §5 1-5 | [`launch::token::peek`] | `lti.login.registration_disabled`, `lti.jwt.{too_large, malformed, encrypted_unsupported, alg_not_allowed, crit_unsupported, kid_missing}` |
//! | §4.2 | [`keys::KeyCache::decide`] | `lti.jwt.{kid_unknown, jwks_unavailable}` |
//! | §5 6-13, 13 | [`launch::token::verify`] | `lti.jwt.{kid_unknown, key_unusable, signature_invalid, iss_mismatch, aud_mismatch, aud_untrusted, azp_missing, azp_mismatch, exp_missing, expired, iat_missing, iat_future, too_old, not_yet_valid, claim_type, nonce_missing, nonce_mismatch}` |
//! | 14-25 | [`launch::validate()`] | `lti.msg.{claim_type, version_missing, version_unsupported, type_missing, type_unsupported, deployment_missing, deployment_mismatch, deployment_unknown, deployment_disabled, roles_missing, target_link_uri_missing, target_link_uri_not_allowed, target_link_uri_mismatch, user_missing, sub_invalid, resource_link_missing, context_invalid}`, `lti.dl.{settings_missing, return_url_invalid, not_permitted}`, `lti.sr.{for_user_missing, lineitem_missing, not_permitted}` |
//! | 8 | the application | `lti.launch.state_replayed`, `lti.jwt.nonce_replayed` |
//! | §15 | [`deep_linking::Settings::choose`], [`deep_linking::Response::post`] | `lti.dl.{no_acceptable_type, too_many_items}` |
//! | §16 | [`services::token::read`], [`services::token::Asking`] | `lti.token.{refused, invalid_response, scope_insufficient, unreachable}` |
//! | §17 | [`services::ags`] | `lti.ags.{scope_not_granted, invalid_response, rejected, superseded, not_found, unavailable, paging}` |
//! | §18 | [`services::nrps`], [`services::groups`] | `lti.nrps.{scope_not_granted, invalid_response, unavailable, paging}` |
//! | §20 | [`dynamic`] | `lti.dr.{missing_parameter, config_url_invalid, config_unreachable, config_invalid, issuer_mismatch, unsupported_platform, rejected, response_invalid}` |
//! | §20 | the application | `lti.dr.{ticket_invalid, already_registered}` |
//! | §21 | [`notices::Envelope::parse`], [`notices::validate`], [`notices::Handler`] | `lti.pns.{malformed, notice_missing, scope_not_granted, unavailable}` |
//! | §21 | the application | `lti.pns.duplicate` |
//! | §22 | [`migration::Legacy::judge`] | `lti.migrate.sign_invalid`: a warning |
#![warn(missing_docs, clippy::missing_errors_doc)]

mod address;
pub mod claims;
mod custom;
pub mod deep_linking;
pub mod diagnosis;
pub mod dynamic;
mod hex;
pub mod keys;
pub mod launch;
pub mod login;
pub mod migration;
pub mod notices;
pub mod progress;
pub mod quirks;
pub mod refusal;
pub mod registration;
pub mod roles;
pub mod services;
pub mod signed;
pub mod state;
pub mod storage;

pub use address::{Target, with_parameters};
pub use custom::Custom;
pub use launch::{Launch, Message, Standing};
pub use progress::Progress;
pub use refusal::Refusal;
pub use registration::{Registration, Switches, Tool};
pub use roles::{Permission, Roles};
pub use state::{State, StateKey};

#[cfg(test)]
mod cases;
