//! Drills: citizens at work, a fault in the middle, and a checker that compares what the citizens
//! know with what the database holds. `make drill` runs them all.

pub mod chance;
pub mod citizen;
pub mod fault;
pub mod grounds;
pub mod ledger;
pub mod places;
pub mod release;
pub mod rows;
pub mod scene;
pub mod town;
pub mod world;

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf, sync::Arc, time::Duration};

use fault::Fault;
use grounds::Grounds;
use ledger::{Answer, Ledger};
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

/// Runs one drill on a fresh database.
pub async fn run(grounds: &mut Grounds, plan: &Plan) -> Report {
    let mut scene = Scene::set(grounds).await;
    let opened = places::free_slots(&scene.servers[0]).await;
    assert!(places::is_whole(&opened), "the town does not open what its file says");
    let citizens: Vec<_> = (0..plan.citizens)
        .map(|number| {
            let world = Arc::clone(&scene.world);
            let seed = plan.seed.wrapping_mul(1_000).wrapping_add(number);
            tokio::spawn(async move { citizen::live(&world, seed).await })
        })
        .collect();
    tokio::time::sleep(plan.around).await;
    plan.fault.happen(&mut scene).await;
    let mended = scene.world.elapsed();
    tokio::time::sleep(plan.around).await;
    scene.world.end();
    for citizen in citizens {
        citizen.await.expect("a citizen");
    }
    let report = judge(&mut scene, plan, &opened, mended).await;
    if !report.findings.is_empty() {
        let folder = plan.keep.join(format!("{:?}-{}", plan.fault, plan.seed));
        scene.keep_logs(&folder).expect("the logs");
        let findings = report.findings.join("\n");
        let asked = format!("{:#?}", scene.world.ledger());
        std::fs::write(folder.join("findings.txt"), findings).expect("the findings");
        std::fs::write(folder.join("ledger.txt"), asked).expect("the ledger");
    }
    report
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
    let (world, mail) = (Arc::clone(&scene.world), scene.mail.clone());
    let ledger = std::mem::take(&mut *world.ledger());
    let rows::Findings { wrong, lost } = rows::check(&owner, &ledger).await;
    findings.extend(wrong);
    findings.extend(places::check(&server, &owner, opened).await);
    let (told, twice) = mails(&mail).await;
    let written = usize::try_from(scene.office.count("outbox WHERE state = 'sent'").await);
    let written = written.expect("a number of mails");
    let mut figures = figures(&ledger, told, twice);
    if fault.may_lose() {
        let in_vain = told.saturating_sub(written);
        let _ = write!(figures, "; {} yeses and {in_vain} told mails lost", lost.len());
    } else {
        findings.extend(lost);
    }
    // What had left when a process was killed is dropped where its appointment was cancelled since.
    let may_be_dropped = fault.may_lose() || fault.repeats_mails();
    if told < written || (told > written && !may_be_dropped) {
        findings.push(format!("{told} mails arrived, {written} are marked as sent"));
    }
    if twice > 0 && !fault.repeats_mails() {
        findings.push(format!("{twice} mails arrived twice"));
    }
    for (trace, number) in traces(scene, fault) {
        let _ = write!(figures, "; {number} times \"{trace}\"");
        if number == 0 {
            findings.push(format!("the fault has not happened: no \"{trace}\""));
        }
    }
    findings.extend(answers(&ledger, fault, mended + plan.around / 2));
    *world.ledger() = ledger;
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

/// How many mails arrived, and how often one of them once more.
async fn mails(mail: &crate::smtp::MailServer) -> (usize, usize) {
    let arrived = mail.mails(0).await;
    let id = |text: &String| {
        let line = text.lines().find(|line| line.to_lowercase().starts_with("message-id:"));
        line.expect("a Message-ID").to_owned()
    };
    let different: BTreeSet<String> = arrived.iter().map(id).collect();
    (different.len(), arrived.len() - different.len())
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

fn figures(ledger: &Ledger, told: usize, twice: usize) -> String {
    let mut line = format!("{} asked, {} granted", ledger.asked.len(), ledger.granted());
    for (what, number) in ledger.refusals().into_iter().chain(ledger.unknown()) {
        let _ = write!(line, ", {number} {what}");
    }
    let _ = match ledger.degraded() {
        Some((first, last)) => write!(line, "; degraded for {:.1} s", (last - first).as_secs_f64()),
        None => write!(line, "; never degraded"),
    };
    let slowest = ledger.slowest().as_secs_f64();
    let _ = write!(line, ", slowest answer {slowest:.1} s; {told} mails, {twice} of them twice");
    line
}
