//! Events about people nobody knows yet: kept for 30 days, joined when they appear (issue 4, item 2).

use laurel::{
    domain::event_channel::claim::{Claimed, round},
    jobs::retention::{UNCLAIMED_DAYS, sweep},
    store::entity::event_channel::ChannelKind,
};
use practice::{Bend, demo};
use serde_json::json;

use super::Stage;
use crate::support::app::TestApp;

#[tokio::test]
async fn what_was_said_of_a_stranger_counts_when_they_appear() {
    let stage = Stage::new().await;
    stage.badge_for_completing("Safety").await;
    let (channel, secret) = stage.channel(ChannelKind::Xapi).await;
    let statement = stage.completed(demo::GRACE);
    for _ in 0..2 {
        assert_eq!(stage.state(&secret, &statement).await.status, 200);
    }
    stage.state(&secret, &stage.completed("somebody-else")).await;
    assert_eq!((stage.signals().await.len(), stage.app.count("unclaimed_event").await), (0, 2));
    assert_eq!(round(&stage.app.app).await.unwrap(), Claimed { waited: 2, claimed: 0 });
    let counts = stage.counts(&channel).await;
    assert_eq!((counts["waiting"].as_u64(), counts["repeated"].as_u64()), (Some(2), Some(1)), "{counts}");
    // What waits cannot be replaced either.
    let mut other = statement.clone();
    other["timestamp"] = json!("2030-01-01T00:00:00Z");
    assert_eq!(stage.state(&secret, &other).await.status, 409);
    let heard = stage.app.clock.now();
    stage.app.advance(86_400);
    stage.rosters(demo::GRACE).await;
    assert_eq!(round(&stage.app.app).await.unwrap(), Claimed { waited: 2, claimed: 1 });
    assert_eq!(round(&stage.app.app).await.unwrap(), Claimed { waited: 1, claimed: 0 });
    let awards = stage.awards().await;
    assert_eq!(awards.len(), 1);
    assert_eq!(awards[0].awarded_at, heard, "when it happened, not when they appeared");
    assert_eq!(stage.signals().await[0].heard_at, heard);
    stage.app.run_jobs().await;
    assert_eq!(stage.app.mails().len(), 1);
    // The same statement again is known.
    assert_eq!(stage.state(&secret, &statement).await.status, 200);
    assert_eq!((stage.signals().await.len(), stage.app.count("unclaimed_event").await), (1, 1));
}

/// A launch that brings nothing new stays as cheap as it was (design §11), whoever waits.
#[tokio::test]
async fn who_launches_appears_too_and_pays_nothing_for_it() {
    // However slow the machine: what is warm stays warm.
    let app = TestApp::with(|sources| sources.with("cache.seconds", "3600")).await;
    let stage = Stage::of(app).await;
    stage.badge_for_completing("Safety").await;
    let (_, secret) = stage.channel(ChannelKind::Xapi).await;
    stage.state(&secret, &stage.completed("newcomer")).await;
    let launch = async || {
        let before = stage.app.app.store.counted();
        stage.app.launch(&[Bend::claim("sub", "newcomer")]).await.assert_ok("a launch");
        let after = stage.app.app.store.counted();
        (after.reads - before.reads, after.writes - before.writes)
    };
    launch().await;
    launch().await;
    let (reads, writes) = launch().await;
    assert!(reads <= 1 && writes <= 1, "{reads} reads, {writes} writes");
    assert_eq!(round(&stage.app.app).await.unwrap().claimed, 1);
    assert_eq!(stage.awards().await.len(), 1);
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let stage = Stage::new().await;
    let (_, secret) = stage.channel(ChannelKind::Xapi).await;
    stage.state(&secret, &stage.completed("never")).await;
    stage.app.advance((UNCLAIMED_DAYS - 1) * 86_400);
    sweep(&stage.app.app).await.unwrap();
    assert_eq!(stage.app.count("unclaimed_event").await, 1);
    stage.app.advance(2 * 86_400);
    sweep(&stage.app.app).await.unwrap();
    assert_eq!(stage.app.count("unclaimed_event").await, 0);
    stage.rosters("never").await;
    assert_eq!(round(&stage.app.app).await.unwrap(), Claimed::default());
    assert_eq!(stage.signals().await.len(), 0);
}

/// A taken-back event does not wait any more, and staff never earn, however they appear.
#[tokio::test]
async fn what_waits_can_be_taken_back_and_staff_never_earn() {
    let stage = Stage::new().await;
    stage.badge_for_completing("Safety").await;
    let (_, secret) = stage.channel(ChannelKind::Xapi).await;
    let statement = stage.completed(demo::GRACE);
    let void = json!({
        "actor": statement["actor"], "verb": { "id": "http://adlnet.gov/expapi/verbs/voided" },
        "object": { "objectType": "StatementRef", "id": statement["id"] },
    });
    stage.state(&secret, &json!([statement, void, statement])).await;
    stage.rosters(demo::GRACE).await;
    // The teacher of the course completes it, too.
    stage.state(&secret, &stage.completed(demo::ADA)).await;
    assert_eq!(round(&stage.app.app).await.unwrap().claimed, 0);
    assert_eq!(stage.signals().await.len(), 1);
    assert_eq!(stage.awards().await.len(), 0);
}

#[tokio::test]
async fn who_finishes_the_course_without_opening_laurel_is_awarded_by_what_the_platform_tells() {
    let stage = Stage::new().await;
    stage.badge_for_completing("Course done").await;
    let channel = stage.channel(ChannelKind::Xapi).await;
    stage.app.lms.log_to(stage.store(&channel));
    stage.rosters(demo::EMMY).await;
    stage.rosters(demo::GRACE).await;

    stage.app.lms.complete(demo::LESSON, demo::EMMY);
    stage.app.lms.complete(demo::READING, demo::GRACE);
    stage.app.lms.mute_log(true);
    stage.app.lms.complete(demo::LESSON, demo::GRACE);
    stage.app.lms.mute_log(false);
    assert_eq!(stage.app.awards().await.len(), 0, "half of it; and muted");
    stage.app.lms.complete(demo::READING, demo::EMMY);
    for _ in 0..600 {
        if !stage.app.awards().await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let awards = stage.app.awards().await;
    assert_eq!(awards.len(), 1);
    assert_eq!(awards[0].learner_id, stage.app.learner(demo::EMMY).await.unwrap().id);
    stage.app.run_jobs().await;
}
