//! How a practice LMS is started.

use std::net::{Ipv4Addr, SocketAddr};

use chrono::Duration;

use crate::{clock::Clock, keys::KeyRing, lms::Practice, manners::Manners, services::Profile, wire::Routes};

/// How a practice LMS is started. The default listens on any free port of 127.0.0.1, calls itself
/// `http://localhost:{port}`, is empty, and shares its keys with the other instances of the process.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 means any.
    pub address: SocketAddr,
    /// The host name in addresses the LMS hands out.
    pub public_host: String,
    /// The whole base address instead of `http://{public_host}:{port}`, without a trailing slash; for tests that
    /// pretend to be `https://lms.campus.example` by means of [`Routes`].
    pub public_url: Option<String>,
    /// The issuer when it is not the base address (Canvas and Blackboard: one issuer for all customers).
    pub issuer: Option<String>,
    /// A query that the authorization endpoint carries, for example `tenant=7` (case L01).
    pub authorization_query: Option<String>,
    /// Where the time comes from.
    pub clock: Clock,
    /// Whether the people and the course of [`crate::demo`] are there from the start.
    pub seed_demo: bool,
    /// Where keys are made and kept; shared by the whole process unless a test wants its own.
    pub keys: KeyRing,
    /// The first part of key ids: `p1` signs with `p1-a`. Two instances of one name share the material.
    pub key_name: String,
    /// The name of the LMS, for people and for the `tool_platform` claim.
    pub name: String,
    /// How long an `id_token` is valid. Moodle: 60 seconds.
    pub token_lifetime: Duration,
    /// Pretended host names for what the LMS fetches (the tool's JWKS).
    pub routes: Routes,
    /// The product it behaves like.
    pub profile: Profile,
    /// Another LMS whose issuer, keys, authorization and token addresses this one uses, as customers of one cloud
    /// do. Courses, people, registrations and services are its own.
    pub beside: Option<Practice>,
    /// How its pages and messages behave, where that is not as the product does; changed later by
    /// [`crate::Lms::set_manners`].
    pub manners: Option<Manners>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_host: "localhost".to_owned(),
            public_url: None,
            issuer: None,
            authorization_query: None,
            clock: Clock::system(),
            seed_demo: false,
            keys: KeyRing::shared(),
            key_name: "practice".to_owned(),
            name: "Practice LMS".to_owned(),
            token_lifetime: Duration::seconds(300),
            routes: Routes::default(),
            profile: Profile::Plain,
            beside: None,
            manners: None,
        }
    }
}
