//! Finding a service by the words people use.

use catalog::model::Service;

/// Whether every word of `query` occurs in the service's name, explanation or keywords, in any
/// language.
pub(super) fn matches(service: &Service, query: &str) -> bool {
    let texts = service.name.0.values().chain(service.explanation.0.values());
    let all: Vec<&str> = texts.chain(&service.keywords).map(String::as_str).collect();
    let hay = fold(&all.join("\n"));
    fold(query).split_whitespace().all(|word| hay.contains(word))
}

/// Lower case, with umlauts as they are typed on keyboards without them.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.to_lowercase().chars() {
        match character {
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<String> {
        let (_, text) = catalog::townfile::SHIPPED[3];
        let setup = catalog::townfile::parse(text).unwrap();
        let hits = setup.services.into_iter().filter(|service| matches(service, query));
        hits.map(|service| service.slug).collect()
    }

    #[test]
    fn names_explanations_and_keywords_are_searched_in_all_languages() {
        assert_eq!(found("Urlaub"), ["reisepass"]);
        assert_eq!(found("good conduct"), ["fuehrungszeugnis"]);
        assert_eq!(found("Bundesamt"), ["fuehrungszeugnis"]);
    }

    #[test]
    fn case_umlauts_and_the_order_of_words_do_not_matter() {
        assert_eq!(found("FUEHRUNGSZEUGNIS"), ["fuehrungszeugnis"]);
        assert_eq!(found("Führungs beantragen"), ["fuehrungszeugnis"]);
        assert_eq!(found("  "), found(""));
        assert!(found("mondreise").is_empty());
    }
}
