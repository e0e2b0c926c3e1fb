//! The fuzzer's targets on the stable compiler: the corpus, and a bounded number of mutations of it.
//!
//! More by hand: `PARTNER_CENTER_FUZZ_CASES=1000000 PARTNER_CENTER_FUZZ_SEED=7 cargo test --test it -- fuzzing`; or
//! `bin/fuzz`, which is guided by what the code does.

use std::{env, fs, panic, path::Path};

use partner_center::{
    fuzzing::{TARGETS, Target},
    store::{
        CursorKey,
        keyset::{ListOrder, Place, SortValue},
    },
};

use crate::random_operations::values::Chance;

/// Mutations of each target in the tests.
const CASES: u64 = 20_000;
/// Mutations of one text, one after the other.
const MOST_STEPS: usize = 6;
/// Bytes of a mutated text.
const LONGEST: usize = 4_096;

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}: {text}")))
}

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(file("corpus").join(target)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut texts: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    if target == "cursors" {
        // Of the target's own secret, which no file can know.
        let key = CursorKey::derive(b"a secret of the fuzzer").unwrap();
        for value in [SortValue::Text("acme".to_owned()), SortValue::Number(7)] {
            let by_text = matches!(value, SortValue::Text(_));
            let place = Place { value, id: uuid::Uuid::nil() };
            let order = ListOrder { name: "fuzzed", by_text, descending: false };
            texts.push(key.seal(order, &place).into_bytes());
        }
    }
    texts
}

/// The words of the dictionary, without their quotes.
fn dictionary() -> Vec<Vec<u8>> {
    let text = fs::read_to_string(file("dictionary.txt")).unwrap();
    let words = text.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    words.map(|word| word.replace("\\\"", "\"").replace("\\\\", "\\").into_bytes()).collect()
}

struct Mutator {
    chance: Chance,
    corpus: Vec<Vec<u8>>,
    dictionary: Vec<Vec<u8>>,
}

impl Mutator {
    fn next(&mut self) -> Vec<u8> {
        let at = self.chance.below(self.corpus.len());
        let mut text = self.corpus[at].clone();
        for _ in 0..=self.chance.below(MOST_STEPS) {
            self.step(&mut text);
        }
        text.truncate(LONGEST);
        text
    }

    /// A place within the text, its end included.
    fn place(&mut self, text: &[u8]) -> usize {
        self.chance.below(text.len() + 1)
    }

    fn step(&mut self, text: &mut Vec<u8>) {
        let (one, other) = (self.place(text), self.place(text));
        let (from, to) = (one.min(other), one.max(other));
        match self.chance.below(7) {
            0 if from < text.len() => text[from] ^= 1 << self.chance.below(8),
            1 => drop(text.drain(from..to)),
            2 => {
                let word = self.chance.below(self.dictionary.len());
                text.splice(from..from, self.dictionary[word].iter().copied());
            }
            3 => {
                let word = self.chance.below(self.dictionary.len());
                text.splice(from..to, self.dictionary[word].iter().copied());
            }
            4 => {
                let part = text[from..to].to_vec();
                text.splice(to..to, part);
            }
            5 => {
                let which = self.chance.below(self.corpus.len());
                let (other, at) = (self.corpus[which].clone(), self.chance.below(self.corpus[which].len() + 1));
                text.splice(from.., other[at..].iter().copied());
            }
            _ => text.insert(from, u8::try_from(self.chance.below(256)).unwrap()),
        }
    }
}

/// Runs a target on a text; tells which text it was where it fails.
fn run((name, target): Target, text: &[u8]) {
    if panic::catch_unwind(|| target(text)).is_err() {
        panic!("{name} fails on {:?}", String::from_utf8_lossy(text));
    }
}

#[test]
fn the_targets_hold_on_the_corpus_and_on_mutations_of_it() {
    let (cases, seed) = (number("PARTNER_CENTER_FUZZ_CASES", CASES), number("PARTNER_CENTER_FUZZ_SEED", 1));
    for target in TARGETS {
        let corpus = corpus(target.0);
        corpus.iter().for_each(|text| run(target, text));
        let mut mutator = Mutator { chance: Chance::new(seed), corpus, dictionary: dictionary() };
        for _ in 0..cases {
            run(target, &mutator.next());
        }
    }
}

/// Each target has its program for libFuzzer and its corpus.
#[test]
fn every_target_can_be_fuzzed() {
    let manifest = fs::read_to_string(file("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let program = fs::read_to_string(file("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(program.contains(&format!("fuzzing::{name}(data)")), "{name}");
        assert!(!corpus(name).is_empty(), "{name}");
    }
}
