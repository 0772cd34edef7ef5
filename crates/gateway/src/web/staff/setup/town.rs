//! What belongs to the town as a whole.

use catalog::{
    color,
    founding::slug_of,
    model::{Challenge, Land, Named, PhoneRule, Text, Town, TownSetup},
    townfile::LOCALES,
};

use super::{
    calendar,
    reader::Reader,
    section::{BLANK_ROWS, Extra, Group, Section, long_texts, texts, window},
};
use crate::web::{given::Given, staff::field::Field};

/// Name, contact, languages, rules.
pub(super) fn town(setup: &TownSetup) -> Section {
    let town = &setup.town;
    let lands = Land::ALL.iter().map(|land| (code(*land), name(*land).to_owned())).collect();
    let languages: Vec<_> = LOCALES.iter().filter(|code| **code != "de").collect();
    let languages = languages.iter().map(|code| ((**code).to_owned(), language(code).to_owned()));
    let phone = vec![
        ("optional".to_owned(), "freiwillig".to_owned()),
        ("required".to_owned(), "Pflicht".to_owned()),
    ];
    let required = town.contact.phone == PhoneRule::Required;
    let mut front = vec![
        Field::line("name", "Name", &town.name).hint("Wie er auf den Seiten steht."),
        Field::typed("email", "email", "E-Mail-Adresse für Antworten", &town.email).hint(
            "Dorthin antworten Bürgerinnen und Bürger, und dorthin gehen Hinweise zu den Seiten.",
        ),
        Field::typed("tel", "phone", "Telefonnummer", town.phone.as_deref().unwrap_or_default())
            .hint("Für alle, die nicht online buchen können.")
            .optional(),
    ];
    front.extend(long_texts("welcome", "Begrüßung", &town.welcome, &town.locales));
    let groups = vec![
        Group::new("Auftritt", "", front),
        Group::new(
            "Sprachen",
            "",
            vec![Field::several("locales", "Neben Deutsch", languages.collect(), &town.locales)],
        ),
        Group::row(
            "Regeln",
            "",
            vec![
                Field::choice(
                    "contact.phone",
                    "Telefonnummer beim Buchen",
                    phone,
                    if required { "required" } else { "optional" },
                ),
                Field::typed(
                    "number",
                    "hold_minutes",
                    "Platz frei gehalten, Minuten",
                    town.hold_minutes,
                )
                .hint("So lange darf das Ausfüllen dauern."),
                Field::typed(
                    "number",
                    "retention_days",
                    "Kontaktdaten löschen, Tage danach",
                    town.retention_days,
                )
                .hint("Höchstens 30."),
            ],
        ),
        Group::new(
            "Gegen Weiterverkauf",
            "",
            vec![
                Field::typed(
                    "number",
                    "limits.per_contact",
                    "Höchstens künftige Termine je Adresse oder Telefonnummer",
                    town.limits.per_contact,
                )
                .hint("0 heißt beliebig viele. Was das Personal vergibt, ist nicht begrenzt."),
                Field::area("limits.exceptions", "Ausnahmen", 2, town.limits.exceptions.join("\n"))
                    .hint("Adressen oder Domänen, eine je Zeile, etwa pflegedienst.de. Ihre Buchungen werden über den Link in der E-Mail bestätigt.")
                    .optional(),
                Field::typed(
                    "number",
                    "confirm_minutes",
                    "E-Mail-Adresse bestätigen, Minuten",
                    town.confirm_minutes,
                )
                .hint("0 heißt: nicht nötig. Sonst steht ein Termin erst, wenn der Link aus der E-Mail bestätigt ist."),
                Field::typed(
                    "number",
                    "return_minutes.from",
                    "Zurückgegebene Plätze wieder anbieten, frühestens nach Minuten",
                    town.return_minutes.from,
                ),
                Field::typed(
                    "number",
                    "return_minutes.to",
                    "… spätestens nach Minuten",
                    town.return_minutes.to,
                )
                .hint("Ein zufälliger Zeitpunkt dazwischen; am selben Tag sofort. 0 heißt: immer sofort."),
            ],
        ),
        against_programs(town),
        Group::new(
            "Sicherheit",
            "",
            vec![Field::flag(
                "second_factor",
                "Alle im Personal melden sich mit zweitem Faktor an",
                town.second_factor,
            )],
        ),
        Group::new(
            "Kennzahlen und Adressen",
            "",
            vec![
                Field::line("ags", "Amtlicher Gemeindeschlüssel", &town.ags),
                Field::line("ars", "Amtlicher Regionalschlüssel", &town.ars),
                Field::line("county.name", "Kreis", &town.county.name),
                Field::choice("land", "Land", lands, code(town.land))
                    .hint("Entscheidet über die Feiertage."),
                Field::area("hosts", "Eigene Rechnernamen", 2, town.hosts.join("\n"))
                    .hint("Einer je Zeile, etwa termine.stadt.de; der Betrieb richtet sie ein.")
                    .optional(),
                Field::area(
                    "embed",
                    "Websites, die diese Seiten einbetten",
                    2,
                    town.embed.join("\n"),
                )
                .hint("Eine je Zeile, etwa https://www.stadt.de")
                .optional(),
            ],
        ),
    ];
    Section {
        title: "Stadt".to_owned(),
        lead: "Wie Ihre Stadt heißt, wie man sie erreicht und welche Regeln überall gelten.",
        groups,
        extras: Vec::new(),
    }
}

