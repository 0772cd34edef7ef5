//! A Redis cluster of three masters.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use super::{free_port, redis, signal};

/// How many masters; the slots are spread over them.
const MASTERS: usize = 3;

/// Three masters without replicas that keep their place in the cluster over a restart, and no data.
#[derive(Debug)]
pub struct OwnCluster {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl OwnCluster {
    /// Starts the nodes and joins them.
    ///
    /// # Panics
    /// When they do not become a cluster.
    pub async fn start() -> Self {
        let nodes: Vec<Node> = (0..MASTERS).map(|_| Node::start()).collect();
        let cluster = Self { nodes };
        for node in &cluster.nodes {
            until(node, &["PING"], "PONG").await;
        }
        let addresses = cluster.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port));
        let joined = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(addresses)
            .args(["--cluster-replicas", "0", "--cluster-yes"])
            .stdout(Stdio::null())
            .status();
        assert!(joined.expect("redis-cli").success(), "the nodes do not join");
        cluster.is_whole().await;
        cluster
    }

    /// Its address as `REDIS_URL` wants it.
    #[must_use]
    pub fn url(&self) -> String {
        let nodes: Vec<String> =
            self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis-cluster://{}", nodes.join(","))
    }

    /// What its masters have logged.
    pub fn logs(&self) -> impl Iterator<Item = PathBuf> {
        self.nodes.iter().map(|node| redis::log_in(node.folder.path()))
    }

    /// Kills the master that keeps a key; returns its number.
    pub fn kill_keeper_of(&mut self, key: &str) -> usize {
        let slot: u16 = ask(&self.nodes[0], &["CLUSTER", "KEYSLOT", key]).parse().expect("a slot");
        let number = self.nodes.iter().position(|node| node.keeps(slot)).expect("a keeper");
        let node = &mut self.nodes[number];
        node.process.kill().expect("a running Redis");
        node.process.wait().expect("an end");
        number
    }

    /// Starts a killed one again, empty, at the same address, and waits until the cluster is whole.
    pub async fn start_again(&mut self, number: usize) {
        let Node { folder, port, process } = &mut self.nodes[number];
        *process = Node::spawn(folder, *port);
        self.is_whole().await;
    }

    /// How many keys each master has.
    #[must_use]
    pub fn keys(&self) -> Vec<usize> {
        let size = |node| ask(node, &["DBSIZE"]).parse().expect("a number");
        self.nodes.iter().map(size).collect()
    }

    async fn is_whole(&self) {
        for node in &self.nodes {
            until(node, &["CLUSTER", "INFO"], "cluster_state:ok").await;
        }
    }
}

impl Node {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // The nodes talk to each other on the port 10,000 above.
        let port = std::iter::repeat_with(free_port)
            .find(|port| {
                *port < 55_000 && std::net::TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok()
            })
            .expect("two free ports");
        let process = Self::spawn(&folder, port);
        Self { folder, port, process }
    }

    fn spawn(folder: &TempDir, port: u16) -> Child {
        let cluster = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
        redis::spawn(folder.path(), port, &cluster)
    }

    /// By its own line in what it knows of the cluster: flags third, slots from the ninth word on.
    fn keeps(&self, slot: u16) -> bool {
        let nodes = ask(self, &["CLUSTER", "NODES"]);
        let own = nodes.lines().find(|line| line.contains("myself")).expect("its own line");
        own.split_whitespace().skip(8).any(|range| {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            let bound = |number: &str| number.parse::<u16>().expect("a slot");
            (bound(from)..=bound(to)).contains(&slot)
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        signal("CONT", &[self.process.id()]);
        // It may have been killed before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn until(node: &Node, question: &[&str], answer: &str) {
    for _ in 0..300 {
        if ask(node, question).contains(answer) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{question:?} is not answered {answer}: {}", ask(node, question));
}

fn ask(node: &Node, question: &[&str]) -> String {
    let mut command = Command::new("redis-cli");
    command.args(["-p", &node.port.to_string()]).args(question).stderr(Stdio::null());
    let answer = command.output().expect("redis-cli").stdout;
    String::from_utf8_lossy(&answer).trim().to_owned()
}
