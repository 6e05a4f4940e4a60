//! `laurel platform invite …`: one-time addresses by which platforms register us, and what came of them.

use clap::Args;

use super::{all_pages, platform::caller};
use crate::{
    app::App,
    domain::invitation::{self, NewInvitation, USUAL_DAYS},
    error::Result,
    ids::InvitationId,
    store::{entity::platform_invitation::InvitationState, invitation as rows},
};

#[derive(Debug, Args)]
pub struct Invite {
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// Let only platforms of this family use it: moodle, canvas, …
    #[arg(long)]
    family: Option<String>,
    /// Name for people; the platform's host by default.
    #[arg(long)]
    name: Option<String>,
    /// Days until it expires.
    #[arg(long, default_value_t = USUAL_DAYS)]
    days: u32,
    /// The platform serves many customers and belongs to this server; only the deployment that it names is the
    /// organization's.
    #[arg(long)]
    shared: bool,
    /// An issuer that may be configured from another host, such as that of your own Canvas with its default
    /// issuer. Give it only for a platform that you know.
    #[arg(long)]
    issuer: Option<String>,
}

#[derive(Debug, Args)]
pub struct Withdraw {
    /// Slug of the organization.
    #[arg(long)]
    organization: String,
    /// The invitation's id.
    invitation: InvitationId,
}

/// Makes an invitation and prints its address.
pub(super) async fn invite(app: &App, invite: Invite) -> Result<()> {
    let caller = caller(app, Some(&invite.organization)).await?;
    let new = NewInvitation {
        name: invite.name,
        family: invite.family,
        issuer_url: invite.issuer,
        is_shared: invite.shared,
        days: Some(invite.days),
    };
    let made = invitation::create(app, &caller, new).await?;
    println!("Paste this address where the learning platform registers a tool by its address:");
    println!("  {}", made.address.unwrap_or_default());
    println!(
        "It is good once, until {} (invitation {}).",
        made.row.expires_at.format("%F %R UTC"),
        made.row.id
    );
    Ok(())
}

/// Lists an organization's invitations.
pub(super) async fn list(app: &App, organization: &str) -> Result<()> {
    let caller = caller(app, Some(organization)).await?;
    let read = async |query| Ok(rows::list(app.store.read(), caller.organization, query).await?);
    let all = all_pages(read).await?;
    if all.is_empty() {
        println!("There is no invitation.");
    }
    for row in all {
        let state = match row.state {
            InvitationState::Open if row.expires_at <= app.clock.now() => "expired".to_owned(),
            InvitationState::Open => format!("open until {}", row.expires_at.format("%F %R UTC")),
            InvitationState::Used => match row.platform_id {
                Some(platform) => format!("used by platform {platform}"),
                None => "used, but the registration could not be kept here".to_owned(),
            },
            InvitationState::Withdrawn => "withdrawn".to_owned(),
        };
        println!("{}  {}  {state}", row.id, row.family.as_deref().unwrap_or("any family"));
        if let (Some(trouble), Some(at)) = (&row.trouble, row.tried_at) {
            let (by, words) = (row.tried_by.unwrap_or_default(), row.trouble_words.unwrap_or_default());
            println!("    {}  {by}: {trouble} {}", at.format("%F %R UTC"), plain(&words));
        }
    }
    Ok(())
}

/// Takes an invitation back.
pub(super) async fn withdraw(app: &App, withdraw: Withdraw) -> Result<()> {
    let caller = caller(app, Some(&withdraw.organization)).await?;
    let row = invitation::withdraw(app, &caller, withdraw.invitation).await?;
    println!("Invitation {} is withdrawn.", row.id);
    Ok(())
}

/// A platform's words without what a terminal would obey.
pub(super) fn plain(words: &str) -> String {
    words.chars().filter(|character| !character.is_control()).collect()
}
