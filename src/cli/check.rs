//! `laurel check`: says in plain words whether this server is ready for work.

use std::process::ExitCode;

use clap::Args;

use super::start;
use crate::{
    app::App,
    clock::Clock,
    config::{Level, Settings},
    error::Result,
    ids::JobId,
    mail::{EmailAddress, ProbeMail},
    texts::Language,
};

#[derive(Debug, Args)]
pub struct Check {
    /// Send a test mail to this address.
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
}

/// Runs every check; the exit code is 0 only when nothing is wrong.
pub async fn run(command: &Check, settings: Settings) -> Result<ExitCode> {
    let mut is_well = true;
    for finding in settings.check() {
        let word = match finding.level {
            Level::Refused => {
                is_well = false;
                "WRONG  "
            }
            Level::Warning => "mind   ",
            Level::Note => "ok     ",
        };
        println!("{word}  {}: {}", finding.key, finding.message);
    }
    let app = match start::app(settings).await {
        Ok(app) => app,
        Err(error) => {
            println!("WRONG    {}", error.message());
            return Ok(ExitCode::FAILURE);
        }
    };
    is_well &= database(&app).await;
    is_well &= clock(&app).await;
    is_well &= mail(&app, command.mail.as_deref()).await;
    app.shut_down().await;
    println!("{}", if is_well { "Ready for work." } else { "Not ready: see above." });
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn database(app: &App) -> bool {
    match app.store.ping().await {
        Ok(()) => {
            println!("ok       database: it answers, is up to date and belongs to this master key");
            true
        }
        Err(error) => {
            println!("WRONG    database: {}", error.message());
            false
        }
    }
}

/// A wrong clock refuses every launch: Moodle's tokens live for a minute.
async fn clock(app: &App) -> bool {
    let here = Clock::system().now();
    match crate::store::clock(app.store.read()).await {
        Ok(Some(there)) if (there - here).num_seconds().abs() > 5 => {
            println!(
                "WRONG    clock: this machine and the database differ by {} s",
                (there - here).num_seconds()
            );
            false
        }
        Ok(_) => {
            println!("ok       clock: {} UTC (compare it with a watch)", here.format("%Y-%m-%d %H:%M:%S"));
            true
        }
        Err(error) => {
            println!("WRONG    clock: the database's cannot be read: {error}");
            false
        }
    }
}

async fn mail(app: &App, address: Option<&str>) -> bool {
    println!("ok       mail: {}", app.mailer.describe());
    let Some(address) = address else { return true };
    let to = match EmailAddress::parse(address) {
        Ok(to) => to,
        Err(error) => {
            println!("WRONG    mail: {error}");
            return false;
        }
    };
    let job: JobId = app.dice.row_id(app.clock.now());
    let host = app.settings.server.public_url.authority().to_owned();
    let probe = ProbeMail {
        id: app.mailer.message_id(job),
        date: app.clock.now(),
        to,
        language: Language::of_locale(&app.settings.server.language).unwrap_or_default(),
        host: &host,
    };
    match app.mailer.send(&probe.message()).await {
        Ok(accepted) => {
            println!("ok       mail: the test mail was accepted ({})", accepted.detail);
            true
        }
        Err(error) => {
            println!("WRONG    mail: {error}");
            false
        }
    }
}
