//! The status indexes this process has leased and not used yet, per issuer. Leasing is `domain::status_index`.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::ids::{IssuerId, StatusListId};

/// One free bit of a status list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusIndex {
    /// The list.
    pub list: StatusListId,
    /// Its number, which stands in its address.
    pub list_number: i32,
    /// The bit.
    pub index: u32,
}

/// Leased, unused indexes of this process, per issuer.
#[derive(Debug, Default)]
pub struct StatusPool {
    free: Mutex<HashMap<IssuerId, VecDeque<StatusIndex>>>,
}

impl StatusPool {
    /// Takes one index, if there is one.
    pub fn take(&self, issuer: IssuerId) -> Option<StatusIndex> {
        self.lock().get_mut(&issuer)?.pop_front()
    }

    /// How many are at hand.
    #[must_use]
    pub fn count(&self, issuer: IssuerId) -> usize {
        self.lock().get(&issuer).map_or(0, VecDeque::len)
    }

    /// Adds freshly leased ones.
    pub fn add(&self, issuer: IssuerId, indexes: impl Iterator<Item = StatusIndex>) {
        self.lock().entry(issuer).or_default().extend(indexes);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IssuerId, VecDeque<StatusIndex>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
