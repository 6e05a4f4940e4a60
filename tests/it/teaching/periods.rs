//! Pages show the award of a badge's own scope and period: another placement's award, or an earlier year's, stands for
//! nothing here.

use practice::{demo, services::ALL_SCOPES};
use serde_json::json;

use super::{Teacher, says, says_not};
use crate::{
    life::{done, placed, version},
    reconciling::Registrar,
    services::Class,
    support::api,
};

async fn class() -> Class {
    Class::on(api::app().await, &ALL_SCOPES, |_| {}).await
}

/// The learner's page, the list of people and the person's page, as text.
async fn pages(class: &Class) -> [practice::browser::Page; 3] {
    let grace = Teacher::of(class, demo::GRACE, class.app.browser()).await;
    let ada = Teacher::of(class, demo::ADA, class.app.browser()).await;
    let learner = class.app.learner(&class.app.lms.subject(demo::GRACE)).await.unwrap();
    let person = ada.opens(class, &format!("/course/people/{}", learner.id)).await;
    [grace.page, ada.opens(class, "/course/roster").await, person]
}

/// What was earned in an earlier year is told as such, and what counts now is not yet earned.
#[tokio::test]
async fn an_earlier_period_stands_for_itself() {
    let class = class().await;
    let badge = version(&class.app, "Yearly", &json!({})).await;
    let yearly = json!({ "periods": { "yearly": [{ "from": "01-01" }] } });
    let node = json!({ "type": "completed", "subject": { "course": "this" } });
    placed(&class.app, badge, &node, &json!({ "course_id": class.course, "terms": yearly })).await;
    class.visit(demo::GRACE).await;
    Registrar::new(&class.app).await.tells(&class, demo::GRACE, "once").await;
    class.app.run_jobs().await;
    assert_eq!(class.app.awards().await.len(), 1);
    for page in pages(&class).await {
        says_not(&page, &["Not yet earned"]);
    }
    class.app.advance(366 * 24 * 3600);
    class.app.run_jobs().await;
    let [own, list, person] = pages(&class).await;
    says(&own, &["Not yet earned", "Earned before:"]);
    says(&person, &["Not yet earned", "Earned before:"]);
    says(&list, &["Not yet earned"]);
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["It can be earned again in every award period."]);
    class.app.run_jobs().await;
}

/// Awarded once per placement: what another placement gave is not shown as this one's.
#[tokio::test]
async fn another_placements_award_is_not_this_ones() {
    let class = class().await;
    let badge = version(&class.app, "Scoped", &json!({})).await;
    let terms = json!({ "course_id": class.course, "terms": { "scope": "placement" } });
    placed(&class.app, badge, &json!({ "type": "launched" }), &terms).await;
    placed(&class.app, badge, &done("essay"), &terms).await;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    assert_eq!(class.app.awards().await.len(), 1);
    for page in pages(&class).await {
        says(&page, &["Not yet earned", "Scoped"]);
    }
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["Awarded once here, whatever was earned elsewhere."]);
    class.app.run_jobs().await;
}
