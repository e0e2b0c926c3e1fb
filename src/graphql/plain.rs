//! Objects that answer at once: most fields of a list's rows need nothing but the row (docs/decisions/0021).
//!
//! The engine makes a future for each field of each object. A list of rows of which every selected field is plain is
//! written without it; one field that is not, an argument, a directive or a fragment leaves the whole list to the engine.
//! `tests/it/reads.rs` compares both ways.

use async_graphql::{
    ContextSelectionSet, EnumType, OutputType, Positioned, ScalarType, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::{enum_value, resolve_list},
};
use entities::types::Month;
use std::borrow::Cow;

use crate::{app::App, store::keyset::Place};

/// An object of the API some of whose fields answer at once.
pub trait Plain: OutputType {
    /// What a field without arguments says; none where it must be left to the engine.
    fn plain(&self, field: &Field, month: Month) -> Option<Value> {
        let _ = (field, month);
        None
    }
}

/// What an object says to a selection, if it can answer at once.
pub fn object<T: Plain>(object: &T, set: &SelectionSet, month: Month) -> Option<Value> {
    let mut fields = IndexMap::with_capacity(set.items.len());
    for item in &set.items {
        let Selection::Field(field) = &item.node else { return None };
        let field = &field.node;
        if !field.arguments.is_empty() || !field.directives.is_empty() {
            return None;
        }
        let value = match field.name.node.as_str() {
            "__typename" => Value::String(T::type_name().into_owned()),
            _ => object.plain(field, month)?,
        };
        // The same key twice is merged by the engine.
        if fields.insert(field.response_key().node.clone(), value).is_some() {
            return None;
        }
    }
    Some(Value::Object(fields))
}

/// What a field says that is an object, or null.
pub fn nested<T: Plain>(inner: Option<&T>, field: &Field, month: Month) -> Option<Value> {
    match inner {
        Some(inner) => object(inner, &field.selection_set.node, month),
        None => Some(Value::Null),
    }
}

/// What a scalar field says.
pub fn scalar(value: &impl ScalarType) -> Option<Value> {
    Some(value.to_value())
}

/// What a field says whose value is one of an enumeration.
pub fn word(value: impl EnumType) -> Option<Value> {
    Some(enum_value(value))
}

/// The rows of a page, as a list of objects.
pub struct Rows<'r, T>(pub &'r [(Place, T)]);

impl<T: Plain> Rows<'_, T> {
    fn plain(&self, ctx: &ContextSelectionSet<'_>) -> Option<Value> {
        let store = &ctx.data_unchecked::<App>().store;
        let month = store.calendar().month_of(store.clock().now());
        let rows = self.0.iter().map(|(_, row)| object(row, &ctx.item.node, month));
        rows.collect::<Option<_>>().map(Value::List)
    }
}

impl<T: Plain> OutputType for Rows<'_, T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self.plain(ctx) {
            Some(list) => Ok(list),
            None => resolve_list(ctx, field, self.0.iter().map(|(_, row)| row), Some(self.0.len())).await,
        }
    }
}
