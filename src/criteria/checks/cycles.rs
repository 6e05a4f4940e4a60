//! Cycles of badges that need each other.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn needs(edges: &[(u128, u128)]) -> HashMap<Uuid, Vec<Uuid>> {
    let mut needs: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (one, needed) in edges {
        needs.entry(id(*one)).or_default().push(id(*needed));
    }
    needs
}

#[test]
fn the_shortest_way_back_is_named() {
    assert_eq!(cycle(id(1), &needs(&[(1, 1)])), Some(vec![id(1)]));
    assert_eq!(cycle(id(1), &needs(&[(1, 2), (2, 3), (3, 1), (2, 1)])), Some(vec![id(1), id(2)]));
    assert_eq!(cycle(id(1), &needs(&[(1, 2), (2, 3), (3, 4), (4, 1)])), Some([1, 2, 3, 4].map(id).to_vec()));
    // A cycle that does not come back to the start is somebody else's.
    assert_eq!(cycle(id(1), &needs(&[(1, 2), (2, 3), (3, 2)])), None);
    assert_eq!(cycle(id(1), &needs(&[])), None);
}

proptest! {
    #![proptest_config(cases(500))]

    /// By brute force: the start is reached again in so many steps, and in no fewer.
    #[test]
    fn a_cycle_is_a_closed_walk_and_none_is_shorter(
        edges in prop::collection::vec((0_u128..7, 0_u128..7), 0..15),
    ) {
        let needs = needs(&edges);
        let is_edge = |one: Uuid, needed: Uuid| edges.iter().any(|(a, b)| (id(*a), id(*b)) == (one, needed));
        // The achievements that are so many steps away from the start.
        let mut away = vec![id(0)];
        let mut shortest = None;
        for steps in 1..=7 {
            away = (0..7).map(id).filter(|to| away.iter().any(|from| is_edge(*from, *to))).collect();
            if shortest.is_none() && away.contains(&id(0)) {
                shortest = Some(steps);
            }
        }
        let found = cycle(id(0), &needs);
        prop_assert_eq!(found.as_ref().map(Vec::len), shortest);
        if let Some(way) = found {
            prop_assert_eq!(way[0], id(0));
            for (index, one) in way.iter().enumerate() {
                prop_assert!(is_edge(*one, way[(index + 1) % way.len()]));
            }
        }
    }
}
