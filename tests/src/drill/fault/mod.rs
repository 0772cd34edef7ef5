//! What is broken while citizens are at work.

mod happening;

/// How often connections are cut.
const CUTS: usize = 5;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each says what it is in `told`
pub enum Fault {
    Nothing,
    ServerKilled,
    ServerFrozen,
    RedisRestarted,
    RedisFrozen,
    RedisSlow,
    RedisFull,
    PostgresRestarted,
    PostgresCrashed,
    PostgresFrozen,
    ConnectionsCut,
    ReadOnly,
    Contention,
    ClockAhead,
    MailRefused,
    PrimaryLost,
    PrimaryLostBehind,
    ClusterMasterKilled,
    Release,
    DiskFull,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Nothing,
        Self::ServerKilled,
        Self::ServerFrozen,
        Self::RedisRestarted,
        Self::RedisFrozen,
        Self::RedisSlow,
        Self::RedisFull,
        Self::PostgresRestarted,
        Self::PostgresCrashed,
        Self::PostgresFrozen,
        Self::ConnectionsCut,
        Self::ReadOnly,
        Self::Contention,
        Self::ClockAhead,
        Self::MailRefused,
        Self::PrimaryLost,
        Self::PrimaryLostBehind,
        Self::ClusterMasterKilled,
        Self::Release,
        Self::DiskFull,
    ];

    /// All faults, or the one with a name.
    ///
    /// # Errors
    /// No fault has this name; says which there are.
    pub fn chosen(name: Option<&str>) -> Result<Vec<Self>, String> {
        let Some(name) = name else { return Ok(Self::ALL.to_vec()) };
        let found = Self::ALL.into_iter().find(|fault| format!("{fault:?}") == name);
        found.map(|fault| vec![fault]).ok_or_else(|| {
            let names = Self::ALL.map(|fault| format!("{fault:?}")).join(", ");
            format!("no fault is called {name}; there are {names}")
        })
    }

    /// What is injected.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::Nothing => "nothing, for comparison",
            Self::ServerKilled => "one of two servers killed (SIGKILL), a new one a second later",
            Self::ServerFrozen => "one of two servers frozen for 66 s (SIGSTOP), then continued",
            Self::RedisRestarted => "Redis killed, and started empty 2 s later",
            Self::RedisFrozen => "Redis frozen for 5 s (SIGSTOP)",
            Self::RedisSlow => {
                "Redis slow for 6 s: most answers come up to 0.4 s late (SIGSTOP nine tenths of the time)"
            }
            Self::RedisFull => "Redis out of memory for 4 s (maxmemory, noeviction)",
            Self::PostgresRestarted => "PostgreSQL restarted (fast)",
            Self::PostgresCrashed => {
                "PostgreSQL crashed (SIGKILL of all its processes), started again"
            }
            Self::PostgresFrozen => "PostgreSQL frozen for 12 s (SIGSTOP of all its processes)",
            Self::ConnectionsCut => "all connections cut, five times in 4 s",
            Self::ReadOnly => "PostgreSQL takes no writes for 4 s, as with a full disk",
            Self::Contention => {
                "serializable transactions, rivals for row locks and deadlocks for 8 s"
            }
            Self::ClockAhead => {
                "one of two servers replaced by one whose clock is five minutes ahead"
            }
            Self::MailRefused => "SMTP refuses all mails for 4 s (451)",
            Self::PrimaryLost => {
                "PostgreSQL killed for good (SIGKILL), its synchronous standby promoted 2 s later"
            }
            Self::PrimaryLostBehind => {
                "PostgreSQL killed for good, its standby promoted 2 s later, 1 s behind (asynchronous)"
            }
            Self::ClusterMasterKilled => {
                "of three masters of a Redis cluster the one with the town's holds killed, back empty 3 s later"
            }
            Self::Release => {
                "another release's servers, migrated at work, then replaced one by one"
            }
            Self::DiskFull => "PostgreSQL's disk full to the last page for 6 s (53100)",
        }
    }

    /// For which reasons a question may go without a clear answer.
    #[must_use]
    pub fn excuses(self) -> &'static [&'static str] {
        match self {
            Self::Nothing
            | Self::RedisRestarted
            | Self::RedisFrozen
            | Self::RedisSlow
            | Self::RedisFull
            | Self::ClockAhead
            | Self::MailRefused
            | Self::ClusterMasterKilled => &[],
            Self::ServerKilled => &["no answer"],
            Self::ServerFrozen => &["no answer", "BUSY"],
            Self::PostgresFrozen => &["no answer", "BUSY"],
            Self::PostgresRestarted
            | Self::PostgresCrashed
            | Self::ConnectionsCut
            | Self::ReadOnly
            | Self::Contention
            | Self::PrimaryLost
            | Self::PrimaryLostBehind
            | Self::Release
            | Self::DiskFull => &["BUSY"],
        }
    }

    /// How many mails may arrive once more: a worker sends ten at once, and was stopped between sending
    /// and writing that down, or could not write.
    #[must_use]
    pub fn repeated_mails(self) -> usize {
        /// As many as a worker sends side by side.
        const OF_ONE: usize = 10;
        const OF_BOTH: usize = 2 * OF_ONE;
        /// A worker that cannot write down goes on with others after two seconds.
        const ROUNDS: usize = 4;
        match self {
            Self::Nothing
            | Self::RedisRestarted
            | Self::RedisFrozen
            | Self::RedisSlow
            | Self::RedisFull
            | Self::MailRefused
            | Self::ClusterMasterKilled
            | Self::ClockAhead
            | Self::Release => 0,
            Self::ServerKilled | Self::ServerFrozen => OF_ONE,
            Self::PostgresRestarted
            | Self::PostgresCrashed
            | Self::PostgresFrozen
            | Self::PrimaryLost => OF_BOTH,
            Self::ConnectionsCut => CUTS * OF_BOTH,
            Self::ReadOnly | Self::DiskFull | Self::Contention => ROUNDS * OF_BOTH,
            // What was written down is lost, too.
            Self::PrimaryLostBehind => usize::MAX,
        }
    }

    /// What PostgreSQL's log says where it has happened at all.
    #[must_use]
    pub fn traces(self) -> &'static [&'static str] {
        match self {
            Self::Contention => {
                &["could not serialize access", "deadlock detected", "lock timeout"]
            }
            Self::DiskFull => &["No space left on device"],
            Self::ReadOnly => &["in a read-only transaction"],
            Self::ConnectionsCut => &["terminating connection due to administrator command"],
            Self::PostgresCrashed => &["not properly shut down"],
            Self::PrimaryLost | Self::PrimaryLostBehind => &["received promote request"],
            _ => &[],
        }
    }

    /// Whether what was acknowledged may be gone: it never reached what is left.
    #[must_use]
    pub fn may_lose(self) -> bool {
        self == Self::PrimaryLostBehind
    }
}
