//! The group-commit writer for launches that bring nothing new (design §4, §11).
//!
//! One task collects the records that wait, inserts them together, commits once (one flush to disk for
//! all) and only then answers each: recorded, or replayed. Nobody waits for a batch to fill: while one is
//! being committed the next gathers by itself.

use std::collections::HashSet;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Store, entity::launch_record, launch};
use crate::error::{Error, Result};

/// The most records of one commit.
const BATCH: usize = 256;

/// Hands records to the writing task. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LaunchWriter {
    waiting: mpsc::Sender<Waiting>,
}

/// The writing task itself: [`LaunchWriterTask::run`] it once, among the process's tasks.
#[derive(Debug)]
pub struct LaunchWriterTask {
    store: Store,
    waiting: mpsc::Receiver<Waiting>,
}

/// What became of a launch's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is committed.
    Inserted,
    /// Its nonce was used before: `lti.launch.state_replayed`.
    Replayed,
}

#[derive(Debug)]
struct Waiting {
    record: launch_record::Model,
    answer: oneshot::Sender<Result<Recorded>>,
}

/// A writer and its task.
#[must_use]
pub fn new(store: Store) -> (LaunchWriter, LaunchWriterTask) {
    let (sender, waiting) = mpsc::channel(4 * BATCH);
    (LaunchWriter { waiting: sender }, LaunchWriterTask { store, waiting })
}

impl LaunchWriter {
    /// Records a launch and waits until that is committed.
    ///
    /// # Errors
    /// Internal when the database fails or the writer has stopped; nothing is recorded then.
    pub async fn insert(&self, record: launch_record::Model) -> Result<Recorded> {
        let (answer, answered) = oneshot::channel();
        self.waiting.send(Waiting { record, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

impl LaunchWriterTask {
    /// Writes until `stop`, then what still waits, then ends; it also ends when every writer is dropped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let some = tokio::select! {
                some = self.waiting.recv_many(&mut batch, BATCH) => some,
                // From now on nobody new is let in; those in the channel are still received above.
                () = stop.cancelled(), if !self.waiting.is_closed() => {
                    self.waiting.close();
                    continue;
                }
            };
            if some == 0 {
                return;
            }
            self.write(std::mem::take(&mut batch)).await;
        }
    }

    async fn write(&self, batch: Vec<Waiting>) {
        let records: Vec<_> = batch.iter().map(|waiting| waiting.record.clone()).collect();
        match self.commit(records).await {
            Ok(inserted) => {
                for Waiting { record, answer } in batch {
                    let recorded =
                        if inserted.contains(&record.id) { Recorded::Inserted } else { Recorded::Replayed };
                    // Whoever asked may be gone; the record stands all the same.
                    let _gone = answer.send(Ok(recorded));
                }
            }
            Err(error) if batch.len() == 1 => {
                if let Some(only) = batch.into_iter().next() {
                    let _gone = only.answer.send(Err(error));
                }
            }
            // One bad record must not refuse its neighbours.
            Err(_) => {
                for Waiting { record, answer } in batch {
                    let id = record.id;
                    let recorded = self.commit(vec![record]).await.map(|inserted| {
                        if inserted.contains(&id) { Recorded::Inserted } else { Recorded::Replayed }
                    });
                    let _gone = answer.send(recorded);
                }
            }
        }
    }

    async fn commit(&self, records: Vec<launch_record::Model>) -> Result<HashSet<crate::ids::LaunchId>> {
        let tx = self.store.write().await?;
        let mut inserted = HashSet::with_capacity(records.len());
        for records in powers_of_two(records) {
            inserted.extend(launch::insert_many(&tx, records).await?);
        }
        tx.commit().await?;
        Ok(inserted)
    }
}

/// Cuts a batch into 256, 128, …, 1: nine texts of one statement in all, so that the database's cache of
/// prepared statements holds every one of them.
fn powers_of_two(mut records: Vec<launch_record::Model>) -> Vec<Vec<launch_record::Model>> {
    let mut parts = Vec::new();
    while !records.is_empty() {
        let part = 1 << records.len().ilog2();
        let rest = records.split_off(part);
        parts.push(std::mem::replace(&mut records, rest));
    }
    parts
}

fn stopped() -> Error {
    Error::internal("the writer of launch records has stopped")
}
