//! `laurel master-key …` and `laurel key …`: the keys, made and rotated.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::{platform::caller, said, start};
use crate::{
    clock::Dice,
    config::Settings,
    domain::{issuer, platform_key, reseal},
    error::{Error, Result},
    ids::PlatformId,
    store::issuer as issuers,
    vault,
};

#[derive(Debug, Subcommand)]
pub enum MasterKeyCommand {
    /// Print a new master key. Keep it apart from the database and from its backups.
    Generate,
    /// Seal everything anew under `keys.master_key`, after a rotation (`keys.previous_master_key` is the old one).
    Reseal,
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Give an issuer or a platform a new signing key.
    Rotate(Rotate),
}

#[derive(Debug, Args)]
pub struct Rotate {
    /// Slug of the organization; left out for a shared platform.
    #[arg(long, required_unless_present = "platform")]
    organization: Option<String>,
    /// Slug of the issuer.
    #[arg(
        long,
        conflicts_with = "platform",
        required_unless_present = "platform",
        requires = "organization"
    )]
    issuer: Option<String>,
    /// Id of the platform.
    #[arg(long)]
    platform: Option<PlatformId>,
}

/// Runs `laurel master-key …`.
pub async fn master_key(command: &MasterKeyCommand, config: Option<PathBuf>) -> Result<ExitCode> {
    match command {
        MasterKeyCommand::Generate => {
            println!("{}", vault::generate(&Dice::system()).to_text().as_str());
        }
        MasterKeyCommand::Reseal => {
            let app = start::app(super::settings(config)?).await?;
            let count = reseal::everything(&app).await?;
            app.shut_down().await;
            println!(
                "{count} secrets are sealed under keys.master_key now. keys.previous_master_key can go."
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `laurel key …`.
pub async fn run(command: &KeyCommand, settings: Settings) -> Result<ExitCode> {
    let KeyCommand::Rotate(rotate) = command;
    let app = start::app(settings).await?;
    let caller = caller(&app, rotate.organization.as_deref()).await?;
    if let Some(slug) = &rotate.issuer {
        let found = issuers::unscoped_of_slug(app.store.read(), slug)
            .await?
            .filter(|issuer| issuer.organization_id == caller.organization)
            .ok_or_else(|| Error::not_found("issuer"))?;
        let key = issuer::rotate_key(&app, &caller, found.id).await?;
        println!(
            "Issuer {slug} signs with {} from now on; the old key stays published.",
            key.public_multibase
        );
    } else if let Some(platform) = rotate.platform {
        let key = platform_key::rotate(&app, &caller, platform).await?;
        println!("Key {} is published now and signs from {} on.", key.kid, key.activates_at);
    } else {
        return Err(said(std::io::Error::other("name an issuer or a platform")));
    }
    app.shut_down().await;
    Ok(ExitCode::SUCCESS)
}
