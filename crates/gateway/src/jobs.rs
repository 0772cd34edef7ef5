//! What runs until the process is told to end: each job by its name, so that one which does not end
//! can be told.

use std::{fmt, time::Duration};

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// Jobs that run side by side.
#[derive(Debug)]
pub(crate) struct Jobs {
    /// Cancelled when they are to end.
    shutdown: CancellationToken,
    running: JoinSet<()>,
    names: Vec<(Id, &'static str)>,
}

/// What did not end as it should.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct Unended(Vec<&'static str>);

impl fmt::Display for Unended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did not end well: {}", self.0.join(", "))
    }
}

impl Jobs {
    /// None yet; all are to end with `shutdown`.
    pub(crate) fn until(shutdown: CancellationToken) -> Self {
        Self { shutdown, running: JoinSet::new(), names: Vec::new() }
    }

    /// Starts one that ends by itself soon after the token that it is given is cancelled.
    pub(crate) fn start<F>(&mut self, name: &'static str, job: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let handle = self.running.spawn(job(self.shutdown.clone()));
        self.names.push((handle.id(), name));
    }

    /// Waits until all have ended, after the shutdown at most for `patience`: whoever stops processes
    /// kills after a while, and a job that hangs has nothing that a killed one would lose.
    ///
    /// # Errors
    /// [`Unended`] names those that were left, and those that broke off by a panic.
    pub(crate) async fn end(mut self, patience: Duration) -> Result<(), Unended> {
        let shutdown = self.shutdown.clone();
        let too_late = async {
            shutdown.cancelled().await;
            tokio::time::sleep(patience).await;
        };
        tokio::pin!(too_late);
        let mut broken = Vec::new();
        loop {
            let ended = tokio::select! {
                // Who has ended just in time is not too late.
                biased;
                ended = self.running.join_next_with_id() => ended,
                () = &mut too_late => break,
            };
            let Some(ended) = ended else { break };
            let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
            let place = self.names.iter().position(|(own, _)| *own == id);
            let name = place.map(|place| self.names.swap_remove(place).1);
            if ended.is_err() {
                // Whoever watches the process starts another, which has all its parts.
                tracing::error!(job = name, "broke off: the process ends");
                shutdown.cancel();
                broken.extend(name);
            }
        }
        broken.extend(self.names.iter().map(|(_, name)| *name));
        if broken.is_empty() { Ok(()) } else { Err(Unended(broken)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_ends_when_told_has_ended_well() {
        let shutdown = CancellationToken::new();
        let mut jobs = Jobs::until(shutdown.clone());
        jobs.start("slow", |shutdown| async move {
            shutdown.cancelled().await;
            tokio::task::yield_now().await;
        });
        jobs.start("done", |_| async {});
        shutdown.cancel();
        assert_eq!(jobs.end(Duration::from_secs(60)).await, Ok(()));
    }

    #[tokio::test]
    async fn who_hangs_or_breaks_off_is_named() {
        let shutdown = CancellationToken::new();
        let mut jobs = Jobs::until(shutdown.clone());
        jobs.start("well", |shutdown| async move { shutdown.cancelled().await });
        jobs.start("hangs", |_| std::future::pending());
        jobs.start("breaks", |_| async { panic!("for the test") });
        shutdown.cancel();
        let Err(Unended(mut names)) = jobs.end(Duration::from_millis(50)).await else {
            panic!("two did not end well");
        };
        names.sort_unstable();
        assert_eq!(names, ["breaks", "hangs"]);
    }
}
