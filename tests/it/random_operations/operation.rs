//! Operations: a root field or some, arguments for all that ask for them, and a selection some levels deep.

use std::fmt::{self, Write};

use async_graphql::parser::types::FieldDefinition;
use serde_json::{Map, Value, json};

use super::{
    values::{Chance, Values},
    world::{World, named},
};

/// A document and the values of its variables.
pub struct Operation {
    pub query: String,
    pub variables: Value,
    /// Whether it asks to reveal personal data.
    pub reveals: bool,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.query, self.variables)
    }
}

/// Who writes operations.
pub struct Author<'w> {
    pub values: Values,
    world: &'w World,
}

/// A document that is being written.
#[derive(Default)]
struct Draft {
    declared: Vec<String>,
    variables: Map<String, Value>,
    reveals: bool,
    fields: usize,
}

/// Fields of one document.
const MAX_FIELDS: usize = 120;
/// Levels of objects.
const MAX_DEPTH: usize = 5;

impl<'w> Author<'w> {
    pub fn new(world: &'w World, chance: Chance) -> Self {
        Self { values: Values::new(chance), world }
    }

    /// An operation of fields that are mostly open to the viewer.
    pub fn write(&mut self, is_open: impl Fn(&str, &str) -> bool) -> Operation {
        let root = if self.values.chance.percent(55) { "Query" } else { "Mutation" };
        let world = self.world;
        let all = &world.fields[root];
        let open: Vec<&FieldDefinition> = all.iter().filter(|field| is_open(root, field.name.node.as_str())).collect();
        let some = if self.values.chance.percent(80) { 1 } else { 2 };
        let mut draft = Draft::default();
        let mut body = String::new();
        for _ in 0..some {
            let any = open.is_empty() || self.values.chance.percent(4);
            let at = self.values.chance.below(if any { all.len() } else { open.len() });
            let field = if any { &all[at] } else { open[at] };
            self.field(&mut draft, field, 0, &is_open, &mut body);
        }
        let word = root.to_lowercase();
        let declared =
            if draft.declared.is_empty() { String::new() } else { format!("({})", draft.declared.join(", ")) };
        Operation {
            query: format!("{word}{declared} {{ {body}}}"),
            variables: draft.variables.into(),
            reveals: draft.reveals,
        }
    }

    fn field(
        &mut self,
        draft: &mut Draft,
        field: &FieldDefinition,
        depth: usize,
        is_open: &dyn Fn(&str, &str) -> bool,
        body: &mut String,
    ) {
        draft.fields += 1;
        let of = named(&field.ty.node);
        let mut selection = String::new();
        if self.world.is_composite(of) {
            if depth >= MAX_DEPTH {
                return;
            }
            self.selection(draft, of, depth + 1, is_open, &mut selection);
        }
        let mut arguments = Vec::new();
        for argument in &field.arguments {
            let (name, ty) = (argument.node.name.node.as_str(), &argument.node.ty.node);
            let must = !ty.nullable && argument.node.default_value.is_none();
            let wanted = if must { 99 } else { 35 };
            if !self.values.chance.percent(wanted) {
                continue;
            }
            let value = if name == "reveal" {
                json!(self.values.chance.percent(25))
            } else {
                self.values.of(self.world, ty, name, 0)
            };
            draft.reveals |= name == "reveal" && value == true;
            let variable = format!("v{}", draft.variables.len());
            draft.declared.push(format!("${variable}: {ty}"));
            arguments.push(format!("{name}: ${variable}"));
            draft.variables.insert(variable, value);
        }
        // Each by a name of its own: fields of different types must not meet under one.
        let _ = write!(body, "f{}: {}", draft.fields, field.name.node);
        if !arguments.is_empty() {
            let _ = write!(body, "({})", arguments.join(", "));
        }
        if !selection.is_empty() {
            let _ = write!(body, " {{ {selection}}}");
        }
        body.push(' ');
    }

    fn selection(
        &mut self,
        draft: &mut Draft,
        on: &str,
        depth: usize,
        is_open: &dyn Fn(&str, &str) -> bool,
        body: &mut String,
    ) {
        body.push_str("__typename ");
        let world = self.world;
        for field in world.fields.get(on).into_iter().flatten() {
            let name = field.name.node.as_str();
            let always = matches!(name, "nodes" | "userErrors" | "pageInfo" | "id" | "endCursor" | "cursor");
            let wanted = if always { 90 } else { 45 };
            let open = is_open(on, name) || self.values.chance.below(1_000) == 0;
            if open && draft.fields < MAX_FIELDS && self.values.chance.percent(wanted) {
                self.field(draft, field, depth, is_open, body);
            }
        }
        for member in world.members.get(on).into_iter().flatten() {
            if draft.fields < MAX_FIELDS && self.values.chance.percent(40) {
                let mut inner = String::new();
                self.selection(draft, member, depth + 1, is_open, &mut inner);
                let _ = write!(body, "... on {member} {{ {inner}}} ");
            }
        }
    }
}
