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

/// The records for mails that come from `address` by the servers of `platform`'s domain; `dkim` is
/// selector and content of the signing key's record, where there is one, and `reports` the address
/// that is told of forgeries. Nothing for what is no address. SPF is left out where the domain is the
/// platform's own.
#[must_use]
pub fn records(
    address: &str,
    platform: &str,
    dkim: Option<(&str, String)>,
    reports: &str,
) -> Vec<Record> {
    let domain_of = |address: &str| {
        let (_, domain) = address.rsplit_once('@')?;
        Some(domain.to_lowercase()).filter(|domain| domain.contains('.'))
    };
    let (Some(domain), Some(servers)) = (domain_of(address), domain_of(platform)) else {
        return Vec::new();
    };
    let spf = (domain != servers).then(|| Record {
        purpose: Purpose::Spf,
        name: domain.clone(),
        value: format!("v=spf1 include:{servers} ~all"),
    });
    let dkim = dkim.map(|(selector, value)| Record {
        purpose: Purpose::Dkim,
        name: format!("{selector}._domainkey.{domain}"),
        value,
    });
    let dmarc = Record {
        purpose: Purpose::Dmarc,
        name: format!("_dmarc.{domain}"),
        value: format!("v=DMARC1; p=quarantine; rua=mailto:{reports}"),
    };
    [spf, dkim, Some(dmarc)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_of_its_own_names_the_platform_s_servers_the_key_and_what_happens_with_others() {
        let key = Some(("key", "v=DKIM1; p=abc".to_owned()));
        let found =
            records("termine@Stadt.example", "post@plattform.example", key, "it@stadt.example");
        let lines: Vec<_> =
            found.iter().map(|own| (own.name.as_str(), own.value.as_str())).collect();
        assert_eq!(
            lines,
            [
                ("stadt.example", "v=spf1 include:plattform.example ~all"),
                ("key._domainkey.stadt.example", "v=DKIM1; p=abc"),
                ("_dmarc.stadt.example", "v=DMARC1; p=quarantine; rua=mailto:it@stadt.example"),
            ]
        );
    }

    #[test]
    fn what_is_no_address_has_no_records_and_the_platform_s_own_domain_no_spf() {
        assert_eq!(records("nobody", "post@plattform.example", None, "a@b.c"), []);
        assert_eq!(records("a@localhost", "post@plattform.example", None, "a@b.c"), []);
        let own = records("a@plattform.example", "post@plattform.example", None, "a@b.c");
        assert_eq!(own.iter().map(|own| own.purpose).collect::<Vec<_>>(), [Purpose::Dmarc]);
    }
}
