//! The outbox's promises: no job twice at once, none lost, none run before its commit.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::Duration as Span;
use laurel::{
    clock::{Clock, Dice},
    ids::{JobId, OrganizationId},
    outbox::{self, Job, NewJob, Outcome, Payload, Ran, Runner, Worker, WorkerSettings, queue},
    store::{PageQuery, Store, entity::job::JobState},
};
use tokio_util::sync::CancellationToken;

use crate::support::{
    database::Database,
    rows::{World, moment},
};

/// Counts who ran how often, and answers as told.
struct Counting {
    ran: Mutex<HashMap<JobId, u32>>,
    answer: Box<dyn Fn(&Job) -> Outcome + Send + Sync>,
    takes: Duration,
}

impl Counting {
    fn new(answer: impl Fn(&Job) -> Outcome + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { ran: Mutex::default(), answer: Box::new(answer), takes: Duration::ZERO })
    }

    fn ran(&self) -> HashMap<JobId, u32> {
        self.ran.lock().unwrap().clone()
    }
}

#[outbox::async_trait]
impl Runner for Counting {
    async fn run(&self, job: Job) -> Outcome {
        *self.ran.lock().unwrap().entry(job.id).or_default() += 1;
        tokio::time::sleep(self.takes).await;
        (self.answer)(&job)
    }
}

fn quick() -> WorkerSettings {
    WorkerSettings { poll: Duration::from_millis(50), ..WorkerSettings::default() }
}

fn worker(store: &Store, clock: &Clock, runner: Arc<Counting>, settings: WorkerSettings) -> Worker {
    Worker::new(store.clone(), clock.clone(), Dice::system(), runner, settings)
}

fn mail(world: &World, run_at: chrono::DateTime<chrono::Utc>, dedup_key: Option<&str>) -> NewJob {
    NewJob {
        organization: Some(world.id()),
        payload: Payload::MailAward { award: world.dice.row_id(world.now), generation: 1 },
        run_at,
        dedup_key: dedup_key.map(str::to_owned),
        max_attempts: 3,
    }
}

async fn enqueue(store: &Store, world: &World, jobs: Vec<NewJob>) -> Vec<JobId> {
    let tx = store.write().await.unwrap();
    let ids = outbox::enqueue_many(&tx, world.now, &world.dice, jobs).await.unwrap();
    tx.commit().await.unwrap();
    ids
}

async fn states(store: &Store) -> HashMap<JobState, i64> {
    let counts = queue::counts(store.read()).await.unwrap();
    counts.into_iter().map(|count| (count.state, count.jobs)).collect()
}

