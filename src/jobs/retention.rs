//! Old rows go, as `[retention]` says, in small pieces; awards and documents never do. Awards whose time
//! is over are ended on the same round.

use std::time::Duration;

use chrono::{DateTime, Duration as Span};

use crate::{
    app::App,
    error::{Result, chain},
    outbox::queue,
    store::{
        audit, deployment_claim, idempotency, invitation, launch, notice, pass, pick, reconcile, review,
        service_outcome, signal, unclaimed_event,
    },
};

/// How long an event waits for its person to appear.
pub const UNCLAIMED_DAYS: i64 = 30;

/// Sweeps now and then until the program stops.
pub async fn run(app: App) {
    let pause = Duration::from_secs(u64::from(app.settings.retention.sweep_minutes.max(1)) * 60);
    loop {
        if app.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        if let Err(error) = sweep(&app).await {
            tracing::error!(error = chain(&error), "old rows could not be removed");
        }
    }
}

/// Removes what is older than its time.
///
/// # Errors
/// Only the database's; what is gone by then stays gone.
pub async fn sweep(app: &App) -> Result<()> {
    let kept = &app.settings.retention;
    let now = app.clock.now();
    // 0 days means for ever: nothing is older than the epoch.
    let days = |days: u32| match days {
        0 => DateTime::UNIX_EPOCH,
        days => now - Span::days(i64::from(days)),
    };
    let launches = launch::prune(&app.store, days(kept.launch_record_days), now).await?;
    let reviews = review::prune(&app.store, days(kept.launch_record_days)).await?;
    // A notice is a message of the platform's as a launch is.
    let notices = notice::prune(&app.store, days(kept.launch_record_days)).await?;
    // A code that is over is kept as long, so that one sees what became of it.
    let claims = deployment_claim::prune(&app.store, days(kept.launch_record_days)).await?;
    let outcomes = service_outcome::prune(&app.store, days(kept.launch_record_days)).await?;
    // Kept as long beyond their time, for whoever asks what became of one.
    let invitations = invitation::prune(&app.store, days(kept.launch_record_days)).await?;
    // What came of nothing; what awarded or waited for a click stays.
    let passes = pass::prune(&app.store, days(kept.launch_record_days)).await?;
    let picks = pick::prune(&app.store, days(kept.launch_record_days)).await?;
    let hours = match kept.idempotency_hours {
        0 => DateTime::UNIX_EPOCH,
        hours => now - Span::hours(i64::from(hours)),
    };
    let answers = idempotency::prune(&app.store, hours).await?;
    let events = audit::prune(&app.store, days(kept.audit_days)).await?;
    let signals = match kept.signal_days {
        0 => 0,
        _ => signal::prune(&app.store, days(kept.signal_days)).await?,
    };
    let unclaimed = unclaimed_event::prune(&app.store, now - Span::days(UNCLAIMED_DAYS)).await?;
    let reconciles = reconcile::prune(&app.store, days(kept.reconcile_days)).await?;
    let expired = crate::domain::award::expire::sweep(app).await?;
    let lists = crate::domain::bulk::sweep(app, days(kept.bulk_days)).await?;
    let jobs = queue::prune(&app.store, days(kept.job_done_days), days(kept.job_dead_days)).await?;
    tracing::debug!(
        launches,
        reviews,
        notices,
        picks,
        passes,
        claims,
        outcomes,
        invitations,
        "old rows of platforms removed"
    );
    tracing::debug!(
        reconciles,
        lists,
        answers,
        events,
        signals,
        unclaimed,
        jobs,
        expired,
        "old rows removed"
    );
    Ok(())
}
