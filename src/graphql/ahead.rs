//! Looking ahead: what a selection needs decides what its statement reads (docs/decisions/0019).
//!
//! Each kind of row says what its fields need, in the `reads` of its area. A field that is not named there needs
//! everything, so that what is forgotten costs time and nothing else; what is named there is compared with the whole row
//! by `tests/it/reads.rs`.

use async_graphql::SelectionField;
use entities::{account, narrow::Columns};

/// What is read of a kind of row.
pub trait Reading: Copy {
    /// Everything.
    const ALL: Self;
    /// What is read always.
    const KEYS: Self;

    /// Both.
    #[must_use]
    fn and(self, other: Self) -> Self;
}

/// What the fields of a selection need together. `each` says it of one; none where everything is needed.
pub fn selected<R: Reading>(of: SelectionField<'_>, each: impl Fn(SelectionField<'_>) -> Option<R>) -> R {
    of.selection_set().fold(R::KEYS, |reads, field| reads.and(each(field).unwrap_or(R::ALL)))
}

/// The same of a page: what is selected of its rows.
pub fn selected_of_rows<R: Reading>(of: SelectionField<'_>, each: impl Fn(SelectionField<'_>) -> Option<R>) -> R {
    selected(of, |part| match part.name() {
        "nodes" => Some(selected(part, &each)),
        "edges" => Some(selected(part, |part| match part.name() {
            "node" => Some(selected(part, &each)),
            _ => Some(R::KEYS),
        })),
        _ => Some(R::KEYS),
    })
}

/// What a field that accounts of all kinds share needs of the account.
pub fn account_field(name: &str) -> Option<Columns<account::Entity>> {
    use account::Column;
    match name {
        "id" | "kind" | "__typename" => Some(Columns::KEYS),
        "status" => Some(Columns::of(&[Column::Status])),
        "accountName" => Some(Columns::of(&[Column::AccountName])),
        "name" => Some(Columns::of(&[Column::Name])),
        "email" => Some(Columns::of(&[Column::Email])),
        "mobileNumber" => Some(Columns::of(&[Column::MobileNumber])),
        "countryRegion" => Some(Columns::of(&[Column::CountryRegion])),
        "createdAt" => Some(Columns::of(&[Column::CreatedAt])),
        _ => None,
    }
}
