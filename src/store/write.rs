//! The one kind of transaction. It carries what should be heard once it is committed.

use std::{fmt, ops::Deref, sync::Mutex};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait as _, entity::prelude::async_trait,
};

use super::{Effect, Store};
use crate::error::Result;

/// A transaction that may write. Dropping it rolls back and forgets its effects.
pub struct WriteTx {
    tx: DatabaseTransaction,
    store: Store,
    effects: Mutex<Vec<Effect>>,
}

impl WriteTx {
    #[expect(clippy::disallowed_methods, reason = "the one place that begins a transaction")]
    pub(super) async fn begin(store: Store) -> Result<Self> {
        // IMMEDIATE: a transaction that reads first and then writes must not find itself outrun.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = store.inner.writer.begin_with_options(options).await?;
        Ok(Self { tx, store, effects: Mutex::default() })
    }

    /// Lets `effect` be heard once this transaction is committed.
    pub fn on_commit(&self, effect: Effect) {
        let mut effects = self.effects.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !effects.contains(&effect) {
            effects.push(effect);
        }
    }

    /// Makes it last (flushed to disk), then lets its effects be heard.
    ///
    /// # Errors
    /// Internal when the commit fails; nothing is changed or heard then.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await?;
        let effects = self.effects.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.store.inner.effects.tell(effects).await;
        Ok(())
    }
}

impl fmt::Debug for WriteTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteTx").field("effects", &self.effects).finish_non_exhaustive()
    }
}

impl Deref for WriteTx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.tx
    }
}

// So that the same query takes a connection or a transaction: `find(store.read(), …)`, `find(&tx, …)`.
#[async_trait::async_trait]
impl ConnectionTrait for WriteTx {
    fn get_database_backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.tx.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.tx.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.tx.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.tx.query_all_raw(statement).await
    }
}
