//! `laurel migrate`: brings the database up to date and says so.

use std::process::ExitCode;

use super::start;
use crate::{config::Settings, error::Result};

/// Runs all pending migrations.
pub async fn run(settings: &Settings) -> Result<ExitCode> {
    let store = start::store(settings).await?;
    store.close().await;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}
