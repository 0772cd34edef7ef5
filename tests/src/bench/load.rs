//! Load on a server: as much as goes, or at a pace.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use super::http::Connection;

/// What a load has shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Load {
    /// How long it lasted, in seconds.
    pub seconds: f64,
    /// Sorted, one for each answer.
    pub latencies: Vec<Duration>,
    /// Answers that were not what was asked for, and none.
    pub failed: usize,
}

impl Load {
    /// Of single measurements.
    pub(super) fn of(since: Instant, mut latencies: Vec<Duration>, failed: usize) -> Self {
        latencies.sort_unstable();
        Self { seconds: since.elapsed().as_secs_f64(), latencies, failed }
    }

    /// Answers per second.
    #[allow(clippy::cast_precision_loss)] // figures for people
    pub(super) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// So many of a thousand answers took no longer than this, in milliseconds.
    pub(super) fn at(&self, thousandth: usize) -> f64 {
        let index = self.latencies.len() * thousandth / 1000;
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get(index.min(last)).map_or(0.0, |took| took.as_secs_f64() * 1000.0)
    }
}

/// Every connection asks as soon as it has its answer. Each has its own part of the requests first.
pub(super) async fn saturate(
    url: &str,
    requests: &Arc<Vec<Vec<u8>>>,
    connections: usize,
    round: Duration,
) -> Load {
    let started = Instant::now();
    let clients = (0..connections).map(|number| {
        let (url, requests) = (url.to_owned(), Arc::clone(requests));
        tokio::spawn(async move {
            let (mut latencies, mut failed) = (Vec::new(), 0);
            let Ok(mut connection) = Connection::open(&url).await else { return (latencies, 1) };
            for request in requests.iter().cycle().skip(number * requests.len() / connections) {
                if started.elapsed() >= round {
                    break;
                }
                let before = Instant::now();
                match connection.ask(request).await {
                    Ok(answer) if answer.is_fine() => latencies.push(before.elapsed()),
                    _ => failed += 1,
                }
            }
            (latencies, failed)
        })
    });
    gather(started, clients.collect()).await
}

/// Requests come at a pace whatever the answers do; a latency counts from when its request was due,
/// so that a slow answer is not hidden by those that it holds up. Up to a millisecond of it is the
/// load's own timer.
pub(super) async fn pace(
    url: &str,
    requests: &Arc<Vec<Vec<u8>>>,
    per_second: f64,
    round: Duration,
) -> Load {
    const CONNECTIONS: usize = 64;
    let next = Arc::new(AtomicU32::new(0));
    let gap = Duration::from_secs_f64(1.0 / per_second.max(1.0));
    let started = Instant::now() + Duration::from_millis(20);
    let clients = (0..CONNECTIONS).map(|_| {
        let (url, requests, next) = (url.to_owned(), Arc::clone(requests), Arc::clone(&next));
        tokio::spawn(async move {
            let (mut latencies, mut failed) = (Vec::new(), 0);
            let Ok(mut connection) = Connection::open(&url).await else { return (latencies, 1) };
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let due = gap * number;
                if due >= round {
                    return (latencies, failed);
                }
                let due = started + due;
                tokio::time::sleep_until(due.into()).await;
                let request = &requests[number as usize % requests.len()];
                match connection.ask(request).await {
                    Ok(answer) if answer.is_fine() => latencies.push(due.elapsed()),
                    _ => failed += 1,
                }
            }
        })
    });
    gather(started, clients.collect()).await
}

type Client = tokio::task::JoinHandle<(Vec<Duration>, usize)>;

async fn gather(started: Instant, clients: Vec<Client>) -> Load {
    let (mut latencies, mut failed) = (Vec::new(), 0);
    for client in clients {
        let (own, wrong) = client.await.expect("a client");
        latencies.extend(own);
        failed += wrong;
    }
    Load::of(started, latencies, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_latencies() {
        let latencies = (1..=100).rev().map(Duration::from_millis).collect();
        let load = Load::of(Instant::now(), latencies, 0);
        assert_eq!([load.at(500), load.at(990), load.at(1000)], [51.0, 100.0, 100.0]);
        assert_eq!(Load::default().at(500), 0.0);
    }
}
