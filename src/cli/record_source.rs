//! `laurel record-source …`: reading a platform's own record with the institution's consent. The credential comes from
//! a file or from standard input, never from the command line, which other users of the machine can read.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;

use super::{all_pages, platform::caller, said, start};
use crate::{
    app::App,
    config::{Secret, Settings},
    domain::records::{
        check,
        source::{self, Credential, NewSource},
    },
    error::{Error, Result},
    ids::{CourseId, PlatformId, RecordSourceId},
    store::entity::record_source::RecordKind,
};

/// More than any credential.
const MOST_BYTES: u64 = 16_384;

#[derive(Debug, Subcommand)]
pub enum RecordSourceCommand {
    /// Add the record of a platform; one that is there gets the new credential, address, courses and consent.
    Add(Add),
    /// List record sources, without their credentials.
    List {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
    },
    /// Ask the platform now, as a reading would, and say in plain words what is wrong.
    Check {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
        /// In which course; in the newest if left out.
        #[arg(long)]
        course: Option<CourseId>,
        /// The record source's id.
        id: RecordSourceId,
    },
    /// Forget the credential and read no more. What was read stays.
    Remove {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
        /// The record source's id.
        id: RecordSourceId,
    },
}

#[derive(Debug, Args)]
pub struct Add {
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// Id of the platform whose people and courses these are.
    #[arg(long)]
    platform: PlatformId,
    /// Whose interface it is.
    #[arg(long, value_enum)]
    kind: Kind,
    /// Its address in the browser, without the path of a page.
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// Only this course. May be repeated.
    #[arg(long = "course")]
    courses: Vec<CourseId>,
    /// Who consented for the institution.
    #[arg(long)]
    consent_by: String,
    /// In which words, or where it is written.
    #[arg(long)]
    consent_note: Option<String>,
    /// A file that holds the credential: a token; or, for Canvas, JSON with `client_id`, `client_secret` and
    /// `refresh_token`. Without it the credential is read from standard input.
    #[arg(long, value_name = "FILE")]
    credential_file: Option<PathBuf>,
}

/// Whose interface it is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Canvas,
    Moodle,
}

/// Runs `laurel record-source …`.
pub async fn run(command: RecordSourceCommand, settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    let code = act(&app, command).await;
    app.shut_down().await;
    code
}

async fn act(app: &App, command: RecordSourceCommand) -> Result<ExitCode> {
    match command {
        RecordSourceCommand::Add(add) => {
            let caller = caller(app, Some(&add.organization)).await?;
            let text = read_credential(add.credential_file.as_deref()).map_err(said)?;
            let new = NewSource {
                platform: add.platform,
                kind: match add.kind {
                    Kind::Canvas => RecordKind::Canvas,
                    Kind::Moodle => RecordKind::Moodle,
                },
                base_url: add.base_url,
                credential: credential(&text)?,
                courses: add.courses,
                consent_by: add.consent_by,
                consent_note: add.consent_note,
            };
            let row = source::add(app, &caller, new).await?;
            println!("{}", row.id);
            eprintln!(
                "The credential is sealed and not shown again. Next: laurel record-source check --organization {} \
                 {}",
                add.organization, row.id
            );
        }
        RecordSourceCommand::List { organization } => {
            let caller = caller(app, Some(&organization)).await?;
            let read = async |query| source::list(app, caller.organization, query).await;
            let rows = all_pages(read).await?;
            if rows.is_empty() {
                println!("There is no record source.");
            }
            for row in rows {
                let courses = match source::courses_of(&row).len() {
                    0 => "all courses".to_owned(),
                    count => format!("{count} courses"),
                };
                println!(
                    "{}  {}  {}  {courses}  consent by {}",
                    row.id, row.kind, row.base_url, row.consent_by
                );
            }
        }
        RecordSourceCommand::Check { organization, course, id } => {
            let caller = caller(app, Some(&organization)).await?;
            let checked = check::run(app, &caller, id, course).await?;
            for finding in &checked.findings {
                let mark = if finding.fault.is_none() { "ok   " } else { "WRONG" };
                println!("{mark}  {:<11} {}", finding.part, finding.sentence());
            }
            return Ok(if checked.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        RecordSourceCommand::Remove { organization, id } => {
            let caller = caller(app, Some(&organization)).await?;
            source::remove(app, &caller, id).await?;
            println!("The credential is forgotten; nothing is read any more.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_credential(file: Option<&Path>) -> std::io::Result<Secret> {
    let mut text = String::new();
    match file {
        Some(file) => std::fs::File::open(file)?.take(MOST_BYTES).read_to_string(&mut text)?,
        None => std::io::stdin().take(MOST_BYTES).read_to_string(&mut text)?,
    };
    Ok(Secret::from(text.trim().to_owned()))
}

/// A developer key with its refresh token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
}

fn credential(text: &Secret) -> Result<Credential> {
    if !text.expose().starts_with('{') {
        return Ok(Credential::Token { token: text.clone() });
    }
    let key: Key = serde_json::from_str(text.expose()).map_err(|_| {
        Error::invalid(
            "record_source.credential",
            "credential",
            "Give a token, or JSON with client_id, client_secret and refresh_token.",
        )
    })?;
    let Key { client_id, client_secret, refresh_token } = key;
    Ok(Credential::Refresh { client_id, client_secret, refresh_token })
}
