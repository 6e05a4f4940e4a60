//! `laurel organization|issuer|api-key …` and `laurel backup`: what sets an empty server up.

use std::{path::PathBuf, process::ExitCode};

use chrono::Duration;
use clap::{Args, Subcommand, ValueEnum};
use criteria::Strength;

use super::{said, start};
use crate::{
    app::App,
    config::Settings,
    domain::{
        access::{Actor, Caller, Scope},
        api_key::{self, NewKey},
        issuer::{self, NewIssuer},
        organization::{self, NewOrganization},
        restored,
    },
    error::{Error, Kind, Result},
    ids::OrganizationId,
    store::entity::organization as entity,
};

#[derive(Debug, Subcommand)]
pub enum OrganizationCommand {
    /// Add an organization.
    Add {
        /// Short name: lower-case letters, digits, hyphens. Never changes.
        slug: String,
        /// Name for people.
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum IssuerCommand {
    /// Add an issuer to an organization.
    Add(IssuerAdd),
}

#[derive(Debug, Args)]
pub struct IssuerAdd {
    /// Short name, unique on this server; it stands in the issuer's DID and never changes.
    slug: String,
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// Name for people.
    #[arg(long)]
    name: String,
    /// Web page of the issuer.
    #[arg(long)]
    url: String,
    /// Contact address; it is published.
    #[arg(long)]
    email: String,
    /// A sentence about the issuer.
    #[arg(long)]
    description: Option<String>,
    /// Language of its texts.
    #[arg(long, default_value = "en")]
    language: String,
    /// Address its documents live under for ever; the server's public address by default.
    #[arg(long)]
    base_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Make a key; it is shown once.
    Add(ApiKeyAdd),
}

#[derive(Debug, Args)]
pub struct ApiKeyAdd {
    /// Slug of the organization; without it, with the scope server, a server key.
    #[arg(long)]
    organization: Option<String>,
    /// What it is for.
    #[arg(long)]
    name: String,
    /// What it may do: read, define, place, events, award, approve, operate, server. May be repeated.
    #[arg(long = "scope", required = true)]
    scopes: Vec<String>,
    /// How much the events it sends prove: weak as a launch, medium as a column of our own, strong as the
    /// platform's own record.
    #[arg(long, value_enum, default_value = "medium")]
    event_strength: EventStrength,
    /// Days until it expires.
    #[arg(long)]
    days: Option<u32>,
}

/// What an owner may grant to a key's events; attested is a person's decision.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EventStrength {
    Weak,
    Medium,
    Strong,
}

impl From<EventStrength> for Strength {
    fn from(given: EventStrength) -> Self {
        match given {
            EventStrength::Weak => Self::Weak,
            EventStrength::Medium => Self::Medium,
            EventStrength::Strong => Self::Strong,
        }
    }
}

#[derive(Debug, Args)]
pub struct Backup {
    /// Where the copy goes; must not exist.
    file: PathBuf,
}

/// Runs `laurel organization …`.
pub async fn organization(command: &OrganizationCommand, settings: Settings) -> Result<ExitCode> {
    let OrganizationCommand::Add { slug, name } = command;
    let app = start::app(settings).await?;
    // The organization does not exist yet; its own creation is the first line of its audit.
    let caller = Caller::server(Actor::CommandLine);
    let new = NewOrganization { slug: slug.clone(), name: name.clone() };
    let made = organization::create(&app, &caller, new).await?;
    app.shut_down().await;
    println!("Organization {} ({})", made.slug, made.id);
    Ok(ExitCode::SUCCESS)
}

/// Runs `laurel issuer …`.
pub async fn issuer(command: &IssuerCommand, settings: Settings) -> Result<ExitCode> {
    let IssuerCommand::Add(add) = command;
    let app = start::app(settings).await?;
    let organization = organization_of(&app, &add.organization).await?;
    let caller = Caller::new(organization.id, Actor::CommandLine);
    let made = issuer::create(
        &app,
        &caller,
        NewIssuer {
            slug: add.slug.clone(),
            name: add.name.clone(),
            url: add.url.clone(),
            email: add.email.clone(),
            description: add.description.clone(),
            language: Some(add.language.clone()),
            base_url: add.base_url.clone(),
        },
    )
    .await?;
    app.shut_down().await;
    println!("Issuer {} ({})\n  {}", made.slug, made.id, issuer::did_of(&made)?);
    Ok(ExitCode::SUCCESS)
}

/// Runs `laurel api-key …`.
pub async fn api_key(command: &ApiKeyCommand, settings: Settings) -> Result<ExitCode> {
    let ApiKeyCommand::Add(add) = command;
    let app = start::app(settings).await?;
    let organization = match &add.organization {
        None => None,
        Some(slug) => Some(organization_of(&app, slug).await?.id),
    };
    let scopes = add
        .scopes
        .iter()
        .map(|name| {
            Scope::parse(name).ok_or_else(|| {
                let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
                Error::invalid("scope.unknown", "--scope", format!("Use one of {}.", known.join(", ")))
            })
        })
        .collect::<Result<Vec<_>>>()?;
    if organization.is_none() && scopes.iter().any(|scope| *scope != Scope::Server) {
        return Err(Error::invalid(
            "organization.missing",
            "--organization",
            "Name the organization the key is for. Only the scope server does without.",
        ));
    }
    let caller = Caller::new(organization.unwrap_or(OrganizationId(uuid::Uuid::nil())), Actor::CommandLine);
    let expires_at = add.days.map(|days| app.clock.now() + Duration::days(i64::from(days)));
    let event_strength = add.event_strength.into();
    let new = NewKey { name: add.name.clone(), scopes, expires_at, event_strength };
    let made = api_key::create(&app, &caller, organization, new).await?;
    app.shut_down().await;
    println!("{}", made.secret.unwrap_or_default());
    eprintln!("This key is shown once. Send it as: Authorization: Bearer …");
    Ok(ExitCode::SUCCESS)
}

/// Runs `laurel backup`.
pub async fn backup(backup: &Backup, settings: &Settings) -> Result<ExitCode> {
    if backup.file.exists() {
        return Err(Error::new(
            Kind::Conflict,
            "backup.exists",
            format!("{} exists already; give a new file.", backup.file.display()),
        ));
    }
    let store = start::store(settings).await?;
    store.copy_to(&backup.file).await?;
    store.close().await;
    println!("{}", backup.file.display());
    eprintln!("The master key is not in the copy. Without it the copy cannot sign: keep it elsewhere.");
    Ok(ExitCode::SUCCESS)
}

/// Runs `laurel restored`.
pub async fn restored(settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    let done = restored::restored(&app, &Caller::server(Actor::CommandLine)).await?;
    app.shut_down().await;
    println!(
        "{} new status lists; {} courses are reconciled as soon as a server runs.",
        done.lists, done.courses
    );
    Ok(ExitCode::SUCCESS)
}

/// The organization of that slug.
pub async fn organization_of(app: &App, slug: &str) -> Result<entity::Model> {
    organization::find_by_slug(app, slug).await.map_err(|error| {
        if error.kind() == Kind::NotFound {
            said(std::io::Error::other(format!("there is no organization {slug}")))
        } else {
            error
        }
    })
}
