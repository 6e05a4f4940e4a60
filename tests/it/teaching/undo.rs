//! What was just awarded to many is taken back by a button, before its mails leave.

use criteria::Strength;
use practice::demo;

use super::{Teacher, says, says_not};
use crate::passes::{done, hall};

/// The button is there for as long as mails wait; afterwards the page says what became of it.
#[tokio::test]
async fn a_teacher_takes_back_what_was_just_awarded() {
    let class = hall().await;
    class.seats(&vec![done(Strength::Strong); 30]).await;
    class.offers("Mistake").await;
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 30);
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["30 badges have just been awarded", "Mistake", "The mails about them leave on"]);
    let grace = Teacher::of(&class, demo::GRACE, class.app.browser()).await;
    let forms = ada.page.forms();
    let form = forms.iter().find(|form| form.action.contains("/undo")).unwrap();
    let token = laurel::web::csrf::token(&class.app.app, &format!("course\n{}", grace.launch));
    let url = class.app.at(&form.action.replace(&ada.launch, &grace.launch));
    let fields = [("launch", grace.launch.as_str()), ("csrf", token.as_str()), ("do", "undo")];
    assert_eq!(grace.browser.post(&url, &fields).await.unwrap().status, 403);
    let page = ada.presses(&ada.page, "undo").await;
    says(&page, &["are being taken back"]);
    class.app.run_jobs().await;
    assert_eq!(class.current().await, 0);
    let page = ada.opens(&class, "/course").await;
    says(&page, &["30 badges were taken back before anybody was told."]);
    says_not(&page, &["Take them all back"]);
    class.app.advance(2 * 3600);
    class.app.run_jobs().await;
    assert!(class.app.mails().is_empty());
}

/// Once mails may have left there is no button.
#[tokio::test]
async fn there_is_no_button_once_mails_have_left() {
    let class = hall().await;
    class.seats(&vec![done(Strength::Strong); 30]).await;
    class.offers("Right").await;
    class.app.run_jobs().await;
    class.app.advance(3601);
    class.app.run_jobs().await;
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says_not(&ada.page, &["have just been awarded"]);
}
