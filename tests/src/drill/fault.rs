//! What is broken while citizens are at work.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database};
use tokio::time::sleep;

use super::scene::Scene;
use crate::{servers::Ending, smtp::Mood};

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each says what it is in `told`
pub enum Fault {
    Nothing,
    ServerKilled,
    ServerFrozen,
    RedisRestarted,
    RedisFrozen,
    RedisFull,
    PostgresRestarted,
    PostgresCrashed,
    PostgresFrozen,
    ConnectionsCut,
    ReadOnly,
    Contention,
    ClockAhead,
    MailRefused,
}

/// How long a frozen server sleeps: longer than a hold lives and than a worker may keep a mail.
const SLEEP: Duration = Duration::from_secs(66);

impl Fault {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Nothing,
        Self::ServerKilled,
        Self::ServerFrozen,
        Self::RedisRestarted,
        Self::RedisFrozen,
        Self::RedisFull,
        Self::PostgresRestarted,
        Self::PostgresCrashed,
        Self::PostgresFrozen,
        Self::ConnectionsCut,
        Self::ReadOnly,
        Self::Contention,
        Self::ClockAhead,
        Self::MailRefused,
    ];

    /// What is injected.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::Nothing => "nothing, for comparison",
            Self::ServerKilled => "one of two servers killed (SIGKILL), a new one a second later",
            Self::ServerFrozen => "one of two servers frozen for 66 s (SIGSTOP), then continued",
            Self::RedisRestarted => "Redis killed, and started empty 2 s later",
            Self::RedisFrozen => "Redis frozen for 5 s (SIGSTOP)",
            Self::RedisFull => "Redis out of memory for 4 s (maxmemory, noeviction)",
            Self::PostgresRestarted => "PostgreSQL restarted (fast)",
            Self::PostgresCrashed => {
                "PostgreSQL crashed (SIGKILL of all its processes), started again"
            }
            Self::PostgresFrozen => "PostgreSQL frozen for 12 s (SIGSTOP of all its processes)",
            Self::ConnectionsCut => "all connections cut, five times in 4 s",
            Self::ReadOnly => "PostgreSQL takes no writes for 4 s, as with a full disk",
            Self::Contention => "serializable transactions and rivals for row locks for 8 s",
            Self::ClockAhead => {
                "one of two servers replaced by one whose clock is five minutes ahead"
            }
            Self::MailRefused => "SMTP refuses all mails for 4 s (451)",
        }
    }

    /// For which reasons a question may go without a clear answer.
    #[must_use]
    pub fn excuses(self) -> &'static [&'static str] {
        match self {
            Self::Nothing
            | Self::RedisRestarted
            | Self::RedisFrozen
            | Self::RedisFull
            | Self::ClockAhead
            | Self::MailRefused => &[],
            Self::ServerKilled => &["no answer"],
            Self::ServerFrozen => &["no answer", "BUSY"],
            Self::PostgresFrozen => &["no answer", "BUSY"],
            Self::PostgresRestarted
            | Self::PostgresCrashed
            | Self::ConnectionsCut
            | Self::ReadOnly
            | Self::Contention => &["BUSY"],
        }
    }

    /// Whether a mail may arrive twice: a worker was stopped between sending and writing that down,
    /// or could not write.
    #[must_use]
    pub fn repeats_mails(self) -> bool {
        !matches!(
            self,
            Self::Nothing
                | Self::RedisRestarted
                | Self::RedisFrozen
                | Self::RedisFull
                | Self::MailRefused
        )
    }

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
                for _ in 0..5 {
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

/// Locks appointments in no order, and the town for longer than anybody waits for a lock. It may
/// lose a deadlock itself.
async fn rival(owner: &str) {
    let db = Database::connect(owner).await.expect("PostgreSQL");
    let lock = "DO $$ DECLARE one uuid; BEGIN
        FOR one IN SELECT id FROM appointment ORDER BY random() LIMIT 20 LOOP
            PERFORM 1 FROM appointment WHERE id = one FOR UPDATE; PERFORM pg_sleep(0.05);
        END LOOP; END $$";
    for round in 0..4 {
        let sql = if round == 2 { "SELECT pg_sleep(3) FROM tenant FOR UPDATE" } else { lock };
        let _ = db.execute_unprepared(sql).await;
        sleep(Duration::from_millis(300)).await;
    }
}
