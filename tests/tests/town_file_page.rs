//! The page with everything in one file, under bad input: what is wrong is told in German at its field, and
//! nothing typed is lost.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use system_tests::{
    office::{Office, Server, Storage},
    staff::Member,
    visitor::{Visitor, field, plain},
};

const ROOM: &str = "/altena/verwaltung/einrichtung";

/// Altena's admin at a browser.
async fn altena() -> (Office, Server, Visitor) {
    let office = Office::at(Storage::Sqlite, &["altena"], Some("2026-11-23T08:00:00Z")).await;
    office.employ("admin", "altena");
    let server = office.serve().await;
    let visitor = Member::of(&server, "admin", "altena").await.at_a_browser();
    (office, server, visitor)
}

#[tokio::test]
async fn a_town_file_that_is_too_long_is_told_so_at_its_field() {
    let (_office, server, mut visitor) = altena().await;
    let path = format!("{ROOM}/datei");
    let page = visitor.get(&server, &path).await.body;
    let (token, version) = (field(&page, "formular"), field(&page, "version"));
    for (length, is_kept) in [(300 << 10, true), (9 << 20, false)] {
        let text = format!("# long{}", "x".repeat(length));
        let form = [("formular", token), ("version", version), ("datei", text.as_str())];
        let answer = visitor.post_file(&server, &path, &form, ("bild", b"")).await;
        assert_eq!(answer.status, 422, "{length}");
        let (_, behind) = answer.body.split_once("id=\"datei-error\"").unwrap();
        assert!(behind[..400].contains("höchstens 256 KB"), "{length}: {}", &behind[..400]);
        assert_eq!(answer.body.contains("# longx"), is_kept, "{length}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_in_german_at_its_field_and_nothing_typed_is_lost() {
    let (_office, server, mut visitor) = altena().await;
    let path = format!("{ROOM}/datei");
    let page = visitor.get(&server, &path).await.body;
    let (token, version) = (field(&page, "formular"), field(&page, "version"));
    let cases: [(&str, &[&str]); 4] = [
        // An export of another version, without most of what a town has.
        (
            "format = 99\n\n[town]\nslug = \"altena\"\n",
            &[
                "<li>format: die Fassung 99 ist hier nicht bekannt; erwartet wird 1</li>",
                "<li>town.name: fehlt</li>",
            ],
        ),
        (
            "format = 1\n\n[stadt]\n",
            &[
                "<li>town: fehlt; erwartet wird eine Tabelle [town]</li>",
                "<li>stadt: gibt es hier nicht; möglich ist format, ",
            ],
        ),
        (
            "format = 1\n\n[[service]]\nslug = \"umzug\"\nduration = \"15\"\n",
            &[
                "<li>service \"umzug\".duration: da steht \"15\", erwartet wird eine ganze Zahl von 0 bis 65535</li>",
            ],
        ),
        ("format = 1\n\n[town\n", &["<li>Zeile 3, Spalte 6: das ist kein TOML"]),
    ];
    for (text, expected) in cases {
        let form = [("formular", token), ("version", version), ("datei", text)];
        let answer = visitor.post(&server, &path, &form).await;
        assert_eq!(answer.status, 422, "{text}");
        let shown = plain(&answer.body);
        for words in expected {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(
            shown.contains(&format!(">{}</textarea>", text.trim())),
            "what was typed stays: {shown}"
        );
        let (_, field) = shown.split_once("id=\"datei\"").unwrap();
        let (field, _) = field.split_once('>').unwrap();
        assert!(
            field.contains("aria-invalid=\"true\" aria-describedby=\"datei-error\""),
            "{field}"
        );
    }
}

#[tokio::test]
async fn a_file_from_the_computer_takes_the_place_of_the_text() {
    let (_office, server, mut visitor) = altena().await;
    let path = format!("{ROOM}/datei");
    let page = visitor.get(&server, &path).await.body;
    let token = field(&page, "formular").to_owned();
    let file = visitor.get(&server, &format!("{ROOM}/stadt.toml")).await.body;
    let send = async |visitor: &mut Visitor, content: &[u8]| {
        let page = visitor.get(&server, &path).await.body;
        let version = field(&page, "version");
        let form = [("formular", &*token), ("version", version), ("datei", "# typed before")];
        visitor.post_file(&server, &path, &form, ("datei", content)).await
    };
    // What cannot be a town file is told so where it was chosen, and what was typed stays.
    for (content, expected) in [
        (vec![0xff, 0xd8, 0xff, 0xe0], "erwartet wird eine Stadtdatei"),
        (vec![b'#'; 300 << 10], "höchstens 256 KB"),
        (vec![b'#'; 9 << 20], "höchstens 256 KB"),
    ] {
        let refused = send(&mut visitor, &content).await;
        assert_eq!(refused.status, 422, "{}", content.len());
        let (_, behind) = refused.body.split_once("id=\"vom-computer-error\"").unwrap();
        assert!(behind[..300].contains(expected), "{}", &behind[..300]);
        assert!(refused.body.contains("># typed before</textarea>"), "{}", refused.body);
    }
    // What is wrong in a town file can be mended on the page.
    let wrong = file.replacen("duration = 15", "duration = 0", 1);
    let refused = send(&mut visitor, wrong.as_bytes()).await;
    assert_eq!(refused.status, 422);
    let shown = plain(&refused.body);
    assert!(shown.contains(".duration: erwartet werden 1 bis 480 Minuten"), "{shown}");
    assert!(shown.contains(wrong.trim()), "{shown}");
    // Editors begin a file with a mark of its encoding, and end lines in their own way.
    let changed = file.replacen("duration = 15", "duration = 17", 1).replace('\n', "\r\n");
    let saved = send(&mut visitor, format!("\u{feff}{changed}").as_bytes()).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let now = visitor.get(&server, &format!("{ROOM}/stadt.toml")).await.body;
    assert_eq!(now, file.replacen("duration = 15", "duration = 17", 1));
}
