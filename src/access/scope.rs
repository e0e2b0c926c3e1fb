//! Which rows a viewer may see (R-CORE-01). Every statement that reads a tenant's rows carries one of these conditions;
//! what they leave out does not exist for the viewer.

use entities::{
    customer, event, message_recipient, reseller,
    types::{AccountId, AccountKind},
    webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{Tenant, Viewer};

impl Viewer {
    /// The customers that it may see.
    pub fn customers(&self) -> Condition {
        use customer::Column;
        let tenant = match self.tenant() {
            Tenant::Platform => Condition::all(),
            Tenant::Distributor(id) => Condition::all().add(Column::DistributorId.eq(id)),
            Tenant::Provider(id) => Condition::all().add(Column::PartnerId.eq(id)),
            Tenant::Reseller(id, _) => Condition::all().add(Column::PartnerId.eq(id)),
            Tenant::Customer(id, _) => Condition::all().add(Column::Id.eq(id)),
        };
        match (self.sees_assigned_only(), self.tenant()) {
            (false, _) => tenant,
            (true, Tenant::Distributor(_)) => tenant.add(Column::PartnerId.in_subquery(self.assigned_resellers())),
            (true, _) => tenant.add(Column::AccountManagerId.eq(self.member.id)),
        }
    }

    fn assigned_resellers(&self) -> SelectStatement {
        use reseller::Column;
        Query::select()
            .column(Column::Id)
            .from(reseller::Entity)
            .and_where(Column::AccountManagerId.eq(self.member.id))
            .take()
    }

    /// The resellers that it may see: in lists with all that belongs to them, for a customer as a contact.
    pub fn resellers(&self) -> Condition {
        use reseller::Column;
        let tenant = match self.tenant() {
            Tenant::Platform => Condition::all(),
            Tenant::Distributor(id) => Condition::all().add(Column::DistributorId.eq(id)),
            Tenant::Reseller(id, _) => return Condition::all().add(Column::Id.eq(id)),
            Tenant::Customer(_, Some(partner)) => return Condition::all().add(Column::Id.eq(partner)),
            Tenant::Provider(_) | Tenant::Customer(_, None) => return nothing(),
        };
        if self.sees_assigned_only() { tenant.add(Column::AccountManagerId.eq(self.member.id)) } else { tenant }
    }

    /// Whether it may see this partner account at all: its own, one it is above, or the one right above it. Resellers
    /// in the middle are checked by [`Viewer::resellers`].
    pub fn may_see_partner(&self, id: AccountId, kind: AccountKind) -> bool {
        match self.tenant() {
            Tenant::Platform => true,
            Tenant::Distributor(own) => own.cast() == id,
            Tenant::Provider(own) => own == id,
            Tenant::Reseller(own, distributor) => {
                own.cast() == id || (kind == AccountKind::Distributor && distributor.cast() == id)
            }
            Tenant::Customer(_, partner) => partner == Some(id),
        }
    }

    /// Whether it may see the events addressed to its account. Members that see only what is assigned to them see none
    /// of them: an event is addressed to an account, not to those who look after a customer (R-CORE-45).
    pub fn may_follow(&self) -> bool {
        !self.sees_assigned_only()
    }

    /// The events of the feed that it may see.
    pub fn events(&self) -> Condition {
        if self.may_follow() { events_to(self.account.kind, self.account.id) } else { nothing() }
    }

    /// The endpoints for its events: its account's own.
    pub fn webhook_endpoints(&self) -> Condition {
        Condition::all().add(webhook_endpoint::Column::AccountId.eq(self.account.id))
    }

    /// The recipients of messages: its account's own.
    pub fn message_recipients(&self) -> Condition {
        Condition::all().add(message_recipient::Column::AccountId.eq(self.account.id))
    }
}

/// The events of the feed that are addressed to an account: what its administrator sees.
pub fn events_to(kind: AccountKind, id: AccountId) -> Condition {
    use event::Column;
    match kind {
        AccountKind::Platform => Condition::all(),
        AccountKind::Distributor => Condition::all().add(Column::ToDistributor.eq(id)),
        AccountKind::CloudSolutionProvider | AccountKind::Reseller => Condition::all().add(Column::ToPartner.eq(id)),
        AccountKind::Customer => Condition::all().add(Column::ToCustomer.eq(id)),
    }
}

fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}
