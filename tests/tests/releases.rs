//! Two releases of the program beside each other, as during a rolling change.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement, Value};
use serde_json::json;
use system_tests::{
    citizen::{BOOK, code, free},
    office::{Office, Storage},
    on_both,
    smtp::{MailServer, Mood},
};
use tenant::{
    Db, ManualClock, Scope, TenantId,
    seal::{MasterKey, Vault},
};
use uuid::Uuid;

on_both!(a_mail_that_only_another_release_can_read_is_left_to_it);

const MORNING: &str = "2026-11-23T08:00:00Z";

/// The outbox as an owner sees it, with the town's keys.
struct Outbox {
    rows: DatabaseConnection,
    office: Db,
    vault: Vault,
    scope: Scope,
}

impl Outbox {
    async fn of(office: &Office, town: &str) -> Self {
        let key = MasterKey::from_base64(office.master_key()).unwrap();
        let clock = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        Self {
            rows: Database::connect(office.owner_url()).await.unwrap(),
            office: Db::connect(office.database_url()).await.unwrap(),
            vault: Vault::new(key, None, clock),
            scope: Scope::system(TenantId(office.tenant(town).await)),
        }
    }

    /// Writes the confirmation anew, with `word` in the place of `instead`.
    async fn rewrite(&self, word: &str, instead: &str) {
        let backend = self.rows.get_database_backend();
        let find = "SELECT id, sealed FROM outbox WHERE kind = 'confirmation'";
        let found = self.rows.query_one_raw(Statement::from_string(backend, find)).await;
        let found = found.unwrap().expect("a mail");
        let id: Uuid = found.try_get("", "id").unwrap();
        let sealed: Vec<u8> = found.try_get("", "sealed").unwrap();
        let tx = self.office.read(&self.scope).await.unwrap();
        let keys = self.vault.keyring(&tx).await.unwrap();
        let text = String::from_utf8(keys.open("mail", id, &sealed).unwrap()).unwrap();
        assert!(text.contains(instead), "{text}");
        let changed = keys.seal("mail", id, text.replace(instead, word).as_bytes()).unwrap();
        drop(tx);
        let values: [Value; 2] = [changed.into(), id.into()];
        let write = "UPDATE outbox SET sealed = $1, attempts = 0 WHERE id = $2";
        let write = Statement::from_sql_and_values(backend, write, values);
        assert_eq!(self.rows.execute_raw(write).await.unwrap().rows_affected(), 1);
    }
}

async fn a_mail_that_only_another_release_can_read_is_left_to_it(storage: Storage) {
    const THIS: &str = r#""kind":"confirmation""#;
    const ANOTHER: &str = r#""kind":"of-another-release""#;
    const TRIED: &str = "outbox WHERE kind = 'confirmation' AND attempts > 0";
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Busy);
    let mut office = Office::at(storage, &["steinfurt"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    let until = async |office: &Office, rows: &str| {
        while office.count(rows).await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let server = office.serve().await;
    let basket = json!([{ "service": "reisepass" }]);
    let found = free(&server, "steinfurt", basket.clone(), "2026-11-25", "2026-11-25").await;
    let day = &found["days"][0];
    let asked = json!({ "town": "steinfurt", "basket": basket, "location": day["location"],
        "startsAt": day["starts"][0], "key": "booked-before-the-change" });
    let answer = server.graphql(BOOK, asked).await;
    assert_eq!(code(&answer), "none", "{answer}");
    until(&office, TRIED).await;
    drop(server);

    let outbox = Outbox::of(&office, "steinfurt").await;
    outbox.rewrite(ANOTHER, THIS).await;
    sink.set_mood(Mood::Kind);
    office.set_clock("2026-11-23T09:00:00Z");
    let older = office.serve().await;
    until(&office, TRIED).await;
    drop(older);
    let left = "outbox WHERE kind = 'confirmation' AND state = 'waiting'";
    assert_eq!(office.count(left).await, 1, "it was given up");

    outbox.rewrite(THIS, ANOTHER).await;
    office.set_clock("2026-11-23T10:00:00Z");
    let _newer = office.serve().await;
    until(&office, "outbox WHERE kind = 'confirmation' AND state = 'sent'").await;
}
