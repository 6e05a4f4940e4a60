//! The second act: a teacher puts a badge into force after a look at whom it would reach; then somebody finishes the
//! course and never opens Laurel. The LMS tells it (xAPI), and the badge comes by mail.

use std::{path::Path, time::Instant};

use practice::{browser::Browser, demo};

use super::{
    super::said,
    play::{PATIENCE, claim_address, expect, failed, finish, step, verify, wait_for_mail},
    scene::{COURSE_BADGE_NAME, Stage},
    teacher::Teacher,
};
use crate::{app::App, domain::roster, error::Result, store::roster as rosters};

/// Plays it.
pub async fn play(app: &App, stage: &Stage, mails: &Path) -> Result<()> {
    println!("One completion that nobody carries to Laurel:");
    let people = people_known(app, stage).await?;
    let asked = format!("{}/api/v1/courses/{}/roster", stage.public_url, stage.course);
    step(9, &format!("Laurel has read who is in the course: {people} people"), &asked);
    dry_run(stage).await?;

    let browser = Browser::new();
    browser.sign_in(&stage.lms, demo::EMMY).await.map_err(said)?;
    let launches = stage.lms.authentication_requests().len();
    let begun = Instant::now();
    let course = finish(stage, &browser).await?;
    step(12, "Emmy finishes the course in the LMS; she has never opened Laurel", &course);

    let (file, mail) = wait_for_mail(mails, "emmy@campus.example").await?;
    let seconds = begun.elapsed().as_secs_f32();
    step(
        13,
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
    step(14, "both documents in it verify; the proof is the LMS's own event", &credential.id);
    let claim = claim_address(&mail).ok_or_else(|| failed("the mail holds no claim link", ""))?;
    step(15, "Emmy may look at it, download it and publish it", &claim);
    Ok(())
}

/// The teacher looks whom the badge would reach, and puts it into force.
async fn dry_run(stage: &Stage) -> Result<()> {
    let teacher = Teacher::comes(stage).await?;
    let people = teacher.standings().await?;
    let names = |standing: &str| -> Vec<&str> {
        people
            .iter()
            .filter(|person| person.standing == standing)
            .map(|person| person.name.as_str())
            .collect()
    };
    let (nearly, excluded) = (names("nearly"), names("excluded"));
    let is_expected = names("now").is_empty() && nearly.len() == 4 && excluded == ["Ada Lovelace"];
    expect(is_expected, "the dry run says something else", &format!("{nearly:?} {excluded:?}"))?;
    let list = teacher.dry_run("nearly");
    teacher.reads(&list, &nearly).await?;
    teacher.reads(&teacher.dry_run("excluded"), &excluded).await?;
    let lack = nearly.join(", ");
    step(
        10,
        &format!(
            "the teacher's dry run: nobody would get the badge now; {lack} lack one thing; Ada is left out, for she teaches"
        ),
        &list,
    );
    teacher.goes_live().await?;
    step(11, "she puts the badge into force", &teacher.at("/course"));
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
