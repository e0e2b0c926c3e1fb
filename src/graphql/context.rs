//! What resolvers find in their context.

use std::sync::Arc;

use async_graphql::Context;
use entities::types::Month;

use super::{
    errors::{code, coded},
    loaders::Loaders,
};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::{Reveals, Subject},
    accounts::guard::Origin,
    app::App,
    outcome::Fault,
};

/// Who is asking, if anybody is signed in.
#[derive(Clone, Default)]
pub struct Asker(pub Option<Arc<Viewer>>);

/// Short ways to what every resolver needs.
pub trait Asking {
    /// The program.
    fn app(&self) -> &App;
    /// Who is asking. An error before sign-in, though the policy keeps such requests out already.
    fn viewer(&self) -> async_graphql::Result<&Arc<Viewer>>;
    /// Who acts, for what runs as a command and tells faults instead of errors.
    fn acting(&self) -> Result<&Arc<Viewer>, Fault>;
    /// Where the request comes from, with the guard that counts what fails from there.
    fn origin(&self) -> Origin;
    /// The loaders of this request.
    fn loaders(&self) -> async_graphql::Result<&Loaders>;
    /// The business month of this request.
    fn month(&self) -> Month;
    /// Personal data: masked, or in full with an access record that says so (R-CORE-42).
    fn personal(&self, value: &str, mask: fn(&str) -> String, reveal: Option<Revealed>) -> String;
}

/// What is revealed, of whom.
#[derive(Clone, Copy)]
pub struct Revealed {
    /// The account or member.
    pub subject: Subject,
    /// The field.
    pub field: &'static str,
}

impl Revealed {
    /// What a caller has asked to be revealed, if it has.
    pub fn asked(reveal: Option<bool>, subject: impl Into<Subject>, field: &'static str) -> Option<Self> {
        reveal.unwrap_or(false).then(|| Self { subject: subject.into(), field })
    }
}

impl Asking for Context<'_> {
    fn app(&self) -> &App {
        self.data_unchecked::<App>()
    }

    fn viewer(&self) -> async_graphql::Result<&Arc<Viewer>> {
        let asker = self.data_unchecked::<Asker>();
        asker.0.as_ref().ok_or_else(|| coded(code::UNAUTHENTICATED, "sign in first"))
    }

    fn acting(&self) -> Result<&Arc<Viewer>, Fault> {
        self.viewer().map_err(|_| Fault::because("the policy let a stranger in"))
    }

    fn origin(&self) -> Origin {
        Origin::new(&self.app().guard, *self.data_unchecked::<ClientAddress>())
    }

    fn loaders(&self) -> async_graphql::Result<&Loaders> {
        self.data::<Loaders>().map_err(|_| coded(code::UNAUTHENTICATED, "sign in first"))
    }

    fn month(&self) -> Month {
        let store = &self.app().store;
        store.calendar().month_of(store.clock().now())
    }

    fn personal(&self, value: &str, mask: fn(&str) -> String, reveal: Option<Revealed>) -> String {
        // Without a viewer nobody could be recorded, so nothing is revealed.
        match reveal.filter(|_| self.data_unchecked::<Asker>().0.is_some()) {
            None => mask(value),
            Some(revealed) => {
                self.data_unchecked::<Arc<Reveals>>().note(revealed.subject, revealed.field);
                value.to_owned()
            }
        }
    }
}
