//! `laurel platform …` and `laurel deployment …`: connecting a learning platform by hand.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use lti::{
    dynamic::MessageSupport,
    quirks::{Family, Value},
};

use super::{
    admin, all_pages,
    consumer_key::{self, ConsumerKeyCommand},
    diagnose, health,
    invite::{self, Invite, Withdraw, plain},
    start,
};
use crate::{
    app::App,
    config::Settings,
    domain::{
        access::{Actor, Caller},
        deployment, deployment_claim,
        installation::{self, Decision},
        platform::{self, Details, NewPlatform},
    },
    error::{Error, Result},
    ids::PlatformId,
    store::{deployment as deployments, entity::platform as entity, platform as platforms},
};

#[derive(Debug, Subcommand)]
pub enum PlatformCommand {
    /// Add a platform. Without a client id it waits for one; the printed addresses go into the LMS.
    Add(Add),
    /// Give or correct what the LMS told.
    Set(Set),
    /// LTI 1.1 consumer keys, by which a platform proves what it called people and courses before.
    #[command(subcommand)]
    ConsumerKey(ConsumerKeyCommand),
    /// List platforms.
    List {
        /// Slug of the organization: its own and the shared ones. All when left out.
        #[arg(long)]
        organization: Option<String>,
    },
    /// Say how a platform is: keys, tokens, services, launches, what waits. Nothing is asked of it.
    Health {
        /// The platform's id.
        platform: PlatformId,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one platform: its addresses, what it granted, whether it is frozen.
    Show {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
        /// The platform's id.
        platform: PlatformId,
    },
    /// Make a one-time address by which a platform registers Laurel by itself.
    Invite(Invite),
    /// List such addresses and what came of them.
    Invitations {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
    },
    /// Take such an address back.
    Withdraw(Withdraw),
    /// Say what a frozen platform is: its launches speak of another installation than before.
    Thaw(Thaw),
    /// Ask a platform now what is wrong, and say what to change, here or over there. Exit code 1 if anything is.
    Check {
        /// The platform's id.
        platform: PlatformId,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct Add {
    /// Slug of the organization; a shared platform belongs to none.
    #[arg(long, required_unless_present = "shared", conflicts_with = "shared")]
    organization: Option<String>,
    /// moodle, canvas, blackboard, brightspace, sakai, schoology, open-edx, or other.
    #[arg(long)]
    family: String,
    /// Address of the LMS.
    #[arg(long)]
    host: Option<String>,
    /// The number the LMS gave the tool (Sakai, Open edX).
    #[arg(long)]
    tool: Option<String>,
    /// Name for people; the host by default.
    #[arg(long)]
    name: Option<String>,
    /// Deployment id; may be repeated. Without one, the first good launch brings it.
    #[arg(long = "deployment")]
    deployments: Vec<String>,
    /// Shared by many customers (Canvas cloud, Blackboard): it belongs to the server's operators, and each
    /// deployment is claimed by its organization.
    #[arg(long, conflicts_with = "deployments")]
    shared: bool,
    #[command(flatten)]
    details: DetailArgs,
}

#[derive(Debug, Args)]
pub struct Set {
    /// Slug of the organization; left out for a shared platform.
    #[arg(long)]
    organization: Option<String>,
    /// The platform's id.
    platform: PlatformId,
    /// Deployment id to accept; may be repeated.
    #[arg(long = "deployment", requires = "organization")]
    deployments: Vec<String>,
    /// Refuse every login from now on.
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// Accept logins again.
    #[arg(long)]
    enable: bool,
    #[command(flatten)]
    details: DetailArgs,
}

#[derive(Debug, Args)]
pub struct Thaw {
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// The platform's id.
    platform: PlatformId,
    /// One deployment of it, by the platform's name for it, where only that is frozen.
    #[arg(long)]
    deployment: Option<String>,
    /// It is the LMS it was: launches go on, and its new mark is kept.
    #[arg(long, conflicts_with = "rebuilt", required_unless_present = "rebuilt")]
    same: bool,
    /// It is another LMS at the old address: it stays switched off, and nobody who comes from there is taken
    /// for somebody known before. Invite the new one.
    #[arg(long)]
    rebuilt: bool,
}

#[derive(Debug, Args)]
struct DetailArgs {
    /// Client id that the LMS gave.
    #[arg(long)]
    client_id: Option<String>,
    /// Issuer, byte for byte as the LMS shows it.
    #[arg(long)]
    issuer: Option<String>,
    /// Authentication request address.
    #[arg(long)]
    authorization_endpoint: Option<String>,
    /// Token address.
    #[arg(long)]
    token_endpoint: Option<String>,
    /// Audience of token requests, if it is not the token address.
    #[arg(long)]
    token_audience: Option<String>,
    /// Address of the platform's keys.
    #[arg(long)]
    jwks_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum DeploymentCommand {
    /// Accept a deployment that a launch made known, or one that will come.
    Approve {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
        /// The platform's id.
        #[arg(long)]
        platform: PlatformId,
        /// The deployment id, as the LMS names it.
        deployment: String,
    },
    /// List deployments that wait for approval, on all platforms.
    Pending,
    /// Make a one-time code with which somebody who teaches or administers in a shared platform connects their
    /// part of it to an organization. It is shown once.
    ClaimCode {
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
    },
}

/// Runs `laurel platform …`.
pub async fn run(command: PlatformCommand, settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    let mut code = ExitCode::SUCCESS;
    match command {
        PlatformCommand::Add(add) => self::add(&app, add).await?,
        PlatformCommand::Set(set) => self::set(&app, set).await?,
        PlatformCommand::ConsumerKey(command) => consumer_key::run(&app, command).await?,
        PlatformCommand::List { organization } => list(&app, organization.as_deref()).await?,
        PlatformCommand::Health { platform, json } => health::show(&app, platform, json).await?,
        PlatformCommand::Show { organization, platform } => {
            let caller = caller(&app, Some(&organization)).await?;
            let row = platform::find(&app, caller.organization, platform).await?;
            show(&app, &row);
            tell(&app, &row).await?;
        }
        PlatformCommand::Invite(given) => invite::invite(&app, given).await?,
        PlatformCommand::Invitations { organization } => invite::list(&app, &organization).await?,
        PlatformCommand::Withdraw(given) => invite::withdraw(&app, given).await?,
        PlatformCommand::Thaw(given) => thaw(&app, given).await?,
        PlatformCommand::Check { platform, json } => code = diagnose::run(&app, platform, json).await?,
    }
    app.shut_down().await;
    Ok(code)
}

/// Runs `laurel deployment …`.
pub async fn deployment(command: &DeploymentCommand, settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    match command {
        DeploymentCommand::Approve { organization, platform, deployment } => {
            let caller = caller(&app, Some(organization)).await?;
            let row = deployment::accept(&app, &caller, *platform, deployment).await?;
            println!("Deployment {} is accepted ({}).", row.deployment_id, row.id);
        }
        DeploymentCommand::ClaimCode { organization } => {
            let caller = caller(&app, Some(organization)).await?;
            let made = deployment_claim::create(&app, &caller).await?;
            println!("{}", made.code.unwrap_or_default());
            eprintln!(
                "This code is shown once. Somebody who teaches or administers in the learning platform opens the \
                 activity there and enters it. It is good once, until {}.",
                made.row.expires_at.format("%Y-%m-%d %H:%M UTC")
            );
        }
        DeploymentCommand::Pending => {
            let pending = Some(crate::store::entity::deployment::DeploymentState::Pending);
            let db = app.store.read();
            let read = async |query| Ok(deployments::unscoped_list(db, None, pending, query).await?);
            let rows = all_pages(read).await?;
            if rows.is_empty() {
                println!("No deployment waits.");
            }
            for row in rows {
                println!(
                    "platform {}  deployment {}  since {}",
                    row.platform_id, row.deployment_id, row.created_at
                );
            }
        }
    }
    app.shut_down().await;
    Ok(ExitCode::SUCCESS)
}

async fn add(app: &App, add: Add) -> Result<()> {
    let caller = caller(app, add.organization.as_deref()).await?;
    let new = NewPlatform {
        family: add.family,
        host: add.host,
        tool: add.tool,
        name: add.name,
        is_shared: add.shared,
        details: add.details.into(),
    };
    let row = platform::add(app, &caller, new).await?;
    for name in &add.deployments {
        deployment::accept(app, &caller, row.id, name).await?;
    }
    show(app, &row);
    Ok(())
}

async fn set(app: &App, set: Set) -> Result<()> {
    let caller = caller(app, set.organization.as_deref()).await?;
    let mut details: Details = set.details.into();
    details.is_enabled = match (set.enable, set.disable) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let row = platform::update(app, &caller, set.platform, &details).await?;
    for name in &set.deployments {
        deployment::accept(app, &caller, row.id, name).await?;
    }
    show(app, &row);
    Ok(())
}

async fn list(app: &App, organization: Option<&str>) -> Result<()> {
    let caller = caller(app, organization).await?;
    let db = app.store.read();
    let read = async |query| {
        Ok(match organization {
            Some(_) => platforms::list(db, caller.organization, query).await?,
            None => platforms::unscoped_list(db, query).await?,
        })
    };
    for row in all_pages(read).await? {
        let client = if row.client_id.is_empty() { "waits for a client id" } else { &row.client_id };
        let shared = if row.organization_id.is_none() { "  shared" } else { "" };
        println!("{}  {}  {}  {client}  {}{shared}", row.id, row.family, row.issuer_url, row.state);
        tell(app, &row).await?;
    }
    Ok(())
}

/// What a platform granted, and what holds it back.
async fn tell(app: &App, row: &entity::Model) -> Result<()> {
    if row.state == entity::PlatformState::Frozen {
        let (known, seen) = (row.guid.as_deref(), row.seen_guid.as_deref());
        println!("    frozen: its launches say \"{}\"", plain(seen.unwrap_or_default()));
        println!(
            "            instead of \"{}\"; see `laurel platform thaw --help`",
            plain(known.unwrap_or_default())
        );
    }
    let Some(granted) = platform::granted(app, row.id).await? else { return Ok(()) };
    println!("    registered itself on {}", granted.registered_at.format("%F %R UTC"));
    let scopes: Vec<String> = serde_json::from_value(granted.scopes).unwrap_or_default();
    let short = |scope: &String| plain(scope.rsplit('/').next().unwrap_or(scope));
    let words = scopes.iter().map(short).collect::<Vec<_>>().join(", ");
    let doubt = match Family::services_of(&row.family).registered_scope_lies {
        true => " (as it says; launches tell for certain)",
        false => "",
    };
    println!("    may use   {}{doubt}", if words.is_empty() { "no service" } else { &words });
    let messages: Vec<MessageSupport> = serde_json::from_value(granted.messages).unwrap_or_default();
    for message in messages {
        println!("    sends     {}  {}", plain(&message.kind), plain(&message.placements.join(", ")));
    }
    Ok(())
}

async fn thaw(app: &App, thaw: Thaw) -> Result<()> {
    let caller = caller(app, Some(&thaw.organization)).await?;
    let decision = if thaw.same { Decision::Same } else { Decision::Rebuilt };
    match thaw.deployment {
        None => {
            let row = installation::thaw_platform(app, &caller, thaw.platform, decision).await?;
            println!("Platform {} is {}.", row.name, row.state);
        }
        Some(name) => {
            let found = deployments::unscoped_of_launch(app.store.read(), thaw.platform, &name).await?;
            let found = found.ok_or_else(|| Error::not_found("deployment"))?;
            let row = installation::thaw_deployment(app, &caller, found.id, decision).await?;
            println!("Deployment {} is {}.", plain(&row.deployment_id), row.state);
        }
    }
    Ok(())
}

/// What an LMS administrator needs to enter, and what is still missing here.
fn show(app: &App, row: &entity::Model) {
    let url = &app.settings.server.public_url;
    println!("Platform {} ({})", row.name, row.id);
    println!("  Enter these in the LMS:");
    println!("    Tool URL / target link       {}", url.at("/course"));
    println!("    Login URL                    {}", url.at(&format!("/lti/login/{}", row.id)));
    println!("    Redirect URL                 {}", url.at("/lti/launch"));
    println!("    Public keyset URL            {}", url.at(&format!("/lti/jwks/{}", row.id)));
    println!("    All of it, on a page         {}", url.at(&format!("/lti/setup/{}", row.id)));
    if Family::setup_of(&row.family).fields.iter().any(|field| field.value == Value::CanvasDocument) {
        println!(
            "    Developer key configuration  {}",
            url.at(&format!("/lti/config/canvas.json?platform={}", row.id))
        );
    }
    if row.client_id.is_empty() {
        println!("  Then tell Laurel what the LMS answered:");
        match row.organization_id {
            Some(_) => {
                println!("    laurel platform set {} --organization … --client-id … --deployment …", row.id);
            }
            None => println!("    laurel platform set {} --client-id …", row.id),
        }
    }
}

/// Who acts: for an organization, or as the server's operator, whose the shared platforms are.
pub async fn caller(app: &App, organization: Option<&str>) -> Result<Caller> {
    Ok(match organization {
        None => Caller::server(Actor::CommandLine),
        Some(slug) => Caller::new(admin::organization_of(app, slug).await?.id, Actor::CommandLine),
    })
}

impl From<DetailArgs> for Details {
    fn from(given: DetailArgs) -> Self {
        Self {
            issuer_url: given.issuer,
            client_id: given.client_id,
            authorization_endpoint: given.authorization_endpoint,
            token_endpoint: given.token_endpoint,
            token_audience: given.token_audience,
            jwks_url: given.jwks_url,
            ..Self::default()
        }
    }
}
