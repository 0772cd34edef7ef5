//! What a domain's DNS should say so that other servers trust mails in its name.

/// A TXT record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is for.
    pub purpose: Purpose,
    /// Full name, without a dot at the end.
    pub name: String,
    /// Content.
    pub value: String,
}

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Which servers may send (RFC 7208). A domain has one such record: where there is one already,
    /// only the `include` goes into it.
    Spf,
    /// The key that signs (RFC 6376).
    Dkim,
    /// What happens with mails that are neither (RFC 7489).
    Dmarc,
}

impl Purpose {
    /// The name by which administrators know it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spf => "SPF",
            Self::Dkim => "DKIM",
            Self::Dmarc => "DMARC",
        }
    }
}

/// The records for mails in the name of `address`, sent by the servers of `platform`'s domain;
/// `dkim` is name and content of the signing key's record, where there is one. Nothing for what is no
/// address, and nothing to do for a town that uses the platform's own domain.
#[must_use]
pub fn records(address: &str, platform: &str, dkim: Option<(String, String)>) -> Vec<Record> {
    let domain_of = |address: &str| {
        let (_, domain) = address.rsplit_once('@')?;
        Some(domain.to_lowercase()).filter(|domain| domain.contains('.'))
    };
    let (Some(domain), Some(servers)) = (domain_of(address), domain_of(platform)) else {
        return Vec::new();
    };
    if domain == servers {
        return Vec::new();
    }
    let dkim = dkim.map(|(name, value)| Record { purpose: Purpose::Dkim, name, value });
    let spf = Record {
        purpose: Purpose::Spf,
        name: domain.clone(),
        value: format!("v=spf1 include:{servers} ~all"),
    };
    let dmarc = Record {
        purpose: Purpose::Dmarc,
        name: format!("_dmarc.{domain}"),
        value: format!("v=DMARC1; p=none; rua=mailto:{address}"),
    };
    [Some(spf), dkim, Some(dmarc)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_of_its_own_names_the_platform_s_servers_and_what_happens_with_others() {
        let found = records("termine@Stadt.example", "post@plattform.example", None);
        let lines: Vec<_> =
            found.iter().map(|own| (own.name.as_str(), own.value.as_str())).collect();
        assert_eq!(
            lines,
            [
                ("stadt.example", "v=spf1 include:plattform.example ~all"),
                ("_dmarc.stadt.example", "v=DMARC1; p=none; rua=mailto:termine@Stadt.example"),
            ]
        );
        let key = ("a._domainkey.stadt.example".to_owned(), "v=DKIM1; p=…".to_owned());
        let signed = records("termine@stadt.example", "post@plattform.example", Some(key));
        assert_eq!(signed[1].purpose, Purpose::Dkim);
    }

    #[test]
    fn on_the_platform_s_own_domain_and_for_what_is_no_address_there_is_nothing_to_do() {
        assert_eq!(records("a@plattform.example", "post@plattform.example", None), []);
        assert_eq!(records("nobody", "post@plattform.example", None), []);
        assert_eq!(records("a@localhost", "post@plattform.example", None), []);
    }
}
