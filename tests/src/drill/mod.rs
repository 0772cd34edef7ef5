//! Drills: citizens at work, a fault in the middle, and a checker that compares what the citizens
//! know with what the database holds. `make drill` runs them all.

pub mod chance;
pub mod citizen;
pub mod fault;
pub mod grounds;
pub mod ledger;
pub mod mails;
pub mod places;
pub mod release;
pub mod rows;
pub mod scene;
pub mod town;
pub mod world;

use std::{
    any::Any, collections::BTreeSet, fmt::Write as _, panic::AssertUnwindSafe, path::PathBuf,
    sync::Arc, time::Duration,
};

use futures::FutureExt as _;
use tokio::task::JoinSet;

use fault::Fault;
use grounds::Grounds;
use ledger::{Answer, Ledger};
use mails::Mails;
use scene::Scene;

/// How a drill is run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is broken.
    pub fault: Fault,
    /// How many citizens are at work at once.
    pub citizens: u64,
    /// How long they are before and after the fault.
    pub around: Duration,
    /// Decides what they do.
    pub seed: u64,
    /// Where logs are kept if something is found.
    pub keep: PathBuf,
}

/// What a drill has shown.
#[derive(Debug)]
pub struct Report {
    /// Figures, one line.
    pub figures: String,
    /// Everything that is wrong; empty is well.
    pub findings: Vec<String>,
}

impl Report {
    /// What `part` of a drill comes to; one that panics is broken off, which is a finding, too.
    ///
    /// # Errors
    /// That it was broken off.
    pub async fn unless_broken_off<T>(part: impl Future<Output = T>) -> Result<T, Self> {
        AssertUnwindSafe(part).catch_unwind().await.map_err(|panic| Self {
            figures: "broken off".to_owned(),
            findings: vec![format!("the drill was broken off: {}", said(&*panic))],
        })
    }
}

/// Runs one drill on a fresh database.
pub async fn run(grounds: &mut Grounds, plan: &Plan) -> Report {
    let set = Report::unless_broken_off(Scene::set(grounds)).await;
    let mut scene = match set {
        Ok(scene) => scene,
        Err(broken_off) => {
            let folder = keep(plan, &broken_off);
            grounds.keep_logs(&folder).expect(ROOM);
            return broken_off;
        }
    };
    let played = Report::unless_broken_off(play(&mut scene, plan)).await;
    let report = played.unwrap_or_else(|broken_off| broken_off);
    if !report.findings.is_empty() {
        let folder = keep(plan, &report);
        let ledger = format!("{:#?}", scene.world.ledger());
        std::fs::write(folder.join("ledger.txt"), ledger).expect(ROOM);
        scene.keep_logs(&folder).expect(ROOM);
    }
    report
}

const ROOM: &str = "room for what was found";

async fn play(scene: &mut Scene<'_>, plan: &Plan) -> Report {
    let opened = places::free_slots(&scene.servers[0]).await;
    assert!(places::is_whole(&opened), "the town does not open what its file says");
    let mut citizens = JoinSet::new();
    for number in 0..plan.citizens {
        let world = Arc::clone(&scene.world);
        let seed = plan.seed.wrapping_mul(1_000).wrapping_add(number);
        citizens.spawn(async move { citizen::live(&world, seed).await });
    }
    tokio::time::sleep(plan.around).await;
    plan.fault.happen(scene).await;
    let mended = scene.world.elapsed();
    tokio::time::sleep(plan.around).await;
    scene.world.end();
    citizens.join_all().await;
    judge(scene, plan, &opened, mended).await
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic")
}

/// Keeps the findings; answers the folder for all that is kept with them.
#[must_use]
pub fn keep(plan: &Plan, report: &Report) -> PathBuf {
    let folder = plan.keep.join(format!("{:?}-{}", plan.fault, plan.seed));
    std::fs::create_dir_all(&folder).expect(ROOM);
    std::fs::write(folder.join("findings.txt"), report.findings.join("\n")).expect(ROOM);
    folder
}

