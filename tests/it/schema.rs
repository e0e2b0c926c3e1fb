//! The schema: the committed text is what the code says, and what the contract promised is in it.

use std::{env, fs, path::Path};

use partner_center::graphql;

/// Rewrite with `UPDATE_GOLDEN=1`.
#[test]
fn the_committed_schema_is_the_schema() {
    golden("schema.graphql", &graphql::schema::sdl());
}

/// Compares a generated text with its committed file.
pub fn golden(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{file} is not what the code says: run the tests with UPDATE_GOLDEN=1 and review");
}

#[test]
fn every_type_and_field_has_a_description() {
    use async_graphql::parser::{
        parse_schema,
        types::{TypeKind, TypeSystemDefinition},
    };
    let document = parse_schema(graphql::schema::sdl()).unwrap();
    let mut bare = Vec::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.to_string();
        let fields = match definition.node.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            _ => continue,
        };
        bare.extend(
            fields
                .into_iter()
                .filter(|field| field.node.description.is_none())
                .map(|field| format!("{name}.{}", field.node.name.node)),
        );
    }
    assert!(bare.is_empty(), "without a description: {bare:?}");
}
