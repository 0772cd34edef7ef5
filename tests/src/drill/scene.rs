//! The stage of one drill: an office with two servers on PostgreSQL, Redis and SMTP that can be
//! broken.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    town::{FILE, MORNING},
    world::World,
};
use crate::{
    office::{Neighbours, Office, Server},
    servers::{OwnPostgres, OwnRedis, TEMPLATE},
    smtp::MailServer,
};

/// What all drills of a run share; each has its own database in it.
#[derive(Debug)]
pub struct Grounds {
    /// PostgreSQL.
    pub postgres: OwnPostgres,
    /// Redis.
    pub redis: OwnRedis,
}

impl Grounds {
    /// Starts both.
    pub async fn start() -> Self {
        Self { postgres: OwnPostgres::start().await, redis: OwnRedis::start() }
    }
}

/// One drill's stage.
#[derive(Debug)]
pub struct Scene<'a> {
    /// PostgreSQL.
    pub postgres: &'a mut OwnPostgres,
    /// Redis.
    pub redis: &'a mut OwnRedis,
    /// SMTP.
    pub mail: MailServer,
    /// The office.
    pub office: Office,
    /// Its servers.
    pub servers: Vec<Server>,
    /// Its citizens' world.
    pub world: std::sync::Arc<World>,
}

impl<'a> Scene<'a> {
    /// A fresh database with the drilled town and two servers.
    pub async fn set(grounds: &'a mut Grounds) -> Self {
        let Grounds { postgres, redis } = grounds;
        let neighbours = Neighbours {
            postgres: postgres.url(),
            template: TEMPLATE.to_owned(),
            redis: redis.url(),
        };
        let mail = MailServer::start().await;
        let mut office = Office::beside(&neighbours, Some(MORNING)).await;
        office.import(FILE);
        office.configure("SMTP_URL", &mail.url);
        office.configure("RUST_LOG", "warn");
        let servers = vec![office.serve().await, office.serve().await];
        let world = World::new(&[&servers[0].url, &servers[1].url]).into();
        Self { postgres, redis, mail, office, servers, world }
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

    /// Starts a server whose clock is five minutes ahead behind the first door, and ends the one
    /// that was there in order, once nobody is on the way to it any more.
    pub async fn replace_server_by_one_ahead(&mut self) {
        self.set_clock(TimeDelta::minutes(5));
        let ahead = self.office.serve().await;
        self.world.replace_door(0, &ahead.url);
        let old = std::mem::replace(&mut self.servers[0], ahead);
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert!(old.end().await, "the old server did not end well");
    }

    /// Ends all servers in order and starts one for the check, in whose eyes all holds and claims of
    /// the others have expired.
    pub async fn reopen(&mut self) -> Server {
        for server in self.servers.drain(..) {
            assert!(server.end().await, "a server did not end well");
        }
        self.set_clock(TimeDelta::minutes(30));
        self.office.serve().await
    }

    /// Copies the logs to a folder.
    pub fn keep_logs(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::copy(self.postgres.log(), folder.join("postgres.log"))?;
        for log in self.office.logs() {
            let name = log.file_name().unwrap_or_default();
            std::fs::copy(&log, folder.join(name))?;
        }
        Ok(())
    }

    /// What starts next shows the time of the drill, and `ahead` of it.
    fn set_clock(&mut self, ahead: TimeDelta) {
        let morning: DateTime<Utc> = MORNING.parse().expect("an instant");
        let elapsed = TimeDelta::from_std(self.world.elapsed()).expect("a short drill");
        self.office.set_clock(&(morning + elapsed + ahead).to_rfc3339());
    }
}
