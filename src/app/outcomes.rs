//! How asking platforms went last, gathered in memory: what asks is never held up by writing it down.
//!
//! `domain::platform_health` writes what changed now and then, in one transaction. A success that was written
//! down lately is not written again; a failure is as soon as it is another one.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;

use crate::{ids::PlatformId, store::entity::service_outcome::PlatformService};

/// How long what was written down stands for what is heard after it, if it is the same.
const QUIET: Duration = Duration::minutes(10);

/// Who was asked for what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// Whom.
    pub platform: PlatformId,
    /// For which of its deployments, by its own name; empty for the whole platform.
    pub deployment: String,
    /// What for.
    pub service: PlatformService,
}

impl Asked {
    /// For its keys, which are the whole platform's.
    #[must_use]
    pub fn for_keys(platform: PlatformId) -> Self {
        Self { platform, deployment: String::new(), service: PlatformService::Keys }
    }
}

/// Why it came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The stable code.
    pub code: &'static str,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// A few words; no token, no address of a person.
    pub words: Option<String>,
}

/// What is to be written down about one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The question.
    pub asked: Asked,
    /// The last success, with what it brought.
    pub good: Option<(DateTime<Utc>, Option<Value>)>,
    /// The last failure.
    pub bad: Option<(DateTime<Utc>, Trouble)>,
}

/// The last outcomes of this process.
#[derive(Debug, Default)]
pub struct Outcomes(Mutex<HashMap<Asked, Known>>);

#[derive(Debug, Default)]
struct Known {
    good: Option<(DateTime<Utc>, Option<Value>)>,
    bad: Option<(DateTime<Utc>, Trouble)>,
    /// What was written down last (empty for a success) and when.
    written: Option<(&'static str, DateTime<Utc>)>,
}

impl Outcomes {
    /// It worked. Without a detail what is known of it stays.
    pub fn good(&self, asked: Asked, at: DateTime<Utc>, detail: Option<Value>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(asked).or_default();
        let detail = detail.or_else(|| known.good.take().and_then(|(_, detail)| detail));
        known.good = Some((at, detail));
    }

    /// It did not.
    pub fn bad(&self, asked: Asked, at: DateTime<Utc>, trouble: Trouble) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(asked).or_default();
        // An answer that came and could not be read is no success.
        known.good.take_if(|(good, _)| *good == at);
        known.bad = Some((at, trouble));
    }

    /// Takes what is to be written down: what changed, or `everything` not written yet.
    pub fn take(&self, now: DateTime<Utc>, everything: bool) -> Vec<Heard> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        for (asked, known) in all.iter_mut() {
            let Some(newest) = known.newest() else { continue };
            let is_known = known
                .written
                .is_some_and(|(word, at)| word == newest && now.signed_duration_since(at) < QUIET);
            if everything || !is_known {
                known.written = Some((newest, now));
                taken.push(Heard { asked: asked.clone(), good: known.good.take(), bad: known.bad.take() });
            }
        }
        taken
    }
}

impl Known {
    /// What was heard last: empty for a success, the code of a failure; nothing if there is nothing new.
    fn newest(&self) -> Option<&'static str> {
        match (&self.good, &self.bad) {
            (None, None) => None,
            (Some((good, _)), Some((bad, trouble))) if bad >= good => Some(trouble.code),
            (Some(_), _) => Some(""),
            (None, Some((_, trouble))) => Some(trouble.code),
        }
    }
}