async fn job(store: &Store, organization: OrganizationId, id: JobId) -> laurel::store::entity::job::Model {
    queue::find(store.read(), organization, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_job_exists_when_its_transaction_is_committed_and_runs_when_it_is_due() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let clock = Clock::frozen(world.now);
    let runner = Counting::new(|_| Outcome::Done);
    let worker = worker(store, &clock, runner.clone(), quick());
    let tx = store.write().await.unwrap();
    outbox::enqueue(&tx, world.now, &world.dice, mail(&world, world.now, None)).await.unwrap().unwrap();
    drop(tx);
    assert_eq!(worker.run_due().await.unwrap(), Ran::default());

    let ids = enqueue(
        store,
        &world,
        vec![mail(&world, world.now + Span::hours(1), None), mail(&world, world.now, None)],
    )
    .await;
    assert_eq!(worker.run_due().await.unwrap(), Ran { done: 1, retried: 0, dead: 0 });
    assert_eq!(runner.ran(), HashMap::from([(ids[1], 1)]));
    clock.advance(Span::hours(1));
    assert_eq!(worker.run_due().await.unwrap(), Ran { done: 1, retried: 0, dead: 0 });
    let done = job(store, world.id(), ids[0]).await;
    assert_eq!((done.state, done.attempts, done.finished_at), (JobState::Done, 1, Some(clock.now())));
    assert_eq!((done.lease_owner, done.lease_until), (None, None));
}

#[tokio::test]
async fn a_key_that_is_taken_enqueues_nothing() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let jobs = vec![
        mail(&world, world.now, Some("a")),
        mail(&world, world.now, Some("a")),
        mail(&world, world.now, None),
    ];
    assert_eq!(enqueue(store, &world, jobs).await.len(), 2);
    assert!(enqueue(store, &world, vec![mail(&world, world.now, Some("a"))]).await.is_empty());
    let clock = Clock::frozen(world.now);
    assert_eq!(
        worker(store, &clock, Counting::new(|_| Outcome::Done), quick()).run_due().await.unwrap().done,
        2
    );
    // Also when it is done: the mail of a generation is one mail.
    assert!(enqueue(store, &world, vec![mail(&world, world.now, Some("a"))]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_run_one_job_twice() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let replica = database.replica().await;
    let jobs = (0..300).map(|_| mail(&world, world.now, None)).collect();
    let ids = enqueue(&database.store, &world, jobs).await;
    let clock = Clock::frozen(world.now);
    let runner = Counting::new(|_| Outcome::Done);
    let one = worker(&database.store, &clock, runner.clone(), quick());
    let other = worker(&replica, &clock, runner.clone(), quick());
    let stop = CancellationToken::new();
    let watch = async {
        while states(&database.store).await.get(&JobState::Done) != Some(&300) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.cancel();
    };
    let all = async { tokio::join!(one.run(stop.clone()), other.run(stop.clone()), watch) };
    tokio::time::timeout(Duration::from_secs(60), all).await.unwrap();
    let ran = runner.ran();
    assert_eq!(ran.len(), 300);
    assert!(ids.iter().all(|id| ran[id] == 1));
}

#[tokio::test]
async fn a_failed_job_waits_longer_each_time_and_is_dead_after_the_last() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let clock = Clock::frozen(world.now);
    let runner = Counting::new(|job| Outcome::Retry(format!("voll ({})", job.attempt)));
    let worker = worker(store, &clock, runner.clone(), quick());
    let id = enqueue(store, &world, vec![mail(&world, world.now, None)]).await[0];

    assert_eq!(worker.run_due().await.unwrap(), Ran { done: 0, retried: 1, dead: 0 });
    let row = job(store, world.id(), id).await;
    let wait = row.run_at - clock.now();
    assert!(wait >= Span::milliseconds(11_250) && wait <= Span::milliseconds(18_750), "{wait}");
    assert_eq!((row.state, row.last_error.as_deref()), (JobState::Ready, Some("voll (1)")));
    assert_eq!(worker.run_due().await.unwrap(), Ran::default(), "not yet");
    clock.advance(wait);
    assert_eq!(worker.run_due().await.unwrap().retried, 1);
    let wait = job(store, world.id(), id).await.run_at - clock.now();
    assert!(wait >= Span::milliseconds(22_500) && wait <= Span::milliseconds(37_500), "{wait}");
    clock.advance(wait);
    assert_eq!(worker.run_due().await.unwrap(), Ran { done: 0, retried: 0, dead: 1 });
    let row = job(store, world.id(), id).await;
    assert_eq!((row.state, row.attempts, row.last_error.as_deref()), (JobState::Dead, 3, Some("voll (3)")));

    // Dead is visible and retriable, by its own organization.
    let dead =
        queue::list(store.read(), world.id(), Some(JobState::Dead), PageQuery::default()).await.unwrap();
    assert_eq!(dead.items.len(), 1);
    let mallory = World::new(store).await.id();
    let retry = async |organization| {
        let tx = store.write().await.unwrap();
        let retried = queue::retry_dead(&tx, organization, id, clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        retried
    };
    assert!(!retry(Some(mallory)).await);
    assert!(retry(Some(world.id())).await);
    assert!(!retry(None).await, "it is not dead any more");
    assert_eq!(worker.run_due().await.unwrap().retried, 1);
    assert_eq!(job(store, world.id(), id).await.attempts, 1);
}

#[tokio::test]
async fn buried_means_dead_at_once() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let clock = Clock::frozen(world.now);
    let id = enqueue(store, &world, vec![mail(&world, world.now, None)]).await[0];
    let worker = worker(store, &clock, Counting::new(|_| Outcome::Bury("weg".into())), quick());
    assert_eq!(worker.run_due().await.unwrap(), Ran { done: 0, retried: 0, dead: 1 });
    let row = job(store, world.id(), id).await;
    assert_eq!((row.state, row.attempts, row.last_error.as_deref()), (JobState::Dead, 1, Some("weg")));
}

#[tokio::test]
async fn a_lease_that_ran_out_is_given_to_another_and_the_first_can_change_nothing() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let id = enqueue(store, &world, vec![mail(&world, world.now, None)]).await[0];
    let lease = async |now, owner: &str| queue::lease(store, now, owner, Span::minutes(2), 32).await.unwrap();
    let first = lease(world.now, "first").await;
    assert_eq!((first.len(), first[0].id, first[0].attempt), (1, id, 1));
    assert!(lease(world.now, "second").await.is_empty(), "leased is leased");
    assert_eq!(queue::sweep(store, world.now + Span::minutes(2)).await.unwrap(), 0, "not over yet");
    let later = world.now + Span::minutes(3);
    assert_eq!(queue::sweep(store, later).await.unwrap(), 1);
    let second = lease(later, "second").await;
    assert_eq!((second.len(), second[0].attempt), (1, 2));

    assert!(!queue::finish(store, later, &first[0]).await.unwrap());
    assert!(!queue::retry(store, later, Span::seconds(1), &first[0], "zu spät").await.unwrap());
    assert!(!queue::bury(store, later, &first[0], "zu spät").await.unwrap());
    queue::give_back(store, &first).await.unwrap();
    assert_eq!(job(store, world.id(), id).await.lease_owner.as_deref(), Some("second"));
    assert!(queue::finish(store, later, &second[0]).await.unwrap());
    assert!(!queue::finish(store, later, &second[0]).await.unwrap());
    assert_eq!(job(store, world.id(), id).await.state, JobState::Done);
}

