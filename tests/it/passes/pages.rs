//! What a teacher sees and presses: the preview of a badge, and awards that wait for a click.

use criteria::Strength;
use laurel::store::entity::hold::HoldState;
use practice::demo;

use super::{Someone, complete, done, hall};
use crate::teaching::Teacher;

const WEAK: Strength = Strength::Weak;

/// A teacher sees that awards wait, looks at the preview, and lets them go.
#[tokio::test]
async fn a_teacher_looks_and_clicks() {
    let class = hall().await;
    class.seats(&vec![done(WEAK); 40]).await;
    class.seats(&[Someone::default(), Someone { is_staff: true, ..Someone::default() }]).await;
    let placed = class.offers_for("Lab", complete("lab")).await;
    class.app.run_jobs().await;
    assert_eq!((class.current().await, class.holds(HoldState::Open).await.len()), (0, 1));
    let Teacher { browser, page, launch } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    assert!(page.contains("40 of 41 people would get this badge now"), "{}", page.text());

    let preview = |list: &str| {
        class
            .app
            .at(&format!("/course/placements/{}/dry-run?launch={launch}&list={list}", placed.placement.id))
    };
    let now = browser.get(&preview("now")).await.unwrap();
    assert_eq!(now.status, 200, "{}", now.text());
    assert!(now.contains("All of it since"), "{}", now.text());
    let nearly = browser.get(&preview("nearly")).await.unwrap();
    assert!(nearly.contains("lab"), "what is missing is named: {}", nearly.text());
    let excluded = browser.get(&preview("excluded")).await.unwrap();
    assert!(excluded.contains("Teaches here"), "{}", excluded.text());
    assert_eq!(class.current().await, 0, "looking awards nothing");

    let page = browser.press(&page, "award").await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!page.contains("would get this badge now"), "{}", page.text());
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 40);

    // Neither a learner nor a form that is not ours lets anything go.
    let Teacher { browser: learner, launch: own, .. } =
        Teacher::of(&class, demo::GRACE, class.app.browser()).await;
    let url = preview("now").replace(&launch, &own);
    assert_eq!(learner.get(&url).await.unwrap().status, 403);
    let hold = class.holds(HoldState::Confirmed).await[0].id;
    let decide = class.app.at(&format!("/course/holds/{hold}/decide"));
    let forged = browser.post(&decide, &[("launch", &launch), ("do", "award"), ("csrf", "x")]).await.unwrap();
    assert_eq!(forged.status, 403, "{}", forged.text());
}
