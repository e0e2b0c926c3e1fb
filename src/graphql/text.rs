//! The text of a document before it is parsed: its length, its tokens, and how deep its brackets nest; and U+0000, which no
//! text in the database can hold, in it and in variables.

use serde_json::{Map, Value};

use super::{check::Refused, errors::code};
use crate::config::Limits;

/// Levels of brackets of any kind in the text. The parser recurses on them, so they are counted before it.
const MAX_BRACKETS: u32 = 100;

/// Refuses texts that are too long or nested too deep to be parsed safely.
pub fn check_text(text: &str, limits: &Limits) -> Result<(), Refused> {
    let over = |is: usize, limit: usize, message: String| {
        Err(Refused::new(code::TOO_COMPLEX, message).with("is", is as u64).with("limit", limit as u64))
    };
    let (bytes, most) = (text.len(), limits.document_bytes);
    if bytes > most {
        return over(bytes, most, format!("the document has {bytes} bytes, at most {most} are possible"));
    }
    let Scan { tokens, depth } = scan(text);
    let most = limits.tokens;
    if tokens > most {
        return over(tokens, most, format!("the document has {tokens} tokens, at most {most} are possible"));
    }
    if depth > MAX_BRACKETS {
        let message = format!("the document nests brackets deeper than {MAX_BRACKETS} levels");
        return over(depth as usize, MAX_BRACKETS as usize, message);
    }
    // Written out as well, since that is how a string says it.
    if text.contains('\0') || text.contains("\\u0000") { Err(nul()) } else { Ok(()) }
}

/// Refuses variables with U+0000 in a name or text.
pub fn check_variables(variables: &Map<String, Value>) -> Result<(), Refused> {
    if variables.iter().any(|(name, value)| name.contains('\0') || has_nul(value)) { Err(nul()) } else { Ok(()) }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn nul() -> Refused {
    Refused::new(code::BAD_USER_INPUT, "no text may hold U+0000")
}

/// What a text amounts to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Scan {
    /// Names, numbers, strings, spreads and marks.
    tokens: usize,
    /// The deepest nesting of brackets outside strings and comments.
    depth: u32,
}

fn scan(text: &str) -> Scan {
    let bytes = text.as_bytes();
    let while_is = |start: usize, is: fn(&u8) -> bool| {
        bytes[start..].iter().position(|byte| !is(byte)).map_or(bytes.len(), |length| start + length)
    };
    let (mut open, mut found, mut at) = (0_u32, Scan::default(), 0);
    while at < bytes.len() {
        let byte = bytes[at];
        let next = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = while_is(at, |byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'{' | b'[' | b'(' => {
                open += 1;
                found.depth = found.depth.max(open);
                at + 1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                at + 1
            }
            b'"' => end_of_string(bytes, at) + 1,
            b'.' => while_is(at, |byte| *byte == b'.'),
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => while_is(at, |byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
            b'0'..=b'9' | b'-' => {
                while_is(at + 1, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-'))
            }
            _ => at + 1,
        };
        found.tokens += 1;
        at = next;
    }
    found
}

/// The index of the last quote of the string that begins at `start`; the end of the text where there is none. Three quotes
/// that find no end are an empty string and the beginning of another one, as the parser has it.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let block = bytes[start..].starts_with(b"\"\"\"");
    let mut at = start + if block { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += if block && bytes[at..].starts_with(b"\\\"\"\"") { 3 } else { usize::from(!block) },
            b'"' if !block => return at,
            b'"' if bytes[at..].starts_with(b"\"\"\"") => return at + 2,
            b'\n' if !block => return at,
            _ => {}
        }
        at += 1;
    }
    if block { start + 1 } else { at }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use async_graphql::{
        Positioned, Value,
        parser::{
            parse_query,
            types::{DocumentOperations, Selection, SelectionSet},
        },
    };
    use proptest::prelude::*;

    use super::scan;

    fn depth(text: &str) -> u32 {
        scan(text).depth
    }

    fn tokens(text: &str) -> usize {
        scan(text).tokens
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        assert_eq!(depth("{ a(x: \"{{{{\") { b } # {{{{{{\n }"), 2);
        assert_eq!(depth("{ a(x: \"\"\"{{ \\\"\"\" {{\"\"\") }"), 2);
        assert_eq!(depth("{ a(x: \"\\\"{{\") }"), 2);
        assert_eq!(depth("{ a(x: [\"\"\"\"[[[]]]])}"), 6, "two empty strings");
        assert_eq!(depth(&"{".repeat(500)), 500);
    }

    #[test]
    fn tokens_are_those_of_the_language() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("{ a, b # c d e\n }"), 4);
        assert_eq!(tokens("query($n: Int! = -1.5e+3) { a(x: \"b c\", y: [1 2]) { ...F } }"), 28);
        assert_eq!(tokens("{...on Query{a}}"), 8);
        assert_eq!(tokens("\"\"\" a \"b\" \"\"\" a"), 2);
    }

    fn levels(value: &Value) -> u32 {
        match value {
            Value::List(values) => 1 + values.iter().map(levels).max().unwrap_or_default(),
            Value::Object(fields) => 1 + fields.values().map(levels).max().unwrap_or_default(),
            _ => 0,
        }
    }

    fn levels_of(set: &SelectionSet) -> u32 {
        let of_item = |item: &Positioned<Selection>| match &item.node {
            Selection::Field(field) => {
                let constant = field.node.arguments.iter().map(|(_, value)| {
                    value.node.clone().into_const_with(|_| Ok::<_, Infallible>(Value::Null)).expect("infallible")
                });
                let values = constant.map(|value| 1 + levels(&value));
                values.chain([levels_of(&field.node.selection_set.node)]).max().unwrap_or_default()
            }
            Selection::InlineFragment(inline) => levels_of(&inline.node.selection_set.node),
            Selection::FragmentSpread(_) => 0,
        };
        if set.items.is_empty() { 0 } else { 1 + set.items.iter().map(of_item).max().unwrap_or_default() }
    }

    proptest! {
        /// What the parser makes of a text nests no deeper than was counted, however strings and brackets are mixed.
        #[test]
        fn nothing_is_parsed_deeper_than_was_counted(
            marks in prop::collection::vec(
                prop::sample::select(vec!["\"", "\"\"\"", "\\", "[", "]", "{", "}", "a:", "a", "#", "\n", "\r", " ", "1", "$b"]),
                0..14,
            ),
            deep in 0..20_usize,
        ) {
            let (open, close) = ("[".repeat(deep), "]".repeat(deep));
            let text = format!("{{ a(x: [{}{open}{close}]) {{ b }} }}", marks.concat());
            if let Ok(document) = parse_query(&text) {
                let DocumentOperations::Single(operation) = &document.operations else { unreachable!("it has no name") };
                prop_assert!(levels_of(&operation.node.selection_set.node) <= depth(&text), "{text}");
            }
        }

        /// Any text is looked through to its end, and has no more tokens than bytes.
        #[test]
        fn any_text_is_scanned(text in "\\PC{0,200}", marks in "[\"{}()#.\\\\ \n]{0,60}") {
            let text = text + &marks;
            prop_assert!(scan(&text).tokens <= text.len());
        }
    }
}
