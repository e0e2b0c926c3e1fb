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
    /// For programs: a limit and what was sent, or how long to wait. Beside the code in `extensions`.
    pub figures: Vec<(&'static str, u64)>,
}

impl Refused {
    /// With a code and a message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), figures: Vec::new() }
    }

    /// With a figure beside them.
    #[must_use]
    pub fn with(mut self, name: &'static str, figure: u64) -> Self {
        self.figures.push((name, figure));
        self
    }

    /// One of its figures.
    pub fn figure(&self, name: &str) -> Option<u64> {
        self.figures.iter().find(|(one, _)| *one == name).map(|(_, figure)| *figure)
    }

    /// As a response of the engine.
    pub fn response(&self) -> async_graphql::Response {
        let error = super::errors::coded(self.code, &self.message);
        async_graphql::Response::from_errors(vec![error.into_server_error(async_graphql::Pos::default())])
    }

    /// As the errors of a response.
    pub fn errors(&self) -> serde_json::Value {
        let mut extensions = serde_json::Map::new();
        extensions.insert("code".to_owned(), self.code.into());
        extensions.extend(self.figures.iter().map(|(name, figure)| ((*name).to_owned(), (*figure).into())));
        serde_json::json!([{ "message": self.message, "extensions": extensions }])
    }
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::new(code, message))
}

const SELECTIONS: &str = "selections, fragments expanded:";

fn within(what: &str, is: u64, limit: u64) -> Result<(), Refused> {
    if is <= limit {
        return Ok(());
    }
    let message = format!("the operation has {what} {is}, at most {limit} are possible");
    Err(Refused::new(code::TOO_COMPLEX, message).with("is", is).with("limit", limit))
}

/// What a document amounts to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Selections after the fragments are expanded.
    pub selections: u64,
    /// Levels.
    pub depth: u32,
    /// Fields under another name, after the fragments are expanded.
    pub aliases: u64,
    /// Estimated fields of the answer.
    pub cost: u64,
}

/// Lists of the schema's description that lead from a type to types. Each within the other multiplies what is described,
/// and no tool needs more than two.
const TYPE_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
/// Of them within each other.
const MAX_TYPE_LISTS: u64 = 2;
/// Size of a list that is not a page, where nothing tells it.
const ASSUMED_LIST: u64 = 10;
/// What a total costs: all rows of the list are counted.
const COUNTED: u64 = 50;

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

    /// Whether a type has such a field.
    pub fn has(&self, on: &str, field: &str) -> bool {
        self.types.get(on).is_some_and(|fields| fields.contains_key(field))
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

/// The type that an operation begins with.
pub const fn root_type(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
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
    /// Selections looked at so far.
    seen: u64,
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
        let (memo, open, seen) = (HashMap::new(), Vec::new(), 0);
        Self { map, table, limits, viewer, introspection, document, variables, defaults, memo, open, seen }
    }

    /// Runs it.
    pub fn run(mut self, operation: &'a OperationDefinition) -> Result<Tally, Refused> {
        let root = root_type(operation.ty);
        let set = &operation.selection_set.node;
        let limits = self.limits;
        let declared = operation.variable_definitions.iter().map(|variable| variable.node.directives.len());
        for directives in declared.chain([operation.directives.len()]) {
            self.check_directives(directives)?;
        }
        let tally = self.set(set, Some(root), 0)?;
        within(SELECTIONS, tally.selections, limits.selections)?;
        within("levels:", tally.depth.into(), limits.depth.into())?;
        within("aliases:", tally.aliases, limits.aliases)?;
        within("an estimated cost of", tally.cost, limits.cost)?;
        // The tally bounds what this count can cost.
        let fields = self.root_fields(set);
        within("root fields:", fields as u64, limits.root_fields as u64)?;
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

    /// `page` is the size of the page around, where `set` belongs to a connection; of the batch, where it is what a mutation
    /// answers; where it describes the schema, how many lists of types are around.
    fn set(&mut self, set: &'a SelectionSet, on: Option<&'a str>, page: u64) -> Result<Tally, Refused> {
        let mut sum = Tally::default();
        // A fragment is looked at for each size of page: what is looked at in all is no more than what is expanded.
        self.seen += set.items.len() as u64;
        within(SELECTIONS, self.seen, self.limits.selections)?;
        for item in &set.items {
            let directives = match &item.node {
                Selection::Field(field) => field.node.directives.len(),
                Selection::FragmentSpread(spread) => spread.node.directives.len(),
                Selection::InlineFragment(inline) => inline.node.directives.len(),
            };
            self.check_directives(directives)?;
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
            sum.aliases = sum.aliases.saturating_add(part.aliases);
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
        self.check_directives(fragment.node.directives.len())?;
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
        let leads_to_types = returned.is_none() && TYPE_LISTS.contains(&name);
        let inner_page = match returned {
            Some(returned) if returned.of.ends_with("Connection") => self.page_argument(field),
            Some(_) if on == Some(root_type(OperationType::Mutation)) => self.batch(field),
            Some(_) => 0,
            None => page + u64::from(leads_to_types),
        };
        if leads_to_types && inner_page > MAX_TYPE_LISTS {
            return refuse(code::TOO_COMPLEX, format!("more than {MAX_TYPE_LISTS} lists of types within each other"));
        }
        let own = if name == "totalCount" && on.is_some_and(|on| on.ends_with("Connection")) { COUNTED } else { 1 };
        let inner = self.set(&field.selection_set.node, returned.map(|returned| returned.of.as_str()), inner_page)?;
        Ok(Tally {
            selections: inner.selections,
            depth: inner.depth + 1,
            aliases: inner.aliases.saturating_add(u64::from(field.alias.is_some())),
            cost: inner.cost.saturating_mul(size).saturating_add(own),
        })
    }

    fn check_directives(&self, is: usize) -> Result<(), Refused> {
        let limit = self.limits.directives;
        if is <= limit {
            return Ok(());
        }
        let message = format!("one place has {is} directives, at most {limit} are possible");
        Err(Refused::new(code::TOO_COMPLEX, message).with("is", is as u64).with("limit", limit as u64))
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
                _ => page.max(ASSUMED_LIST),
            },
            _ => 1,
        }
    }

    /// The size of the longest list in the arguments of a mutation, which may answer with one for each.
    fn batch(&self, field: &Field) -> u64 {
        fn longest(value: &Value) -> u64 {
            match value {
                Value::List(values) => values.iter().map(longest).fold(values.len() as u64, u64::max),
                Value::Object(fields) => fields.values().map(longest).max().unwrap_or_default(),
                _ => 0,
            }
        }
        let names = field.arguments.iter().map(|(name, _)| name.node.as_str());
        names.filter_map(|name| self.argument(field, name)).map(|value| longest(&value)).max().unwrap_or_default()
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
