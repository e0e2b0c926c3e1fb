//! The pass over a document before it is executed: size, depth, cost, and whether every field is open to the viewer.
//!
//! Each fragment is looked at once for each size of the page around it, however often it is spread, so that the pass
//! costs what the text costs and not what it expands to (the engine's own limits expand first and ask later).

use std::collections::HashMap;

use async_graphql::{
    Name, Value, Variables,
    parser::{
        parse_schema,
        types::{
            BaseType, DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
            SelectionSet, Type, TypeKind, TypeSystemDefinition,
        },
    },
};

use super::{connection, errors::code, policy::Table};
use crate::{access::Viewer, config::Limits};

/// Why a document is not executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// One of [`code`].
    pub code: &'static str,
    /// For the developer.
    pub message: String,
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { code, message: message.into() })
}

/// What a document amounts to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Selections after the fragments are expanded.
    pub selections: u64,
    /// Levels.
    pub depth: u32,
    /// Estimated fields of the answer.
    pub cost: u64,
}

/// Size of a list that is not a page, where nothing tells it.
const ASSUMED_LIST: u64 = 10;
/// Levels of brackets of any kind in the text. The parser recurses on them, so they are counted before it.
const MAX_BRACKETS: u32 = 100;

/// The output types of the schema: what each field returns.
pub struct SchemaMap {
    types: HashMap<String, HashMap<String, Returned>>,
}

#[derive(Debug, Clone)]
struct Returned {
    of: String,
    is_list: bool,
}

impl SchemaMap {
    /// Reads it from the schema's text.
    ///
    /// # Panics
    /// Where the text is not our own.
    pub fn read(sdl: &str) -> Self {
        let document = parse_schema(sdl).expect("the engine prints what it can parse");
        let mut types = HashMap::new();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                TypeKind::Union(_) => Vec::new(),
                TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => continue,
            };
            let fields = fields.into_iter().map(|field| {
                let (of, is_list) = named(&field.node.ty.node);
                (field.node.name.node.to_string(), Returned { of, is_list })
            });
            types.insert(definition.node.name.node.to_string(), fields.collect());
        }
        Self { types }
    }

    /// All fields, sorted: what the policies must cover.
    pub fn fields(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<(&str, &str)> = self
            .types
            .iter()
            .flat_map(|(on, fields)| fields.keys().map(move |field| (on.as_str(), field.as_str())))
            .collect();
        all.sort_unstable();
        all
    }
}

fn named(ty: &Type) -> (String, bool) {
    match &ty.base {
        BaseType::Named(name) => (name.to_string(), false),
        BaseType::List(inner) => (named(inner).0, true),
    }
}

/// Refuses texts that are too long or nested too deep to be parsed safely.
pub fn check_text(text: &str, limits: &Limits) -> Result<(), Refused> {
    if text.len() > limits.document_bytes {
        return refuse(
            code::TOO_COMPLEX,
            format!("the document has {} bytes, at most {} are possible", text.len(), limits.document_bytes),
        );
    }
    if bracket_depth(text) > MAX_BRACKETS {
        return refuse(code::TOO_COMPLEX, format!("the document nests brackets deeper than {MAX_BRACKETS} levels"));
    }
    Ok(())
}

/// The deepest nesting of brackets outside strings and comments.
fn bracket_depth(text: &str) -> u32 {
    let (mut depth, mut deepest) = (0_u32, 0);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => at += bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len()),
            b'"' => at = end_of_string(bytes, at),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// The index of the last quote of the string that begins at `start`; the end of the text where there is none.
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
    at
}

/// The operation of a document that is to be executed.
pub fn operation<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Result<&'d OperationDefinition, Refused> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(_), None) => {
            return refuse(code::VALIDATION_FAILED, "the document has several operations: name one");
        }
        (DocumentOperations::Single(_), Some(_)) => None,
    };
    match found {
        Some(operation) => Ok(&operation.node),
        None => refuse(code::VALIDATION_FAILED, format!("the document has no operation \"{}\"", name.unwrap_or(""))),
    }
}

