//! Preregistrations at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    preregistration,
    types::{PreregistrationCause, PreregistrationId, PreregistrationStatus},
};

use super::{
    commands::{Claimed, DeletePreregistrations, PreregisterCustomer},
    queries::{self, NEWEST_FIRST},
    rules::{self, Refusal},
};
use crate::{
    access::mask,
    accounts::graphql::Member,
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::{Asking, Revealed},
        errors::{UserError, failed, settle},
        plain::Plain,
        scalars::distinct,
    },
    outcome::{Outcome, Refusal as Reason},
};

/// A partner's claim on a potential customer.
#[derive(Debug, Clone)]
pub struct Preregistration(Arc<preregistration::Model>);

impl Plain for Preregistration {}

impl Preregistration {
    /// From its row.
    pub fn new(row: Arc<preregistration::Model>) -> Self {
        Self(row)
    }

    /// The preregistration with this id in the viewer's scope.
    pub async fn by_id(ctx: &Context<'_>, id: PreregistrationId) -> async_graphql::Result<Option<Self>> {
        Ok(ctx.loaders()?.preregistration(id).await?.map(Self))
    }

    fn reveal(&self, reveal: Option<bool>, field: &'static str) -> Option<Revealed> {
        Revealed::asked(reveal, self.0.id, field)
    }
}

/// A partner's claim on a potential customer. While it holds no other partner can claim the customer (R-CUS-05).
#[Object]
impl Preregistration {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The customer's full name; masked unless revealed, which leaves an access record.
    async fn full_name(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> String {
        ctx.personal(&self.0.full_name, mask::name, self.reveal(reveal, "fullName"))
    }

    /// The customer's e-mail address; masked unless revealed, which leaves an access record.
    async fn email(&self, ctx: &Context<'_>, #[graphql(default_with = "Some(false)")] reveal: Option<bool>) -> String {
        ctx.personal(&self.0.email, mask::email, self.reveal(reveal, "email"))
    }

    /// The customer's mobile number; masked unless revealed, which leaves an access record.
    async fn mobile_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        let number = self.0.mobile_number.as_deref()?;
        Some(ctx.personal(number, mask::mobile_number, self.reveal(reveal, "mobileNumber")))
    }

    /// The partner's own words.
    async fn remarks(&self) -> Option<&str> {
        self.0.remarks.as_deref()
    }

    /// Where it stands.
    async fn status(&self) -> PreregistrationStatus {
        self.0.status
    }

    /// When it was made.
    async fn preregistered_at(&self) -> DateTime<Utc> {
        self.0.preregistered_at.to_datetime()
    }

    /// Until when it holds: 15 days (R-CUS-05).
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at.to_datetime()
    }

    /// The account manager or director who made it, and who will look after the customer (R-CUS-12); shown to its own
    /// account only.
    async fn account_manager(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.account_manager_id).await
    }

    /// The customer that was associated; null before, and where it is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        match self.0.customer_id {
            Some(id) => Customer::by_id(ctx, id).await,
            None => Ok(None),
        }
    }
}

/// A potential customer.
#[derive(InputObject)]
struct PreregisterCustomerInput {
    /// Its full name, 1 to 128 characters.
    full_name: String,
    /// Its e-mail address: letters, digits, `_`, `-` and `.` before and after one `@`. It registers with this address.
    email: String,
    /// Its mobile number.
    mobile_number: Option<String>,
    /// Words of your own, up to 256 characters.
    remarks: Option<String>,
    /// Whether an invitation is sent to the address at once (R-CUS-09).
    #[graphql(default)]
    send_invitation_link: bool,
}

/// Preregistrations to be given up.
#[derive(InputObject)]
struct DeletePreregistrationsInput {
    /// Which, 1 to 100.
    preregistration_ids: Vec<ID>,
}

/// Picks preregistrations; conditions given together must all hold.
#[derive(Debug, Clone, Default, InputObject)]
struct PreregistrationFilter {
    /// Beginning of the customer's full name.
    full_name: Option<String>,
    /// Beginning of the customer's mobile number, as it was given.
    mobile_number: Option<String>,
    /// Beginning of the customer's e-mail address.
    email: Option<String>,
    /// Where they stand.
    status: Option<Vec<PreregistrationStatus>>,
}

