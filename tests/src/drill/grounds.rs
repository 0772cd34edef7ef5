//! The servers that drills take place on.

use std::path::{Path, PathBuf};

use super::{fault::Fault, release};
use crate::servers::{OwnCluster, OwnPostgres, OwnRedis};

/// What drills of a run may share; each has its own database in it.
#[derive(Debug)]
pub struct Grounds {
    /// PostgreSQL.
    pub postgres: OwnPostgres,
    /// What follows it.
    pub standby: Option<OwnPostgres>,
    /// Redis.
    pub redis: OwnRedis,
    /// What the servers use in its place.
    pub cluster: Option<OwnCluster>,
    /// Another release's binary, which the drill begins with.
    pub other: Option<PathBuf>,
}

impl Grounds {
    /// One PostgreSQL and one Redis.
    pub async fn start() -> Self {
        Self::with(OwnPostgres::start().await)
    }

    /// Grounds of its own for a fault that needs more than [`Self::start`] gives, else none.
    ///
    /// # Errors
    /// What is missing on this machine.
    pub async fn of(fault: Fault) -> Result<Option<Self>, String> {
        let mut grounds = match fault {
            Fault::Release => {
                let other = release::other()?;
                let postgres = OwnPostgres::migrated_by(&other).await;
                Self { other: Some(other), ..Self::with(postgres) }
            }
            Fault::DiskFull => {
                let postgres = OwnPostgres::on_small_disk().await;
                Self::with(
                    postgres
                        .ok_or("no mount of our own on this machine (unshare --user --mount)")?,
                )
            }
            Fault::PrimaryLost | Fault::PrimaryLostBehind | Fault::ClusterMasterKilled => {
                Self::start().await
            }
            _ => return Ok(None),
        };
        match fault {
            Fault::PrimaryLost => {
                grounds.standby = Some(grounds.postgres.standby().await);
                grounds.postgres.commit_synchronously().await;
            }
            Fault::PrimaryLostBehind => grounds.standby = Some(grounds.postgres.standby().await),
            Fault::ClusterMasterKilled => grounds.cluster = Some(OwnCluster::start().await),
            _ => {}
        }
        Ok(Some(grounds))
    }

    /// Where the servers find Redis.
    #[must_use]
    pub fn redis_url(&self) -> String {
        self.cluster.as_ref().map_or_else(|| self.redis.url(), OwnCluster::url)
    }

    /// Copies the logs to a folder.
    ///
    /// # Errors
    /// No room there.
    pub fn keep_logs(&self, folder: &Path) -> std::io::Result<()> {
        keep_logs(folder, &self.postgres, &self.redis, self.cluster.as_ref())
    }

    fn with(postgres: OwnPostgres) -> Self {
        Self { postgres, standby: None, redis: OwnRedis::start(), cluster: None, other: None }
    }
}

pub(super) fn keep_logs(
    folder: &Path,
    postgres: &OwnPostgres,
    redis: &OwnRedis,
    cluster: Option<&OwnCluster>,
) -> std::io::Result<()> {
    std::fs::copy(postgres.log(), folder.join("postgres.log"))?;
    std::fs::copy(redis.log(), folder.join("redis.log"))?;
    for (number, log) in cluster.into_iter().flat_map(OwnCluster::logs).enumerate() {
        std::fs::copy(log, folder.join(format!("redis-{number}.log")))?;
    }
    Ok(())
}