/// What taking a place costs a device.
fn against_programs(town: &Town) -> Group {
    let when = |own: Challenge| match own {
        Challenge::Off => "nie",
        Challenge::Surge => "bei großem Andrang",
        Challenge::Always => "immer",
    };
    let choices = Challenge::ALL.map(|own| (own.as_str().to_owned(), when(own).to_owned()));
    Group::new(
        "Gegen Programme, die Termine abgreifen",
        "Das Gerät, an dem jemand bucht, löst vorher eine kleine Rechenaufgabe. Menschen merken davon nichts und müssen nichts eingeben; ein Programm, das hunderte Termine belegen will, rechnet für jeden. Ohne JavaScript wird die Buchung stattdessen per E-Mail bestätigt. Es wird kein fremder Dienst gefragt.",
        vec![
            Field::choice(
                "challenge",
                "Rechenaufgabe vor dem Buchen",
                choices.to_vec(),
                town.challenge.as_str(),
            ),
            Field::typed(
                "number",
                "challenge_surge",
                "Großer Andrang: vergebene Plätze in einer Minute",
                town.challenge_surge,
            )
            .hint("Danach wird zehn Minuten lang gerechnet, dann neu gezählt. Üblich sind 20."),
            Field::typed(
                "number",
                "challenge_numbers",
                "Höchstens auszuprobierende Zahlen",
                town.challenge_numbers,
            )
            .hint("50000 dauern auf einem Telefon ein bis fünf Sekunden, während jemand die Zeit aussucht."),
        ],
    )
}

pub(super) fn read_town(reader: &mut Reader<'_>, setup: &mut TownSetup) {
    let locales = reader.given.all("locales");
    let old = setup.town.clone();
    let town = &mut setup.town;
    town.name = reader.line("name");
    town.email = reader.line("email");
    town.phone = reader.optional_line("phone");
    town.welcome = reader.text("welcome", &old.welcome);
    let offered =
        LOCALES.iter().filter(|code| **code == "de" || locales.iter().any(|own| own == *code));
    town.locales = offered.map(|code| (*code).to_owned()).collect();
    let required = reader.given.get("contact.phone") == "required";
    town.contact.phone = if required { PhoneRule::Required } else { PhoneRule::Optional };
    town.hold_minutes = reader.number("hold_minutes", old.hold_minutes);
    town.confirm_minutes = reader.number("confirm_minutes", old.confirm_minutes);
    town.return_minutes.from = reader.number("return_minutes.from", old.return_minutes.from);
    town.return_minutes.to = reader.number("return_minutes.to", old.return_minutes.to);
    let challenge = reader.given.get("challenge");
    town.challenge =
        Challenge::ALL.into_iter().find(|own| own.as_str() == challenge).unwrap_or(old.challenge);
    town.challenge_surge = reader.number("challenge_surge", old.challenge_surge);
    town.challenge_numbers = reader.number("challenge_numbers", old.challenge_numbers);
    town.retention_days = reader.number("retention_days", old.retention_days);
    town.limits.per_contact = reader.number("limits.per_contact", old.limits.per_contact);
    let exceptions = reader.list("limits.exceptions");
    town.limits.exceptions = exceptions.iter().map(|own| own.to_lowercase()).collect();
    town.second_factor = !reader.given.get("second_factor").is_empty();
    town.ags = reader.line("ags").replace(' ', "");
    town.ars = reader.line("ars").replace(' ', "");
    town.county.key = town.ags.chars().take(5).collect();
    town.county.name = reader.line("county.name");
    let land = reader.given.get("land");
    town.land = Land::ALL.into_iter().find(|own| code(*own) == land).unwrap_or(old.land);
    town.embed =
        reader.list("embed").iter().map(|site| site.trim_end_matches('/').to_owned()).collect();
    town.hosts = reader.list("hosts").iter().map(|host| host.to_lowercase()).collect();
}

