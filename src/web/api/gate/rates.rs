//! How often a key (or an event channel) may ask, and the headers that say so. Addresses have limits of their own
//! ([`crate::web::limits`]).

use std::time::Duration;

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use poem::http::{HeaderMap, HeaderName, HeaderValue, header};
use uuid::Uuid;

use crate::{
    config::Rate,
    error::{Error, Kind},
    web::layers::Carried,
};

/// How many keys' rates are remembered before quiet ones are dropped.
const KEYS_KEPT: usize = 10_000;

type Limiter = RateLimiter<Uuid, DefaultKeyedStateStore<Uuid>, DefaultClock, StateInformationMiddleware>;

/// What each key has left of its rate.
pub struct Rates {
    limiter: Limiter,
    rate: Rate,
}

impl Rates {
    /// Full rates for everybody.
    pub fn new(rate: Rate) -> Self {
        let quota = Quota::per_minute(rate.per_minute).allow_burst(rate.burst);
        Self { limiter: RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>(), rate }
    }

    /// Counts a request of this key; the headers of its answer, or the refusal with them.
    pub fn count(&self, key: Uuid) -> poem::Result<HeaderMap> {
        let counted = self.limiter.check_key(&key);
        if self.limiter.len() > KEYS_KEPT {
            self.limiter.retain_recent();
        }
        match counted {
            Ok(state) => Ok(headers(self.rate, state.remaining_burst_capacity())),
            Err(not_until) => Err(too_many(self.rate, not_until.wait_time_from(self.limiter.clock().now()))),
        }
    }
}

fn too_many(rate: Rate, wait: Duration) -> poem::Error {
    let mut headers = headers(rate, 0);
    headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    let mut error: poem::Error = Error::new(
        Kind::TooMany,
        "too_many_requests",
        "Too many requests with this key. Wait as long as Retry-After says.",
    )
    .into();
    error.set_data(Carried(headers));
    error
}

fn headers(rate: Rate, remaining: u32) -> HeaderMap {
    let burst = rate.burst.get();
    let missing = u64::from(burst.saturating_sub(remaining));
    let reset = (missing * 60).div_ceil(u64::from(rate.per_minute.get()));
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(burst));
    headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(remaining));
    headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(reset));
    headers
}
