//! `laurel verify FILE|URL`: checks a badge and says each step in words. Needs no server of one's own: without settings
//! everything is looked up over the network.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use open_badges::verify::{Check, State, Verdict};

use super::start;
use crate::{
    client::Client,
    clock::Clock,
    config::{Settings, Sources},
    domain::verify::{Checked, Checker, Source, Standard},
    error::Result,
    telemetry,
    texts::{Language, Texts, check_words, verdict_words},
};

/// Stands for the public address that somebody without a server does not have; nothing is fetched from it.
const NO_SERVER: &str = "https://nowhere.invalid";

#[derive(Debug, Args)]
pub struct Verify {
    /// A baked PNG, a credential or an assertion as JSON: a file, or an https address.
    badge: String,
    /// E-mail address the badge should belong to.
    #[arg(long)]
    recipient: Option<String>,
    /// The language to tell it in: en or de.
    #[arg(long, default_value = "en")]
    language: String,
}

/// Runs the command; the exit code is 0 only when every badge that was found is valid, and the named person's.
pub async fn run(command: &Verify, file: Option<PathBuf>) -> Result<ExitCode> {
    let sources = Sources::of_process(file);
    let checked = match Settings::load(&sources) {
        Ok(settings) => {
            telemetry::start_logs(&settings.logs);
            let app = start::app(settings).await?;
            let checked = check(Checker::of(&app, Source::Records), &app.client, command).await;
            app.shut_down().await;
            checked?
        }
        Err(error) => {
            // Perhaps there is no server here; a file of settings that is broken stays an error.
            let Ok(settings) = Settings::read(&sources.with("server.public_url", NO_SERVER)) else {
                return Err(super::said(error));
            };
            telemetry::start_logs(&settings.logs);
            let client = Client::new(&settings).map_err(super::said)?;
            check(Checker::stranger(&client, Clock::system().now()), &client, command).await?
        }
    };
    let language = Language::of_locale(&command.language).unwrap_or_default();
    checked.iter().for_each(|checked| tell(checked, Texts::of(language)));
    let is_good = |checked: &Checked| {
        // A badge of somebody else is valid, but not what was asked for.
        let has_failed = checked.report.checks.iter().any(|step| step.state == State::Fail);
        checked.report.verdict == Verdict::Valid && !has_failed
    };
    Ok(if checked.iter().all(is_good) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn check(checker: Checker<'_>, client: &Client, command: &Verify) -> Result<Vec<Checked>> {
    let recipient = command.recipient.as_deref();
    if !command.badge.starts_with("http://") && !command.badge.starts_with("https://") {
        let bytes = tokio::fs::read(Path::new(&command.badge)).await.map_err(super::said)?;
        return checker.file(&bytes, recipient).await;
    }
    let accept = "application/vc+ld+json, application/ld+json, application/json, image/png";
    let answer =
        client.get(&command.badge, client.image(accept).with_redirects()).await.map_err(super::said)?;
    if answer.status == 410 {
        // A revoked assertion, which only its own address can tell.
        let report = checker.assertion(&command.badge, recipient).await;
        return Ok(vec![Checked { standard: Standard::Ob2, report }]);
    }
    checker.file(&answer.body, recipient).await
}

fn tell(checked: &Checked, texts: Texts) {
    let standard = match checked.standard {
        Standard::Ob2 => "Open Badges 2.0",
        Standard::Ob3 => "Open Badges 3.0",
    };
    let (word, meaning) = verdict_words(checked.report.verdict);
    println!("{standard}: {}. {}", texts.say(word), texts.say(meaning));
    for step in &checked.report.checks {
        println!("  {}  {:<22}  {}", mark_of(step.state), step.name, said(step, texts));
    }
}

/// In plain words, and what is wrong also in the check's own, which name the culprit.
fn said(step: &Check, texts: Texts) -> String {
    match check_words(&step.name, step.state) {
        None => step.message.clone(),
        Some(key) if matches!(step.state, State::Fail | State::Warn) => {
            format!("{} ({})", texts.say(key), step.message)
        }
        Some(key) => texts.say(key),
    }
}

fn mark_of(state: State) -> &'static str {
    match state {
        State::Pass => "ok     ",
        State::Fail => "FAILED ",
        State::Warn => "warning",
        State::Unknown => "unknown",
        State::Skip => "-      ",
    }
}