/// Colour and logo.
pub(super) fn look(setup: &TownSetup) -> Section {
    let branding = &setup.town.branding;
    let mut fields = vec![
        Field::typed("color", "branding.color", "Farbe", &branding.color)
            .hint("Weiße Schrift darauf muss gut lesbar sein: Kontrast mindestens 4,5:1."),
        Field::file(
            "branding.logo",
            "Wappen oder Logo als Datei",
            ".png,.jpg,.jpeg,.webp,.svg,image/png,image/jpeg,image/webp,image/svg+xml",
            branding.logo.as_deref().unwrap_or_default(),
        )
        .hint("PNG, JPEG, WebP, höchstens 4 MB, oder SVG, höchstens 32 KB. Gezeigt wird es 48 Pixel groß."),
        Field::area(
            "branding.logo_svg",
            "Oder der Inhalt einer SVG-Datei",
            6,
            branding.logo_svg.as_deref().unwrap_or_default(),
        )
        .hint("Ohne Skripte und ohne Verweise nach außen.")
        .optional(),
    ];
    if branding.logo.is_some() {
        fields.push(Field::flag("branding.without", "Das Bild entfernen", false));
    }
    Section {
        title: "Aussehen".to_owned(),
        lead: "Farbe und Wappen stehen auf allen Seiten, die Farbe auch in den E-Mails.",
        groups: vec![Group::new("", "", fields)],
        extras: vec![Extra::Preview],
    }
}

/// Puts the readable shade of the typed colour in its place.
pub(super) fn take_suggestion(given: &mut Given) {
    if let Some(typed) = color::parse(given.get("branding.color")) {
        given.set("branding.color", &color::hex(color::shade_for_white(typed)));
    }
}

pub(super) fn read_look(reader: &mut Reader<'_>, setup: &mut TownSetup) {
    setup.town.branding.color = reader.line("branding.color");
    let logo = reader.given.lines("branding.logo_svg");
    setup.town.branding.logo_svg = Some(logo).filter(|own| !own.is_empty());
    let kept = reader.given.get("branding.without").is_empty();
    setup.town.branding.logo = reader.optional_line("branding.logo").filter(|_| kept);
}

/// The pages the law asks for.
pub(super) fn legal(setup: &TownSetup) -> Section {
    let town = &setup.town;
    let area = |key: &str, label: &str, text: &str, draft: String| {
        let is_draft = text.trim().is_empty();
        let field = Field::area(
            format!("legal.{key}"),
            label,
            12,
            if is_draft { draft } else { text.to_owned() },
        );
        if is_draft {
            field
                .hint("Ein Vorschlag. Prüfen und ergänzen Sie ihn, bevor Sie speichern.")
                .optional()
        } else {
            field.optional()
        }
    };
    let fields = vec![
        area("imprint", "Impressum", &town.legal.imprint, imprint(town)),
        area("privacy", "Datenschutzerklärung", &town.legal.privacy, privacy(town)),
        area(
            "accessibility",
            "Erklärung zur Barrierefreiheit",
            &town.legal.accessibility,
            accessibility(town),
        ),
    ];
    Section {
        title: "Rechtstexte".to_owned(),
        lead: "Ohne diese drei Texte geht keine Stadt online. Absätze trennt eine leere Zeile.",
        groups: vec![Group::new("", "", fields)],
        extras: Vec::new(),
    }
}

pub(super) fn read_legal(reader: &mut Reader<'_>, setup: &mut TownSetup) {
    let legal = &mut setup.town.legal;
    legal.imprint = reader.given.lines("legal.imprint");
    legal.privacy = reader.given.lines("legal.privacy");
    legal.accessibility = reader.given.lines("legal.accessibility");
}

fn imprint(town: &Town) -> String {
    format!(
        "{name}\n\nVertreten durch die Bürgermeisterin oder den Bürgermeister.\n\nE-Mail: {email}{phone}",
        name = town.name,
        email = town.email,
        phone = town.phone.as_ref().map(|phone| format!("\nTelefon: {phone}")).unwrap_or_default(),
    )
}

fn privacy(town: &Town) -> String {
    format!(
        "Verantwortlich ist: {name}, {email}.\n\nWer einen Termin bucht, gibt einen Namen und eine E-Mail-Adresse an, auf Wunsch auch eine Telefonnummer. Wir brauchen diese Angaben, um den Termin zu vergeben und Sie zu erreichen (Art. 6 Abs. 1 Buchst. e DSGVO). Sie werden verschlüsselt gespeichert und {days} Tage nach dem Termin gelöscht.\n\nSie haben das Recht auf Auskunft, Berichtigung, Löschung, Einschränkung und Widerspruch, und Sie können sich bei der Datenschutzaufsicht des Landes beschweren.",
        name = town.name,
        email = town.email,
        days = town.retention_days,
    )
}

