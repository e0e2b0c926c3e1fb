//! Documents: the pass over them before execution, against a slow and obvious way to the same figures.

use std::sync::OnceLock;

use async_graphql::{
    Positioned, Variables,
    parser::{
        parse_query,
        types::{ExecutableDocument, InlineFragment, OperationDefinition, Selection, SelectionSet},
    },
};

use crate::{
    config::Limits,
    graphql::{
        check::{Check, Refused, Rules, SchemaMap, Tally, operation},
        policy::Table,
        schema,
        text::check_text,
    },
};

/// Selections to which documents are expanded; larger ones are for the quick way alone.
const MAX_EXPANDED: usize = 5_000;

struct World {
    map: SchemaMap,
    table: Table,
}

/// A world in which everything is open, so that the pass goes all the way.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let map = schema::map();
        let table = Table::open_to_all(&map);
        World { map, table }
    })
}

fn unbounded() -> Limits {
    Limits {
        cost: u64::MAX,
        selections: u64::MAX,
        depth: u32::MAX,
        root_fields: usize::MAX,
        directives: usize::MAX,
        ..Limits::default()
    }
}

fn check(document: &ExecutableDocument, chosen: &OperationDefinition, limits: &Limits) -> Result<Tally, Refused> {
    let World { map, table } = world();
    let rules = Rules { map, table, limits, introspection: true };
    let variables = Variables::default();
    Check::new(rules, None, document, chosen, &variables).run(chosen)
}

/// Checks a document as the door does; the figures must be those of the document with its fragments written out.
pub fn documents(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let limits = Limits::default();
    if check_text(text, &limits).is_err() {
        return;
    }
    let Ok(document) = parse_query(text) else { return };
    let Ok(chosen) = operation(&document, None) else { return };
    let bounded = check(&document, chosen, &limits);
    let mut room = MAX_EXPANDED;
    let Some(set) = expanded(&document, &chosen.selection_set.node, &mut room, 0) else { return };
    let mut plain = chosen.clone();
    plain.selection_set.node = set;
    let quick = check(&document, chosen, &unbounded());
    let slow = check(&document, &plain, &unbounded());
    assert_eq!(quick, slow, "the pass and the expanded document differ");
    if let (Ok(bounded), Ok(quick)) = (bounded, quick) {
        assert_eq!(bounded, quick, "limits change figures");
        assert!(
            bounded.cost <= limits.cost && bounded.depth <= limits.depth && bounded.selections <= limits.selections
        );
    }
}

/// The same selections with every fragment written where it is spread; none where that is too large, or a circle.
fn expanded(document: &ExecutableDocument, set: &SelectionSet, room: &mut usize, depth: u32) -> Option<SelectionSet> {
    if depth > 200 {
        return None;
    }
    let mut items = Vec::new();
    for item in &set.items {
        *room = room.checked_sub(1)?;
        let mut selection = item.node.clone();
        match &mut selection {
            Selection::Field(field) => {
                field.node.selection_set.node = expanded(document, &field.node.selection_set.node, room, depth + 1)?;
            }
            Selection::InlineFragment(inline) => {
                inline.node.selection_set.node = expanded(document, &inline.node.selection_set.node, room, depth + 1)?;
            }
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node)?;
                let mut within = fragment.node.selection_set.clone();
                within.node = expanded(document, &within.node, room, depth + 1)?;
                let inline = InlineFragment {
                    type_condition: Some(fragment.node.type_condition.clone()),
                    directives: spread.node.directives.clone(),
                    selection_set: within,
                };
                selection = Selection::InlineFragment(Positioned::new(inline, spread.pos));
            }
        }
        items.push(Positioned::new(selection, item.pos));
    }
    Some(SelectionSet { items })
}
