//! Conversations with the mail server.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    address::Envelope,
    transport::smtp::{self, AsyncSmtpTransportBuilder},
};

use crate::Error;

/// Longest time until a connection stands.
const CONNECT: Duration = Duration::from_secs(20);
/// Longest time a whole conversation may take: shorter than a worker's claim on the mail, so that
/// what came of it can be written down.
const PATIENCE: Duration = Duration::from_secs(45);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A mail server, and the connections to it that are kept open.
#[derive(Debug)]
pub(crate) struct Smtp {
    builder: AsyncSmtpTransportBuilder,
    connections: Mutex<Transport>,
    patience: Duration,
}

impl Smtp {
    /// The server at `url`, such as `smtps://user:password@host`.
    ///
    /// # Errors
    /// [`Error::Server`] for an address that is none.
    pub(crate) fn new(url: &str) -> Result<Self, Error> {
        let builder = Transport::from_url(url).map_err(|_| Error::Server)?.timeout(Some(CONNECT));
        let connections = Mutex::new(builder.clone().build());
        Ok(Self { builder, connections, patience: PATIENCE })
    }

    /// Hands a mail over.
    ///
    /// # Errors
    /// [`Error::Refused`] for good, [`Error::Later`] where another try may do.
    pub(crate) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Error> {
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let sent = tokio::time::timeout(self.patience, connections.send_raw(envelope, mail)).await;
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() && is_about_the_mail(&code(&error)) => {
                Err(Error::Refused(code(&error)))
            }
            Ok(Err(error)) => Err(Error::Later(code(&error))),
            Err(_) => {
                self.leave_connections();
                Err(Error::Later("no answer".to_owned()))
            }
        }
    }

    /// A conversation that was broken off goes back among the connections that are kept open, and what
    /// the next one says there would be taken as a part of it: all begin anew.
    fn leave_connections(&self) {
        let anew = self.builder.clone().build();
        *self.connections.lock().unwrap_or_else(PoisonError::into_inner) = anew;
    }
}

/// The server's code; its text may repeat an address and is not kept.
fn code(error: &smtp::Error) -> String {
    error.status().map_or_else(|| "no answer".to_owned(), |code| code.to_string())
}

/// 53x is about us, who could not sign in there (RFC 4954): another try may find that mended.
fn is_about_the_mail(code: &str) -> bool {
    !code.starts_with("53")
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// Says yes to everything; where it is `silent`, not a word after the mail.
    async fn talk(stream: TcpStream, silent: bool) -> Option<()> {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        let mut listens = false;
        writing.write_all(b"220 here\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let answer: &[u8] = match (listens, line.as_str()) {
                (true, ".") if silent => b"",
                (true, line) if line != "." => b"",
                (_, "DATA") => b"354 go on\r\n",
                _ => b"250 yes\r\n",
            };
            listens = if listens { silent || line != "." } else { line == "DATA" };
            writing.write_all(answer).await.ok()?;
        }
        Some(())
    }

    #[tokio::test]
    async fn after_a_server_that_fell_silent_the_next_mail_has_a_conversation_of_its_own() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut silent = true;
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, silent));
                silent = false;
            }
        });
        let mut server = Smtp::new(&url).unwrap();
        server.patience = Duration::from_millis(500);
        let address = |text: &str| text.parse().unwrap();
        let envelope =
            Envelope::new(Some(address("from@example.org")), vec![address("to@example.org")]);
        let envelope = envelope.unwrap();
        let first = server.send(&envelope, b"Subject: 1\r\n\r\nOne").await;
        assert!(matches!(&first, Err(Error::Later(why)) if why == "no answer"), "{first:?}");
        // What was broken off is given back by a task of its own.
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.send(&envelope, b"Subject: 2\r\n\r\nTwo").await.unwrap();
    }

    #[test]
    fn what_is_wrong_with_our_own_name_is_not_about_the_mail() {
        assert!(is_about_the_mail("550") && !is_about_the_mail("535"));
    }
}
