//! How each fault comes and goes.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use tokio::time::sleep;

use super::{CUTS, Fault};
use crate::{drill::scene::Scene, servers::Ending, smtp::Mood};

/// How long a frozen server sleeps: longer than a hold lives and than a worker may keep a mail.
const SLEEP: Duration = Duration::from_secs(66);

impl Fault {
    /// Breaks it, waits, and mends it.
    pub async fn happen(self, scene: &mut Scene<'_>) {
        let seconds = |number| sleep(Duration::from_secs(number));
        match self {
            Self::Nothing => seconds(4).await,
            Self::ServerKilled => {
                scene.kill_server();
                seconds(1).await;
                scene.start_server().await;
            }
            Self::ServerFrozen => {
                scene.servers[0].signal("STOP");
                sleep(SLEEP).await;
                scene.servers[0].signal("CONT");
            }
            Self::RedisRestarted => {
                scene.redis.kill();
                seconds(2).await;
                scene.redis.start_again();
            }
            Self::RedisFrozen => {
                scene.redis.signal("STOP");
                seconds(5).await;
                scene.redis.signal("CONT");
            }
            Self::RedisSlow => {
                for _ in 0..13 {
                    scene.redis.signal("STOP");
                    sleep(Duration::from_millis(400)).await;
                    scene.redis.signal("CONT");
                    sleep(Duration::from_millis(50)).await;
                }
            }
            Self::RedisFull => {
                scene.redis.set_full(true).await;
                seconds(4).await;
                scene.redis.set_full(false).await;
            }
            Self::PostgresRestarted => restart(scene, Ending::Fast).await,
            Self::PostgresCrashed => restart(scene, Ending::Crash).await,
            Self::PostgresFrozen => {
                scene.postgres.signal("STOP");
                seconds(12).await;
                scene.postgres.signal("CONT");
            }
            Self::ConnectionsCut => {
                for _ in 0..CUTS {
                    scene.postgres.cut_connections().await;
                    sleep(Duration::from_millis(800)).await;
                }
            }
            Self::ReadOnly => {
                during(scene, "default_transaction_read_only", "on", seconds(4)).await
            }
            Self::Contention => {
                let level = "default_transaction_isolation";
                let owner = scene.office.owner_url();
                let rivals = async { tokio::join!(rival(&owner), rival(&owner)) };
                during(scene, level, "serializable", rivals).await;
            }
            Self::ClockAhead => scene.replace_server_by_one_ahead().await,
            Self::MailRefused => {
                scene.mail.set_mood(Mood::Busy);
                seconds(4).await;
                scene.mail.set_mood(Mood::Kind);
            }
            Self::PrimaryLost => scene.promote_standby(seconds(2)).await,
            Self::PrimaryLostBehind => {
                scene.leave_standby_behind(seconds(1)).await;
                scene.promote_standby(seconds(2)).await;
            }
            Self::ClusterMasterKilled => scene.kill_keeper_of_holds(seconds(3)).await,
            Self::Release => {
                scene.migrate();
                seconds(3).await;
                scene.replace_server(0).await;
                seconds(4).await;
                scene.replace_server(1).await;
            }
            Self::DiskFull => {
                scene.postgres.fill_disk().await;
                seconds(6).await;
                scene.postgres.clear_disk().await;
            }
        }
    }
}

async fn restart(scene: &mut Scene<'_>, how: Ending) {
    scene.postgres.end(how);
    scene.postgres.start_again().await;
}

async fn during(scene: &Scene<'_>, name: &str, value: &str, meanwhile: impl Future) {
    scene.postgres.configure(name, Some(value)).await;
    meanwhile.await;
    scene.postgres.configure(name, None).await;
}

/// Locks mails and then their appointments, where a server that cancels or moves locks the appointment
/// first, so that the two wait for each other; and all appointments for longer than anybody waits. It
/// may be the one that loses.
async fn rival(owner: &str) {
    let mut options = ConnectOptions::new(owner);
    options.max_connections(1);
    let db = Database::connect(options).await.expect("PostgreSQL");
    let own = "SET default_transaction_isolation = 'read committed'";
    db.execute_unprepared(own).await.expect("a setting");
    let crosswise = "DO $$ DECLARE those uuid[]; BEGIN
        those := ARRAY(SELECT subject_id FROM outbox WHERE state = 'waiting' ORDER BY random() LIMIT 100);
        PERFORM 1 FROM outbox WHERE subject_id = ANY (those) FOR UPDATE;
        PERFORM pg_sleep(0.5);
        PERFORM 1 FROM appointment WHERE id = ANY (those) FOR UPDATE;
        END $$";
    let long = "DO $$ BEGIN PERFORM 1 FROM appointment FOR UPDATE; PERFORM pg_sleep(3); END $$";
    for round in 0..4 {
        let _ = db.execute_unprepared(if round == 2 { long } else { crosswise }).await;
        sleep(Duration::from_millis(300)).await;
    }
}
