//! Nodes and the interfaces of accounts: what can be found by its id.

use std::sync::{Arc, LazyLock};

use async_graphql::{Context, ID, Interface, Object, OutputType};
use chrono::{DateTime, Utc};
use entities::types::{
    self, AccountId, AccountKind, AccountStatus, Alert, Customer as CustomerName, Named, Record,
    Reseller as ResellerName,
};

use super::{
    context::Asking,
    errors::{code, coded, failed},
    policy::Table,
};
use crate::{
    access::Viewer,
    access_records::{self, graphql::AccessRecord},
    accounts::graphql::{CloudSolutionProvider, Distributor, Member, Platform},
    agreements::graphql::Agreement,
    attachments::graphql::Attachment,
    budgets::graphql::{Budget, BudgetAlert},
    customers::{self, graphql::Customer, standing::Standing},
    exports::graphql::Export,
    invitations::graphql::Invitation,
    opportunities::graphql::Opportunity,
    orders::graphql::Order,
    preregistrations::graphql::Preregistration,
    records::{self, graphql::AdjustmentRecord},
    resellers::graphql::Reseller,
    resources::graphql::Resource,
    traces::graphql::Trace,
};

/// What has a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id."))]
pub enum Node {
    /// The vendor.
    Platform(Platform),
    /// A distributor.
    Distributor(Distributor),
    /// A provider.
    CloudSolutionProvider(CloudSolutionProvider),
    /// A reseller.
    Reseller(Reseller),
    /// A customer.
    Customer(Customer),
    /// A member.
    Member(Member),
    /// A budget.
    Budget(Budget),
    /// An alert.
    BudgetAlert(BudgetAlert),
    /// An adjustment record.
    AdjustmentRecord(AdjustmentRecord),
    /// An access record.
    AccessRecord(AccessRecord),
    /// An order.
    Order(Order),
    /// A resource.
    Resource(Resource),
    /// A preregistration.
    Preregistration(Preregistration),
    /// An invitation.
    Invitation(Invitation),
    /// A trace.
    Trace(Trace),
    /// What a customer signed.
    Agreement(Agreement),
    /// An opportunity.
    Opportunity(Opportunity),
    /// A file that was uploaded.
    Attachment(Attachment),
    /// A list that is written into a file.
    Export(Export),
}

/// Which fields are open to whom: whoever may not read the id of something by its list does not find it by its id either.
static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// A party of the business that signs in.
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "The global id."),
    field(name = "kind", ty = "AccountKind", desc = "What the account is in the business."),
    field(name = "account_name", ty = "String", desc = "The login name."),
    field(
        name = "name",
        ty = "String",
        desc = "The name of the company or person; masked unless revealed, which leaves an access record.",
        arg(name = "reveal", ty = "Option<bool>", default_with = "Some(false)")
    ),
    field(
        name = "email",
        ty = "Option<String>",
        desc = "The e-mail address; masked unless revealed, which leaves an access record.",
        arg(name = "reveal", ty = "Option<bool>", default_with = "Some(false)")
    ),
    field(
        name = "mobile_number",
        ty = "Option<String>",
        desc = "The mobile number; masked unless revealed, which leaves an access record.",
        arg(name = "reveal", ty = "Option<bool>", default_with = "Some(false)")
    ),
    field(name = "country_region", ty = "Option<String>", desc = "The country or region where it does business."),
    field(name = "created_at", ty = "DateTime<Utc>", desc = "When the account was opened.")
)]
pub enum Account {
    /// The vendor.
    Platform(Platform),
    /// A distributor.
    Distributor(Distributor),
    /// A provider.
    CloudSolutionProvider(CloudSolutionProvider),
    /// A reseller.
    Reseller(Reseller),
    /// A customer.
    Customer(Customer),
}

/// A distributor, provider or reseller.
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "The global id."),
    field(name = "account_name", ty = "String", desc = "The login name."),
    field(
        name = "name",
        ty = "String",
        desc = "The company's name; masked unless revealed, which leaves an access record.",
        arg(name = "reveal", ty = "Option<bool>", default_with = "Some(false)")
    ),
    field(name = "status", ty = "AccountStatus", desc = "Whether the partner may do business.")
)]
pub enum Partner {
    /// A distributor.
    Distributor(Distributor),
    /// A provider.
    CloudSolutionProvider(CloudSolutionProvider),
    /// A reseller.
    Reseller(Reseller),
}

/// An account of any kind, if the viewer may see it.
pub async fn account_by_id(ctx: &Context<'_>, id: AccountId) -> async_graphql::Result<Option<Account>> {
    let loaders = ctx.loaders()?;
    if let Some(row) = loaders.account(id).await? {
        return Ok(match row.kind {
            AccountKind::Platform => Some(Account::Platform(Platform::new(row))),
            AccountKind::Distributor => Some(Account::Distributor(Distributor::new(row))),
            AccountKind::CloudSolutionProvider => Some(Account::CloudSolutionProvider(CloudSolutionProvider::new(row))),
            AccountKind::Reseller => Reseller::by_id(ctx, id.cast()).await?.map(Account::Reseller),
            AccountKind::Customer => Customer::by_id(ctx, id.cast()).await?.map(Account::Customer),
        });
    }
    if let Some(reseller) = Reseller::by_id(ctx, id.cast()).await? {
        return Ok(Some(Account::Reseller(reseller)));
    }
    Ok(Customer::by_id(ctx, id.cast()).await?.map(Account::Customer))
}

