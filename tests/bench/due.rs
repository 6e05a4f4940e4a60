//! What the benches of whole courses share: jobs of some kinds run to their end, and how long that took. Nothing is
//! measured here.

use std::time::{Duration, Instant};

use laurel::{
    app::App,
    jobs::Jobs,
    outbox::{Runner as _, queue},
};

/// Runs what is due of these kinds, and what follows from it, without the rest (mails, say); how long that took.
pub async fn runs(app: &App, kinds: &[&str]) -> Duration {
    let mut took = Duration::ZERO;
    loop {
        let (now, length) = (app.clock.now(), chrono::Duration::seconds(60));
        let mut jobs = queue::lease(&app.store, now, "bench", length, 1000).await.unwrap();
        if jobs.is_empty() {
            return took;
        }
        jobs.retain(|job| kinds.contains(&job.payload.kind()));
        for job in jobs {
            let began = Instant::now();
            Jobs::new(app).run(job).await;
            took += began.elapsed();
        }
    }
}
