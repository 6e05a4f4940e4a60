//! `laurel platform consumer-key …`: the LTI 1.1 keys by which a platform proves its past. Secrets come from a
//! file or from standard input, never from the command line, which other users of the machine can read.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use secrecy::SecretString;

use super::{all_pages, platform::caller, said};
use crate::{
    app::App,
    domain::consumer_key,
    error::Result,
    ids::{ConsumerKeyId, PlatformId},
};

/// More than any secret.
const MOST_BYTES: u64 = 4096;

#[derive(Debug, Subcommand)]
pub enum ConsumerKeyCommand {
    /// Give a key with its secret; a key that is there gets the new secret.
    Set(Set),
    /// List a platform's keys, without their secrets.
    List {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
        /// The platform's id.
        platform: PlatformId,
    },
    /// Forget a key. What launches attached by it stays.
    Remove {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
        /// The consumer key's id, as `list` prints it.
        id: ConsumerKeyId,
    },
}

#[derive(Debug, Args)]
pub struct Set {
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// The platform's id.
    platform: PlatformId,
    /// `oauth_consumer_key`.
    key: String,
    /// A file that holds the secret; without it the secret is read from standard input.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

pub async fn run(app: &App, command: ConsumerKeyCommand) -> Result<()> {
    match command {
        ConsumerKeyCommand::Set(set) => {
            let caller = caller(app, Some(&set.organization)).await?;
            let secret = read_secret(set.secret_file.as_deref()).map_err(said)?;
            let row = consumer_key::set(app, &caller, set.platform, &set.key, &secret).await?;
            println!("Consumer key {} is kept ({}). Its secret is not shown again.", row.key, row.id);
        }
        ConsumerKeyCommand::List { organization, platform } => {
            let caller = caller(app, Some(&organization)).await?;
            let read = async |query| consumer_key::list(app, caller.organization, platform, query).await;
            let rows = all_pages(read).await?;
            if rows.is_empty() {
                println!("This platform has no consumer key.");
            }
            for row in rows {
                println!("{}  {}  since {}", row.id, row.key, row.updated_at);
            }
        }
        ConsumerKeyCommand::Remove { organization, id } => {
            let caller = caller(app, Some(&organization)).await?;
            let row = consumer_key::remove(app, &caller, id).await?;
            println!("Consumer key {} is forgotten.", row.key);
        }
    }
    Ok(())
}

/// The secret without the line break at its end.
fn read_secret(file: Option<&Path>) -> std::io::Result<SecretString> {
    let mut text = String::new();
    match file {
        Some(file) => std::fs::File::open(file)?.take(MOST_BYTES).read_to_string(&mut text)?,
        None => std::io::stdin().take(MOST_BYTES).read_to_string(&mut text)?,
    };
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))
}
