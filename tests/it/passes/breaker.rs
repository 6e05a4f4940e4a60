//! The breaker and the first pass of a rule that relies on releases: what waits for a click, and the click.

use criteria::{Kind, Strength};
use laurel::{
    domain::{hold, placement},
    store::{
        self, PageQuery,
        entity::{
            hold::{HoldState, HoldWhy},
            pass::{PassCause, PassState},
            placement::PlacementState,
        },
    },
};
use serde_json::json;

use super::{Someone, complete, done, hall};

const WEAK: Strength = Strength::Weak;
const STRONG: Strength = Strength::Strong;

/// Twenty at once need no click, whatever they prove; one more does, and whose proof is strong goes through.
#[tokio::test]
async fn more_than_twenty_without_strong_proof_wait() {
    let class = hall().await;
    class.seats(&vec![done(WEAK); 20]).await;
    class.offers("Few").await;
    class.app.run_jobs().await;
    assert_eq!((class.current().await, class.holds(HoldState::Open).await.len()), (20, 0));

    let class = hall().await;
    class.seats(&vec![done(WEAK); 21]).await;
    class.seats(&vec![done(STRONG); 30]).await;
    let placed = class.offers("Many").await;
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 30, "strong proof goes through");
    let (pass, tally) = class.last_pass().await;
    assert_eq!((pass.state, pass.cause, pass.checked), (PassState::Done, PassCause::WentLive, 52));
    assert_eq!((tally.candidates, tally.weak, tally.strong, tally.held, tally.awarded), (51, 21, 30, 21, 30));
    let open = class.holds(HoldState::Open).await;
    assert_eq!((open.len(), open[0].why, open[0].would_award), (1, HoldWhy::Breaker, 21));
    assert_eq!((open[0].placement_id, open[0].pass_id), (placed.placement.id, pass.id));
    let made = store::award::Filter { pass: Some(pass.id), ..store::award::Filter::default() };
    let (db, all) = (class.app.app.store.read(), PageQuery { after: None, limit: 200 });
    let awards = store::award::list(db, class.app.organization, made, all).await.unwrap().items;
    assert_eq!(awards.len(), 30, "each names the pass that made it");

    // Another pass asks for no second click; the click is audited, and twice is once.
    class.passes().await;
    class.app.run_jobs().await;
    assert_eq!((class.holds(HoldState::Open).await.len(), class.current().await), (1, 30));
    let (app, operator) = (&class.app.app, class.app.operator());
    let (one, two) =
        tokio::join!(hold::confirm(app, &operator, open[0].id), hold::confirm(app, &operator, open[0].id));
    assert_eq!(one.unwrap().pass_id, two.unwrap().pass_id);
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 51);
    assert_eq!(class.app.count("pass WHERE cause = 'confirmed'").await, 1);
    assert_eq!(class.app.count("audit_event WHERE action = 'hold.confirmed'").await, 1);
    let error = hold::decline(app, &operator, open[0].id).await.unwrap_err();
    assert_eq!(error.code(), "hold.confirmed");
}

/// A quarter of the people is usual, more is not.
#[tokio::test]
async fn a_quarter_of_the_people_is_usual() {
    for (weak, awarded) in [(30, 30), (31, 0)] {
        let class = hall().await;
        class.seats(&vec![done(WEAK); weak]).await;
        class.seats(&vec![Someone::default(); 120 - weak]).await;
        class.offers("Quarter").await;
        class.app.run_jobs().await;
        assert_eq!(class.current().await, awarded, "{weak} of 120");
    }
}

/// Declined is declined: nobody is awarded, and nobody is asked again until it is about many more people.
#[tokio::test]
async fn what_was_declined_is_not_asked_again() {
    let class = hall().await;
    class.seats(&vec![done(WEAK); 40]).await;
    class.offers("Declined").await;
    class.app.run_jobs().await;
    let open = class.holds(HoldState::Open).await;
    let (app, operator) = (&class.app.app, class.app.operator());
    for _ in 0..2 {
        assert_eq!(hold::decline(app, &operator, open[0].id).await.unwrap().state, HoldState::Declined);
    }
    class.seats(&vec![done(WEAK); 5]).await;
    class.passes().await;
    class.app.run_jobs().await;
    assert_eq!((class.current().await, class.holds(HoldState::Open).await.len()), (0, 0));
    class.seats(&vec![done(WEAK); 50]).await;
    class.passes().await;
    class.app.run_jobs().await;
    assert_eq!((class.current().await, class.holds(HoldState::Open).await.len()), (0, 1));
    // It can still be let through.
    hold::confirm(app, &operator, open[0].id).await.unwrap();
    class.app.run_jobs().await;
    class.confirms_all().await;
    assert_eq!(class.current().await, 95);
}

