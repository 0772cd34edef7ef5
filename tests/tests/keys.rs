//! The keys that personal data are sealed with: changed without a pause, and destroyed with their town.
//! On both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    after_a_rotation_everything_is_sealed_by_the_new_key,
    after_a_change_of_the_master_key_the_old_one_opens_nothing,
    a_deleted_town_leaves_no_row,
);

/// Books at a town; returns the secret of the appointment.
async fn booked(server: &Server, town: &str) -> Value {
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(server, town, basket.clone(), DAY, DAY).await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    let answer = book(server, town, &basket, slot, "sealed-with-a-key").await;
    answer["data"]["bookAppointment"]["secret"].clone()
}

async fn who_comes(server: &Server, secret: &Value) -> Value {
    let document =
        format!("{{ appointment(town: \"altena\", secret: {secret}) {{ contact {{ name }} }} }}");
    server.graphql(&document, json!({})).await
}

/// What a statement of the database's owner finds, as text.
async fn ask(office: &Office, sql: &str) -> Vec<String> {
    let db = Database::connect(office.owner_url()).await.unwrap();
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    rows.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// The tables that have a column of this name.
async fn tables(office: &Office, column: &str) -> Vec<String> {
    let sql = match office.database_url().starts_with("sqlite") {
        true => format!(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.name = '{column}'"
        ),
        false => format!(
            "SELECT table_name::text FROM information_schema.columns \
             WHERE table_schema = 'public' AND column_name = '{column}'"
        ),
    };
    ask(office, &sql).await
}

async fn after_a_rotation_everything_is_sealed_by_the_new_key(storage: Storage) {
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    let own = "mail_from = \"termine@altena.example\"\nhold_minutes =";
    office.import(&shipped("altena").replace("hold_minutes =", own));
    let server = office.serve().await;
    let secret = booked(&server, "altena").await;
    office.mails(1).await;
    server.end().await;
    assert_eq!(office.succeed(&["keys", "rotate", "altena"]).trim(), "1 towns have a new key");
    // At first every process goes on with the old key; a while later all seal with the new one.
    office.set_clock("2026-11-23T08:05:00Z");
    let server = office.serve().await;
    let old = "length(sealed) > 4 AND hex(substr(sealed, 1, 4)) <> '00000002'";
    let old = match storage {
        Storage::Sqlite => old.to_owned(),
        Storage::Postgres => old.replace("hex(", "encode(").replace("4))", "4), 'hex')"),
    };
    let places = tables(&office, "sealed").await;
    assert!(places.len() >= 3, "{places:?}");
    for table in places {
        let mut left = 1;
        for _ in 0..200 {
            left = office.count(&format!("{table} WHERE {old}")).await;
            if left == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(left, 0, "{table}: {}", server.log());
    }
    assert_eq!(
        who_comes(&server, &secret).await["data"]["appointment"]["contact"]["name"],
        "Erika Mustermann"
    );
    server.end().await;
    // The next rotation deletes the key in between; links of mails work on.
    office.succeed(&["keys", "rotate"]);
    office.set_clock("2026-11-23T08:30:00Z");
    let server = office.serve().await;
    for _ in 0..200 {
        if office.count("tenant_key").await == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(office.count("tenant_key").await, 2, "{}", server.log());
    assert_eq!(
        who_comes(&server, &secret).await["data"]["appointment"]["contact"]["name"],
        "Erika Mustermann"
    );
}

async fn after_a_change_of_the_master_key_the_old_one_opens_nothing(storage: Storage) {
    let mut office = Office::at(storage, &["altena"], Some(MORNING)).await;
    let server = office.serve().await;
    let secret = booked(&server, "altena").await;
    server.end().await;
    let (old, new) = (office.master_key().to_owned(), STANDARD.encode([8_u8; 32]));
    office.configure("MASTER_KEY", &new);
    office.configure("PREVIOUS_MASTER_KEY", &old);
    // Even before everything is wrapped anew the town works on.
    let server = office.serve().await;
    assert_eq!(code(&who_comes(&server, &secret).await), "none");
    server.end().await;
    assert_eq!(
        office.succeed(&["keys", "rewrap"]).trim(),
        "1 keys wrapped, 0 second factors sealed anew"
    );
    assert_eq!(
        office.succeed(&["keys", "rewrap"]).trim(),
        "0 keys wrapped, 0 second factors sealed anew"
    );
    office.configure("PREVIOUS_MASTER_KEY", &STANDARD.encode([9_u8; 32]));
    let server = office.serve().await;
    assert_eq!(code(&who_comes(&server, &secret).await), "none");
    server.end().await;
    office.configure("MASTER_KEY", &old);
    let server = office.serve().await;
    assert_eq!(code(&who_comes(&server, &secret).await), "INTERNAL");
}

async fn a_deleted_town_leaves_no_row(storage: Storage) {
    let office = Office::at(storage, &["altena", "steinfurt"], Some(MORNING)).await;
    office.succeed_with_input(
        &["staff", "admin@altena.example", "altena", "admin"],
        "a-long-password-for-an-admin",
    );
    let server = office.serve().await;
    booked(&server, "altena").await;
    let tenant = ask(
        &office,
        match storage {
            Storage::Sqlite => "SELECT hex(id) FROM tenant WHERE slug = 'altena'",
            Storage::Postgres => "SELECT id::text FROM tenant WHERE slug = 'altena'",
        },
    )
    .await
    .remove(0);
    office.mails(1).await;
    server.end().await;
    assert!(
        !office.command(&["town", "delete", "altena"]).status().unwrap().success(),
        "it is live"
    );
    office.import(&shipped("altena").replace("status = \"live\"", "status = \"suspended\""));
    office.succeed(&["town", "delete", "altena"]);
    let owner = tables(&office, "tenant_id").await;
    assert!(owner.len() > 10, "{owner:?}");
    // That it has changed is known for some minutes longer.
    let owner = owner.iter().map(String::as_str).filter(|table| *table != "town_change");
    for (table, column) in owner.map(|table| (table, "tenant_id")).chain([("tenant", "id")]) {
        let rows = match storage {
            Storage::Sqlite => format!("{table} WHERE hex({column}) = '{tenant}'"),
            Storage::Postgres => format!("{table} WHERE {column} = '{tenant}'"),
        };
        assert_eq!(office.count(&rows).await, 0, "{table}");
    }
    assert_eq!(std::fs::read_dir(office.mail_folder()).unwrap().count(), 0);
    // The other town is untouched.
    assert_eq!(office.count("tenant").await, 1);
    assert_eq!(office.count("tenant_key").await, 1);
}
