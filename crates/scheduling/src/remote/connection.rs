//! The way to Redis: one server, or the nodes of a cluster.

use std::time::Duration;

use redis::{
    Client, Cmd, Pipeline, RedisError, RedisFuture, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
    cluster::{ClusterClient, ClusterConfig},
    cluster_async::ClusterConnection,
};

/// How the address of a cluster begins; its nodes follow, separated by commas.
const CLUSTER: &str = "redis-cluster://";

/// Connects by itself, and anew when the connection was lost.
#[derive(Clone)]
pub(super) enum Connection {
    Single(Client, ConnectionManager),
    Cluster(ClusterConnection),
}

impl Connection {
    /// By `redis://USER:PASSWORD@HOST:PORT` or `redis-cluster://USER:PASSWORD@HOST:PORT,HOST:PORT`,
    /// where some of the nodes suffice: they know the others. Nobody waits for an answer longer than
    /// `patience`.
    pub(super) fn new(url: &str, patience: Duration) -> Result<Self, RedisError> {
        if let Some(nodes) = nodes(url) {
            let client = ClusterClient::builder(nodes)
                .retries(1)
                .connection_timeout(patience)
                .response_timeout(patience)
                .build()?;
            let config = ClusterConfig::default();
            return Ok(Self::Cluster(client.get_pending_async_connection_with_config(config)));
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience));
        let client = Client::open(url)?;
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self::Single(client, manager))
    }

    /// The one server, of which one may be told what others say there in a common order; none of a
    /// cluster.
    pub(super) fn single(&self) -> Option<&Client> {
        match self {
            Self::Single(client, _) => Some(client),
            Self::Cluster(_) => None,
        }
    }
}

/// The addresses of a cluster's nodes; none where it is not a cluster's address.
fn nodes(url: &str) -> Option<Vec<String>> {
    let rest = url.strip_prefix(CLUSTER)?;
    let (user, hosts) = rest.split_at(rest.rfind('@').map_or(0, |at| at + 1));
    let hosts = hosts.trim_end_matches('/').split(',');
    Some(hosts.map(|host| format!("redis://{user}{host}")).collect())
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(_, connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(_, connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(_, connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::nodes;

    #[test]
    fn a_clusters_address_names_its_nodes() {
        assert_eq!(
            nodes("redis-cluster://user:a,b@one:7000,two:7001").unwrap(),
            ["redis://user:a,b@one:7000", "redis://user:a,b@two:7001"]
        );
        assert_eq!(nodes("redis-cluster://one:7000/").unwrap(), ["redis://one:7000"]);
        assert_eq!(nodes("redis://one:6379"), None);
    }
}
