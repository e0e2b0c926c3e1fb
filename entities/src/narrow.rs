//! Rows of which only some columns are read: what nobody asks for is neither sent nor decoded.
//!
//! Columns are read by their position in the select, in an order that both sides take from the table's declaration. A
//! column that was not read holds the default of its type; columns for which no value could stand for that are read
//! always.

use std::marker::PhantomData;

use sea_orm::{DbErr, EntityTrait, QueryResult, TryGetable};

/// Some of a table's columns.
pub struct Columns<E>(u64, PhantomData<fn() -> E>);

impl<E> Clone for Columns<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Columns<E> {}
impl<E> PartialEq for Columns<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<E> Eq for Columns<E> {}
impl<E> std::hash::Hash for Columns<E> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<E> std::fmt::Debug for Columns<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Columns({:b})", self.0)
    }
}

impl<E: Narrow> Columns<E> {
    /// All of them.
    pub const ALL: Self = Self(u64::MAX, PhantomData);
    /// Those that are read always.
    pub const KEYS: Self = Self(0, PhantomData);

    /// These, and those that are read always.
    pub fn of(columns: &[E::Column]) -> Self {
        Self(columns.iter().fold(0, |bits, column| bits | E::bit(*column)), PhantomData)
    }

    /// These and those.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0, PhantomData)
    }

    /// Whether this column is one of them.
    pub fn has(self, column: E::Column) -> bool {
        self.0 & E::bit(column) != 0
    }
}

/// A table of which some columns may be read.
pub trait Narrow: EntityTrait {
    /// The columns that are read always, in the order of reading.
    const KEYS: &'static [Self::Column];
    /// The others, in the order of reading.
    const REST: &'static [Self::Column];

    /// The column's own bit.
    fn bit(column: Self::Column) -> u64;

    /// Reads a row whose columns begin with the next one of `values`.
    fn read(values: &mut Values<'_>, columns: Columns<Self>) -> Result<Self::Model, DbErr>;

    /// The columns to select, in the order of reading.
    fn selected(columns: Columns<Self>) -> impl Iterator<Item = Self::Column> {
        let rest = Self::REST.iter().filter(move |column| columns.has(**column));
        Self::KEYS.iter().chain(rest).copied()
    }
}

/// The values of a row, one after the other.
pub struct Values<'r> {
    row: &'r QueryResult,
    next: usize,
}

impl<'r> Values<'r> {
    /// All values of a row.
    pub fn of(row: &'r QueryResult) -> Self {
        Self { row, next: 0 }
    }

    /// The next one.
    pub fn take<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// Looks at the next one without taking it.
    pub fn peek<T: TryGetable>(&self) -> Result<T, DbErr> {
        self.row.try_get_by_index(self.next)
    }
}

/// Declares how the table of the module it stands in is read: its columns in order, those read always first.
macro_rules! narrow {
    (always { $($key:ident: $key_column:ident),* $(,)? } asked { $($field:ident: $column:ident),* $(,)? }) => {
        impl crate::narrow::Narrow for Entity {
            const KEYS: &'static [Column] = &[$(Column::$key_column),*];
            const REST: &'static [Column] = &[$(Column::$column),*];

            fn bit(column: Column) -> u64 {
                1 << (column as u32)
            }

            fn read(
                values: &mut crate::narrow::Values<'_>,
                columns: crate::narrow::Columns<Self>,
            ) -> Result<Model, DbErr> {
                let _ = columns;
                Ok(Model {
                    $($key: values.take()?,)*
                    $($field: if columns.has(Column::$column) { values.take()? } else { Default::default() },)*
                })
            }
        }
    };
}
pub(crate) use narrow;
