//! The schema, as its own text tells it.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
};
use partner_center::graphql;

/// All types of the schema.
#[derive(Default)]
pub struct World {
    /// Fields of objects and interfaces.
    pub fields: BTreeMap<String, Vec<FieldDefinition>>,
    /// Who is one of an interface or union.
    pub members: BTreeMap<String, BTreeSet<String>>,
    /// Fields of inputs.
    pub inputs: BTreeMap<String, Vec<InputValueDefinition>>,
    /// Words of enumerations.
    pub enums: BTreeMap<String, Vec<String>>,
}

/// The type inside lists.
pub fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => named(inner),
    }
}

impl World {
    pub fn read() -> Self {
        let mut world = Self::default();
        let plain = |fields: Vec<async_graphql::Positioned<FieldDefinition>>| {
            fields.into_iter().map(|field| field.node).collect::<Vec<_>>()
        };
        for definition in parse_schema(graphql::schema::sdl()).unwrap().definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            match definition.node.kind {
                TypeKind::Object(object) => {
                    for interface in object.implements {
                        world.members.entry(interface.node.to_string()).or_default().insert(name.clone());
                    }
                    world.fields.insert(name, plain(object.fields));
                }
                TypeKind::Interface(interface) => {
                    world.members.entry(name.clone()).or_default();
                    world.fields.insert(name, plain(interface.fields));
                }
                TypeKind::Union(union) => {
                    let members = union.members.into_iter().map(|member| member.node.to_string());
                    world.members.entry(name).or_default().extend(members);
                }
                TypeKind::Enum(words) => {
                    let words = words.values.into_iter().map(|word| word.node.value.node.to_string());
                    world.enums.insert(name, words.collect());
                }
                TypeKind::InputObject(input) => {
                    let fields = input.fields.into_iter().map(|field| field.node);
                    world.inputs.insert(name, fields.collect());
                }
                TypeKind::Scalar => {}
            }
        }
        world
    }

    pub fn is_composite(&self, name: &str) -> bool {
        self.fields.contains_key(name) || self.members.contains_key(name)
    }
}
