//! Health of channels: the rounds in which what was heard is taken in, and silence noticed.

use std::time::Duration;

use crate::{app::App, domain::channel_health, error::chain};

/// How often.
const ROUND: Duration = Duration::from_secs(60);

/// Sweeps until the program stops.
pub async fn rounds(app: App) {
    while app.stop.run_until_cancelled(tokio::time::sleep(ROUND)).await.is_some() {
        match channel_health::sweep(&app).await {
            Ok(swept) if swept.silent > 0 => {
                tracing::warn!(channels.silent = swept.silent, "channels have fallen silent");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(error = chain(&error), "channels could not be looked at"),
        }
    }
}
