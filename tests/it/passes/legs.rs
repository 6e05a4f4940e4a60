//! A pass in legs: two processes, jobs that are repeated, a rule that is changed in the middle; and what it costs.

use criteria::Strength;
use laurel::{
    domain::{pass::run, placement},
    ids::PassId,
    store::entity::pass::PassState,
};
use practice::services::ALL_SCOPES;
use serde_json::json;

use super::{complete, done, hall, step_by_step};
use crate::services::Class;

const STRONG: Strength = Strength::Strong;

async fn step(class: &Class, id: PassId) {
    let leg = class.pass(id).await.leg;
    run::run(&class.app.app, class.app.organization, id, leg).await.unwrap();
}

/// Two processes at the same pass award everybody once, and count them once.
#[tokio::test]
async fn two_processes_run_one_pass() {
    let class = hall().await;
    class.seats(&vec![done(STRONG); 200]).await;
    class.offers("Twice").await;
    let second = class.app.second().await;
    let (pass, _) = class.only_pass().await;
    let organization = class.app.organization;
    let (one, two) = tokio::join!(
        run::run(&class.app.app, organization, pass, 0),
        run::run(&second.app, organization, pass, 0)
    );
    one.unwrap();
    two.unwrap();
    run::run(&second.app, organization, pass, 0).await.unwrap();
    let (pass, tally) = class.last_pass().await;
    assert_eq!((pass.state, tally.awarded, pass.checked), (PassState::Done, 200, 201));
    assert_eq!(class.app.count("award").await, 200);
    second.stop().await;
}

/// A job that died anywhere is run again, and nobody is awarded or counted twice.
#[tokio::test]
async fn every_leg_can_be_repeated() {
    let class = Class::on(step_by_step().await, &ALL_SCOPES, |_| {}).await;
    class.seats(&vec![done(STRONG); 300]).await;
    class.offers("Again").await;
    let (id, _) = class.only_pass().await;
    let mut legs = 0;
    loop {
        let before = class.pass(id).await;
        if before.state == PassState::Done {
            break;
        }
        step(&class, id).await;
        // The same leg again, as after a lease that ran out.
        run::run(&class.app.app, class.app.organization, id, before.leg).await.unwrap();
        legs += 1;
        assert!(legs < 50);
    }
    assert!(legs > 5, "{legs}");
    let (pass, tally) = class.last_pass().await;
    assert_eq!((pass.checked, tally.candidates, tally.awarded), (301, 300, 300));
    assert_eq!(class.app.count("award").await, 300);
    class.app.run_jobs().await;
    assert_eq!(class.app.count("award").await, 300);
}

/// A rule that is changed in the middle of a pass ends it and begins another: whom the old rule has awarded keeps
/// the badge, nobody else gets it by the old one.
#[tokio::test]
async fn a_rule_changed_in_the_middle_begins_anew() {
    let class = Class::on(step_by_step().await, &ALL_SCOPES, |_| {}).await;
    class.seats(&vec![done(STRONG); 200]).await;
    let placed = class.offers("Changed").await;
    let (id, _) = class.only_pass().await;
    while class.current().await == 0 {
        step(&class, id).await;
    }
    let by_old = class.current().await;
    assert!(by_old < 200, "{by_old}");
    // Ids of one moment are in no order.
    class.app.advance(1);
    let rule = json!({ "version": 1, "node": complete("quiz") });
    placement::set_rule(&class.app.app, &class.app.operator(), placed.placement.id, rule).await.unwrap();
    class.app.run_jobs().await;
    assert_eq!(class.current().await, by_old);
    assert_eq!(class.pass(id).await.state, PassState::Ended);
    let (new, tally) = class.last_pass().await;
    assert_eq!(
        (new.state, tally.already, tally.awarded),
        (PassState::Done, u64::try_from(by_old).unwrap(), 0)
    );
    assert_ne!(new.id, id);
}

/// What is asked for before a pass has begun is seen by it; afterwards it takes another.
#[tokio::test]
async fn a_pass_that_waits_serves_as_well() {
    let class = hall().await;
    class.offers("Once").await;
    class.app.run_jobs().await;
    let (one, two) = (class.passes().await, class.passes().await);
    assert_eq!(one, two);
    class.app.run_jobs().await;
    assert_ne!(class.passes().await, one);
    class.app.run_jobs().await;
}

/// What came of nothing goes in time; what has awarded, or waited for a click, stays.
#[tokio::test]
async fn passes_that_came_to_nothing_go_in_time() {
    let class = hall().await;
    class.offers("Lab").await;
    class.app.run_jobs().await;
    class.seats(&[done(STRONG)]).await;
    let awarded = class.passes().await;
    class.app.run_jobs().await;
    assert_eq!((class.app.count("pass").await, class.app.count("award").await), (2, 1));
    class.app.advance(91 * 24 * 3600);
    laurel::jobs::retention::sweep(&class.app.app).await.unwrap();
    assert_eq!(class.app.count("pass").await, 1);
    assert_eq!(class.pass(awarded).await.state, PassState::Done);
}

/// Where nothing follows nobody is held up: reads by the chunk, and two writes.
#[tokio::test]
async fn the_statements_of_a_pass_are_bounded() {
    let class = hall().await;
    class.offers("Lab").await;
    class.app.run_jobs().await;
    class.seats(&vec![super::Someone::default(); 500]).await;
    let id = class.passes().await;
    let before = class.app.app.store.counted();
    step(&class, id).await;
    let after = class.app.app.store.counted();
    assert!(after.writes - before.writes <= 8, "{} writes", after.writes - before.writes);
    assert!(after.reads - before.reads <= 30, "{} reads", after.reads - before.reads);
    assert_eq!(class.pass(id).await.checked, 501);

    class.seats(&vec![done(STRONG); 640]).await;
    let id = class.passes().await;
    let before = class.app.app.store.counted();
    step(&class, id).await;
    let after = class.app.app.store.counted();
    let all = after.writes + after.reads - before.writes - before.reads;
    assert_eq!(class.app.count("award").await, 640);
    assert!(all <= 18 * 20 + 60, "{all} statements");
}

impl Class {
    /// The only pass so far, and how far it is.
    async fn only_pass(&self) -> (PassId, PassState) {
        let (db, all) = (self.app.app.store.read(), laurel::store::PageQuery { after: None, limit: 200 });
        let filter = laurel::store::pass::Filter::default();
        let found = laurel::store::pass::list(db, self.app.organization, filter, all).await.unwrap().items;
        assert_eq!(found.len(), 1);
        (found[0].id, found[0].state)
    }
}
