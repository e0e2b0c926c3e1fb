//! The rules of the house, as text checks: each failure names the place and the rule.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Longest file of the program; what grows past it is split by idea.
const MAX_LINES: usize = 450;

#[test]
fn files_fit_in_a_head_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for folder in ["src", "entities/src", "migrations/src"] {
        for path in files(folder) {
            let text = text(&path);
            if text.lines().count() > MAX_LINES {
                wrong.push(format!("{}: more than {MAX_LINES} lines", path.display()));
            }
            let is_test = path.components().any(|part| part.as_os_str().to_string_lossy().contains("test"));
            if !text.starts_with("//!") && !is_test {
                wrong.push(format!("{}: no module documentation", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn rules_are_pure() {
    for path in files("src").into_iter().filter(|path| path.ends_with("rules.rs") || path.ends_with("standing.rs")) {
        let text = text(&path);
        for word in ["async ", "sea_orm", "crate::access", "crate::store", "Clock", "tracing"] {
            assert!(!text.contains(word), "{}: rules know no {word}", path.display());
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Spelt in parts, so that this file does not find itself.
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["unimplemented", "!"].concat(), ["dbg", "!"].concat()];
    for folder in ["src", "entities/src", "migrations/src", "tests"] {
        for path in files(folder) {
            for mark in &marks {
                assert!(!text(&path).contains(mark.as_str()), "{}: {mark}", path.display());
            }
        }
    }
}

/// The rules that this version implements; each is cited by a test.
const RULES: [u32; 45] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 44, 47, 48,
];

/// The same of customers, their agreements and opportunities.
const CUSTOMER_RULES: [u32; 23] = [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 28, 32, 34, 35, 36, 37, 38];

#[test]
fn every_rule_has_a_test_that_cites_it() {
    let mut cited = String::new();
    for path in files("tests/it") {
        cited += &text(&path);
    }
    for path in files("src").into_iter().chain(files("entities/src")) {
        let text = text(&path);
        if let Some(start) = text.find("#[cfg(test)]") {
            cited += &text[start..];
        }
        if path.to_string_lossy().contains("test") {
            cited += &text;
        }
    }
    let core = RULES.into_iter().map(|rule| format!("R-CORE-{rule:02}"));
    let customers = CUSTOMER_RULES.into_iter().map(|rule| format!("R-CUS-{rule:02}"));
    let missing: BTreeSet<String> = core.chain(customers).filter(|rule| !cited.contains(rule)).collect();
    assert!(missing.is_empty(), "rules without a test: {missing:?}");
}
