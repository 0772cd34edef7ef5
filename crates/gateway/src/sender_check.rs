//! Whether the DNS of a town's domain says what mails from the town's own address need.

use std::{net::SocketAddr, time::Duration};

use futures::future::join_all;
use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::RData,
};
use notification::dns::{Purpose, Record};
use scheduling::Error;
use tenant::Scope;

use crate::{keys, state::AppState};

/// How long a server may take for an answer; it is asked twice.
const PATIENCE: Duration = Duration::from_secs(3);

/// A record that there should be, and what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// What there should be.
    pub record: Record,
    /// What was found.
    pub found: Found,
}

/// What the DNS says of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// What is needed.
    Right,
    /// Something else: the texts.
    Other(Vec<String>),
    /// Nothing of the kind.
    Missing,
    /// No server answered.
    Silence,
}

/// Asks the DNS for each record that the town's sender address needs; nothing where it has no address
/// of its own. For admins.
///
/// # Errors
/// `Forbidden` below admin, faults.
pub(crate) async fn check(state: &AppState, scope: &Scope) -> Result<Vec<Checked>, Error> {
    let records = keys::read(state, scope).await?.records;
    let resolver = resolver(state.dns_server);
    let one = async |record: Record| {
        let found = match &resolver {
            Some(resolver) => judge(&record, texts(resolver, &record.name).await),
            None => Found::Silence,
        };
        Checked { record, found }
    };
    Ok(join_all(records.into_iter().map(one)).await)
}

/// Asks anew each time: whoever checks has just changed something.
fn resolver(server: Option<SocketAddr>) -> Option<TokioResolver> {
    let provider = TokioRuntimeProvider::default();
    let mut builder = match server {
        Some(server) => {
            let mut own = NameServerConfig::udp_and_tcp(server.ip());
            own.connections.iter_mut().for_each(|own| own.port = server.port());
            TokioResolver::builder_with_config(
                ResolverConfig::from_name_servers(vec![own]),
                provider,
            )
        }
        None => TokioResolver::builder(provider).ok()?,
    };
    let options = builder.options_mut();
    (options.timeout, options.attempts, options.cache_size) = (PATIENCE, 2, 0);
    builder.build().ok()
}

/// The TXT records of a name, each in one piece; none where nobody answers.
async fn texts(resolver: &TokioResolver, name: &str) -> Option<Vec<String>> {
    // The dot at the end keeps the system from completing the name.
    let answer = match resolver.txt_lookup(format!("{name}.")).await {
        Ok(answer) => answer,
        Err(error) => return is_nothing(&error).then(Vec::new),
    };
    let text = |data: &RData| match data {
        RData::TXT(own) => Some(String::from_utf8_lossy(&own.txt_data.concat()).into_owned()),
        _ => None,
    };
    Some(answer.answers().iter().filter_map(|own| text(&own.data)).collect())
}

/// Whether an answer came, and says that there is nothing.
fn is_nothing(error: &NetError) -> bool {
    error.is_nx_domain() || error.is_no_records_found()
}

/// What was found of a record among the texts at its name.
fn judge(record: &Record, texts: Option<Vec<String>>) -> Found {
    let Some(texts) = texts else { return Found::Silence };
    let (start, is_right): (_, fn(&str, &str) -> bool) = match record.purpose {
        Purpose::Spf => ("v=spf1", includes),
        Purpose::Dkim => ("", has_key),
        // What there is already stays as it is.
        Purpose::Dmarc => ("v=dmarc1", |_, _| true),
    };
    let own: Vec<String> =
        texts.into_iter().filter(|text| text.trim().to_lowercase().starts_with(start)).collect();
    match own.as_slice() {
        [] => Found::Missing,
        // A name has one such record: with two of them neither counts.
        [only] if is_right(&record.value, only) => Found::Right,
        _ => Found::Other(own),
    }
}

/// Whether an SPF record lets the same servers send as the wanted one.
fn includes(wanted: &str, found: &str) -> bool {
    let mut servers = wanted.split_whitespace().filter(|own| own.starts_with("include:"));
    servers.all(|server| found.split_whitespace().any(|own| own.trim_start_matches('+') == server))
}

/// Whether a DKIM record has the wanted key; blanks within it mean nothing.
fn has_key(wanted: &str, found: &str) -> bool {
    let key = |text: &str| {
        let plain: String = text.chars().filter(|own| !own.is_whitespace()).collect();
        plain.split(';').find_map(|own| own.strip_prefix("p=").map(str::to_owned))
    };
    key(wanted).is_some_and(|own| key(found) == Some(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(purpose: Purpose, texts: &[&str]) -> Found {
        let value = match purpose {
            Purpose::Spf => "v=spf1 include:plattform.example ~all",
            Purpose::Dkim => "v=DKIM1; k=rsa; p=abcDEF",
            Purpose::Dmarc => "v=DMARC1; p=quarantine; rua=mailto:it@stadt.example",
        };
        let record = Record { purpose, name: "stadt.example".to_owned(), value: value.to_owned() };
        judge(&record, Some(texts.iter().map(|own| (*own).to_owned()).collect()))
    }

    fn other(texts: &[&str]) -> Found {
        Found::Other(texts.iter().map(|own| (*own).to_owned()).collect())
    }

    #[test]
    fn a_domain_s_one_spf_record_names_the_platform_s_servers_among_others() {
        let spf = |texts: &[&str]| found(Purpose::Spf, texts);
        let right = "v=spf1 mx include:plattform.example include:_spf.other.example -all";
        assert_eq!(spf(&["google-site-verification=1", right]), Found::Right);
        assert_eq!(spf(&["v=spf1 +include:plattform.example -all"]), Found::Right);
        let without = "v=spf1 include:notplattform.example -all";
        assert_eq!(spf(&[without]), other(&[without]));
        assert_eq!(spf(&[right, without]), other(&[right, without]));
        assert_eq!(spf(&["some text"]), Found::Missing);
    }

    #[test]
    fn a_key_is_the_same_in_however_many_pieces_it_was_written() {
        let dkim = |texts: &[&str]| found(Purpose::Dkim, texts);
        assert_eq!(dkim(&["v=DKIM1;k=rsa; p=abc DEF"]), Found::Right);
        assert_eq!(dkim(&["v=DKIM1; p=abcdef"]), other(&["v=DKIM1; p=abcdef"]));
        assert_eq!(dkim(&[]), Found::Missing);
    }

    #[test]
    fn any_policy_of_the_domain_s_own_is_right() {
        let dmarc = |texts: &[&str]| found(Purpose::Dmarc, texts);
        assert_eq!(dmarc(&["v=DMARC1; p=none"]), Found::Right);
        assert_eq!(dmarc(&["v=spf1 -all"]), Found::Missing);
        let record = Record {
            purpose: Purpose::Dmarc,
            name: "_dmarc.stadt.example".to_owned(),
            value: String::new(),
        };
        assert_eq!(judge(&record, None), Found::Silence);
    }
}
