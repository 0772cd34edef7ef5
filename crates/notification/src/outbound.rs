//! Asking other servers over HTTP on a town's behalf: never one of our own network, unless whoever
//! runs the platform allows that.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use tower_service::Service;

use crate::Error;

/// Longest time an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The same while somebody waits for the page that needs the answer.
const SHORT_PATIENCE: Duration = Duration::from_secs(4);
/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// Sends requests and follows no redirect.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    allow_private: bool,
}

impl Outbound {
    /// With `allow_private`, private and loopback addresses and plain HTTP may be asked too.
    #[must_use]
    pub fn new(allow_private: bool) -> Self {
        let mut connector = HttpConnector::new_with_resolver(Resolver { allow_private });
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(PATIENCE));
        let builder = hyper_rustls::HttpsConnectorBuilder::new().with_webpki_roots();
        let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), allow_private }
    }

    /// Sends `body` by POST. Passes when the answer says that it was taken.
    ///
    /// # Errors
    /// [`Error::Refused`] when trying again makes no sense: an address that may not be asked, or an
    /// answer from 400 to 499 but 408, 425 and 429. [`Error::Later`] for everything else.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: String,
    ) -> Result<(), Error> {
        let request = self.prepare(url, headers, body)?;
        let asked = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        let answer = asked.map_err(|_| no_answer())?.map_err(|error| unasked(&error))?.status();
        match answer.as_u16() {
            200..=299 => Ok(()),
            408 | 425 | 429 => Err(Error::Later(answer.as_u16().to_string())),
            400..=499 => Err(Error::Refused(answer.as_u16().to_string())),
            other => Err(Error::Later(other.to_string())),
        }
    }

    /// Asks while somebody waits, and reads what is answered, whatever its status.
    ///
    /// # Errors
    /// [`Error::Refused`] for an address that may not be asked, [`Error::Later`] when nobody answers
    /// in time or the answer is too long.
    pub async fn ask(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        self.check(request.uri())?;
        let ask = async {
            let request = request.map(|body| Full::new(Bytes::from(body)));
            let answer = self.client.request(request).await.map_err(|error| unasked(&error))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await;
            let body = body.map_err(|_| Error::Later("an answer that is too long".to_owned()))?;
            Ok(Response::from_parts(head, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(SHORT_PATIENCE, ask).await.map_err(|_| no_answer())?
    }

    fn prepare(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: String,
    ) -> Result<Request<Full<Bytes>>, Error> {
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        self.check(&uri)?;
        let mut request = Request::post(uri).header(header::USER_AGENT, "Amtstermin");
        for (name, value) in headers {
            let name: HeaderName = name.parse().map_err(|_| malformed())?;
            let value: HeaderValue = value.parse().map_err(|_| malformed())?;
            request = request.header(name, value);
        }
        request.body(Full::new(Bytes::from(body))).map_err(|_| malformed())
    }

    /// Passes for an address that may be asked, as far as the address itself tells: a name is looked
    /// up, and checked, by the resolver.
    fn check(&self, uri: &Uri) -> Result<(), Error> {
        let host = uri.host().ok_or_else(malformed)?.trim_matches(['[', ']']);
        let address = host.parse::<IpAddr>().ok();
        let is_plain = uri.scheme_str() != Some("https");
        if !self.allow_private && (is_plain || address.is_some_and(|ip| !is_public(ip))) {
            return Err(forbidden());
        }
        Ok(())
    }
}

fn malformed() -> Error {
    Error::Refused("malformed address or header".to_owned())
}

fn no_answer() -> Error {
    Error::Later("no answer".to_owned())
}

/// Why a request did not get through.
fn unasked(error: &hyper_util::client::legacy::Error) -> Error {
    if is_forbidden(error) { forbidden() } else { no_answer() }
}

fn forbidden() -> Error {
    Error::Refused("an address that may not be asked".to_owned())
}

/// Said by the resolver, somewhere below the client's own errors.
#[derive(Debug, thiserror::Error)]
#[error("an address that may not be asked")]
struct Forbidden;

fn is_forbidden(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<Forbidden>() || error.source().is_some_and(is_forbidden)
}

/// Looks names up and drops the addresses that may not be asked, so that a name that leads elsewhere
/// the second time leads nowhere.
#[derive(Clone, Copy, Debug)]
struct Resolver {
    allow_private: bool,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| allow_private || is_public(address.ip())).collect();
            if allowed.is_empty() { Err(Forbidden.into()) } else { Ok(allowed.into_iter()) }
        })
    }
}

/// Whether an address belongs to the public Internet (IANA's special-purpose registries).
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            // Of what is given out at all (2000::/3): no addresses of protocols or examples, and none
            // that lead to an IPv4 address.
            first & 0xe000 == 0x2000
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
                && first != 0x2002
                && !(first == 0x3fff && second < 0x1000)
        }
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || first == 0
        || first >= 240
        || (first == 100 && second & 0xc0 == 64)
        || (first == 198 && second & 0xfe == 18)
        || ip.octets()[..3] == [192, 0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in ["93.184.215.14", "2606:2800:21f:cb07::1", "172.15.0.1", "100.63.0.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "::127.0.0.1",
            "2001::1",
            "2002:7f00:1::",
            "fec0::1",
            "5f00::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn neither_an_address_nor_a_name_of_our_own_network_is_asked() {
        let outbound = Outbound::new(false);
        for url in [
            "https://127.0.0.1/",
            "https://[::1]:8443/",
            "https://localhost/",
            "http://93.184.215.14/",
        ] {
            let asked = outbound.post(url, &[], String::new()).await;
            assert!(matches!(asked, Err(Error::Refused(_))), "{url}: {asked:?}");
            let read = outbound.ask(Request::get(url).body(Vec::new()).unwrap()).await;
            assert!(matches!(read, Err(Error::Refused(_))), "{url}: {read:?}");
        }
    }
}
