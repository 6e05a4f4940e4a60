//! The first act: one learner finishes, launches, is awarded, mailed, and the badge from the mail verifies.
//!
//! Every step goes over HTTP or through the file that would have been mailed; a step that is not as it
//! should be ends the demo with a failure.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use mail_parser::{MessageParser, MimeHeaders as _};
use open_badges::{
    bake::png,
    verify::{Report, Verdict},
};
use practice::{browser::Browser, demo};
use serde_json::Value;

use super::{super::said, scene::Stage};
use crate::{
    app::App,
    domain::verify::{Checker, Source},
    error::{Error, Kind, Result},
};

/// How long the mail may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Plays it.
pub async fn play(app: &App, stage: &Stage, mails: &Path) -> Result<()> {
    println!("One completion, from launch to verified badge:");
    let browser = Browser::new();
    browser.sign_in(&stage.lms, demo::GRACE).await.map_err(said)?;
    let done = format!("{}/activities/{}/done", stage.lms.base_url(), demo::LESSON);
    let marked = browser.post(&done, &[]).await.map_err(said)?;
    expect(marked.status == 303, "the lesson was not marked as done", &marked.text())?;
    step(1, "Grace finishes the lesson in the LMS", &format!("{}/", stage.lms.base_url()));

    let outcome = browser.launch(&stage.lms, demo::GRACE, super::scene::BADGE).await.map_err(said)?;
    let page = &outcome.page;
    expect(page.status == 200, "the launch was refused", &page.text())?;
    step(2, "she opens the badge: login, launch, signed token checked", page.url.as_str());
    expect(page.contains(super::scene::BADGE_NAME), "her page does not show the badge", &page.text())?;
    step(3, "Laurel awards it: both documents signed, in the launch's own transaction", page.url.as_str());

    let (file, mail) = wait_for_mail(mails, "grace@campus.example").await?;
    step(4, "the badge is baked and mailed", &file.display().to_string());
    let claim = claim_address(&mail).ok_or_else(|| failed("the mail holds no claim link", ""))?;
    let verified = verify(app, &mail, "grace@campus.example").await?;
    step(5, "the picture from the mail holds both documents", "openbadges + openbadgecredential");
    step(
        6,
        "Open Badges 3.0: DID resolved over HTTP, proof, status list and recipient verified",
        &verified.id,
    );
    step(7, "Open Badges 2.0: assertion, badge class and issuer fetched and verified", &verified.assertion);
    step(8, "Grace may look at it, download it and publish it", &claim);
    Ok(())
}

/// Whoever is signed in marks both pages of the course as done; the course's address.
pub(super) async fn finish(stage: &Stage, browser: &Browser) -> Result<String> {
    for page in [demo::LESSON, demo::READING] {
        let done = format!("{}/activities/{page}/done", stage.lms.base_url());
        let marked = browser.post(&done, &[]).await.map_err(said)?;
        expect(marked.status == 303, "a page was not marked as done", &marked.text())?;
    }
    Ok(format!("{}/courses/{}", stage.lms.base_url(), demo::COURSE))
}

/// What a mail held and what was verified.
pub(super) struct Verified {
    /// The signed credential.
    pub signed: String,
    /// Its id.
    pub id: String,
    /// The address of the hosted assertion.
    pub assertion: String,
}

/// Verifies both documents in the picture of a mail, for the person it was sent to.
pub(super) async fn verify(app: &App, mail: &[u8], address: &str) -> Result<Verified> {
    let picture = picture_of(mail)?;
    let found = png::extract(&picture).map_err(said)?;
    let (Some(assertion), Some(signed)) = (found.ob2, found.ob3) else {
        return Err(failed("the picture does not hold both documents", ""));
    };
    let checker = Checker::of(app, Source::Network);
    let report = checker.credential(signed.as_bytes(), Some(address)).await;
    expect(
        report.verdict == Verdict::Valid,
        "the Open Badges 3.0 credential does not verify",
        &told(&report),
    )?;
    let assertion = field(&assertion, "id");
    let report = checker.assertion(&assertion, Some(address)).await;
    expect(
        report.verdict == Verdict::Valid,
        "the Open Badges 2.0 assertion does not verify",
        &told(&report),
    )?;
    Ok(Verified { id: field(&signed, "id"), signed, assertion })
}

pub(super) fn step(number: u8, what: &str, at: &str) {
    println!("  {number}. {what}\n       {at}");
}

pub(super) fn expect(is_so: bool, otherwise: &str, detail: &str) -> Result<()> {
    if is_so { Ok(()) } else { Err(failed(otherwise, detail)) }
}

pub(super) fn failed(what: &str, detail: &str) -> Error {
    Error::new(Kind::Internal, "demo.failed", format!("The demo failed: {what}. {detail}"))
}

fn told(report: &Report) -> String {
    let lines: Vec<String> = report
        .checks
        .iter()
        .map(|check| format!("{:?} {} {}", check.state, check.name, check.message))
        .collect();
    lines.join("\n")
}

fn field(document: &str, name: &str) -> String {
    let value: Option<Value> = serde_json::from_str(document).ok();
    value.and_then(|value| Some(value.get(name)?.as_str()?.to_owned())).unwrap_or_default()
}

/// The first mail to this address.
pub(super) async fn wait_for_mail(folder: &Path, address: &str) -> Result<(PathBuf, Vec<u8>)> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "eml")) {
            let bytes = tokio::fs::read(&path).await.map_err(said)?;
            if is_to(&bytes, address) {
                return Ok((path, bytes));
            }
        }
        if tokio::time::Instant::now() > deadline {
            return Err(failed("no mail was written", &format!("{address}: {}", folder.display())));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn is_to(mail: &[u8], address: &str) -> bool {
    let message = MessageParser::default().parse(mail);
    message.is_some_and(|message| message.to().is_some_and(|to| to.contains(address)))
}

fn picture_of(mail: &[u8]) -> Result<Vec<u8>> {
    let message =
        MessageParser::default().parse(mail).ok_or_else(|| failed("the mail cannot be read", ""))?;
    message
        .attachments()
        .find(|part| part.attachment_name().is_some_and(|name| name.ends_with(".png")))
        .map(|part| part.contents().to_vec())
        .ok_or_else(|| failed("no picture is attached to the mail", ""))
}

pub(super) fn claim_address(mail: &[u8]) -> Option<String> {
    let message = MessageParser::default().parse(mail)?;
    let text = message.body_text(0)?;
    text.split_whitespace().find(|word| word.contains("/claim/")).map(str::to_owned)
}
