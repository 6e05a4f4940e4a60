//! The command line: one file per group of commands. Prints for people; logs go to standard error.
//!
//! Commands decide nothing themselves: they build an [`App`](crate::app::App) and call `domain`.

#![expect(clippy::print_stdout, reason = "the command line is where printing belongs")]

mod admin;
mod check;
mod consumer_key;
mod demo;
mod diagnose;
mod event_channel;
mod health;
mod invite;
mod keys;
mod launches;
mod migrate;
mod openapi;
mod platform;
mod reconcile;
mod record_source;
mod rule;
mod serve;
mod start;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{Settings, Sources},
    error::{Error, Kind, Result},
    store::{MAX_PAGE, Page, PageQuery},
    telemetry,
};

/// Laurel issues Open Badges for what learners complete in their learning platform.
#[derive(Debug, Parser)]
#[command(name = "laurel", version, about)]
struct Arguments {
    /// Settings file; without it /etc/laurel/laurel.toml if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve, until told to stop.
    Serve,
    /// Play three completions to verified badges: by launch, by event, and one that nobody tells; then serve for clicking.
    Demo(demo::Demo),
    /// Bring the database up to date, and stop.
    Migrate,
    /// Write the API document.
    Openapi(openapi::Openapi),
    /// Say in plain words whether this server is ready for work.
    Check(check::Check),
    /// Copy the database, consistently, while the server runs.
    Backup(admin::Backup),
    /// Say that a backup was put back, before the server starts: badges issued since then keep their places in the status
    /// lists, and every course is reconciled next.
    Restored,
    /// The master key, under which all other keys are sealed.
    #[command(subcommand)]
    MasterKey(keys::MasterKeyCommand),
    /// Organizations: the tenants.
    #[command(subcommand)]
    Organization(admin::OrganizationCommand),
    /// Issuers: who signs badges.
    #[command(subcommand)]
    Issuer(admin::IssuerCommand),
    /// Keys of the API.
    #[command(subcommand)]
    ApiKey(admin::ApiKeyCommand),
    /// Credentials for the events of learning platforms.
    #[command(subcommand)]
    EventChannel(event_channel::EventChannelCommand),
    /// Learning platforms.
    #[command(subcommand)]
    Platform(platform::PlatformCommand),
    /// Where platforms have put the tool.
    #[command(subcommand)]
    Deployment(platform::DeploymentCommand),
    /// Platforms' own interfaces, read with the institution's consent.
    #[command(subcommand)]
    RecordSource(record_source::RecordSourceCommand),
    /// Rules as files.
    #[command(subcommand)]
    Rule(rule::RuleCommand),
    /// Print the newest launches: what became of each, and why.
    Launches(launches::Launches),
    /// Read a course, or all of them, again, and award what was missed.
    Reconcile(reconcile::Reconcile),
    /// Signing keys of issuers and platforms.
    #[command(subcommand)]
    Key(keys::KeyCommand),
    /// Check a badge from a file or an address.
    Verify(verify::Verify),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("laurel: the runtime cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("laurel: {}", error.message());
            if let Some(field) = error.field() {
                eprintln!("        ({field})");
            }
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                eprintln!("        because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    // These need no settings.
    match arguments.command {
        Command::Openapi(command) => return openapi::run(&command),
        Command::MasterKey(command) => return keys::master_key(&command, arguments.config).await,
        Command::Demo(demo) => return demo::run(&demo).await,
        Command::Verify(command) => return verify::run(&command, arguments.config).await,
        _ => {}
    }
    // `check` shows what is wrong with the settings instead of stopping at it.
    if let Command::Check(check) = &arguments.command {
        let settings = Settings::read(&Sources::of_process(arguments.config)).map_err(said)?;
        telemetry::start_logs(&settings.logs);
        return check::run(check, settings).await;
    }
    let settings = settings(arguments.config)?;
    telemetry::start_logs(&settings.logs);
    match arguments.command {
        Command::Serve => serve::run(settings).await,
        Command::Migrate => migrate::run(&settings).await,
        Command::Backup(backup) => admin::backup(&backup, &settings).await,
        Command::Restored => admin::restored(settings).await,
        Command::Organization(command) => admin::organization(&command, settings).await,
        Command::Issuer(command) => admin::issuer(&command, settings).await,
        Command::ApiKey(command) => admin::api_key(&command, settings).await,
        Command::EventChannel(command) => event_channel::run(&command, settings).await,
        Command::Platform(command) => platform::run(command, settings).await,
        Command::Deployment(command) => platform::deployment(&command, settings).await,
        Command::RecordSource(command) => record_source::run(command, settings).await,
        Command::Rule(command) => rule::run(&command, settings).await,
        Command::Launches(command) => launches::run(&command, settings).await,
        Command::Reconcile(command) => reconcile::run(&command, settings).await,
        Command::Key(command) => keys::run(&command, settings).await,
        Command::Openapi(_)
        | Command::MasterKey(_)
        | Command::Demo(_)
        | Command::Check(_)
        | Command::Verify(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Settings from the defaults, the file and the environment.
fn settings(file: Option<PathBuf>) -> Result<Settings> {
    Settings::load(&Sources::of_process(file)).map_err(said)
}

/// A start-up failure in its own words.
fn said(error: impl std::error::Error) -> Error {
    Error::new(Kind::Invalid, "start", error.to_string())
}

/// Everything there is, however many pages it takes.
async fn all_pages<T>(mut read: impl AsyncFnMut(PageQuery) -> Result<Page<T>>) -> Result<Vec<T>> {
    let mut query = PageQuery { after: None, limit: MAX_PAGE };
    let mut all = Vec::new();
    loop {
        let page = read(query).await?;
        all.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(all),
        }
    }
}