/// Compares everything with everything.
async fn judge(
    scene: &mut Scene<'_>,
    plan: &Plan,
    opened: &BTreeSet<town::Slot>,
    mended: Duration,
) -> Report {
    let fault = plan.fault;
    let server = scene.reopen().await;
    let mut findings = Vec::new();
    let owner = scene.office.owner_url();
    if let Err(left) = drained(scene).await {
        findings.push(format!("{left} mails are due and do not go out"));
    }
    let world = Arc::clone(&scene.world);
    let ledger = world.ledger().clone();
    let rows::Findings { wrong, lost } = rows::check(&owner, &ledger).await;
    findings.extend(wrong);
    findings.extend(places::check(&server, &owner, opened).await);
    let mails = Mails::count(&owner, &scene.mail).await;
    findings.extend(mails.findings(fault));
    let mut figures = figures(&ledger, &mails);
    if fault.may_lose() {
        let (lost, in_vain) = (lost.len(), mails.in_vain());
        let losable = scene.losable;
        let _ = write!(
            figures,
            "; of {losable} yeses that might be lost {lost} were, and {in_vain} told mails"
        );
        // Some were granted just before it, and not sent yet, and some just before the end.
        if lost > losable + plan.citizens as usize {
            findings.push(format!("{lost} yeses are lost, and only {losable} could be"));
        }
        if lost == 0 {
            findings.push("the fault has not happened: nothing is lost".to_owned());
        }
    } else {
        findings.extend(lost);
    }
    if server.log().contains(places::ALONE) {
        let _ =
            write!(figures, "; Redis was slow in the end, so nobody looked whether all was held");
    }
    for (trace, number) in traces(scene, fault) {
        let _ = write!(figures, "; {number} times \"{trace}\"");
        if number == 0 {
            findings.push(format!("the fault has not happened: no \"{trace}\""));
        }
    }
    findings.extend(answers(&ledger, fault, mended + plan.around / 2));
    Report { figures, findings }
}

/// How often PostgreSQL's log tells what a fault brings.
fn traces(scene: &Scene<'_>, fault: Fault) -> impl Iterator<Item = (&'static str, usize)> {
    let log = scene.logged();
    fault.traces().iter().map(move |trace| (*trace, log.matches(trace).count()))
}

/// Waits until no mail is due; how many are left where nothing moves any more.
pub async fn drained(scene: &Scene<'_>) -> Result<(), i64> {
    // Reminders are due days later.
    const DUE: &str = "outbox WHERE state = 'waiting' AND kind <> 'reminder'";
    let (mut left, mut idle) = (scene.office.count(DUE).await, 0);
    while left > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = scene.office.count(DUE).await;
        idle = if now < left { 0 } else { idle + 1 };
        if idle > 150 {
            return Err(now);
        }
        left = now;
    }
    Ok(())
}

/// Every answer was clear, or the fault is an excuse; and from `calm` on all is as before.
fn answers(ledger: &Ledger, fault: Fault, calm: Duration) -> Vec<String> {
    let mut wrong = Vec::new();
    for (why, number) in ledger.unknown() {
        if !fault.excuses().contains(&why) {
            wrong.push(format!("{number} questions without a clear answer: {why}"));
        }
    }
    for (code, number) in ledger.refusals() {
        // What is lost can be neither moved nor cancelled.
        let of_lost = fault.may_lose() && code == "UNKNOWN_APPOINTMENT";
        if code != "SLOT_TAKEN" && !of_lost {
            wrong.push(format!("{number} questions refused as {code}"));
        }
    }
    let late = ledger.asked.iter().filter(|asked| asked.at > calm);
    let (well, ill): (Vec<_>, Vec<_>) =
        late.partition(|asked| !matches!(asked.answer, Answer::Unknown(_)));
    if well.is_empty() || !ill.is_empty() {
        wrong.push(format!(
            "when it was over, {} questions failed and {} did not",
            ill.len(),
            well.len()
        ));
    }
    wrong
}

fn figures(ledger: &Ledger, mails: &Mails) -> String {
    let mut line = format!("{} asked, {} granted", ledger.asked.len(), ledger.granted());
    for (what, number) in ledger.refusals().into_iter().chain(ledger.unknown()) {
        let _ = write!(line, ", {number} {what}");
    }
    let _ = match ledger.degraded() {
        Some((first, last)) => write!(line, "; degraded for {:.1} s", (last - first).as_secs_f64()),
        None => write!(line, "; never degraded"),
    };
    let slowest = ledger.slowest().as_secs_f64();
    let _ = write!(line, ", slowest answer {slowest:.1} s; {mails}");
    line
}
