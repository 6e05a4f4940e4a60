//! `laurel check`: says in plain words whether this server is ready for work, and if not, what to do.

use std::process::ExitCode;

use clap::Args;

use super::start;
use crate::{
    app::App,
    clock::Clock,
    config::{Level, Settings},
    error::Result,
    ids::JobId,
    mail::{EmailAddress, MailError, ProbeMail},
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
    if !show_findings(&settings) {
        println!("Not ready: the settings marked WRONG stop the start. Put them right, then check again.");
        return Ok(ExitCode::FAILURE);
    }
    show_addresses(&settings);
    if !opens(&settings).await {
        println!("Not ready: see above.");
        return Ok(ExitCode::FAILURE);
    }
    let app = match start::app(settings).await {
        Ok(app) => app,
        Err(error) => {
            wrong("start", &causes(&error));
            println!("Not ready: see above.");
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut is_well = database(&app).await;
    is_well &= clock(&app).await;
    is_well &= mail(&app, command.mail.as_deref()).await;
    app.shut_down().await;
    app.store.close().await;
    println!("{}", if is_well { "Ready for work." } else { "Not ready: see above." });
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What there is to say of the settings; whether the server would start with them.
fn show_findings(settings: &Settings) -> bool {
    let findings = settings.check();
    for finding in &findings {
        match finding.level {
            Level::Refused => wrong(finding.key, &finding.message),
            Level::Warning => println!("mind     {}: {}", finding.key, finding.message),
            Level::Note => well(finding.key, &finding.message),
        }
    }
    findings.iter().all(|finding| finding.level != Level::Refused)
}

/// What an administrator types into a learning platform.
fn show_addresses(settings: &Settings) {
    let url = &settings.server.public_url;
    let text = format!(
        "learning platforms begin logins at {} and launch at {}; `laurel platform add` prints all they need",
        url.at("/lti/login"),
        url.at("/lti/launch")
    );
    well("addresses", &text);
}

/// Whether the database can be opened and brought up to date.
async fn opens(settings: &Settings) -> bool {
    match start::store(settings).await {
        Ok(store) => {
            store.close().await;
            true
        }
        Err(error) => {
            let text = format!(
                "it cannot be opened: {}. Is `database.url` right, does the server run, and may this user reach \
                 it (for SQLite: write to the file and its folder)?",
                causes(&error)
            );
            wrong("database", &text);
            false
        }
    }
}

async fn database(app: &App) -> bool {
    match app.store.ping().await {
        Ok(()) => {
            well("database", "it answers, is up to date and belongs to this master key");
            true
        }
        Err(error) => {
            let text = format!("it does not answer: {}. Is it still running?", causes(&error));
            wrong("database", &text);
            false
        }
    }
}

/// A wrong clock refuses every launch: Moodle's tokens live for a minute.
async fn clock(app: &App) -> bool {
    let here = Clock::system().now();
    match crate::store::clock(app.store.read()).await {
        Ok(Some(there)) if (there - here).num_seconds().abs() > 5 => {
            let text = format!(
                "this machine and the database differ by {} s. Let both follow a time server (for example \
                 `timedatectl set-ntp true`): launches carry times, and a wrong clock refuses them.",
                (there - here).num_seconds()
            );
            wrong("clock", &text);
            false
        }
        Ok(_) => {
            let text = format!("{} UTC (compare it with a watch)", here.format("%Y-%m-%d %H:%M:%S"));
            well("clock", &text);
            true
        }
        Err(error) => {
            wrong(
                "clock",
                &format!("the database's cannot be read: {error}. Is the database still running?"),
            );
            false
        }
    }
}

async fn mail(app: &App, address: Option<&str>) -> bool {
    let way = app.mailer.describe();
    if let Err(error) = app.mailer.check().await {
        wrong("mail", &format!("{way}, but {error}. {}", advice(app)));
        return false;
    }
    well("mail", &format!("{way}, and it can be reached"));
    let Some(address) = address else { return true };
    let to = match EmailAddress::parse(address) {
        Ok(to) => to,
        Err(error) => {
            wrong("mail", &format!("{error}. Give --mail an address like you@example.org."));
            return false;
        }
    };
    match probe(app, to).await {
        Ok(detail) => {
            well("mail", &format!("the test mail was accepted ({detail}); look whether it arrives"));
            true
        }
        Err(error) => {
            let text = format!(
                "{error}. The mail server takes our connection but not this mail: is the sender {} \
                                permitted there, and does the receiver exist?",
                app.settings.mail_from()
            );
            wrong("mail", &text);
            false
        }
    }
}

async fn probe(app: &App, to: EmailAddress) -> Result<String, MailError> {
    let job: JobId = app.dice.row_id(app.clock.now());
    let host = app.settings.server.public_url.authority().to_owned();
    let probe = ProbeMail {
        id: app.mailer.message_id(job),
        date: app.clock.now(),
        to,
        language: Language::of_locale(&app.settings.server.language).unwrap_or_default(),
        host: &host,
    };
    app.mailer.send(&probe.message()).await.map(|accepted| accepted.detail)
}

/// What to do when no mail can leave.
fn advice(app: &App) -> &'static str {
    if app.settings.mail.url.is_set() {
        "Check host, port, user and password in `mail.url`. If the server's certificate comes from an authority of \
         your own, name its file in `client.authorities_file`."
    } else {
        "Let this user write to the folder, or name a mail server in `mail.url`."
    }
}

fn well(what: &str, text: &str) {
    println!("ok       {what}: {text}");
}

fn wrong(what: &str, text: &str) {
    println!("WRONG    {what}: {text}");
}

/// A failure's own words, or, where it only says that we failed, those of its causes.
fn causes(error: &crate::error::Error) -> String {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    if causes.is_empty() { error.message().trim_end_matches('.').to_owned() } else { causes.join(": ") }
}
