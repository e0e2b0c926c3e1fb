//! Errors as the GraphQL specification wants them: a field that may be null becomes null and its error is reported with
//! the full path; only a field that may not be null takes its parent with it. The engine's own propagation goes further
//! up than it should (docs/decisions/0002).

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    PathSegment, Pos, QueryPathNode, QueryPathSegment, Response, ServerError, ServerResult, Value,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo},
};

/// The extension.
pub struct SpecErrors;

impl ExtensionFactory for SpecErrors {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Collected::default())
    }
}

#[derive(Default)]
struct Collected {
    /// Errors of nullable fields, which the response gets at its end.
    settled: Mutex<Vec<ServerError>>,
    /// Where an error was seen first and with which path: the engine cuts paths on the way up.
    seen: Mutex<Vec<(Vec<Pos>, Vec<PathSegment>)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn full_path(node: &QueryPathNode<'_>) -> Vec<PathSegment> {
    let mut path = Vec::new();
    let mut next = Some(node);
    while let Some(node) = next {
        path.push(match node.segment {
            QueryPathSegment::Index(index) => PathSegment::Index(index),
            QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
        });
        next = node.parent;
    }
    path.reverse();
    path
}

fn restore(error: &mut ServerError, seen: &[(Vec<Pos>, Vec<PathSegment>)]) -> bool {
    let longer = seen.iter().find(|(locations, path)| {
        *locations == error.locations && path.len() > error.path.len() && path.starts_with(&error.path)
    });
    match longer {
        Some((_, path)) => {
            error.path.clone_from(path);
            true
        }
        None => false,
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Collected {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let mut response = next.run(ctx, operation_name).await;
        let seen = std::mem::take(&mut *lock(&self.seen));
        for error in &mut response.errors {
            restore(error, &seen);
        }
        response.errors.append(&mut lock(&self.settled));
        response
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let nullable = !info.return_type.ends_with('!');
        let node = *info.path_node;
        let mut error = match next.run(ctx, info).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let path = full_path(&node);
        if error.path.len() <= path.len() && !restore(&mut error, &lock(&self.seen)) {
            error.path = path;
            lock(&self.seen).push((error.locations.clone(), error.path.clone()));
        }
        if nullable {
            lock(&self.settled).push(error);
            Ok(Some(Value::Null))
        } else {
            Err(error)
        }
    }
}