fn accessibility(town: &Town) -> String {
    format!(
        "{name} will, dass alle diese Seiten benutzen können. Sie sind nach den Regeln der WCAG 2.2, Stufe AA, gebaut und werden darauf geprüft.\n\nStoßen Sie auf eine Hürde? Schreiben Sie an {email}; wir antworten und helfen Ihnen auf anderem Weg zu Ihrem Termin.",
        name = town.name,
        email = town.email,
    )
}

/// When may be booked, for the whole town.
pub(super) fn booking(setup: &TownSetup) -> Section {
    Section {
        title: "Buchungszeitraum".to_owned(),
        lead: "Wann Bürgerinnen und Bürger buchen können, wenn Standort und Anliegen nichts anderes sagen. Was leer bleibt: kein Vorlauf, vier Wochen im Voraus.",
        groups: vec![Group::new("", "", window(&setup.town.booking))],
        extras: Vec::new(),
    }
}

pub(super) fn read_booking(reader: &mut Reader<'_>, setup: &mut TownSetup) {
    setup.town.booking = reader.window();
}

/// Departments and groups of services.
pub(super) fn groups(setup: &TownSetup) -> Section {
    let locales = &setup.town.locales;
    let rows = |list: &'static str, label: &'static str, named: &[Named]| {
        let blank = std::iter::repeat_n(Text::default(), BLANK_ROWS);
        let all = named.iter().map(|own| own.name.clone()).chain(blank);
        let row = |(index, text): (usize, Text)| {
            let mut fields = texts(&format!("{list}[{}].name", index + 1), label, &text, locales);
            for field in &mut fields {
                field.optional = index >= named.len() || !field.name.ends_with(".de");
            }
            let key = named.get(index);
            fields
                .extend(key.map(|own| Field::key(format!("{list}[{}].key", index + 1), &own.slug)));
            fields
        };
        all.enumerate().flat_map(row).collect::<Vec<_>>()
    };
    Section {
        title: "Gruppen und Ämter".to_owned(),
        lead: "Unter den Gruppen finden Bürgerinnen und Bürger die Anliegen; Ämter bieten sie an. Wer einen Namen leert, entfernt ihn.",
        groups: vec![
            Group::pairs("Gruppen", "", rows("category", "Gruppe", &setup.categories)),
            Group::pairs("Ämter", "", rows("department", "Amt", &setup.departments)),
        ],
        extras: Vec::new(),
    }
}

pub(super) fn read_groups(reader: &mut Reader<'_>, setup: &mut TownSetup) {
    setup.categories = read_named(reader, "category", &setup.categories);
    setup.departments = read_named(reader, "department", &setup.departments);
}

fn read_named(reader: &mut Reader<'_>, list: &str, old: &[Named]) -> Vec<Named> {
    let mut named: Vec<Named> = Vec::new();
    for start in reader.rows(list, &["name.de"]) {
        let key = reader.line(&format!("{start}key"));
        let known = old.iter().find(|own| own.slug == key);
        let before = known.map(|own| own.name.clone()).unwrap_or_default();
        let name = reader.text(&format!("{start}name"), &before);
        let slug = match known {
            Some(known) => known.slug.clone(),
            None => {
                slug_of(name.get("de"), |slug| old.iter().chain(&named).any(|own| own.slug == slug))
            }
        };
        named.push(Named { slug, name });
    }
    named
}

/// Days on which the whole town is shut.
pub(super) fn closures(setup: &TownSetup) -> Section {
    Section {
        title: "Schließungen der ganzen Stadt".to_owned(),
        lead: "An Feiertagen ist ohnehin geschlossen. Hier stehen weitere Tage, etwa Betriebsausflug oder Brückentag.",
        groups: calendar::closure_rows(&setup.closures, &[], &setup.town.locales),
        extras: Vec::new(),
    }
}

pub(super) fn read_closures(reader: &mut Reader<'_>, setup: &mut TownSetup) {
    setup.closures = calendar::read_closures(reader, &setup.closures);
}

fn language(code: &str) -> &str {
    match code {
        "en" => "Englisch",
        other => other,
    }
}

fn code(land: Land) -> String {
    format!("{land:?}").to_uppercase()
}

/// What a Land is called.
pub(super) fn name(land: Land) -> &'static str {
    match land {
        Land::Bw => "Baden-Württemberg",
        Land::By => "Bayern",
        Land::Be => "Berlin",
        Land::Bb => "Brandenburg",
        Land::Hb => "Bremen",
        Land::Hh => "Hamburg",
        Land::He => "Hessen",
        Land::Mv => "Mecklenburg-Vorpommern",
        Land::Ni => "Niedersachsen",
        Land::Nw => "Nordrhein-Westfalen",
        Land::Rp => "Rheinland-Pfalz",
        Land::Sl => "Saarland",
        Land::Sn => "Sachsen",
        Land::St => "Sachsen-Anhalt",
        Land::Sh => "Schleswig-Holstein",
        Land::Th => "Thüringen",
    }
}
