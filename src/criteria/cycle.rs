//! Cycles: badges that need each other could never be earned (design §5, "no cycles of `holds`").

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use uuid::Uuid;

/// The shortest way from `start` along `needs` back to it: `start` first, and each of the next needed
/// by the one before it; the last needs `start`. `None` when there is none.
///
/// `needs` says of an achievement which others its rules name.
#[must_use]
pub fn cycle<S: std::hash::BuildHasher>(
    start: Uuid,
    needs: &HashMap<Uuid, Vec<Uuid>, S>,
) -> Option<Vec<Uuid>> {
    let mut came_from = HashMap::new();
    let mut rest = VecDeque::from([start]);
    while let Some(one) = rest.pop_front() {
        for &needed in needs.get(&one).into_iter().flatten() {
            if needed == start {
                let mut way = vec![one];
                // `start` came from nowhere.
                while let Some(&before) = way.last().and_then(|last| came_from.get(last)) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if let Entry::Vacant(entry) = came_from.entry(needed) {
                entry.insert(one);
                rest.push_back(needed);
            }
        }
    }
    None
}
