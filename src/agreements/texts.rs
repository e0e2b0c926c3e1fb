//! The texts and their versions, read at start.

use std::path::Path;

use chrono::{DateTime, Utc};
use entities::types::{AgreementKind, Timestamp};
use sea_orm::Iterable;
use serde::Deserialize;

use crate::{config::table, outcome::Fault};

const BUILT_IN: &str = include_str!("texts.toml");

/// One version of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it is.
    pub kind: AgreementKind,
    /// Its number; a later version has a larger one.
    pub version: i32,
    /// Since when it can be signed.
    pub valid_from: Timestamp,
    /// The text itself.
    pub text: String,
}

/// All versions of all texts, by kind, the oldest first.
#[derive(Debug, Clone)]
pub struct Texts(Vec<Text>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: Vec<Written>,
}

/// A text as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: AgreementKind,
    version: i32,
    valid_from: DateTime<Utc>,
    text: String,
}

impl Texts {
    /// The texts of this file, or those that are built in.
    pub fn load(file: Option<&Path>) -> Result<Self, Fault> {
        table::load(file, BUILT_IN, Self::read)
    }

    /// Reads texts.
    ///
    /// # Errors
    /// Where the file is not well formed, a kind has no text, a text is empty, or a later version is valid before an
    /// earlier one.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let file = ::config::File::from_str(text, ::config::FileFormat::Toml);
        let read = ::config::Config::builder().add_source(file).build().and_then(::config::Config::try_deserialize);
        let File { text: written } = read.map_err(|error| Fault::because(error.to_string()))?;
        let mut texts: Vec<Text> = written
            .into_iter()
            .map(|Written { kind, version, valid_from, text }| {
                let text = text.trim().to_owned();
                Text { kind, version, valid_from: valid_from.into(), text }
            })
            .collect();
        texts.sort_by_key(|text| (text.kind, text.version));
        let wrong = |text: &Text, what: &str| {
            Err(Fault::because(format!("version {} of {}: {what}", text.version, text.kind.word())))
        };
        for text in &texts {
            if text.text.is_empty() {
                return wrong(text, "the text is empty");
            }
            if text.version < 1 {
                return wrong(text, "versions begin with 1");
            }
        }
        for pair in texts.windows(2).filter(|pair| pair[0].kind == pair[1].kind) {
            if pair[0].version == pair[1].version {
                return wrong(&pair[1], "it comes twice");
            }
            if pair[0].valid_from > pair[1].valid_from {
                return wrong(&pair[1], "it is valid before the version before it");
            }
        }
        if let Some(missing) = AgreementKind::iter().find(|kind| !texts.iter().any(|text| text.kind == *kind)) {
            return Err(Fault::because(format!("there is no text of {}", missing.word())));
        }
        Ok(Self(texts))
    }

    /// The version of a text that is to be signed at an instant; none where none is valid yet.
    pub fn newest(&self, kind: AgreementKind, at: Timestamp) -> Option<&Text> {
        self.valid(at).filter(|text| text.kind == kind).last()
    }

    /// All versions that are, or were, to be signed, by kind, the oldest first.
    pub fn valid(&self, at: Timestamp) -> impl Iterator<Item = &Text> {
        self.0.iter().filter(move |text| text.valid_from <= at)
    }

    /// One version of a text, if it is there.
    pub fn version(&self, kind: AgreementKind, version: i32) -> Option<&Text> {
        self.0.iter().find(|text| text.kind == kind && text.version == version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(version: i32, valid_from: &str) -> String {
        format!(
            "[[text]]\nkind = \"ASSOCIATION_INSTRUCTIONS\"\nversion = {version}\nvalid_from = \"{valid_from}\"\n\
             text = \"words\"\n"
        )
    }

    const LETTER: &str =
        "[[text]]\nkind = \"AUTHORIZATION_LETTER\"\nversion = 1\nvalid_from = \"2024-01-01T00:00:00Z\"\ntext = \"x\"\n";

    #[test]
    fn the_built_in_texts_are_whole() {
        let texts = Texts::load(None).unwrap_or_else(|fault| panic!("{}", fault.0));
        let now = Timestamp::from_micros(1_790_000_000_000_000);
        for kind in AgreementKind::iter() {
            assert_eq!(texts.newest(kind, now).map(|text| text.version), Some(1));
        }
    }

    /// R-CUS-37: a version is the one to sign from the instant on that it names.
    #[test]
    fn the_newest_that_is_valid_is_the_one_to_sign() {
        let file = text(2, "2026-03-01T00:00:00Z") + &text(1, "2026-01-01T00:00:00Z") + LETTER;
        let texts = Texts::read(&file).unwrap_or_else(|fault| panic!("{}", fault.0));
        let newest = |at: &str| {
            let at: DateTime<Utc> = at.parse().expect("a time");
            texts.newest(AgreementKind::AssociationInstructions, at.into()).map(|text| text.version)
        };
        assert_eq!(newest("2025-12-31T23:59:59Z"), None);
        assert_eq!(newest("2026-01-01T00:00:00Z"), Some(1));
        assert_eq!(newest("2026-02-28T23:59:59Z"), Some(1));
        assert_eq!(newest("2026-03-01T00:00:00Z"), Some(2));
    }

    #[test]
    fn wrong_texts_are_refused() {
        let first = text(1, "2026-01-01T00:00:00Z");
        for (file, why) in [
            (LETTER.to_owned(), "there is no text of ASSOCIATION_INSTRUCTIONS"),
            (format!("{LETTER}{first}{first}"), "it comes twice"),
            (format!("{LETTER}{first}{}", text(2, "2025-01-01T00:00:00Z")), "valid before"),
            (format!("{LETTER}{}", text(0, "2025-01-01T00:00:00Z")), "begin with 1"),
            (format!("{LETTER}{}", first.replace("words", " ")), "the text is empty"),
            (format!("{LETTER}{}", text(1, "yesterday")), "valid_from"),
        ] {
            let Err(fault) = Texts::read(&file) else { panic!("{why}: it was read") };
            assert!(fault.0.to_string().contains(why), "{why}: {}", fault.0);
        }
    }
}
