//! `laurel verify FILE|URL`: checks a badge and says each step in words.

use std::{path::Path, process::ExitCode};

use clap::Args;
use open_badges::{
    bake::png,
    verify::{State, Verdict},
};

use super::start;
use crate::{
    config::Settings,
    domain::verify,
    error::{Error, Result},
};

/// Largest file that is read, in bytes.
const MAX_FILE: usize = 5 * 1024 * 1024;

#[derive(Debug, Args)]
pub struct Verify {
    /// A baked PNG or a credential as JSON: a file, or an https address.
    badge: String,
    /// E-mail address the badge should belong to.
    #[arg(long)]
    recipient: Option<String>,
}

/// Runs the command; the exit code is 0 only for a valid badge.
pub async fn run(command: &Verify, settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    let bytes = if command.badge.starts_with("http://") || command.badge.starts_with("https://") {
        let options =
            app.client.json("application/vc+ld+json, application/json, image/png").at_most(MAX_FILE);
        let answer = app.client.get(&command.badge, options.with_redirects()).await.map_err(super::said)?;
        answer.body
    } else {
        tokio::fs::read(Path::new(&command.badge)).await.map_err(super::said)?
    };
    let text = if bytes.starts_with(b"\x89PNG") {
        png::extract(&bytes)
            .map_err(super::said)?
            .ob3
            .ok_or_else(|| {
                Error::invalid("badge.none", "FILE", "There is no Open Badges 3.0 badge in this picture.")
            })?
            .into_bytes()
    } else {
        bytes
    };
    let report = verify::credential(&app, &text, command.recipient.as_deref(), verify::Source::Records).await;
    app.shut_down().await;
    for check in &report.checks {
        let mark = match check.state {
            State::Pass => "ok     ",
            State::Fail => "FAILED ",
            State::Warn => "warning",
            State::Unknown => "unknown",
            State::Skip => "-      ",
        };
        println!("{mark}  {:<24} {}", check.name, check.message);
    }
    println!("{:?}", report.verdict);
    Ok(if report.verdict == Verdict::Valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
