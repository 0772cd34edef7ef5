//! Texts of the pages, from Fluent files, and the choice of their language.

use std::{collections::HashMap, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

/// A language the pages can be read in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Language {
    /// BCP 47 tag, as in `?lang=`.
    pub code: &'static str,
    /// Its own name.
    pub name: &'static str,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    source: &'static str,
}

/// All languages, German first.
pub(super) static LANGUAGES: [Language; 2] = [
    Language {
        code: "de",
        name: "Deutsch",
        dir: "ltr",
        source: include_str!("../../locales/de.ftl"),
    },
    Language {
        code: "en",
        name: "English",
        dir: "ltr",
        source: include_str!("../../locales/en.ftl"),
    },
];

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<HashMap<&'static str, Bundle>> =
    LazyLock::new(|| LANGUAGES.iter().map(|language| (language.code, bundle(language))).collect());

fn bundle(language: &Language) -> Bundle {
    // A half-read file is better than no page; a test proves that both are whole.
    let resource = match FluentResource::try_new(language.source.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let tag = language.code.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

/// What may stand in a text's `{ $name }`.
pub(super) trait Argument {
    /// As Fluent wants it.
    fn value(&self) -> FluentValue<'_>;
}

impl Argument for str {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Argument for String {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Argument for usize {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Argument for u16 {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Language {
    /// The language with this tag.
    pub(super) fn by_code(code: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.code == code)
    }

    /// The first of `offered` that an `Accept-Language` header asks for, else German.
    pub(super) fn accepted(header: Option<&str>, offered: &[&'static Self]) -> &'static Self {
        wishes(header.unwrap_or_default())
            .into_iter()
            .find_map(|wish| offered.iter().find(|language| language.code == wish))
            .unwrap_or(&&LANGUAGES[0])
    }

    /// The text called `key`.
    pub(super) fn text(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// The text called `key` with one argument.
    pub(super) fn with(&self, key: &str, name: &str, value: impl Argument) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value.value().into_owned());
        self.format(key, Some(&args))
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = &BUNDLES[self.code];
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        let Some(pattern) = pattern else {
            tracing::error!(key, language = self.code, "no such text");
            return key.to_owned();
        };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }
}

/// Primary subtags of an `Accept-Language` header, the most wanted first.
fn wishes(header: &str) -> Vec<String> {
    let mut wishes: Vec<(f32, String)> = header
        .split(',')
        .filter_map(|part| {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight: f32 = weight.trim().parse().ok().filter(|weight| *weight > 0.0)?;
            let primary = tag.trim().split('-').next().unwrap_or_default();
            Some((weight, primary.to_ascii_lowercase()))
        })
        .collect();
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
    wishes.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn keys(source: &str) -> BTreeSet<&str> {
        source
            .lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key))
            .collect()
    }

    /// Every file under `folder`, as text.
    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }

    fn literals() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        sources(&root.join("templates"), &mut texts);
        sources(&root.join("src/web"), &mut texts);
        texts
            .iter()
            .flat_map(|text| text.split('"').map(str::to_owned).collect::<Vec<_>>())
            .filter(|text| {
                text.contains('-')
                    && text.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
                    })
            })
            .collect()
    }

    #[test]
    fn every_language_is_whole_and_has_the_same_texts() {
        for language in &LANGUAGES {
            assert!(
                FluentResource::try_new(language.source.to_owned()).is_ok(),
                "{}",
                language.code
            );
            assert_eq!(keys(language.source), keys(LANGUAGES[0].source), "{}", language.code);
        }
    }

    #[test]
    fn every_text_that_is_asked_for_exists_and_every_text_is_asked_for() {
        let keys: BTreeSet<String> =
            keys(LANGUAGES[0].source).into_iter().map(str::to_owned).collect();
        let groups: BTreeSet<&str> = keys.iter().filter_map(|key| key.split('-').next()).collect();
        let asked: BTreeSet<String> = literals()
            .into_iter()
            .filter(|text| text.split('-').next().is_some_and(|group| groups.contains(group)))
            .collect();
        assert_eq!(asked.difference(&keys).collect::<Vec<_>>(), Vec::<&String>::new(), "missing");
        assert_eq!(keys.difference(&asked).collect::<Vec<_>>(), Vec::<&String>::new(), "unused");
    }

    #[test]
    fn the_most_wanted_offered_language_is_chosen_and_german_otherwise() {
        let offered: Vec<&'static Language> = LANGUAGES.iter().collect();
        let chosen = |header| Language::accepted(header, &offered).code;
        assert_eq!(chosen(Some("fr;q=0.9, en-GB;q=0.8, de;q=0.5")), "en");
        assert_eq!(chosen(Some("de-AT,en;q=0.7")), "de");
        assert_eq!(chosen(Some("en;q=0, fr")), "de");
        assert_eq!(chosen(Some(";;q=x,*")), "de");
        assert_eq!(chosen(None), "de");
        assert_eq!(Language::accepted(Some("en"), &offered[..1]).code, "de");
    }

    #[test]
    fn one_and_many_are_told_apart() {
        let german = Language::by_code("de").unwrap();
        assert_eq!(german.with("times-free-count", "count", 1_usize), "1 freier Termin");
        assert_eq!(german.with("times-free-count", "count", 12_usize), "12 freie Termine");
    }
}
