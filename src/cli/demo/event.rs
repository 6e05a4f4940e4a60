//! The second act: somebody finishes the course and never opens Laurel. The LMS tells it (xAPI), and the badge comes
//! by mail.

use std::{path::Path, time::Instant};

use practice::{browser::Browser, demo};

use super::{
    super::said,
    play::{PATIENCE, claim_address, expect, failed, step, verify, wait_for_mail},
    scene::{COURSE_BADGE_NAME, Stage},
};
use crate::{app::App, domain::roster, error::Result, store::roster as rosters};

/// Plays it.
pub async fn play(app: &App, stage: &Stage, mails: &Path) -> Result<()> {
    println!("One completion that nobody carries to Laurel:");
    let people = people_known(app, stage).await?;
    let asked = format!("{}/api/v1/courses/{}/roster", stage.public_url, stage.course);
    step(9, &format!("Laurel has read who is in the course: {people} people"), &asked);

    let browser = Browser::new();
    browser.sign_in(&stage.lms, demo::EMMY).await.map_err(said)?;
    let launches = stage.lms.authentication_requests().len();
    let begun = Instant::now();
    for page in [demo::LESSON, demo::READING] {
        let done = format!("{}/activities/{page}/done", stage.lms.base_url());
        let marked = browser.post(&done, &[]).await.map_err(said)?;
        expect(marked.status == 303, "a page was not marked as done", &marked.text())?;
    }
    let course = format!("{}/courses/{}", stage.lms.base_url(), demo::COURSE);
    step(10, "Emmy finishes the course in the LMS; she has never opened Laurel", &course);

    let (file, mail) = wait_for_mail(mails, "emmy@campus.example").await?;
    let seconds = begun.elapsed().as_secs_f32();
    step(
        11,
        &format!("the LMS told Laurel, and the badge was in her mail {seconds:.1} seconds later"),
        &file.display().to_string(),
    );
    let is_unopened = stage.lms.authentication_requests().len() == launches;
    expect(is_unopened, "somebody opened Laurel meanwhile", "")?;
    let credential = verify(app, &mail, "emmy@campus.example").await?;
    expect(
        credential.signed.contains(COURSE_BADGE_NAME),
        "her mail holds another badge",
        &credential.signed,
    )?;
    step(12, "both documents in it verify; the proof is the LMS's own event", &credential.id);
    let claim = claim_address(&mail).ok_or_else(|| failed("the mail holds no claim link", ""))?;
    step(13, "Emmy may look at it, download it and publish it", &claim);
    Ok(())
}

/// How many people Laurel has read of, once it has.
async fn people_known(app: &App, stage: &Stage) -> Result<u64> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let db = app.store.read();
        let found = rosters::of_course(db, stage.organization, stage.course, None).await?;
        let read = found.as_ref().filter(|row| row.complete_at.is_some());
        if let Some(reading) = read.map(roster::reading_of).transpose()?.flatten() {
            return Ok(reading.members);
        }
        if tokio::time::Instant::now() > deadline {
            let trouble = found.and_then(|row| row.trouble).unwrap_or_default();
            return Err(failed("the list of people was not read", &trouble));
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
