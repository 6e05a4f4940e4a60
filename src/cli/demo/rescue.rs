//! The third act: somebody finishes while events are muted, so nobody tells Laurel. One reconcile asks the LMS itself,
//! awards, and states whom it rescued; the channel that should have told is an alarm. Then the teacher looks.

use std::{path::Path, time::Instant};

use practice::browser::Browser;
use serde_json::Value;

use super::{
    super::said,
    play::{PATIENCE, claim_address, expect, failed, finish, step, verify, wait_for_mail},
    scene::{COURSE_BADGE_NAME, MARY, MARY_ADDRESS, MARY_NAME, Stage},
    teacher::Teacher,
};
use crate::{app::App, error::Result, store::learner as learners};

/// Plays it.
pub async fn play(app: &App, stage: &Stage, mails: &Path) -> Result<()> {
    println!("One completion that nobody tells:");
    let browser = Browser::new();
    browser.sign_in(&stage.lms, MARY).await.map_err(said)?;
    let launches = stage.lms.authentication_requests().len();
    stage.lms.mute_log(true);
    let course = finish(stage, &browser).await?;
    stage.lms.mute_log(false);
    step(16, "events are muted: Mary finishes the course, and Laurel hears nothing", &course);

    let begun = Instant::now();
    let run = reconciled(stage).await?;
    let statement = run.get("statement").cloned().unwrap_or_default();
    let text = |path: &str| statement.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| statement.get(name).and_then(Value::as_u64);
    let is_whole = [("awarded", 1), ("missing", 0), ("unreadable", 0)]
        .into_iter()
        .all(|(name, wanted)| number(name) == Some(wanted));
    expect(is_whole, "the reconcile does not state one award and nobody missing", &run.to_string())?;
    let id = run.get("id").and_then(Value::as_str).unwrap_or_default();
    let address = format!("{}/api/v1/reconciles/{id}", stage.public_url);
    step(17, &format!("one reconcile asks the LMS itself, and states: {}", text("/sentence/en")), &address);

    let whom = text("/rescued/0/learner_id").parse().map_err(said)?;
    let rescued = learners::find(app.store.read(), stage.organization, whom).await?;
    let name = rescued.and_then(|learner| learner.name).unwrap_or_default();
    let (channel, teller) = (text("/rescued/0/channels/0"), text("/rescued/0/told_by/0"));
    let is_she = name == MARY_NAME && channel == "record";
    expect(is_she, "somebody else was rescued, or by something else", &statement.to_string())?;
    step(18, &format!("it names who was rescued: {name}, by the {channel} of {teller}"), &address);

    let alarms = stage.api("GET", &format!("/alarms?course={}", stage.course), None).await?;
    let alarm = |path: &str| alarms.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let is_raised = alarm("/items/0/alarm/kind") == "missed";
    expect(is_raised, "the muted channel is no alarm", &alarms.to_string())?;
    let address = format!("{}/api/v1/alarms?course={}", stage.public_url, stage.course);
    step(
        19,
        &format!("it is an alarm, until events come again: {}", alarm("/items/0/alarm/words/en")),
        &address,
    );

    let (file, mail) = wait_for_mail(mails, MARY_ADDRESS).await?;
    let seconds = begun.elapsed().as_secs_f32();
    step(
        20,
        &format!("her badge was in her mail {seconds:.1} seconds after the reconcile was asked for"),
        &file.display().to_string(),
    );
    let is_unopened = stage.lms.authentication_requests().len() == launches;
    expect(is_unopened, "somebody opened Laurel meanwhile", "")?;
    let credential = verify(app, &mail, MARY_ADDRESS).await?;
    let is_course = credential.signed.contains(COURSE_BADGE_NAME);
    expect(is_course, "her mail holds another badge", &credential.signed)?;
    let claim = claim_address(&mail).ok_or_else(|| failed("the mail holds no claim link", ""))?;
    step(21, "both documents in it verify; the proof is the LMS's own record", &claim);

    let teacher = Teacher::comes(stage).await?;
    let checks = teacher.at("/course/reconcile");
    teacher.reads(&checks, &[MARY_NAME, teller]).await?;
    step(22, "the teacher's page of checks says the same, and has a button for another", &checks);
    let list = teacher.at("/course/roster");
    teacher.reads(&list, &[MARY_NAME, "Alan Turing"]).await?;
    step(23, "she sees of everybody why they have the badge for the course, or why not", &list);
    teacher.explains().await
}

/// Asks for a reconcile, as `laurel reconcile` does, and waits until it has ended.
async fn reconciled(stage: &Stage) -> Result<Value> {
    let asked = stage.api("POST", &format!("/courses/{}/reconcile", stage.course), None).await?;
    let id = asked.get("id").and_then(Value::as_str).map(str::to_owned);
    let id = id.ok_or_else(|| failed("no reconcile was begun", &asked.to_string()))?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let run = stage.api("GET", &format!("/reconciles/{id}"), None).await?;
        if run.get("statement").is_some_and(|statement| !statement.is_null()) {
            return Ok(run);
        }
        if tokio::time::Instant::now() > deadline {
            return Err(failed("the reconcile did not end", &run.to_string()));
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
