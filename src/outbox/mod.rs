//! Outbox: what remains to be done after a commit, kept in the same database and born in the same
//! transaction (design §6.2, `spec/rust-stack.md` §3).
//!
//! [`job`]: payloads, data only. [`queue`]: enqueue, lease, finish, retry, bury. [`Backoff`]: how long a
//! failed job waits. [`worker`]: the loop; it is handed a [`Runner`] and knows no job. Every job may run twice
//! (a worker can die after the deed and before noting it), so what it does must be safe to repeat: the job's id
//! stays the same.

mod backoff;
pub mod job;
pub mod queue;
pub mod worker;

pub use backoff::Backoff;
pub use job::{Job, NewJob, Outcome, Payload, Runner};
pub use queue::{enqueue, enqueue_many};
/// For implementing [`Runner`].
pub use sea_orm::entity::prelude::async_trait::async_trait;
pub use worker::{Ran, Worker, WorkerSettings};
