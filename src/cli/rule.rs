//! `laurel rule …`: rules written into files and read from them.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use serde_json::Value;
use uuid::Uuid;

use super::{platform::caller, said, start};
use crate::{
    config::Settings,
    domain::rule_file::{self, RuleFile, Wanted},
    error::{Error, Result},
    ids::{AchievementId, CourseId},
};

#[derive(Debug, Subcommand)]
pub enum RuleCommand {
    /// Write placements with their rules, badges and terms as JSON.
    Export(Export),
    /// Read such a file in: all of it or nothing, and as drafts.
    Import(Import),
}

#[derive(Debug, Args)]
pub struct Export {
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// Only of this course.
    #[arg(long)]
    course: Option<CourseId>,
    /// Only of this achievement.
    #[arg(long)]
    achievement: Option<AchievementId>,
    /// Where to; standard output when left out.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Import {
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// The file.
    file: PathBuf,
    /// What an id of the file means here; as often as needed.
    #[arg(long, value_name = "ID=ID", value_parser = pair)]
    map: Vec<(Uuid, Uuid)>,
}

fn pair(text: &str) -> Result<(Uuid, Uuid), String> {
    let (one, other) = text.split_once('=').ok_or("write it as ID=ID")?;
    Ok((one.parse().map_err(|_| "not an id")?, other.parse().map_err(|_| "not an id")?))
}

pub async fn run(command: &RuleCommand, settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    match command {
        RuleCommand::Export(export) => {
            let caller = caller(&app, Some(&export.organization)).await?;
            let wanted = Wanted { course: export.course, achievement: export.achievement };
            let file = rule_file::export(&app, caller.organization, wanted).await?;
            let text = serde_json::to_string_pretty(&file.to_value()).map_err(Error::internal)?;
            match &export.to {
                None => println!("{text}"),
                Some(path) => {
                    std::fs::write(path, text + "\n").map_err(said)?;
                    println!("{} placements are in {}.", file.placements.len(), path.display());
                }
            }
        }
        RuleCommand::Import(import) => {
            let caller = caller(&app, Some(&import.organization)).await?;
            let text = std::fs::read_to_string(&import.file).map_err(said)?;
            let value: Value = serde_json::from_str(&text).map_err(said)?;
            let map: BTreeMap<Uuid, Uuid> = import.map.iter().copied().collect();
            let done = rule_file::import(&app, &caller, &RuleFile::parse(&value)?, &map, true).await?;
            println!(
                "{} achievements are defined, {} were here; {} placements are drafts.",
                done.defined.len(),
                done.known.len(),
                done.placements.len()
            );
            for id in done.placements {
                println!("draft {id}");
            }
        }
    }
    app.shut_down().await;
    Ok(ExitCode::SUCCESS)
}
