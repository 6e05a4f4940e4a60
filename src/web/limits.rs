//! Rate limits by client address (API keys have their own), so that a flood at one door leaves the
//! others open (conformance O06).

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

use crate::{
    config::{Rate, Settings},
    telemetry::names,
};

/// Which door a request knocks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `/lti/*`.
    Lti,
    /// `/api/*` and `/events/*`.
    Api,
    /// `/claim/*` and `/lti/claim`, where tokens could be guessed.
    Claim,
    /// Public documents and pages.
    Public,
    /// Health and figures: never limited.
    Operation,
}

impl Door {
    /// The door of a path.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let mut parts = path.split('/').skip(1);
        match parts.next().unwrap_or_default() {
            // Claim codes are tokens, too.
            "lti" if parts.next() == Some("claim") => Self::Claim,
            "lti" => Self::Lti,
            "api" | "events" => Self::Api,
            "claim" => Self::Claim,
            "health" | "metrics" => Self::Operation,
            _ => Self::Public,
        }
    }

    /// Its name in figures.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lti => "lti",
            Self::Api => "api",
            Self::Claim => "claim",
            Self::Public => "public",
            Self::Operation => "operation",
        }
    }
}

/// The limiters of all doors.
#[derive(Debug)]
pub struct Limits {
    lti: Option<DefaultKeyedRateLimiter<IpAddr>>,
    api: Option<DefaultKeyedRateLimiter<IpAddr>>,
    claim: Option<DefaultKeyedRateLimiter<IpAddr>>,
    public: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Limits {
    /// The limiters of these settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let limits = &settings.limits;
        Self {
            lti: limits.lti().map(limiter),
            api: limits.api().map(limiter),
            claim: limits.claim().map(limiter),
            public: limits.public().map(limiter),
        }
    }

    /// Lets a request in, or says how long to wait.
    ///
    /// # Errors
    /// The time until the next request may pass.
    pub fn check(&self, door: Door, client: IpAddr) -> Result<(), Duration> {
        let limiter = match door {
            Door::Lti => &self.lti,
            Door::Api => &self.api,
            Door::Claim => &self.claim,
            Door::Public => &self.public,
            Door::Operation => &None,
        };
        let Some(limiter) = limiter else { return Ok(()) };
        limiter.check_key(&line_of(client)).map_err(|not_until| {
            metrics::counter!(names::LIMITED, "door" => door.as_str()).increment(1);
            not_until.wait_time_from(limiter.clock().now())
        })
    }

    /// Forgets clients that have been quiet; called now and then.
    pub fn tidy(&self) {
        for limiter in [&self.lti, &self.api, &self.claim, &self.public].into_iter().flatten() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Whose requests count as one: an IPv4 address, or the 64 bits that an IPv6 customer has at the least. Within
/// them anybody has more addresses than there are limits.
fn line_of(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

fn limiter(rate: Rate) -> DefaultKeyedRateLimiter<IpAddr> {
    let burst: NonZeroU32 = rate.burst;
    RateLimiter::keyed(Quota::per_minute(rate.per_minute).allow_burst(burst))
}
