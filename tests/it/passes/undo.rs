//! A pass is undone as long as its mails have not left.

use criteria::Strength;
use laurel::{
    domain::{hold, pass::undo, reevaluation},
    ids::PassId,
    store::entity::{
        hold::{HoldState, HoldWhy},
        pass::PassState,
    },
};

use super::{done, hall};
use crate::services::Class;

const STRONG: Strength = Strength::Strong;

async fn undone(class: &Class, id: PassId, rest: bool) -> laurel::error::Result<()> {
    undo::undo(&class.app.app, &class.app.operator(), id, rest).await?;
    class.app.run_jobs().await;
    Ok(())
}

/// The mails of many wait an hour; so long everything can be taken back, without a veto and without a word.
#[tokio::test]
async fn a_pass_of_many_is_undone_before_its_mails_leave() {
    let class = hall().await;
    class.seats(&vec![done(STRONG); 70]).await;
    class.offers("Mistake").await;
    class.app.run_jobs().await;
    assert_eq!((class.current().await, class.app.mails().len()), (70, 0), "mails wait");
    let (pass, _) = class.last_pass().await;
    assert!(pass.mail_at.is_some());
    let (app, operator) = (&class.app.app, class.app.operator());
    let (one, two) =
        tokio::join!(undo::undo(app, &operator, pass.id, false), undo::undo(app, &operator, pass.id, false));
    assert_eq!((one.unwrap().state, two.unwrap().state), (PassState::Undoing, PassState::Undoing));
    class.app.run_jobs().await;
    let (pass, tally) = class.last_pass().await;
    assert_eq!((pass.state, tally.awarded, tally.undone), (PassState::Undone, 70, 70));
    assert_eq!(class.current().await, 0);
    assert_eq!(class.app.count("award WHERE state = 'revoked'").await, 70);
    let awards = class.app.awards().await;
    assert!(awards.iter().all(|award| !award.veto && award.pass_id == Some(pass.id)));
    assert_eq!(class.app.count("job WHERE kind = 'mail_award'").await, 0);
    assert_eq!(class.app.count("audit_event WHERE action = 'pass.undone'").await, 1);
    class.app.advance(2 * 3600);
    class.app.run_jobs().await;
    assert!(class.app.mails().is_empty());

    // Nobody is awarded again without a click.
    class.passes().await;
    class.app.run_jobs().await;
    let open = class.holds(HoldState::Open).await;
    assert_eq!((class.current().await, open.len(), open[0].why), (0, 1, HoldWhy::Undone));
    let tx = class.app.app.store.write().await.unwrap();
    let (organization, one) = (class.app.organization, [awards[0].learner_id]);
    reevaluation::enqueue_learners(&class.app.app, &tx, organization, &one).await.unwrap();
    tx.commit().await.unwrap();
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 0, "nor one by one");
    // Declined, it stays so; and what was declined can be confirmed later.
    hold::decline(&class.app.app, &class.app.operator(), open[0].id).await.unwrap();
    class.passes().await;
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 0, "declined is declined");
    hold::confirm(&class.app.app, &class.app.operator(), open[0].id).await.unwrap();
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 70);
    class.app.advance(3601);
    class.app.run_jobs().await;
    assert_eq!(class.app.mails().len(), 70);
}

/// A pass that finds nobody due in between is no click: what was undone goes on waiting for one.
#[tokio::test]
async fn what_was_undone_waits_though_nobody_is_due_for_a_while() {
    let class = hall().await;
    class.seats(&vec![done(STRONG); 30]).await;
    class.offers("Mistake").await;
    class.app.run_jobs().await;
    let (pass, _) = class.last_pass().await;
    undone(&class, pass.id, false).await.unwrap();
    let become_all = async |state: &str| {
        let tx = class.app.app.store.write().await.unwrap();
        let all = format!("UPDATE enrollment SET state = '{state}'");
        sea_orm::ConnectionTrait::execute_unprepared(&tx, &all).await.unwrap();
        tx.commit().await.unwrap();
        class.passes().await;
        class.app.run_jobs().await;
    };
    become_all("inactive").await;
    let open = class.holds(HoldState::Open).await;
    assert_eq!((open.len(), open[0].why, open[0].would_award), (1, HoldWhy::Undone, 0));
    become_all("active").await;
    let open = class.holds(HoldState::Open).await;
    assert_eq!((class.current().await, open.len(), open[0].would_award), (0, 1, 30), "{open:?}");
    class.confirms_all().await;
    assert_eq!(class.current().await, 30);
}

/// What has left cannot be taken back so; only the rest can, and the answer says how many have left.
#[tokio::test]
async fn whose_mail_has_left_keeps_the_badge() {
    let class = hall().await;
    class.seats(&vec![done(STRONG); 30]).await;
    class.offers("Late").await;
    class.app.run_jobs().await;
    let (pass, _) = class.last_pass().await;
    // Ten mails are in a hurry.
    let tx = class.app.app.store.write().await.unwrap();
    let hurry = "UPDATE job SET state = 'done' WHERE id IN \
                 (SELECT id FROM job WHERE kind = 'mail_award' ORDER BY id LIMIT 10)";
    sea_orm::ConnectionTrait::execute_unprepared(&tx, hurry).await.unwrap();
    tx.commit().await.unwrap();
    let error = undone(&class, pass.id, false).await.unwrap_err();
    assert_eq!(error.code(), "pass.mailed");
    assert!(error.to_string().contains("10 of 30"), "{error}");
    assert_eq!(class.current().await, 30);
    undone(&class, pass.id, true).await.unwrap();
    assert_eq!(class.current().await, 10);
    let (pass, tally) = class.last_pass().await;
    assert_eq!((pass.state, tally.undone), (PassState::Undone, 20));
}

/// Mails of a few leave at once.
#[tokio::test]
async fn the_mails_of_a_few_do_not_wait() {
    let class = hall().await;
    class.seats(&vec![done(Strength::Weak); 20]).await;
    class.offers("Few").await;
    class.app.run_jobs().await;
    assert_eq!(class.app.mails().len(), 20);
    let (pass, _) = class.last_pass().await;
    assert_eq!(undone(&class, pass.id, false).await.unwrap_err().code(), "pass.mailed");
}

/// While a pass is being undone, no mail of it leaves.
#[tokio::test]
async fn no_mail_leaves_while_it_is_being_undone() {
    let class = hall().await;
    class.seats(&vec![done(STRONG); 25]).await;
    class.offers("Race").await;
    class.app.run_jobs().await;
    let (pass, _) = class.last_pass().await;
    let tx = class.app.app.store.write().await.unwrap();
    let now = "UPDATE job SET run_at = created_at WHERE kind = 'mail_award'";
    sea_orm::ConnectionTrait::execute_unprepared(&tx, now).await.unwrap();
    tx.commit().await.unwrap();
    undo::undo(&class.app.app, &class.app.operator(), pass.id, false).await.unwrap();
    for _ in 0..5 {
        class.app.run_jobs().await;
        class.app.advance(60);
    }
    assert!(class.app.mails().is_empty());
    assert_eq!(class.current().await, 0);
}
