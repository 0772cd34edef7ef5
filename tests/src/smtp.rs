//! A mail server for tests: takes every mail, or refuses as told.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// How the server answers a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Takes the mail.
    Kind,
    /// Refuses for now (451).
    Busy,
    /// Refuses for good (550).
    Strict,
    /// Does not answer until the mood changes.
    Silent,
    /// Never answers whom it has met in this mood.
    Deaf,
}

#[derive(Debug)]
struct State {
    mood: Mood,
    mails: Vec<String>,
    attempts: usize,
}

/// A running mail server on a free port of 127.0.0.1.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its address for `SMTP_URL`.
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl MailServer {
    /// Starts a kind one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let state = State { mood: Mood::Kind, mails: Vec::new(), attempts: 0 };
        let server = Self { url, state: Arc::new(Mutex::new(state)) };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let talking = accepting.clone();
                tokio::spawn(async move { talking.talk(stream).await });
            }
        });
        server
    }

    /// Changes how it answers.
    pub fn set_mood(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// How many mails were offered, taken or not.
    #[must_use]
    pub fn attempts(&self) -> usize {
        self.lock().attempts
    }

    /// The raw mails it took, once there are `count`.
    pub async fn mails(&self, count: usize) -> Vec<String> {
        for _ in 0..300 {
            let mails = self.lock().mails.clone();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{count} mails did not come");
    }

    /// The Message-ID of each mail it took.
    pub async fn message_ids(&self) -> Vec<String> {
        let id = |mail: &String| {
            let mut lines = mail.lines().filter_map(|line| line.split_once(':'));
            let line = lines.find(|(name, _)| name.eq_ignore_ascii_case("Message-ID"));
            line.expect("a Message-ID").1.trim().to_owned()
        };
        self.mails(0).await.iter().map(id).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        let mut sender = String::new();
        writing.write_all(b"220 sink\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let verb = line.get(..4).unwrap_or_default().to_uppercase();
            let answer: &[u8] = match verb.as_str() {
                "EHLO" => b"250-sink\r\n250 8BITMIME\r\n",
                "MAIL" => {
                    sender = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    b"250 ok\r\n"
                }
                "RCPT" => self.answer().await,
                "DATA" => {
                    writing.write_all(b"354 go on\r\n").await.ok()?;
                    // As a server that delivers writes it (RFC 5321, section 4.4).
                    let mut mail = format!("Return-Path: <{sender}>\n");
                    // Whoever breaks off before the last line has sent nothing.
                    loop {
                        let line = lines.next_line().await.ok()??;
                        if line == "." {
                            break;
                        }
                        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                        mail.push('\n');
                    }
                    self.lock().mails.push(mail);
                    b"250 taken\r\n"
                }
                "QUIT" => {
                    writing.write_all(b"221 bye\r\n").await.ok()?;
                    return Some(());
                }
                _ => b"250 ok\r\n",
            };
            writing.write_all(answer).await.ok()?;
        }
        Some(())
    }

    async fn answer(&self) -> &'static [u8] {
        self.lock().attempts += 1;
        loop {
            let mood = self.lock().mood;
            match mood {
                Mood::Kind => return b"250 ok\r\n",
                Mood::Busy => return b"451 4.3.0 try later\r\n",
                Mood::Strict => return b"550 5.1.1 no such user\r\n",
                Mood::Deaf => std::future::pending().await,
                Mood::Silent => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
    }
}
