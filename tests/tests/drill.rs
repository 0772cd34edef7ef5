//! The drill in short, and the proof that its checker finds what is wrong. `make drill` runs all
//! faults for longer.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait as _, Database};
use system_tests::drill::{
    self, Plan, fault::Fault, grounds::Grounds, mails::Mails, places, rows, scene::Scene,
    town::Slot,
};

fn plan(fault: Fault) -> Plan {
    let keep = std::env::temp_dir().join("amtstermin-drill");
    Plan { fault, citizens: 8, around: Duration::from_secs(1), seed: 7, keep }
}

#[tokio::test]
async fn a_killed_server_and_cut_connections_lose_nothing() {
    let mut grounds = Grounds::start().await;
    for fault in [Fault::ServerKilled, Fault::ConnectionsCut] {
        let report = drill::run(&mut grounds, &plan(fault)).await;
        assert_eq!(report.findings, Vec::<String>::new(), "{fault:?}: {}", report.figures);
    }
}

/// There is no cluster whose master could be killed.
#[tokio::test]
async fn a_drill_that_is_broken_off_keeps_its_logs() {
    let keep = tempfile::tempdir().expect("a folder");
    let plan = Plan { keep: keep.path().to_owned(), ..plan(Fault::ClusterMasterKilled) };
    let report = drill::run(&mut Grounds::start().await, &plan).await;
    assert_eq!(report.findings, ["the drill was broken off: a cluster"]);
    let folder = keep.path().join("ClusterMasterKilled-7");
    for (name, told) in [
        ("findings.txt", "the drill was broken off"),
        ("ledger.txt", "Asked"),
        ("postgres.log", "database system is ready"),
        ("redis.log", "Ready to accept connections"),
    ] {
        let text = std::fs::read_to_string(folder.join(name)).expect(name);
        assert!(text.contains(told), "{name}: {text}");
    }
}

#[tokio::test]
async fn a_drill_whose_scene_cannot_be_set_is_broken_off() {
    let other = Some("no-such-release".into());
    let mut grounds = Grounds { other, ..Grounds::start().await };
    let keep = tempfile::tempdir().expect("a folder");
    let plan = Plan { keep: keep.path().to_owned(), ..plan(Fault::Release) };
    let report = drill::run(&mut grounds, &plan).await;
    assert!(report.findings[0].starts_with("the drill was broken off: "), "{report:?}");
    for name in ["findings.txt", "postgres.log", "redis.log"] {
        assert!(keep.path().join("Release-7").join(name).is_file(), "{name}");
    }
}

#[test]
fn a_fault_that_nobody_knows_is_refused_and_those_that_there_are_are_named() {
    let refused = Fault::chosen(Some("PostgresCrash")).expect_err("no fault has this name");
    assert!(
        refused.starts_with("no fault is called PostgresCrash; there are Nothing, "),
        "{refused}"
    );
    for fault in Fault::ALL {
        assert!(refused.contains(&format!("{fault:?}")), "{refused}");
        assert_eq!(Fault::chosen(Some(&format!("{fault:?}"))), Ok(vec![fault]));
    }
    assert_eq!(Fault::chosen(None), Ok(Fault::ALL.to_vec()));
}

