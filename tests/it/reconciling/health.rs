//! A channel that usually speaks and is silent is an alarm (design §5): the rule by itself, and the sweep.

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use laurel::{
    domain::channel_health::{self, measure},
    store::{
        self,
        entity::channel_health::{ChannelAlarm, Model},
    },
};
use practice::demo;

use super::Registrar;
use crate::services::Class;

fn at(hours: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 0, 0, 0).unwrap() + Duration::hours(hours)
}

fn hours(of: &[i64]) -> Vec<i64> {
    measure::with(Vec::new(), of.iter().map(|hour| measure::hour_of(at(*hour))))
}

/// The usual interval is the median of at least five gaps; the limit a day, thrice the usual, or half as much again as
/// the longest gap but for the longest tenth.
#[test]
fn what_is_usual() {
    assert_eq!(measure::usual(&hours(&[0, 1, 2, 3, 4])), None, "four gaps are too few");
    let quick = measure::usual(&hours(&[0, 1, 2, 3, 4, 5])).unwrap();
    assert_eq!((quick.interval, quick.limit), (60, 1_440), "never less than a day");
    let daily = measure::usual(&hours(&[0, 24, 48, 72, 96, 120])).unwrap();
    assert_eq!((daily.interval, daily.limit), (1_440, 3 * 1_440));
    let weekly = measure::usual(&hours(&[0, 1, 168, 169, 336, 337, 504, 505])).unwrap();
    assert_eq!((weekly.interval, weekly.limit), (60, 167 * 90), "the gap between weeks is usual");
    // One term break among many days is not.
    let mut days: Vec<i64> = (0..12).map(|day| day * 24).collect();
    days.push(days[11] + 21 * 24);
    assert_eq!(measure::usual(&hours(&days)).unwrap().limit, 3 * 1_440);
    // The same hour twice is one moment, and only the newest are kept.
    assert_eq!(measure::with(hours(&[0, 1]), hours(&[1, 2])), hours(&[0, 1, 2]));
    let many: Vec<i64> = (0..100).collect();
    assert_eq!(measure::with(Vec::new(), many), (68..100).collect::<Vec<_>>());
}

/// Silence counts only while the course is otherwise active: in three hours, and after the limit.
#[test]
fn nights_weekends_and_breaks_are_no_alarm() {
    let silent = |others: &[i64], now: i64| measure::is_silent(at(0), 1_440, hours(others), at(now));
    assert!(!silent(&[1, 2, 3], 24), "not longer than the limit");
    assert!(!silent(&[], 500), "nobody is there");
    assert!(!silent(&[-3, -2, -1, 0, 30], 40), "what was heard before shows nothing");
    assert!(!silent(&[1, 2, 3, 20], 40), "nobody was there after the limit");
    assert!(!silent(&[25, 26], 40), "two hours are few");
    assert!(silent(&[2, 25, 26], 40));
}

/// How the registrar of a class is.
async fn registrar_of(class: &Class) -> Option<Model> {
    let rows =
        store::channel_health::of_course(class.app.app.store.read(), class.app.organization, class.course);
    rows.await.unwrap().into_iter().find(|row| row.channel == "event")
}

async fn sweep(class: &Class) -> channel_health::Swept {
    class.app.advance(61);
    channel_health::sweep(&class.app.app).await.unwrap()
}

const DAY: i64 = 24 * 3600;

/// A channel that told something each day falls silent while people go on launching: an alarm, until it speaks.
#[tokio::test]
async fn silence_and_recovery() {
    let class = Class::new().await;
    let registrar = Registrar::new(&class.app).await;
    for day in 0..7 {
        registrar.tells(&class, demo::GRACE, &format!("day-{day}")).await;
        class.app.advance(DAY);
    }
    let swept = sweep(&class).await;
    assert_eq!((swept.heard, swept.silent), (8, 0), "seven events and a launch");
    let row = registrar_of(&class).await.unwrap();
    assert_eq!((row.heard, row.usual_minutes, row.limit_minutes), (7, Some(1_440), Some(3 * 1_440)));
    assert_eq!((row.label.as_str(), row.kinds), ("Registrar", serde_json::json!(["completed course"])));

    // A week of holidays: nobody is there, and nobody is alarmed.
    class.app.advance(7 * DAY);
    assert_eq!(sweep(&class).await.silent, 0, "term break");
    // Term goes on, the registrar does not.
    for _ in 0..4 {
        class.visit(demo::EMMY).await;
        class.app.advance(DAY);
    }
    let swept = sweep(&class).await;
    assert_eq!(swept.silent, 1);
    let row = registrar_of(&class).await.unwrap();
    assert_eq!(row.alarm, Some(ChannelAlarm::Silent));
    let alarms =
        channel_health::alarms(&class.app.app, class.app.organization, None, store::PageQuery::default());
    assert_eq!(alarms.await.unwrap().items.len(), 1);
    assert_eq!(sweep(&class).await.silent, 0, "said once");

    registrar.tells(&class, demo::ALAN, "back").await;
    sweep(&class).await;
    let row = registrar_of(&class).await.unwrap();
    assert_eq!((row.alarm, row.cleared_at.is_some(), row.heard), (None, true, 8), "it speaks again");
}

/// Two replicas take in each signal once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_count_each_signal_once() {
    let class = Class::new().await;
    let two = class.app.second().await;
    let registrar = Registrar::new(&class.app).await;
    for number in 0..20 {
        registrar.tells(&class, demo::GRACE, &number.to_string()).await;
    }
    class.app.advance(61);
    let (one, other) = tokio::join!(channel_health::sweep(&class.app.app), channel_health::sweep(&two.app));
    assert_eq!(one.unwrap().heard + other.unwrap().heard, 21, "with a launch");
    assert_eq!(registrar_of(&class).await.unwrap().heard, 20);
    two.stop().await;
}

/// Whoever finds nothing new writes nothing.
#[tokio::test]
async fn an_idle_sweep_writes_nothing() {
    let class = Class::new().await;
    sweep(&class).await;
    let before = class.app.app.store.counted();
    assert_eq!(sweep(&class).await, channel_health::Swept::default());
    let after = class.app.app.store.counted();
    assert_eq!(after.writes, before.writes);
    assert!(after.reads - before.reads <= 5, "{} reads", after.reads - before.reads);
}