/// A click covers what was seen and as many more as need none; where it has become a flood, that waits again.
#[tokio::test]
async fn a_click_covers_what_was_seen() {
    let class = hall().await;
    class.seats(&vec![done(WEAK); 30]).await;
    class.offers("Seen").await;
    class.app.run_jobs().await;
    let open = class.holds(HoldState::Open).await;
    class.seats(&vec![done(WEAK); 300]).await;
    hold::confirm(&class.app.app, &class.app.operator(), open[0].id).await.unwrap();
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 0);
    let again = class.holds(HoldState::Open).await;
    assert_eq!((again.len(), again[0].would_award), (1, 330));
    class.confirms_all().await;
    assert_eq!(class.current().await, 330);
}

/// The first pass of a rule that relies on what the platform releases waits for a click, even of one.
#[tokio::test]
async fn the_first_release_waits_for_a_click() {
    let class = hall().await;
    let ids = class.seats(&vec![Someone::default(); 3]).await;
    let released = json!({ "type": "released", "link": class.link });
    class.offers_for("Gate", released).await;
    class.app.run_jobs().await;
    assert!(class.holds(HoldState::Open).await.is_empty(), "nobody was released");
    let tell = async |learner, number: &str| {
        let kind = Kind::Released { link: class.link.0 };
        let told = class.told(&kind, Strength::Medium, learner, number);
        let tx = class.app.app.store.write().await.unwrap();
        store::signal::record(&tx, vec![told]).await.unwrap();
        tx.commit().await.unwrap();
        class.passes().await;
        class.app.run_jobs().await;
    };
    tell(ids[0], "r-0").await;
    let open = class.holds(HoldState::Open).await;
    assert_eq!((class.current().await, open.len(), open[0].why), (0, 1, HoldWhy::FirstRelease));
    class.confirms_all().await;
    assert_eq!(class.current().await, 1);
    tell(ids[1], "r-1").await;
    assert_eq!((class.current().await, class.holds(HoldState::Open).await.len()), (2, 0), "once is enough");
}

/// A rule that was changed, or has ended, leaves nothing to confirm.
#[tokio::test]
async fn a_hold_of_a_former_rule_lapses() {
    let class = hall().await;
    class.seats(&vec![done(WEAK); 30]).await;
    let placed = class.offers("Former").await;
    class.app.run_jobs().await;
    let open = class.holds(HoldState::Open).await;
    let (app, operator) = (&class.app.app, class.app.operator());
    let rule = json!({ "version": 1, "node": complete("quiz") });
    placement::set_rule(app, &operator, placed.placement.id, rule).await.unwrap();
    assert_eq!(hold::confirm(app, &operator, open[0].id).await.unwrap_err().code(), "hold.lapsed");
    class.app.run_jobs().await;
    assert_eq!(class.holds(HoldState::Lapsed).await.len(), 1);
    assert_eq!(class.current().await, 0);
    placement::set_state(app, &operator, placed.placement.id, PlacementState::Ended).await.unwrap();
    assert_eq!(hold::confirm(app, &operator, open[0].id).await.unwrap_err().code(), "hold.lapsed");
}

/// A badge that is needed for another: so many at once are a pass of the other, with a breaker of its own.
#[tokio::test]
async fn what_needs_many_badges_has_a_breaker_of_its_own() {
    let class = hall().await;
    class.seats(&vec![done(WEAK); 30]).await;
    let first = class.offers("First").await;
    class.app.run_jobs().await;
    let second = json!({ "type": "holds", "achievements": [first.placement.achievement_id], "n": 1 });
    class.offers_for("Second", second).await;
    class.app.run_jobs().await;
    class.confirms_all().await;
    assert_eq!(class.current().await, 30, "the first");
    let open = class.holds(HoldState::Open).await;
    assert_eq!((open.len(), open[0].would_award), (1, 30));
    class.confirms_all().await;
    assert_eq!(class.current().await, 60);
    assert_eq!(class.app.count("pass WHERE cause = 'needed'").await, 1);
}
