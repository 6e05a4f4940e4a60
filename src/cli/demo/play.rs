//! The play: one learner finishes, launches, is awarded, mailed, and the badge from the mail verifies.
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
const PATIENCE: Duration = Duration::from_secs(30);

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

    let (file, mail) = wait_for_mail(mails).await?;
    step(4, "the badge is baked and mailed", &file.display().to_string());
    let claim = claim_address(&mail).ok_or_else(|| failed("the mail holds no claim link", ""))?;
    let picture = picture_of(&mail)?;
    let found = png::extract(&picture).map_err(said)?;
    let (Some(assertion), Some(signed)) = (found.ob2, found.ob3) else {
        return Err(failed("the picture does not hold both documents", ""));
    };
    step(5, "the picture from the mail holds both documents", "openbadges + openbadgecredential");

    let checker = Checker::of(app, Source::Network);
    let report = checker.credential(signed.as_bytes(), Some("grace@campus.example")).await;
    expect(
        report.verdict == Verdict::Valid,
        "the Open Badges 3.0 credential does not verify",
        &told(&report),
    )?;
    step(
        6,
        "Open Badges 3.0: DID resolved over HTTP, proof, status list and recipient verified",
        &field(&signed, "id"),
    );

    let report = checker.assertion(&field(&assertion, "id"), Some("grace@campus.example")).await;
    expect(
        report.verdict == Verdict::Valid,
        "the Open Badges 2.0 assertion does not verify",
        &told(&report),
    )?;
    step(
        7,
        "Open Badges 2.0: assertion, badge class and issuer fetched and verified",
        &field(&assertion, "id"),
    );
    step(8, "Grace may look at it, download it and publish it", &claim);
    Ok(())
}

fn step(number: u8, what: &str, at: &str) {
    println!("  {number}. {what}\n       {at}");
}

fn expect(is_so: bool, otherwise: &str, detail: &str) -> Result<()> {
    if is_so { Ok(()) } else { Err(failed(otherwise, detail)) }
}

fn failed(what: &str, detail: &str) -> Error {
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

/// The first mail in the folder.
async fn wait_for_mail(folder: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let found = std::fs::read_dir(folder).ok().and_then(|entries| {
            entries
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .find(|path| path.extension().is_some_and(|extension| extension == "eml"))
        });
        if let Some(path) = found {
            let bytes = tokio::fs::read(&path).await.map_err(said)?;
            return Ok((path, bytes));
        }
        if tokio::time::Instant::now() > deadline {
            return Err(failed("no mail was written", &folder.display().to_string()));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
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

fn claim_address(mail: &[u8]) -> Option<String> {
    let message = MessageParser::default().parse(mail)?;
    let text = message.body_text(0)?;
    text.split_whitespace().find(|word| word.contains("/claim/")).map(str::to_owned)
}
