//! Rows that wait for the next statement of their transaction, and go before it by one of their own.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr,
    sea_query::{CommonTableExpression, InsertStatement, WithClause},
};

/// What is still to be inserted, in the order in which it was added.
#[derive(Default)]
pub(crate) struct Later(Mutex<Vec<InsertStatement>>);

impl Later {
    pub(crate) fn add(&self, row: InsertStatement) {
        self.rows().push(row);
    }

    fn rows(&self) -> MutexGuard<'_, Vec<InsertStatement>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Inserts them; all by one statement on PostgreSQL, where each costs a round trip.
    pub(crate) async fn insert(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        let mut rows = std::mem::take(&mut *self.rows());
        if tx.get_database_backend() == DbBackend::Sqlite {
            for row in rows {
                tx.execute(&row).await?;
            }
            return Ok(());
        }
        let Some(last) = rows.pop() else { return Ok(()) };
        if rows.is_empty() {
            tx.execute(&last).await?;
            return Ok(());
        }
        let mut before = WithClause::new();
        for (n, row) in rows.into_iter().enumerate() {
            let name = format!("row_{n}");
            before.cte(CommonTableExpression::new().query(row).table_name(name).to_owned());
        }
        tx.execute(&before.query(last)).await?;
        Ok(())
    }
}

impl fmt::Debug for Later {
    /// How many; the rows themselves may say who comes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} later", self.rows().len())
    }
}
