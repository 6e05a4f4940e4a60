//! The group-commit writer of launch records: everybody gets the true answer, and only after the commit.

use laurel::store::{
    Store, launch,
    launch_writer::{self, LaunchWriter, Recorded},
};
use tokio_util::sync::CancellationToken;

use crate::support::{database::Database, rows::World};

fn start(store: &Store) -> (LaunchWriter, CancellationToken, tokio::task::JoinHandle<()>) {
    let (writer, task) = launch_writer::new(store.clone());
    let stop = CancellationToken::new();
    let running = {
        let stop = stop.clone();
        async move { task.run(stop).await }
    };
    #[expect(clippy::disallowed_methods, reason = "a test has no app whose tasks could run it")]
    let handle = tokio::spawn(running);
    (writer, stop, handle)
}

// S-cases on single use: state and nonce are used up by the launch record (design §4).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_launches_with_one_nonce_exactly_one_is_recorded() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let (writer, _stop, _task) = start(&database.store);
    // 50 nonces, each used four times, at once.
    let launches = (0..200).map(|n| {
        let (writer, row) = (writer.clone(), world.launch(&format!("nonce-{}", n % 50)));
        async move {
            let id = row.id;
            (id, writer.insert(row).await.unwrap())
        }
    });
    let answers = futures_util::future::join_all(launches).await;
    let inserted: Vec<_> = answers.iter().filter(|(_, answer)| *answer == Recorded::Inserted).collect();
    assert_eq!(inserted.len(), 50);
    // Answered means committed: another connection sees them.
    let other = database.replica().await;
    for (id, answer) in &answers {
        let stored = launch::find(other.read(), world.id(), *id).await.unwrap();
        assert_eq!(stored.is_some(), *answer == Recorded::Inserted);
    }
    // And used up they stay.
    assert_eq!(writer.insert(world.launch("nonce-7")).await.unwrap(), Recorded::Replayed);
}

#[tokio::test]
async fn waiting_launches_share_statements() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let (writer, task) = launch_writer::new(database.store.clone());
    // Nobody writes yet, so all of them wait and are written together.
    let waiting =
        futures_util::future::join_all((0..64).map(|n| writer.insert(world.launch(&n.to_string()))));
    let before = database.store.counted();
    let stop = CancellationToken::new();
    let (answers, ()) = tokio::join!(
        async {
            let answers = waiting.await;
            stop.cancel();
            answers
        },
        task.run(stop.clone())
    );
    let after = database.store.counted();
    assert!(answers.into_iter().all(|answer| answer.unwrap() == Recorded::Inserted));
    assert_eq!((after.reads - before.reads, after.writes - before.writes), (0, 1));
}

#[tokio::test]
async fn a_record_that_cannot_be_stored_does_not_refuse_its_neighbours() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let (writer, _stop, _task) = start(&database.store);
    let mut broken = world.launch("broken");
    broken.platform_id = world.dice.public_id();
    let (broken, good, again) = tokio::join!(
        writer.insert(broken),
        writer.insert(world.launch("good")),
        writer.insert(world.launch("good")),
    );
    assert_eq!(broken.unwrap_err().code(), "reference.broken");
    let mut neighbours = [good.unwrap(), again.unwrap()];
    neighbours.sort_by_key(|recorded| *recorded == Recorded::Replayed);
    assert_eq!(neighbours, [Recorded::Inserted, Recorded::Replayed]);
}

#[tokio::test]
async fn told_to_stop_it_still_writes_what_waits_and_then_refuses() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let (writer, task) = launch_writer::new(database.store.clone());
    let stop = CancellationToken::new();
    let waiting = futures_util::future::join_all((0..5).map(|n| writer.insert(world.launch(&n.to_string()))));
    let (answers, ()) = tokio::join!(waiting, async {
        // Let them be handed over before stopping.
        tokio::task::yield_now().await;
        stop.cancel();
        task.run(stop.clone()).await;
    });
    assert!(answers.into_iter().all(|answer| answer.unwrap() == Recorded::Inserted));
    assert_eq!(writer.insert(world.launch("late")).await.unwrap_err().code(), "internal");
}
