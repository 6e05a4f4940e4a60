//! `laurel event-channel …`: credentials for the events of learning platforms.

use std::process::ExitCode;

use chrono::Duration;
use clap::{Args, Subcommand, ValueEnum};

use super::{admin::EventStrength, platform::caller, start};
use crate::{
    config::Settings,
    domain::event_channel::{self, NewChannel},
    error::Result,
    ids::{CourseId, EventChannelId, PlatformId},
    store::entity::event_channel::ChannelKind,
};

#[derive(Debug, Subcommand)]
pub enum EventChannelCommand {
    /// Make a channel; its secret is shown once.
    Add(Add),
    /// End a channel at once.
    Revoke {
        /// Its id.
        id: EventChannelId,
        /// Slug of the organization.
        #[arg(long)]
        organization: String,
    },
}

#[derive(Debug, Args)]
pub struct Add {
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// Id of the platform whose events are sent.
    #[arg(long)]
    platform: PlatformId,
    /// What it speaks: statements of Moodle's log store or Brightspace, Caliper, or Canvas Live Events.
    #[arg(long, value_enum)]
    kind: Kind,
    /// What it is for; shown as "reported by …".
    #[arg(long)]
    name: String,
    /// Only events of this course. May be repeated.
    #[arg(long = "course")]
    courses: Vec<CourseId>,
    /// How much its events prove: weak as a launch, medium as a column of our own, strong as the platform's own
    /// record.
    #[arg(long, value_enum, default_value = "medium")]
    strength: EventStrength,
    /// People may be known by the e-mail address that the platform itself has told us.
    #[arg(long)]
    allow_email: bool,
    /// The site whose accounts count, if it is not the platform's issuer URL.
    #[arg(long)]
    home_page: Option<String>,
    /// What account names are: sub, username, `user_id`, `sourced_id`.
    #[arg(long)]
    account_names: Option<String>,
    /// Where the keys are published with which Canvas signs.
    #[arg(long)]
    keys_url: Option<String>,
    /// UUID of the only root account of Canvas whose events count.
    #[arg(long)]
    account: Option<String>,
    /// Days until it expires.
    #[arg(long)]
    days: Option<u32>,
}

/// What a channel speaks.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Xapi,
    Caliper,
    Canvas,
}

/// Runs `laurel event-channel …`.
pub async fn run(command: &EventChannelCommand, settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    match command {
        EventChannelCommand::Revoke { id, organization } => {
            let caller = caller(&app, Some(organization)).await?;
            event_channel::revoke(&app, &caller, *id).await?;
            println!("The channel does not work any more.");
        }
        EventChannelCommand::Add(add) => {
            let caller = caller(&app, Some(&add.organization)).await?;
            let new = NewChannel {
                name: add.name.clone(),
                kind: match add.kind {
                    Kind::Xapi => ChannelKind::Xapi,
                    Kind::Caliper => ChannelKind::Caliper,
                    Kind::Canvas => ChannelKind::Canvas,
                },
                platform: add.platform,
                courses: add.courses.clone(),
                strength: add.strength.into(),
                allows_email: add.allow_email,
                home_page: add.home_page.clone(),
                account_scheme: add.account_names.clone(),
                keys_url: add.keys_url.clone(),
                account: add.account.clone(),
                expires_at: add.days.map(|days| app.clock.now() + Duration::days(i64::from(days))),
            };
            let made = event_channel::create(&app, &caller, new).await?;
            let secret = made.secret.unwrap_or_default();
            let url = &app.settings.server.public_url;
            match add.kind {
                Kind::Xapi => println!("{}\n{}\n{secret}", url.at("/events/xapi"), made.row.prefix),
                Kind::Caliper => println!("{}\n{secret}", url.at("/events/caliper")),
                Kind::Canvas => println!("{}", url.at(&format!("/events/canvas/{secret}"))),
            }
            eprintln!("Channel {}. Its secret is shown once; enter it at the platform.", made.row.id);
        }
    }
    app.shut_down().await;
    Ok(ExitCode::SUCCESS)
}
