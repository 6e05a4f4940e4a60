//! What event channels brought since it was last written down: counted in memory, so that an event costs no write
//! for being counted. Writing it down is the business of `domain::event_channel`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

use crate::ids::{EventChannelId, OrganizationId};

/// What one channel brought.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// Items by outcome, and by outcome and code.
    pub counts: BTreeMap<String, u64>,
    /// When it was last heard.
    pub last_heard_at: Option<DateTime<Utc>>,
}

/// What all channels of this process brought.
#[derive(Debug, Default)]
pub struct ChannelCounts(Mutex<HashMap<(OrganizationId, EventChannelId), Pending>>);

impl ChannelCounts {
    /// Adds to a channel's counts. Answers whether they were empty: then somebody must see that they are written.
    pub fn note(
        &self,
        organization: OrganizationId,
        channel: EventChannelId,
        at: DateTime<Utc>,
        names: impl IntoIterator<Item = String>,
    ) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut was_empty = false;
        let pending = all.entry((organization, channel)).or_insert_with(|| {
            was_empty = true;
            Pending::default()
        });
        pending.last_heard_at = pending.last_heard_at.max(Some(at));
        for name in names {
            *pending.counts.entry(name).or_default() += 1;
        }
        was_empty
    }

    /// What a channel brought and is not written yet.
    #[must_use]
    pub fn of(&self, organization: OrganizationId, channel: EventChannelId) -> Pending {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(organization, channel)).cloned().unwrap_or_default()
    }

    /// Takes out what a channel brought.
    #[must_use]
    pub fn take(&self, organization: OrganizationId, channel: EventChannelId) -> Option<Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(organization, channel))
    }
}