#[tokio::test]
async fn a_worker_that_always_dies_buries_its_job_in_the_end() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let id = enqueue(store, &world, vec![mail(&world, world.now, None)]).await[0];
    let mut now = world.now;
    for _ in 0..3 {
        assert_eq!(queue::lease(store, now, "dies", Span::minutes(1), 32).await.unwrap().len(), 1);
        now += Span::minutes(2);
        assert_eq!(queue::sweep(store, now).await.unwrap(), 1);
    }
    assert!(queue::lease(store, now, "dies", Span::minutes(1), 32).await.unwrap().is_empty());
    let row = job(store, world.id(), id).await;
    assert_eq!((row.state, row.attempts), (JobState::Dead, 3));
    assert!(row.last_error.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_a_worker_ends_what_runs_and_gives_back_the_rest() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let ids = enqueue(store, &world, (0..20).map(|_| mail(&world, world.now, None)).collect()).await;
    let clock = Clock::frozen(world.now);
    let runner = Arc::new(Counting {
        takes: Duration::from_millis(300),
        ..Arc::into_inner(Counting::new(|_| Outcome::Done)).unwrap()
    });
    let worker = worker(store, &clock, runner.clone(), WorkerSettings { at_once: 3, ..quick() });
    let stop = CancellationToken::new();
    tokio::join!(worker.run(stop.clone()), async {
        while runner.ran().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
    });
    let ran = runner.ran();
    assert_eq!(ran.len(), 3);
    let states = states(store).await;
    assert_eq!((states.get(&JobState::Done), states.get(&JobState::Ready)), (Some(&3), Some(&17)));
    for id in ids.iter().filter(|id| !ran.contains_key(*id)) {
        let row = job(store, world.id(), *id).await;
        assert_eq!((row.attempts, row.lease_owner), (0, None), "as if never leased");
    }
}

#[tokio::test]
async fn a_job_that_breaks_off_or_hangs_is_tried_again() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let clock = Clock::frozen(world.now);
    let ids = enqueue(store, &world, vec![mail(&world, world.now, None)]).await;
    let broken = Counting::new(|_| panic!("a defect"));
    assert_eq!(worker(store, &clock, broken, quick()).run_due().await.unwrap().retried, 1);
    clock.advance(Span::minutes(1));
    let hanging = Arc::new(Counting {
        takes: Duration::from_secs(60),
        ..Arc::into_inner(Counting::new(|_| Outcome::Done)).unwrap()
    });
    let short = WorkerSettings { lease: Duration::from_millis(400), ..quick() };
    assert_eq!(worker(store, &clock, hanging, short).run_due().await.unwrap().retried, 1);
    let row = job(store, world.id(), ids[0]).await;
    assert_eq!(
        (row.state, row.attempts, row.last_error.as_deref()),
        (JobState::Ready, 2, Some("it took too long"))
    );
}

