//! The port to what provides resources.

use entities::resource;
use futures_util::future::BoxFuture;

use crate::outcome::Fault;

/// Provides cloud resources. They are kept here, and run there.
pub trait Provisioner: Send + Sync + 'static {
    /// Whether providing takes time. Where it does not, a resource runs as soon as its order is paid.
    fn takes_time(&self) -> bool;

    /// Provides a resource, or goes on doing so: asked again and again, outside of any transaction, until it says that the
    /// resource runs. Asked for a resource that is there already, it says so.
    fn provide<'a>(&'a self, resource: &'a resource::Model) -> BoxFuture<'a, Result<Progress, Fault>>;
}

/// How far the providing of a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Not done.
    Waiting,
    /// It runs.
    Running,
}

/// Provides nothing: resources are records, which run at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct AtOnce;

impl Provisioner for AtOnce {
    fn takes_time(&self) -> bool {
        false
    }

    fn provide<'a>(&'a self, _: &'a resource::Model) -> BoxFuture<'a, Result<Progress, Fault>> {
        Box::pin(std::future::ready(Ok(Progress::Running)))
    }
}