/// A distributor, provider or reseller, if the viewer may see it.
pub async fn partner_by_id(ctx: &Context<'_>, id: AccountId) -> async_graphql::Result<Option<Partner>> {
    Ok(account_by_id(ctx, id).await?.and_then(|account| match account {
        Account::Distributor(one) => Some(Partner::Distributor(one)),
        Account::CloudSolutionProvider(one) => Some(Partner::CloudSolutionProvider(one)),
        Account::Reseller(one) => Some(Partner::Reseller(one)),
        Account::Platform(_) | Account::Customer(_) => None,
    }))
}

async fn node_by_id(ctx: &Context<'_>, id: &str) -> async_graphql::Result<Option<Node>> {
    let viewer = ctx.viewer()?;
    if !may_look_up(viewer, id) {
        return Ok(None);
    }
    let found = in_scope(ctx, id).await?;
    Ok(found.filter(|node| TABLE.allows(&node.introspection_type_name(), "id", Some(viewer))))
}

/// Whether the viewer could look this id up by the field of its type (R-ORG-03). Only of customers and resellers is that
/// more than their types say: names of accounts are open to all, because other rows name them. One's own account, and a
/// customer's partner, are found in any case.
fn may_look_up(viewer: &Viewer, id: &str) -> bool {
    let Some((prefix, uuid)) = types::parse_global_id(id) else { return true };
    let field = match prefix.as_str() {
        CustomerName::PREFIX => "customer",
        ResellerName::PREFIX if viewer.account.kind != AccountKind::Customer => "reseller",
        _ => return true,
    };
    viewer.account.id.uuid() == uuid || TABLE.allows("Query", field, Some(viewer))
}

/// Whatever has this id and lies in the viewer's scope, whether its type is open to the viewer or not.
async fn in_scope(ctx: &Context<'_>, id: &str) -> async_graphql::Result<Option<Node>> {
    let Some((prefix, uuid)) = types::parse_global_id(id) else { return Ok(None) };
    let (app, viewer, loaders) = (ctx.app(), ctx.viewer()?, ctx.loaders()?);
    Ok(match prefix.as_str() {
        CustomerName::PREFIX => Customer::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Customer),
        ResellerName::PREFIX => Reseller::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Reseller),
        "plt" | "dis" | "csp" => {
            let row = loaders.account(types::Id::from_uuid(uuid)).await?;
            row.filter(|row| row.kind.prefix() == prefix).and_then(|row| match row.kind {
                AccountKind::Platform => Some(Node::Platform(Platform::new(row))),
                AccountKind::Distributor => Some(Node::Distributor(Distributor::new(row))),
                AccountKind::CloudSolutionProvider => {
                    Some(Node::CloudSolutionProvider(CloudSolutionProvider::new(row)))
                }
                AccountKind::Reseller | AccountKind::Customer => None,
            })
        }
        types::Member::PREFIX => {
            let row = loaders.member(types::Id::from_uuid(uuid)).await?;
            // Deleted members are shown where records name them, and nowhere else.
            row.filter(|row| row.deleted_at.is_none()).map(|row| Node::Member(Member::new(row)))
        }
        types::Budget::PREFIX => {
            let row = customers::queries::by_budget(app.store.reader(), viewer, types::Id::from_uuid(uuid)).await;
            row.map_err(failed)?.and_then(|row| {
                let standing = Standing::of(&row.customer).in_month(ctx.month());
                Budget::of(Arc::new(row), standing).map(Node::Budget)
            })
        }
        Alert::PREFIX => {
            let row = loaders.alert(types::Id::from_uuid(uuid)).await?;
            row.map(|row| Node::BudgetAlert(BudgetAlert::stored(row)))
        }
        Record::PREFIX => {
            let row = records::queries::by_id(&app.store, viewer, types::Id::from_uuid(uuid)).await;
            row.map_err(failed)?.map(|row| Node::AdjustmentRecord(AdjustmentRecord::new(row)))
        }
        types::AccessRecord::PREFIX => {
            let row = access_records::queries::by_id(app.store.reader(), viewer, types::Id::from_uuid(uuid)).await;
            row.map_err(failed)?.map(|row| Node::AccessRecord(AccessRecord::new(row)))
        }
        types::Order::PREFIX => Order::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Order),
        types::Resource::PREFIX => Resource::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Resource),
        types::Preregistration::PREFIX => {
            Preregistration::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Preregistration)
        }
        types::Invitation::PREFIX => Invitation::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Invitation),
        types::Trace::PREFIX => Trace::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Trace),
        types::Agreement::PREFIX => Agreement::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Agreement),
        types::Opportunity::PREFIX => Opportunity::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Opportunity),
        types::Attachment::PREFIX => Attachment::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Attachment),
        types::Export::PREFIX => Export::by_id(ctx, types::Id::from_uuid(uuid)).await?.map(Node::Export),
        _ => None,
    })
}

/// Most ids of one `nodes`.
const MAX_NODES: usize = 100;

/// The queries by id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Whatever has this id, if it is in the viewer's scope.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Node>> {
        node_by_id(ctx, &id).await
    }

    /// The same for several ids, at most 100, in the order given.
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> async_graphql::Result<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            return Err(coded(
                code::BAD_USER_INPUT,
                format!("{} ids given, at most {MAX_NODES} are possible", ids.len()),
            ));
        }
        futures_util::future::try_join_all(ids.iter().map(|id| node_by_id(ctx, id))).await
    }
}
