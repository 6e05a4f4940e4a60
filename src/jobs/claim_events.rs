//! Rounds over events that wait for their people: no job of the outbox, for nobody who appears should pay for one.

use std::time::Duration;

use crate::{app::App, domain::event_channel::claim, error::chain};

/// The pause while little waits.
const PAUSE: Duration = Duration::from_secs(5);
/// So many waiting events make the pause a second longer.
const PER_SECOND: usize = 400;

/// Goes round until the program stops.
pub async fn run(app: App) {
    let mut pause = PAUSE;
    while app.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        match claim::round(&app).await {
            Ok(claimed) => {
                let more = u64::try_from(claimed.waited / PER_SECOND).unwrap_or(u64::MAX);
                pause = PAUSE + Duration::from_secs(more.min(600));
                if claimed.claimed > 0 {
                    tracing::info!(events.claimed = claimed.claimed, "events found their people");
                }
            }
            Err(error) => tracing::error!(error = chain(&error), "waiting events could not be looked at"),
        }
    }
}
