//! Compares the mails that arrived with those that the database has as sent.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};

use super::fault::Fault;
use crate::smtp::MailServer;

/// Mails by their Message-IDs.
#[derive(Debug)]
pub struct Mails {
    arrived: BTreeSet<String>,
    /// How often one of them arrived once more.
    again: usize,
    sent: BTreeSet<String>,
}

impl Mails {
    /// Counts. `owner` is the database's address as its owner.
    pub async fn count(owner: &str, server: &MailServer) -> Self {
        let ids = server.message_ids().await;
        let arrived: BTreeSet<String> = ids.iter().cloned().collect();
        let db = Database::connect(owner).await.expect("PostgreSQL");
        let sql = "SELECT message_id FROM outbox WHERE state = 'sent'";
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        let id = |row: &sea_orm::QueryResult| row.try_get_by_index(0).expect("a Message-ID");
        let sent = rows.expect("rows").iter().map(id).collect();
        Self { again: ids.len() - arrived.len(), arrived, sent }
    }

    /// How many arrived that the database does not have as sent.
    #[must_use]
    pub fn in_vain(&self) -> usize {
        self.arrived.difference(&self.sent).count()
    }

    /// What is wrong with them after a fault; empty is well.
    #[must_use]
    pub fn findings(&self, fault: Fault) -> Vec<String> {
        let mut wrong = Vec::new();
        let missing = self.sent.difference(&self.arrived).count();
        if missing > 0 {
            wrong.push(format!("{missing} mails are marked as sent and have not arrived"));
        }
        // What had left when a process was killed is dropped where its appointment was cancelled since.
        let (in_vain, most) = (self.in_vain(), fault.repeated_mails());
        if in_vain > most {
            wrong.push(format!(
                "{in_vain} mails have arrived and are not marked as sent, {most} may"
            ));
        }
        if self.again > most {
            wrong.push(format!("{} mails arrived twice, {most} may", self.again));
        }
        wrong
    }
}

impl std::fmt::Display for Mails {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} mails, {} of them twice", self.arrived.len(), self.again)
    }
}