/// Each defect with the SQL that makes it and a part of what the checker says.
const DEFECTS: [(&str, &str); 11] = [
    (
        "ALTER TABLE appointment DROP CONSTRAINT appointment_counter_once;
         INSERT INTO appointment SELECT tenant_id, gen_random_uuid(), location_id, counter_id, starts_at, ends_at,
             status, channel, reserve, basket, locale, 'TWIN', 'twin', 'twin', fingerprint, sequence, created_at
         FROM appointment WHERE status = 'booked' LIMIT 1",
        "two appointments occupy one counter",
    ),
    ("SELECT 1", "nobody has asked for twin"),
    (
        "DELETE FROM outbox WHERE id = (SELECT o.id FROM outbox o JOIN appointment a ON a.id = o.subject_id \
         WHERE o.kind = 'confirmation' AND a.status = 'booked' LIMIT 1)",
        "0 mails «confirmation» instead of 1",
    ),
    (
        "UPDATE outbox SET state = 'dead' WHERE id = (SELECT id FROM outbox WHERE kind = 'confirmation' LIMIT 1)",
        "a mail «confirmation» is dead",
    ),
    (
        "DELETE FROM audit_entry WHERE id = (SELECT id FROM audit_entry WHERE action = 'appointment.booked' LIMIT 1)",
        "0 audit lines «booked» instead of 1",
    ),
    (
        "UPDATE audit_entry SET subject_id = gen_random_uuid() \
         WHERE id = (SELECT id FROM audit_entry WHERE action = 'appointment.booked' LIMIT 1)",
        "an audit line «appointment.booked» about nothing",
    ),
    (
        "DELETE FROM contact WHERE subject_id = (SELECT subject_id FROM contact LIMIT 1)",
        "has 0 rows with contact data",
    ),
    (
        "UPDATE contact SET subject_id = gen_random_uuid() \
         WHERE subject_id = (SELECT subject_id FROM contact LIMIT 1)",
        "contact data of nobody",
    ),
    (
        "UPDATE usage_event SET kind = 'arrived' WHERE id = (SELECT id FROM usage_event LIMIT 1)",
        "usage rows «arrived»",
    ),
    ("DELETE FROM usage_event", "0 usage rows «booked» instead of"),
    (
        "DELETE FROM contact; DELETE FROM appointment WHERE id = (SELECT id FROM appointment WHERE status = 'booked' LIMIT 1)",
        "and is None",
    ),
];

#[tokio::test]
async fn the_checker_finds_every_planted_defect() {
    let mut grounds = Grounds::start().await;
    let mut scene = Scene::set(&mut grounds).await;
    let opened = places::free_slots(&scene.servers[0]).await;
    let world = std::sync::Arc::clone(&scene.world);
    let citizens = (0..4).map(|seed| drill::citizen::live(&world, seed));
    let ending = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        world.end();
    };
    tokio::join!(futures::future::join_all(citizens), ending);
    let server = scene.reopen().await;
    let owner = scene.office.owner_url();
    drill::drained(&scene).await.expect("all mails are sent");
    let ledger = std::mem::take(&mut *world.ledger());
    let rows::Findings { wrong, lost } = rows::check(&owner, &ledger).await;
    assert_eq!([wrong, lost].concat(), Vec::<String>::new());

    let mails = Mails::count(&owner, &scene.mail).await;
    assert_eq!(mails.findings(Fault::Nothing), Vec::<String>::new());

    let db = Database::connect(&owner).await.expect("PostgreSQL");
    let other = "UPDATE outbox SET message_id = 'other' WHERE id = (SELECT id FROM outbox WHERE state = 'sent' LIMIT 1)";
    db.execute_unprepared(other).await.expect("a defect");
    let mails = Mails::count(&owner, &scene.mail).await;
    assert_eq!(
        mails.findings(Fault::Nothing),
        [
            "1 mails are marked as sent and have not arrived",
            "1 mails have arrived and are not marked as sent, 0 may"
        ]
    );
    for (sql, told) in DEFECTS {
        db.execute_unprepared(sql).await.expect("a defect");
        let rows::Findings { wrong, lost } = rows::check(&owner, &ledger).await;
        let findings = [wrong, lost].concat();
        assert!(findings.iter().any(|finding| finding.contains(told)), "{told}: {findings:#?}");
    }
    // A place that is more than was opened, and one that is neither free nor held nor booked.
    let (mut claimed, mut lost) = (opened, None);
    let extra = claimed.pop_first().expect("a place");
    if let Some(last) = claimed.last() {
        lost = Some(Slot { starts_at: last.starts_at + TimeDelta::days(1), ..*last });
        claimed.extend(lost);
    }
    let findings = places::check(&server, &owner, &claimed).await;
    for told in [
        format!("{extra:?} was never opened"),
        format!("{:?}: 0 booked, free: false", lost.expect("a place")),
    ] {
        assert!(findings.contains(&told), "{told}: {findings:#?}");
    }
}
