//! Mails that come back: a server that took one tells later that it could not deliver it, by a report
//! (RFC 3464) to the envelope's sender.

use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};
use tenant::TenantId;
use uuid::Uuid;

/// A mail that came back for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Whose it was.
    pub tenant: TenantId,
    /// Which one, in the outbox.
    pub mail: Uuid,
    /// Enhanced status code (RFC 3463), such as `5.1.1`.
    pub status: String,
}

/// The Message-ID of a mail: a report of its failure leads back by it alone.
pub(crate) fn message_id(tenant: TenantId, mail: Uuid) -> String {
    format!("<{mail}.{}@amtstermin>", tenant.0)
}

/// The mail that a Message-ID names.
pub(crate) fn named(message_id: &str) -> Option<(TenantId, Uuid)> {
    let name = message_id.trim_matches(['<', '>']).strip_suffix("@amtstermin")?;
    let (mail, tenant) = name.split_once('.')?;
    Some((TenantId(tenant.parse().ok()?), mail.parse().ok()?))
}

/// What a report says; nothing where a mail is no report, or none of a failure for good, such as a
/// delay or an answer from somebody on holiday.
#[must_use]
pub fn read(report: &[u8]) -> Option<Bounce> {
    let report = MessageParser::new().parse(report)?;
    let is_status = |part| {
        ["delivery-status", "global-delivery-status"].iter().any(|own| is(part, "message", own))
    };
    let status =
        report.parts.iter().filter(|part| is_status(part)).find_map(|part| match &part.body {
            PartType::Text(text) => failure(text),
            PartType::Binary(bytes) => failure(&String::from_utf8_lossy(bytes)),
            _ => None,
        })?;
    // What was sent back, in addresses with umlauts (RFC 6533).
    let is_global = |part| ["global", "global-headers"].iter().any(|own| is(part, "message", own));
    let (tenant, mail) = report.parts.iter().find_map(|part| match &part.body {
        PartType::Message(own) => own_name(own),
        PartType::Text(text) if is(part, "text", "rfc822-headers") => {
            own_name(&MessageParser::new().parse(text.as_bytes())?)
        }
        PartType::Text(text) if is_global(part) => {
            own_name(&MessageParser::new().parse(text.as_bytes())?)
        }
        PartType::Binary(bytes) if is_global(part) => {
            own_name(&MessageParser::new().parse(bytes.as_ref())?)
        }
        _ => None,
    })?;
    Some(Bounce { tenant, mail, status })
}

fn is(part: &mail_parser::MessagePart<'_>, kind: &str, subtype: &str) -> bool {
    part.content_type().is_some_and(|own| {
        own.ctype().eq_ignore_ascii_case(kind)
            && own.subtype().is_some_and(|own| own.eq_ignore_ascii_case(subtype))
    })
}

fn own_name(returned: &Message<'_>) -> Option<(TenantId, Uuid)> {
    named(returned.message_id()?)
}

/// The status of a failed recipient: whatever it is, nobody will try again.
fn failure(status: &str) -> Option<String> {
    let field = |name: &str| {
        let values = status.lines().filter_map(|line| line.split_once(':'));
        let mut values = values.filter(|(own, _)| own.trim().eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim().to_owned())
    };
    let is_code = |code: &String| code.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let failed = field("Action")?.eq_ignore_ascii_case("failed");
    // A comment may follow the code.
    let first = |status: String| status.split_whitespace().next().map(str::to_owned);
    failed.then(|| field("Status").and_then(first).filter(is_code).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId(Uuid::from_u128(7));
    const MAIL: Uuid = Uuid::from_u128(9);

    fn report(action: &str, status: &str, returned: &str) -> String {
        let id = message_id(TENANT, MAIL);
        let text = format!(
            "From: MAILER-DAEMON@mx.example\n\
             To: bounces@termin.example\n\
             Subject: Undelivered Mail Returned to Sender\n\
             MIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
             --b\n\
             Content-Type: text/plain\n\n\
             I'm sorry to have to inform you.\n\
             --b\n\
             Content-Type: message/delivery-status\n\n\
             Reporting-MTA: dns; mx.example\n\n\
             Final-Recipient: rfc822; nobody@example.org\n\
             Action: {action}\n\
             Status: {status}\n\
             Diagnostic-Code: smtp; 550 no such user\n\n\
             --b\n\
             Content-Type: {returned}\n\n\
             From: termine@termin.example\n\
             Message-ID: {id}\n\
             Subject: Ihr Termin\n\n\
             --b--\n"
        );
        text.replace('\n', "\r\n")
    }

    #[test]
    fn a_report_of_a_failure_names_the_mail_and_the_code() {
        let bounce = Bounce { tenant: TENANT, mail: MAIL, status: "5.1.1".to_owned() };
        for returned in ["message/rfc822", "text/rfc822-headers"] {
            let report = report("failed", "5.1.1", returned);
            assert_eq!(read(report.as_bytes()), Some(bounce.clone()), "{returned}");
        }
    }

    #[test]
    fn reports_about_addresses_with_umlauts_and_with_comments_are_read_too() {
        for returned in ["message/global", "message/global-headers"] {
            let report = report("failed", "5.1.1 (unknown)", returned)
                .replace("message/delivery-status", "message/global-delivery-status");
            let bounce = Bounce { tenant: TENANT, mail: MAIL, status: "5.1.1".to_owned() };
            assert_eq!(read(report.as_bytes()), Some(bounce), "{returned}");
        }
    }

    #[test]
    fn a_server_that_has_given_up_has_failed_for_good() {
        let expired = report("failed", "4.4.7", "message/rfc822");
        assert_eq!(read(expired.as_bytes()).map(|own| own.status).as_deref(), Some("4.4.7"));
    }

    #[test]
    fn what_is_no_failure_for_good_is_no_bounce() {
        for (action, status) in [("delayed", "4.4.1"), ("relayed", "2.0.0")] {
            let report = report(action, status, "message/rfc822");
            assert_eq!(read(report.as_bytes()), None, "{action} {status}");
        }
        assert_eq!(read(b"Subject: Ich bin im Urlaub\r\n\r\nBis bald"), None);
        assert_eq!(read(b""), None);
        let foreign = report("failed", "5.1.1", "message/rfc822").replace("@amtstermin", "@x");
        assert_eq!(read(foreign.as_bytes()), None);
    }
}
