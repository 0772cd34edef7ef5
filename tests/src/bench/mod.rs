//! `make bench`: how fast, how full. Figures, and what must hold at any speed; no figure is ever an
//! assertion.

mod booking;
mod growth;
mod http;
mod load;
mod reading;
pub mod report;
mod rush;
pub mod sizes;
mod slots;
mod start;
mod towns;

use report::{Report, Section};
use sizes::Sizes;

use crate::{
    office::{Neighbours, Office},
    servers::{OwnPostgres, OwnRedis},
    smtp::MailServer,
};

/// The servers that all parts share.
#[derive(Debug)]
struct Grounds {
    postgres: OwnPostgres,
    redis: OwnRedis,
    mail: MailServer,
}

impl Grounds {
    /// An office in a fresh database, as in production: it counts its clients, and its mails leave.
    async fn office(&self, clock: &str) -> Office {
        let neighbours = Neighbours::on(&self.postgres, self.redis.url());
        let mut office = Office::beside(&neighbours, Some(clock)).await;
        office.count_clients();
        office.configure("SMTP_URL", &self.mail.url);
        office
    }
}

/// Runs all parts, or those that are named; `keep` gets the report after each of them.
pub async fn run(sizes: &Sizes, keep: impl Fn(&Report)) -> Report {
    let postgres = OwnPostgres::durable().await;
    let grounds = Grounds { postgres, redis: OwnRedis::start(), mail: MailServer::start().await };
    let mut report = Report::of_this_machine(sizes);
    for part in PARTS {
        if sizes.takes(part) {
            report.sections.extend(measure(part, &grounds, sizes).await);
            keep(&report);
        }
    }
    report
}

/// The parts, in the order of the report.
const PARTS: [&str; 6] = ["slots", "reading", "booking", "rush", "growth", "start"];

async fn measure(part: &str, grounds: &Grounds, sizes: &Sizes) -> Vec<Section> {
    match part {
        "slots" => slots::sections(),
        "reading" => reading::measure(grounds, sizes).await,
        "booking" => booking::measure(grounds, sizes).await,
        "rush" => vec![rush::measure(grounds, sizes).await],
        "growth" => growth::measure(grounds, sizes).await,
        _ => vec![start::measure(grounds).await],
    }
}
