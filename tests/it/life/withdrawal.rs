//! Withdrawal by choice: only what was read to be otherwise takes a badge back, and only where that was chosen.

use laurel::{
    domain::line_item::manage,
    store::entity::{
        award::AwardState::{Active, Revoked},
        line_item,
    },
};
use practice::{Fault, Misbehaviour, Service, demo, services::LineItemId};
use reqwest::Method;
use serde_json::json;

use super::{ask, standing, version};
use crate::services::Class;

/// A badge for at least 80 % in a watched column, which must hold.
struct Standing {
    class: Class,
    column: line_item::Model,
    theirs: LineItemId,
    placement: String,
}

impl Standing {
    async fn new(terms: &serde_json::Value) -> Self {
        let class = Class::new().await;
        let column = class.watches("workshop", None).await;
        let badge = version(&class.app, "Workshop passed", &json!({ "language": "de" })).await;
        let node = json!({ "type": "score", "subject": { "activity": "workshop" }, "unit": "percent",
                           "at_least": "80" });
        let body = json!({
            "version_id": badge.to_string(), "course_id": class.course.to_string(), "mode": "standing",
            "rule": { "version": 1, "node": node }, "live": true, "terms": terms,
        });
        let placed = ask(&class.app, Method::POST, "/placements", &body).await;
        assert_eq!(placed.status, 201, "{}", placed.json);
        class.visit(demo::GRACE).await;
        class.settle().await;
        let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
        Self { class, column, theirs, placement: placed.json["id"].as_str().unwrap().to_owned() }
    }

    fn grade(&self, score: impl Into<Option<f64>>) {
        self.class.app.lms.grade(demo::ADA, self.theirs, demo::GRACE, score).unwrap();
    }

    /// Reads the column, and what follows at once.
    async fn read(&self) {
        self.class.app.advance(2);
        let (app, operator) = (&self.class.app.app, self.class.app.operator());
        manage::read(app, &operator, self.column.id).await.unwrap();
        self.class.app.run_jobs().await;
    }

    /// The same, and settles.
    async fn reads(&self) {
        self.read().await;
        self.class.app.advance(601);
        self.class.app.run_jobs().await;
    }

    async fn states(&self) -> Vec<laurel::store::entity::award::AwardState> {
        standing(&self.class.app).await.into_iter().map(|(.., state)| state).collect()
    }
}

#[tokio::test]
async fn a_contrary_reading_takes_a_badge_back_once_it_has_settled_and_it_can_be_earned_again() {
    let standing = Standing::new(&json!({ "withdraw": "when_not_met" })).await;
    standing.grade(9.0);
    standing.reads().await;
    assert_eq!(standing.states().await, [Active]);
    standing.grade(3.0);
    standing.read().await;
    assert_eq!(standing.states().await, [Active], "a slip of the pen takes nothing back");
    standing.class.app.advance(601);
    standing.class.app.run_jobs().await;
    assert_eq!(standing.states().await, [Revoked]);
    let award = standing.class.app.awards().await.remove(0);
    assert_eq!(award.revocation_reason.as_deref(), Some("Die Voraussetzungen sind nicht mehr erfüllt."));
    assert_eq!((award.veto, award.revoked_by.as_deref()), (false, Some("laurel, by reevaluation")));
    let lines = standing.class.app.count("audit_event WHERE action = 'award.revoked'").await;
    assert_eq!(lines, 1);
    standing.grade(8.0);
    standing.reads().await;
    assert_eq!(standing.states().await, [Revoked, Active], "no veto");
}

/// Nothing that is missing takes a badge back: an emptied score, a page that fails, a person who is gone.
#[tokio::test]
async fn what_is_unknown_or_absent_never_takes_a_badge_back() {
    let standing = Standing::new(&json!({ "withdraw": "when_not_met" })).await;
    standing.grade(9.0);
    standing.reads().await;
    assert_eq!(standing.states().await, [Active]);
    standing.grade(None);
    standing.reads().await;
    assert_eq!(standing.states().await, [Active], "emptied");
    let nobody = Fault::Body("[]".to_owned());
    standing.class.app.lms.misbehave(Misbehaviour::of(Service::Results, nobody));
    standing.reads().await;
    assert_eq!(standing.states().await, [Active], "nobody is named");
    standing.class.settle().await;
    assert_eq!(standing.states().await, [Active]);
}

/// Slipped and put right before it settles; and never where nobody chose it.
#[tokio::test]
async fn a_slip_that_is_put_right_takes_nothing_back_and_nor_does_anything_unless_chosen() {
    let chosen = Standing::new(&json!({ "withdraw": "when_not_met" })).await;
    chosen.grade(9.0);
    chosen.reads().await;
    chosen.grade(1.0);
    chosen.read().await;
    chosen.grade(9.5);
    chosen.reads().await;
    chosen.class.settle().await;
    assert_eq!(chosen.states().await, [Active]);

    let never = Standing::new(&json!({})).await;
    never.grade(9.0);
    never.reads().await;
    never.grade(1.0);
    never.reads().await;
    never.class.settle().await;
    assert_eq!(never.states().await, [Active]);
    // Chosen later, it is looked at again.
    let path = format!("/placements/{}/terms", never.placement);
    let set = ask(&never.class.app, Method::PUT, &path, &json!({ "withdraw": "when_not_met" })).await;
    assert_eq!(set.status, 200, "{}", set.json);
    never.class.app.run_jobs().await;
    assert_eq!(never.states().await, [Revoked]);
}
