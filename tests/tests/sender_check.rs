//! Whether a town's domain says what mails in its name need: asked of a DNS server of our own.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use hickory_resolver::proto::{
    op::{Message, ResponseCode},
    rr::{RData, Record, rdata::TXT},
};
use serde_json::{Value, json};
use system_tests::{
    office::{Office, Server, Storage},
    staff::Member,
};
use tokio::net::UdpSocket;

const CHECK: &str =
    "{ senderCheck(town: \"altena\") { record { purpose name value } state found } }";
const PAGE: &str = "/altena/verwaltung/einrichtung/teil/absender?pruefen=1";

/// Texts by name; a name without any is not there.
type Zone = Arc<Mutex<HashMap<String, Vec<String>>>>;

/// Answers what is asked from the zone, as long as the test runs.
async fn dns(zone: Zone) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 4096];
        loop {
            let (length, from) = socket.recv_from(&mut packet).await.unwrap();
            let answer = answer(&Message::from_vec(&packet[..length]).unwrap(), &zone);
            socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    });
    address
}

fn answer(asked: &Message, zone: &Zone) -> Message {
    let query = asked.queries[0].clone();
    let name = query.name().to_ascii().trim_end_matches('.').to_lowercase();
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.add_query(query.clone());
    match zone.lock().unwrap().get(&name) {
        Some(texts) => {
            for text in texts {
                // Texts are kept in pieces of at most 255 bytes.
                let pieces = text.as_bytes().chunks(255).collect();
                let data = RData::TXT(TXT::from_bytes(pieces));
                answer.add_answer(Record::from_rdata(query.name().clone(), 60, data));
            }
        }
        None => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    answer
}

/// Altena, which sends from an address of its own and asks `server`.
async fn altena(server: SocketAddr) -> (Office, Server, Member) {
    let mut office = Office::at(Storage::Sqlite, &[], Some("2026-11-23T08:00:00Z")).await;
    office.configure("DNS_SERVER", &server.to_string());
    let own = "mail_from = \"termine@altena.example\"\nhold_minutes =";
    office.import(&system_tests::office::shipped("altena").replacen("hold_minutes =", own, 1));
    office.employ("admin", "altena");
    let server = office.serve().await;
    let admin = Member::of(&server, "admin", "altena").await;
    (office, server, admin)
}

fn states(answer: &Value) -> Vec<(&str, &str)> {
    let all = answer.as_array().unwrap().iter();
    all.map(|own| (own["record"]["purpose"].as_str().unwrap(), own["state"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn each_record_is_right_other_or_missing() {
    let zone = Zone::default();
    let (_office, server, admin) = altena(dns(zone.clone()).await).await;
    let missing = [("SPF", "MISSING"), ("DKIM", "MISSING"), ("DMARC", "MISSING")];
    let answer = admin.get(&server, CHECK, json!({})).await;
    assert_eq!(states(&answer), missing);

    let wanted = |purpose: &str| {
        let own = answer.as_array().unwrap().iter().find(|own| own["record"]["purpose"] == purpose);
        let text = |key: &str| own.unwrap()["record"][key].as_str().unwrap().to_owned();
        (text("name"), text("value"))
    };
    let (spf, dkim, dmarc) = (wanted("SPF"), wanted("DKIM"), wanted("DMARC"));
    zone.lock().unwrap().extend([
        (spf.0.clone(), vec!["some-site-verification".to_owned(), spf.1]),
        // Longer than one piece, which a server hands out in two.
        (dkim.0, vec![dkim.1]),
        (dmarc.0, vec!["v=DMARC1; p=none".to_owned()]),
    ]);
    let answer = admin.get(&server, CHECK, json!({})).await;
    assert_eq!(states(&answer), [("SPF", "RIGHT"), ("DKIM", "RIGHT"), ("DMARC", "RIGHT")]);
    let mut visitor = admin.at_a_browser();
    let page = visitor.get(&server, PAGE).await.body;
    assert_eq!(page.matches("Der Eintrag ist da und stimmt.").count(), 3, "{page}");

    let foreign = "v=spf1 include:mail.example -all".to_owned();
    zone.lock().unwrap().insert(spf.0, vec![foreign.clone()]);
    let answer = admin.get(&server, CHECK, json!({})).await;
    assert_eq!(states(&answer)[0], ("SPF", "OTHER"));
    assert_eq!(answer[0]["found"], json!([foreign]));
    let page = visitor.get(&server, PAGE).await.body;
    assert!(page.contains("Da steht etwas anderes:") && page.contains(&foreign), "{page}");
}

#[tokio::test]
async fn a_server_that_keeps_silent_is_no_proof_of_anything() {
    // Bound, and read by nobody.
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (_office, server, admin) = altena(silent.local_addr().unwrap()).await;
    let answer = admin.get(&server, CHECK, json!({})).await;
    let silence = [("SPF", "SILENCE"), ("DKIM", "SILENCE"), ("DMARC", "SILENCE")];
    assert_eq!(states(&answer), silence);
    let mut visitor = admin.at_a_browser();
    let page = visitor.get(&server, PAGE).await.body;
    assert_eq!(page.matches("Kein Server hat geantwortet").count(), 3, "{page}");
}
