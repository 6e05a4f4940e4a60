//! How asking platforms went is written down now and then, and once more at the end.

use std::time::Duration;

use crate::{app::App, domain::platform_health, error::chain};

/// How often what changed is written down.
const PAUSE: Duration = Duration::from_secs(30);

/// Writes until the program stops.
pub async fn run(app: App) {
    loop {
        let goes_on = app.stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_some();
        if let Err(error) = platform_health::write_down(&app, !goes_on).await {
            tracing::error!(error = chain(&error), "how platforms answered could not be written down");
        }
        if !goes_on {
            return;
        }
    }
}
