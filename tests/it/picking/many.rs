//! The picker with very many badges: the same few reads.

use std::time::Instant;

use super::{Picking, badges::add};

#[tokio::test]
async fn a_thousand_badges_take_the_same_few_reads() {
    let picking = Picking::new().await;
    let mut costs = Vec::new();
    for more in [30, 970] {
        add(&picking, more).await;
        let picker = picking.picker().await;
        let counted = || picking.app.app.store.counted();
        for search in ["", "0007"] {
            let (before, began) = (counted(), Instant::now());
            let page = picking.send(&picker, "search", &[("q", search.to_owned())]).await;
            let (after, took) = (counted(), began.elapsed());
            assert!(page.contains("Badge 0007 of many"), "{}", page.text());
            costs.push((after.reads - before.reads, after.writes - before.writes));
            eprintln!("{more} more, search {search:?}: {took:?}");
        }
        assert_eq!(picker.contains("page 1 of 42"), more == 970);
    }
    assert!(costs.iter().all(|cost| *cost == (costs[0].0, 0)), "the same however many: {costs:?}");
    assert!(costs[0].0 <= 13, "few: {costs:?}");
}
