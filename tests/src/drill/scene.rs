//! The stage of one drill: an office with two servers on PostgreSQL, Redis and SMTP that can be
//! broken.

use std::{path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    grounds::{self, Grounds},
    town::{FILE, MORNING, SLUG},
    world::World,
};
use crate::{
    office::{Neighbours, Office, Server, binary},
    servers::{Ending, OwnCluster, OwnPostgres, OwnRedis},
    smtp::MailServer,
};

/// One drill's stage.
#[derive(Debug)]
pub struct Scene<'a> {
    /// PostgreSQL.
    pub postgres: &'a mut OwnPostgres,
    /// What follows it, where anything does.
    pub standby: &'a mut Option<OwnPostgres>,
    /// What was PostgreSQL before that was promoted.
    former: Option<OwnPostgres>,
    /// Redis.
    pub redis: &'a mut OwnRedis,
    /// The cluster in its place, where there is one.
    pub cluster: &'a mut Option<OwnCluster>,
    /// SMTP.
    pub mail: MailServer,
    /// The office.
    pub office: Office,
    /// Its servers.
    pub servers: Vec<Server>,
    /// Its citizens' world.
    pub world: std::sync::Arc<World>,
    /// How long PostgreSQL's log was when it began, or took over, in bytes.
    log_begins: usize,
    /// How many changes were granted while the standby stayed behind, which may all be lost.
    pub losable: usize,
}

impl<'a> Scene<'a> {
    /// A fresh database with the drilled town and two servers.
    pub async fn set(grounds: &'a mut Grounds) -> Self {
        let redis = grounds.redis_url();
        let Grounds { postgres, standby, redis: single, cluster, other } = grounds;
        let neighbours = Neighbours::on(postgres, redis);
        let mail = MailServer::start().await;
        let mut office = Office::beside(&neighbours, Some(MORNING)).await;
        if let Some(other) = other {
            office.set_binary(other);
        }
        if let Some(standby) = standby {
            office.configure("DATABASE_URL", &both(&office, standby));
        }
        office.import(FILE);
        office.configure("SMTP_URL", &mail.url);
        office.configure("RUST_LOG", "warn");
        office.count_clients();
        let servers = vec![office.serve().await, office.serve().await];
        let world = World::new(&[&servers[0].url, &servers[1].url]).into();
        let log_begins = length(postgres);
        let (redis, former) = (single, None);
        Self {
            postgres,
            standby,
            former,
            redis,
            cluster,
            mail,
            office,
            servers,
            world,
            log_begins,
            losable: 0,
        }
    }

    /// Kills the first server; its door stays.
    pub fn kill_server(&mut self) {
        drop(self.servers.remove(0));
    }

    /// Starts a server behind the door of the one that was killed.
    pub async fn start_server(&mut self) {
        self.set_clock(TimeDelta::zero());
        let server = self.office.serve().await;
        self.world.replace_door(0, &server.url);
        self.servers.insert(0, server);
    }

    /// Starts a server whose clock is five minutes ahead in place of the first.
    pub async fn replace_server_by_one_ahead(&mut self) {
        self.replace_server_at(0, TimeDelta::minutes(5)).await;
    }

    /// Starts another server in the place of one.
    pub async fn replace_server(&mut self, number: usize) {
        self.replace_server_at(number, TimeDelta::zero()).await;
    }

    /// Starts a server behind a door, and ends the one that was there in order, once nobody is on
    /// the way to it any more.
    async fn replace_server_at(&mut self, number: usize, ahead: TimeDelta) {
        self.set_clock(ahead);
        let new = self.office.serve().await;
        self.world.replace_door(number, &new.url);
        let old = std::mem::replace(&mut self.servers[number], new);
        tokio::time::sleep(Duration::from_secs(1)).await;
        old.end().await;
    }

    /// Brings the database to the release under test, which starts from here on.
    pub fn migrate(&mut self) {
        self.office.set_binary(&binary());
        let (office, owner) = (&self.office, self.office.owner_url());
        let mut command = office.command(&["migrate"]);
        let migrated = command.env("DATABASE_URL", owner).status();
        assert!(migrated.expect("the binary").success(), "migrate failed");
    }

    /// Lets the standby stay behind from here on, for a while at first.
    pub async fn leave_standby_behind(&mut self, at_first: impl Future<Output = ()>) {
        let before = self.world.ledger().changed();
        self.postgres.stop_sending().await;
        at_first.await;
        self.losable = self.world.ledger().changed() - before;
    }

    /// Kills PostgreSQL for good, and promotes the standby when nobody takes writes for a while.
    pub async fn promote_standby(&mut self, after: impl Future<Output = ()>) {
        self.postgres.end(Ending::Crash);
        after.await;
        let standby = self.standby.take().expect("a standby");
        self.log_begins = length(&standby);
        standby.promote().await;
        self.office.move_to(&standby.url());
        self.former = Some(std::mem::replace(self.postgres, standby));
    }

    /// Kills the master with the town's holds, and starts it again, empty, after a while.
    pub async fn kill_keeper_of_holds(&mut self, after: impl Future<Output = ()>) {
        let tenant = self.office.tenant(SLUG).await;
        let cluster = self.cluster.as_mut().expect("a cluster");
        let number = cluster.kill_keeper_of(&format!("hold:{{{tenant}}}:days"));
        after.await;
        cluster.start_again(number).await;
    }

    /// Ends all servers in order and starts one for the check, in whose eyes all holds of the others
    /// have expired; their claims end, too.
    pub async fn reopen(&mut self) -> Server {
        for server in self.servers.drain(..) {
            server.end().await;
        }
        self.set_clock(TimeDelta::minutes(30));
        self.office.end_claims().await;
        self.office.serve().await
    }

    /// What PostgreSQL has logged since it began.
    #[must_use]
    pub fn logged(&self) -> String {
        let log = std::fs::read(self.postgres.log()).unwrap_or_default();
        String::from_utf8_lossy(log.get(self.log_begins..).unwrap_or_default()).into_owned()
    }

    /// Copies the logs to a folder.
    pub fn keep_logs(&self, folder: &Path) -> std::io::Result<()> {
        self.office.keep_logs(folder)?;
        if let Some(former) = &self.former {
            std::fs::copy(former.log(), folder.join("former-postgres.log"))?;
        }
        grounds::keep_logs(folder, self.postgres, self.redis, self.cluster.as_ref())
    }

    /// What starts next shows the time of the drill, and `ahead` of it.
    fn set_clock(&mut self, ahead: TimeDelta) {
        let morning: DateTime<Utc> = MORNING.parse().expect("an instant");
        let elapsed = TimeDelta::from_std(self.world.elapsed()).expect("a short drill");
        self.office.set_clock(&(morning + elapsed + ahead).to_rfc3339());
    }
}

/// How long PostgreSQL's log is, in bytes.
fn length(postgres: &OwnPostgres) -> usize {
    std::fs::read(postgres.log()).map_or(0, |log| log.len())
}

/// The office's database on either of two servers.
fn both(office: &Office, standby: &OwnPostgres) -> String {
    let (server, name) = office.database_url().rsplit_once('/').expect("a database");
    format!("{server},127.0.0.1:{}/{name}", standby.port())
}
