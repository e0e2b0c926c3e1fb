//! Objects that answer at once: most fields of a list's rows need nothing but the row (docs/decisions/0021).
//!
//! The engine makes a future for each field of each object, and a map for each object. A list of rows of which every
//! selected field is plain is written without them, as text; one field that is not, an argument, a directive or a fragment
//! leaves the whole list to the engine, and so does a document in which a key stands twice, because the engine merges what
//! such fields say. `tests/it/reads.rs` compares both ways.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use async_graphql::{
    ContextSelectionSet, EnumType, OutputType, Positioned, ScalarType, ServerResult, Value,
    parser::types::{ExecutableDocument, Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::{enum_value, resolve_list},
};
use entities::types::Month;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::scalars::Decimal;
use crate::{app::App, store::keyset::Place};

/// An object of the API some of whose fields answer at once.
pub trait Plain: OutputType {
    /// Writes what a field without arguments says; none where it must be left to the engine.
    fn plain(&self, field: &Field, answer: &mut Answer) -> Option<()> {
        let _ = (field, answer);
        None
    }
}

/// What rows say, as it is written: JSON.
pub struct Answer {
    /// The business month of the request.
    pub month: Month,
    text: Vec<u8>,
}

impl Answer {
    /// What a scalar says.
    pub fn scalar(&mut self, value: &impl ScalarType) -> Option<()> {
        self.put(&value.to_value())
    }

    /// What an enumeration says.
    pub fn word(&mut self, value: impl EnumType) -> Option<()> {
        self.put(&enum_value(value))
    }

    /// What a text says.
    pub fn text(&mut self, value: &str) -> Option<()> {
        self.put(value)
    }

    /// What a number says that is exact.
    pub fn decimal(&mut self, value: Decimal) -> Option<()> {
        write!(self.text, "\"{}\"", value.0).ok()
    }

    /// What a field says that is an object, or null.
    pub fn nested<T: Plain>(&mut self, inner: Option<&T>, field: &Field) -> Option<()> {
        match inner {
            Some(inner) => self.object(inner, &field.selection_set.node),
            None => self.null(),
        }
    }

    /// What a field says that has no value.
    pub fn null(&mut self) -> Option<()> {
        self.put(&())
    }

    fn object<T: Plain>(&mut self, object: &T, set: &SelectionSet) -> Option<()> {
        self.text.push(b'{');
        for (place, item) in set.items.iter().enumerate() {
            let Selection::Field(field) = &item.node else { return None };
            let field = &field.node;
            if !field.arguments.is_empty() || !field.directives.is_empty() {
                return None;
            }
            if place > 0 {
                self.text.push(b',');
            }
            self.put(field.response_key().node.as_str())?;
            self.text.push(b':');
            match field.name.node.as_str() {
                "__typename" => self.put(&T::type_name())?,
                _ => object.plain(field, self)?,
            }
        }
        self.text.push(b'}');
        Some(())
    }

    fn put(&mut self, value: &(impl Serialize + ?Sized)) -> Option<()> {
        serde_json::to_writer(&mut self.text, value).ok()
    }
}

/// Whether rows may answer as text: in no selection of the document does a key stand twice.
#[derive(Debug, Clone, Copy)]
pub struct AsText(pub bool);

impl AsText {
    /// Of a document. Fragments and several operations are left to the engine: what stands twice is not looked for there.
    pub fn of(document: &ExecutableDocument) -> Self {
        let mut operations = document.operations.iter();
        let single = match (operations.next(), operations.next()) {
            (Some((_, operation)), None) => is_single(&operation.node.selection_set.node),
            _ => false,
        };
        Self(single && document.fragments.is_empty())
    }
}

fn is_single(set: &SelectionSet) -> bool {
    let mut keys = Vec::with_capacity(set.items.len());
    set.items.iter().all(|item| {
        let Selection::Field(field) = &item.node else { return false };
        keys.push(field.node.response_key().node.as_str());
        is_single(&field.node.selection_set.node)
    }) && {
        keys.sort_unstable();
        keys.windows(2).all(|pair| pair[0] != pair[1])
    }
}

/// The rows of a page, as a list of objects.
pub struct Rows<'r, T>(pub &'r [(Place, T)]);

impl<T: Plain> Rows<'_, T> {
    fn plain(&self, ctx: &ContextSelectionSet<'_>) -> Option<Value> {
        ctx.data_opt::<AsText>().filter(|AsText(may)| *may)?;
        let store = &ctx.data_unchecked::<App>().store;
        let month = store.calendar().month_of(store.clock().now());
        let mut answer = Answer { month, text: Vec::with_capacity(self.0.len() * EXPECTED_ROW) };
        answer.text.push(b'[');
        for (place, (_, row)) in self.0.iter().enumerate() {
            if place > 0 {
                answer.text.push(b',');
            }
            answer.object(row, &ctx.item.node)?;
        }
        answer.text.push(b']');
        Some(Value::Binary(answer.text.into()))
    }
}

/// Bytes of a row, roughly.
const EXPECTED_ROW: usize = 192;

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

/// What is answered, in JSON. Every response must be written by this: rows that answered as text are in it as bytes, and
/// nothing else is.
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::with_capacity(EXPECTED_ROW);
    value.serialize(&mut Serializer::with_formatter(&mut text, AsItIs))?;
    String::from_utf8(text).map_err(serde::ser::Error::custom)
}

/// Writes compactly; bytes as they are.
struct AsItIs;

impl Formatter for AsItIs {
    fn write_byte_array<W: ?Sized + Write>(&mut self, writer: &mut W, value: &[u8]) -> io::Result<()> {
        writer.write_all(value)
    }
}
