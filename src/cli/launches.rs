//! `laurel launches`: the newest launches with what became of each, for whoever is asked why one does not work.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;

use super::{admin, start};
use crate::{
    config::Settings,
    error::Result,
    ids::PlatformId,
    store::{PageQuery, launch as launches},
};

#[derive(Debug, Args)]
pub struct Launches {
    /// Slug of the organization; all launches when left out, also those refused before anybody knew whose they are.
    #[arg(long)]
    organization: Option<String>,
    /// Only of this platform.
    #[arg(long)]
    platform: Option<PlatformId>,
    /// Only with this outcome: ok, or the code of a refusal.
    #[arg(long)]
    outcome: Option<String>,
    /// Only that arrived then or later, such as 2026-11-23T14:00:00Z.
    #[arg(long)]
    from: Option<DateTime<Utc>>,
    /// Only that arrived before then.
    #[arg(long)]
    to: Option<DateTime<Utc>>,
    /// At most so many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=200))]
    limit: u64,
}

/// Prints them, newest first.
pub async fn run(command: &Launches, settings: Settings) -> Result<ExitCode> {
    let app = start::app(settings).await?;
    let filter = launches::Filter {
        platform: command.platform,
        outcome: command.outcome.clone(),
        correlation_id: None,
        from: command.from,
        to: command.to,
    };
    let query = PageQuery { after: None, limit: command.limit };
    let db = app.store.read();
    let page = match &command.organization {
        Some(slug) => {
            let organization = admin::organization_of(&app, slug).await?.id;
            launches::list(db, organization, filter, query).await?
        }
        None => launches::unscoped_list(db, filter, query).await?,
    };
    if page.items.is_empty() {
        println!("No launch.");
    }
    for row in page.items {
        println!(
            "{}  {}  {}  platform {}  reference {}",
            row.created_at.format("%Y-%m-%d %H:%M:%S"),
            row.outcome,
            row.target.as_deref().unwrap_or("-"),
            row.platform_id,
            row.correlation_id
        );
        if let Some(sentence) = lti::refusal::sentence_of(&row.outcome) {
            let passed =
                row.checks.as_array().and_then(|checks| checks.last()).and_then(|last| last.as_str());
            println!("    {sentence} The last check that it passed: {}.", passed.unwrap_or("none"));
        }
    }
    app.shut_down().await;
    Ok(ExitCode::SUCCESS)
}