/// What documents are checked against.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What there is.
    pub map: &'a SchemaMap,
    /// To whom it is open.
    pub table: &'a Table,
    /// How much of it at once.
    pub limits: &'a Limits,
    /// Whether the schema itself may be read.
    pub introspection: bool,
}

/// Checks one operation of a document for a viewer.
pub struct Check<'a> {
    map: &'a SchemaMap,
    table: &'a Table,
    limits: &'a Limits,
    viewer: Option<&'a Viewer>,
    introspection: bool,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    defaults: HashMap<&'a str, &'a Value>,
    memo: HashMap<(&'a str, u64), Tally>,
    open: Vec<&'a str>,
}

impl<'a> Check<'a> {
    /// A check of `operation`, which is one of `document`, by a door's rules.
    pub fn new(
        rules: Rules<'a>,
        viewer: Option<&'a Viewer>,
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
    ) -> Self {
        let defaults = operation
            .variable_definitions
            .iter()
            .filter_map(|definition| {
                let default = definition.node.default_value.as_ref()?;
                Some((definition.node.name.node.as_str(), &default.node))
            })
            .collect();
        let Rules { map, table, limits, introspection } = rules;
        let (memo, open) = (HashMap::new(), Vec::new());
        Self { map, table, limits, viewer, introspection, document, variables, defaults, memo, open }
    }

    /// Runs it.
    pub fn run(mut self, operation: &'a OperationDefinition) -> Result<Tally, Refused> {
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let set = &operation.selection_set.node;
        let limits = self.limits;
        let tally = self.set(set, Some(root), 0)?;
        let over = |what: &str, is: u64, limit: u64| {
            refuse(code::TOO_COMPLEX, format!("the operation has {what} {is}, at most {limit} are possible"))
        };
        if tally.selections > limits.selections {
            return over("selections, fragments expanded:", tally.selections, limits.selections);
        }
        if tally.depth > limits.depth {
            return over("levels:", tally.depth.into(), limits.depth.into());
        }
        if tally.cost > limits.cost {
            return over("an estimated cost of", tally.cost, limits.cost);
        }
        // The tally bounds what this count can cost.
        let fields = self.root_fields(set);
        if fields > limits.root_fields {
            return over("root fields:", fields as u64, limits.root_fields as u64);
        }
        if operation.ty == OperationType::Subscription && fields != 1 {
            return refuse(code::VALIDATION_FAILED, "a subscription must have exactly one root field");
        }
        Ok(tally)
    }

