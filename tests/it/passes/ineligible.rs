//! The ineligible by the thousand: staff, switched roles, a hair below the threshold, dropped. Nobody is awarded.

use criteria::Strength;
use laurel::domain::dry_run;
use serde_json::json;

use super::{Someone, hall};

#[tokio::test]
async fn nobody_ineligible_is_awarded() {
    let class = hall().await;
    let good = Someone { score: Some("80"), done: vec![("lab", Strength::Strong)], ..Someone::default() };
    let mut people = Vec::new();
    for _ in 0..250 {
        people.push(Someone { is_staff: true, permission: "teach", ..good.clone() });
        // Whoever teaches and looks at the course as a learner was seen teaching.
        people.push(Someone { is_staff: true, ..good.clone() });
        people.push(Someone { score: Some("79.999999999999"), ..good.clone() });
        people.push(Someone { is_gone: true, ..good.clone() });
        people.push(Someone { is_test: true, ..good.clone() });
        people.push(Someone { permission: "observe", ..good.clone() });
    }
    class.seats(&people).await;
    let quiz =
        json!({ "type": "score", "subject": { "activity": "quiz" }, "unit": "percent", "at_least": 80 });
    let node = json!({ "type": "all_of", "of": [quiz, super::complete("lab")] });
    let placed = class.offers_for("Good", node).await;
    class.app.run_jobs().await;
    class.passes().await;
    class.app.run_jobs().await;
    class.confirms_all().await;
    assert_eq!(class.app.count("award").await, 0);
    let (app, organization) = (&class.app.app, class.app.organization);
    let asked = dry_run::of_placement(app, organization, placed.placement.id).await.unwrap();
    let totals = dry_run::totals(app, organization, &asked).await.unwrap();
    assert_eq!((totals.now, totals.nearly, totals.not_yet, totals.checked), (0, 250, 0, 1501));
    // And the eligible ones among them are.
    class.seats(&vec![good; 7]).await;
    class.passes().await;
    class.app.run_jobs().await;
    assert_eq!(class.app.count("award").await, 7);
}
