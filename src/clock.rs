//! Time and dice: the only places that ask the machine for time or randomness.
//!
//! Both come from [`crate::app::App`]. Tests freeze and advance the clock; seeded dice make ids,
//! salts and so whole documents repeat. Nothing else lives here.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use aws_lc_rs::{digest, rand};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, DurationRound as _, Utc};
use uuid::Uuid;

/// Where the time comes from. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds since the epoch when frozen, `None` for the system's clock.
    frozen: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `at` until advanced.
    #[must_use]
    pub fn frozen(at: DateTime<Utc>) -> Self {
        Self { frozen: Some(Arc::new(AtomicI64::new(at.timestamp_micros()))) }
    }

    /// The time now, cut to microseconds (design §7): both databases then give back what was written.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.frozen {
            Some(at) => DateTime::from_timestamp_micros(at.load(Ordering::SeqCst)).unwrap_or_default(),
            None => {
                let now = Utc::now();
                now.duration_trunc(Duration::microseconds(1)).unwrap_or(now)
            }
        }
    }

    /// Moves a frozen clock by `by` (which may be negative); the system's clock does not move.
    pub fn advance(&self, by: Duration) {
        if let Some(at) = &self.frozen {
            at.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}

/// Where randomness comes from. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Dice {
    seeded: Option<Arc<Seeded>>,
}

#[derive(Debug)]
struct Seeded {
    seed: u64,
    draws: AtomicU64,
}

impl Dice {
    /// The machine's random numbers.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// Dice that fall the same way each time. For tests; repeats only while draws are in order.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seeded: Some(Arc::new(Seeded { seed, draws: AtomicU64::new(0) })) }
    }

    /// Fills `buffer` with random bytes.
    pub fn fill(&self, buffer: &mut [u8]) {
        match &self.seeded {
            #[expect(clippy::expect_used, reason = "a machine without randomness must not go on")]
            None => rand::fill(buffer).expect("the operating system gives random bytes"),
            Some(seeded) => {
                for chunk in buffer.chunks_mut(32) {
                    let draw = seeded.draws.fetch_add(1, Ordering::SeqCst);
                    let mut input = [0; 16];
                    let (seed, counter) = input.split_at_mut(8);
                    seed.copy_from_slice(&seeded.seed.to_be_bytes());
                    counter.copy_from_slice(&draw.to_be_bytes());
                    let block = digest::digest(&digest::SHA256, &input);
                    for (to, from) in chunk.iter_mut().zip(block.as_ref()) {
                        *to = *from;
                    }
                }
            }
        }
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }

    /// A random id (UUID v4) for anything public.
    pub fn public_id<T: From<Uuid>>(&self) -> T {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().into()
    }

    /// A time-ordered id (UUID v7) for a row that only we name.
    pub fn row_id<T: From<Uuid>>(&self, now: DateTime<Utc>) -> T {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid().into()
    }

    /// A 128-bit token in URL-safe text (22 characters).
    #[must_use]
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<16>())
    }
}
