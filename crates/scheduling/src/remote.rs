//! How Redis is asked: what is kept there is a courtesy, so nobody waits long for it, and a Redis that
//! is out of reach is no error.

mod connection;

use std::time::Duration;

use redis::{
    AsyncTypedCommands as _, ErrorKind, FromRedisValue, RedisError, ScriptInvocation, aio::PubSub,
};

use connection::Connection;

/// A citizen does not wait longer for a courtesy.
const PATIENCE: Duration = Duration::from_millis(300);

/// A Redis that may be out of reach.
#[derive(Clone)]
pub(crate) struct Remote {
    connection: Connection,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remote")
    }
}

impl Remote {
    /// The Redis at `url`, one server or a cluster; nobody needs to answer there yet.
    pub(crate) fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self { connection: Connection::new(url, PATIENCE)? })
    }

    /// What the script answers; `None` when Redis is out of reach.
    pub(crate) async fn invoke<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Option<T> {
        let mut connection = self.connection.clone();
        reach(call.invoke_async::<T>(&mut connection)).await
    }

    /// Whether there is one server that tells its listeners everything in the order in which it was
    /// said; of a cluster each node has an order of its own.
    pub(crate) fn keeps_order(&self) -> bool {
        self.connection.single().is_some()
    }

    /// Listens to what is said on these channels of a Redis that keeps order.
    ///
    /// # Errors
    /// That of Redis, which may be out of reach or no single server.
    pub(crate) async fn listen(&self, channels: &[&str]) -> Result<PubSub, RedisError> {
        let nobody = || RedisError::from((ErrorKind::Io, "nobody to listen to"));
        let client = self.connection.single().ok_or_else(nobody)?;
        let subscribed = async {
            let mut listener = client.get_async_pubsub().await?;
            listener.subscribe(channels).await?;
            Ok(listener)
        };
        let in_time = tokio::time::timeout(PATIENCE, subscribed).await;
        in_time.unwrap_or_else(|_| Err(nobody()))
    }

    /// Says something to all who listen on a channel; to nobody while Redis is out of reach.
    pub(crate) async fn say(&self, channel: &str, words: &str) {
        let mut connection = self.connection.clone();
        reach(connection.publish(channel, words)).await;
    }

    /// Whether Redis answers.
    pub(crate) async fn answers(&self) -> bool {
        let mut connection = self.connection.clone();
        reach(connection.ping()).await.is_some()
    }
}

/// The answer, unless Redis fails or takes too long.
async fn reach<T>(answer: impl Future<Output = Result<T, RedisError>>) -> Option<T> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::warn!(kind = ?error.kind(), "redis failed; this process goes on by itself");
            None
        }
        Err(_) => {
            tracing::warn!("redis did not answer; this process goes on by itself");
            None
        }
    }
}