#[tokio::test]
async fn a_commit_wakes_the_worker() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let clock = Clock::frozen(world.now);
    let runner = Counting::new(|_| Outcome::Done);
    // It would not look by itself within this test.
    let sleepy = WorkerSettings { poll: Duration::from_secs(3600), ..WorkerSettings::default() };
    let worker = worker(store, &clock, runner.clone(), sleepy);
    let stop = CancellationToken::new();
    let talk = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        enqueue(store, &world, vec![mail(&world, world.now, None)]).await;
        while runner.ran().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
    };
    let all = async { tokio::join!(worker.run(stop.clone()), talk) };
    tokio::time::timeout(Duration::from_secs(20), all).await.unwrap();
}

#[tokio::test]
async fn kinds_of_newer_replicas_are_left_and_unreadable_jobs_buried() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let row = |kind: &str| laurel::store::entity::job::Model {
        id: world.dice.row_id(world.now),
        organization_id: None,
        kind: kind.into(),
        payload: serde_json::json!({"kind": kind}),
        dedup_key: None,
        state: JobState::Ready,
        attempts: 0,
        max_attempts: 3,
        run_at: world.now,
        lease_until: None,
        lease_owner: None,
        last_error: None,
        created_at: world.now,
        finished_at: None,
    };
    use sea_orm::{EntityTrait as _, IntoActiveModel};
    let rows = [row("moonshot"), row("mail_award")].map(IntoActiveModel::into_active_model);
    let tx = store.write().await.unwrap();
    laurel::store::entity::job::Entity::insert_many(rows).exec_without_returning(&tx).await.unwrap();
    tx.commit().await.unwrap();
    let worker = worker(store, &Clock::frozen(moment()), Counting::new(|_| Outcome::Done), quick());
    assert_eq!(worker.run_due().await.unwrap(), Ran::default());
    let all = queue::unscoped_list(store.read(), None, PageQuery::default()).await.unwrap().items;
    let state = |kind: &str| all.iter().find(|job| job.kind == kind).unwrap().state;
    assert_eq!((state("moonshot"), state("mail_award")), (JobState::Ready, JobState::Dead));
}

#[tokio::test]
async fn ended_jobs_are_pruned_and_waiting_ones_stay() {
    let database = Database::new().await;
    let (store, world) = (&database.store, World::new(&database.store).await);
    let clock = Clock::frozen(world.now);
    enqueue(store, &world, vec![mail(&world, world.now, None)]).await;
    worker(store, &clock, Counting::new(|_| Outcome::Done), quick()).run_due().await.unwrap();
    enqueue(store, &world, vec![mail(&world, world.now, None)]).await;
    worker(store, &clock, Counting::new(|_| Outcome::Bury("weg".into())), quick()).run_due().await.unwrap();
    enqueue(store, &world, vec![mail(&world, world.now, None)]).await;
    let later = world.now + Span::days(1);
    assert_eq!(queue::prune(store, later, world.now).await.unwrap(), 1);
    assert_eq!(states(store).await, HashMap::from([(JobState::Dead, 1), (JobState::Ready, 1)]));
    assert_eq!(queue::prune(store, later, later).await.unwrap(), 1);
    assert_eq!(states(store).await, HashMap::from([(JobState::Ready, 1)]));
}

#[test]
fn waiting_grows_and_is_bounded() {
    let dice = Dice::seeded(1);
    for (attempt, seconds) in
        [(0, 15), (1, 15), (2, 30), (5, 240), (11, 15_360), (12, 21_600), (i32::MAX, 21_600)]
    {
        for _ in 0..50 {
            let wait = WorkerSettings::default().backoff.wait(attempt, &dice).num_milliseconds();
            assert!((seconds * 750..=seconds * 1250).contains(&wait), "{attempt}: {wait}");
        }
    }
}