    fn root_fields(&self, set: &SelectionSet) -> usize {
        set.items
            .iter()
            .map(|item| match &item.node {
                Selection::Field(_) => 1,
                Selection::InlineFragment(inline) => self.root_fields(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => self
                    .document
                    .fragments
                    .get(&spread.node.fragment_name.node)
                    .map_or(0, |fragment| self.root_fields(&fragment.node.selection_set.node)),
            })
            .sum()
    }

    /// `page` is the size of the page around, where `set` belongs to a connection.
    fn set(&mut self, set: &'a SelectionSet, on: Option<&'a str>, page: u64) -> Result<Tally, Refused> {
        let mut sum = Tally::default();
        for item in &set.items {
            let directives = match &item.node {
                Selection::Field(field) => field.node.directives.len(),
                Selection::FragmentSpread(spread) => spread.node.directives.len(),
                Selection::InlineFragment(inline) => inline.node.directives.len(),
            };
            if directives > self.limits.directives {
                return refuse(code::TOO_COMPLEX, format!("a selection has {directives} directives"));
            }
            let part = match &item.node {
                Selection::Field(field) => self.field(&field.node, on, page)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map(|condition| condition.node.on.node.as_str()).or(on);
                    self.set(&inline.node.selection_set.node, on, page)?
                }
                Selection::FragmentSpread(spread) => self.fragment(spread.node.fragment_name.node.as_str(), page)?,
            };
            sum.selections = sum.selections.saturating_add(part.selections).saturating_add(1);
            sum.depth = sum.depth.max(part.depth);
            sum.cost = sum.cost.saturating_add(part.cost);
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &'a str, page: u64) -> Result<Tally, Refused> {
        if let Some(known) = self.memo.get(&(name, page)) {
            return Ok(*known);
        }
        if self.open.contains(&name) {
            return refuse(code::VALIDATION_FAILED, format!("the fragment \"{name}\" contains itself"));
        }
        // A fragment that is not there is reported by the validation, with its place.
        let Some(fragment) = self.document.fragments.get(&Name::new(name)) else { return Ok(Tally::default()) };
        let on = fragment.node.type_condition.node.on.node.as_str();
        self.open.push(name);
        let tally = self.set(&fragment.node.selection_set.node, Some(on), page)?;
        self.open.pop();
        self.memo.insert((name, page), tally);
        Ok(tally)
    }

    fn field(&mut self, field: &'a Field, on: Option<&'a str>, page: u64) -> Result<Tally, Refused> {
        let name = field.name.node.as_str();
        if !self.introspection && matches!(name, "__schema" | "__type") {
            return refuse(code::FORBIDDEN, "introspection is off");
        }
        let map = self.map;
        // Below introspection, and where the document does not fit the schema, there is nothing that a policy opens:
        // the first needs no policy, the second fails in validation.
        let returned = on.and_then(|on| map.types.get(on)).and_then(|fields| fields.get(name));
        if let (Some(on), Some(_)) = (on, returned) {
            self.check_policy(on, name)?;
        }
        let size = self.list_size(field, on, returned, page);
        let inner_page = match returned {
            Some(returned) if returned.of.ends_with("Connection") => self.page_argument(field),
            _ => 0,
        };
        let inner = self.set(&field.selection_set.node, returned.map(|returned| returned.of.as_str()), inner_page)?;
        Ok(Tally {
            selections: inner.selections,
            depth: inner.depth + 1,
            cost: inner.cost.saturating_mul(size).saturating_add(1),
        })
    }

    fn check_policy(&self, on: &str, field: &str) -> Result<(), Refused> {
        if self.table.allows(on, field, self.viewer) {
            return Ok(());
        }
        match self.viewer {
            None => refuse(code::UNAUTHENTICATED, format!("sign in first: {on}.{field} is not open to everybody")),
            Some(_) => refuse(code::FORBIDDEN, format!("{on}.{field} is not open to you")),
        }
    }

    fn list_size(&self, field: &Field, on: Option<&str>, returned: Option<&Returned>, page: u64) -> u64 {
        let is_page = on.is_some_and(|on| on.ends_with("Connection"));
        match returned {
            Some(returned) if returned.is_list && is_page => page,
            Some(returned) if returned.is_list => match self.argument(field, "ids") {
                Some(Value::List(ids)) => ids.len() as u64,
                _ => ASSUMED_LIST,
            },
            _ => 1,
        }
    }

    fn page_argument(&self, field: &Field) -> u64 {
        let asked = self.argument(field, "first").or_else(|| self.argument(field, "last"));
        match asked {
            Some(Value::Number(number)) => number.as_u64().unwrap_or(0).min(connection::MAX_PAGE),
            _ => connection::DEFAULT_PAGE,
        }
    }

    /// The value of an argument, variables and their defaults applied; none where it is absent or null.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let given = &field.get_argument(name)?.node;
        let value = given
            .clone()
            .into_const_with(|variable| -> Result<Value, ()> {
                let given = self.variables.get(&variable).cloned();
                Ok(given.or_else(|| self.defaults.get(variable.as_str()).copied().cloned()).unwrap_or(Value::Null))
            })
            .ok()?;
        (value != Value::Null).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        assert_eq!(bracket_depth("{ a(x: \"{{{{\") { b } # {{{{{{\n }"), 2);
        assert_eq!(bracket_depth("{ a(x: \"\"\"{{ \\\"\"\" {{\"\"\") }"), 2);
        assert_eq!(bracket_depth("{ a(x: \"\\\"{{\") }"), 2);
        assert_eq!(bracket_depth(&"{".repeat(500)), 500);
    }
}