/// A claim, or why there is none.
#[derive(SimpleObject, Default)]
struct PreregisterCustomerPayload {
    /// The claim.
    preregistration: Option<Preregistration>,
    /// What stands in the way and lies with the customer: all that holds. Each is among the errors, too.
    causes: Vec<PreregistrationCause>,
    /// Whether the vendor may be asked to look at it: a review can be requested (R-CUS-02).
    review_possible: bool,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// Claims that were given up, or why not.
#[derive(SimpleObject, Default)]
struct DeletePreregistrationsPayload {
    /// The claims, in the order given.
    preregistrations: Option<Vec<Preregistration>>,
    /// What to mend, for each; then nothing was changed.
    user_errors: Vec<UserError>,
}

async fn preregister(ctx: &Context<'_>, input: PreregisterCustomerInput) -> Outcome<Claimed> {
    let (number, remarks) = (input.mobile_number.as_deref(), input.remarks.as_deref());
    let command = PreregisterCustomer {
        viewer: ctx.acting()?.clone(),
        particulars: rules::check(&input.full_name, &input.email, number, remarks)?,
        address: ctx.origin().address(),
        invite_at: input.send_invitation_link.then(|| ctx.app().settings.public_address.clone()),
        mailboxes: ctx.app().mailboxes.clone(),
    };
    ctx.app().store.execute(command).await
}

async fn delete(ctx: &Context<'_>, ids: &[ID]) -> Outcome<Vec<PreregistrationId>> {
    let ids = distinct(ids, "preregistrationIds")?;
    ctx.app().store.execute(DeletePreregistrations { viewer: ctx.acting()?.clone(), ids }).await
}

/// What can be asked of preregistrations.
#[derive(Default)]
pub struct PreregistrationsQuery;

#[Object]
impl PreregistrationsQuery {
    /// The customers that the viewer's account has preregistered, newest first (Q-CUS-01). Account managers see their own,
    /// directors those of their managers.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn preregistrations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<PreregistrationFilter>,
    ) -> async_graphql::Result<Connection<Preregistration>> {
        let window = PageArguments { first, after, last, before }.window(ctx, NEWEST_FIRST)?;
        let filter = filter.unwrap_or_default();
        let filter = queries::PreregistrationFilter {
            full_name: filter.full_name,
            mobile_number: filter.mobile_number,
            email: filter.email,
            statuses: filter.status,
        };
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let page = queries::page(store, viewer, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(NEWEST_FIRST, page, Preregistration))
    }
}

/// What can be changed of preregistrations.
#[derive(Default)]
pub struct PreregistrationsMutation;

#[Object]
impl PreregistrationsMutation {
    /// Preregisters a customer: no other partner can claim it for 15 days (O-CUS-01).
    async fn preregister_customer(
        &self,
        ctx: &Context<'_>,
        input: PreregisterCustomerInput,
    ) -> async_graphql::Result<PreregisterCustomerPayload> {
        Ok(match settle(preregister(ctx, input).await)? {
            Ok(Claimed::Done(id)) => PreregisterCustomerPayload {
                preregistration: Preregistration::by_id(ctx, id).await?,
                ..Default::default()
            },
            Ok(Claimed::NotAtOnce { causes, reviewable }) => {
                let refusals = causes.iter().map(|cause| Reason::of(&Refusal::NotAtOnce(*cause)).into());
                PreregisterCustomerPayload {
                    user_errors: refusals.collect(),
                    causes,
                    review_possible: reviewable,
                    ..Default::default()
                }
            }
            Err(user_errors) => PreregisterCustomerPayload { user_errors, ..Default::default() },
        })
    }

    /// Gives preregistrations up: others can claim these customers, and e-mail invitations that were sent for them end
    /// (O-CUS-03). All of them, or none.
    async fn delete_preregistrations(
        &self,
        ctx: &Context<'_>,
        input: DeletePreregistrationsInput,
    ) -> async_graphql::Result<DeletePreregistrationsPayload> {
        Ok(match settle(delete(ctx, &input.preregistration_ids).await)? {
            Ok(ids) => {
                let rows = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, &ids).await.map_err(failed)?;
                let in_order = ids.iter().filter_map(|id| rows.get(id).cloned()).map(Preregistration);
                DeletePreregistrationsPayload { preregistrations: Some(in_order.collect()), user_errors: Vec::new() }
            }
            Err(user_errors) => DeletePreregistrationsPayload { user_errors, ..Default::default() },
        })
    }
}
