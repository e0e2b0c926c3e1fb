//! Which rows a viewer may see (R-CORE-01). Every statement that reads a tenant's rows carries one of these conditions;
//! what they leave out does not exist for the viewer.

use entities::{
    access_record, agreement, application, association_record, attachment, authorization, customer, event, export,
    invitation, member, message_recipient, opportunity, preregistration, reseller, reseller_invitation, trace,
    types::{AccountId, AccountKind},
    webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{Permission, Rows, Tenant, Viewer};

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
        match self.tenant() {
            _ if self.sees_all() => tenant,
            Tenant::Distributor(_) => {
                let assigned = Query::select()
                    .column(reseller::Column::Id)
                    .from(reseller::Entity)
                    .cond_where(self.looked_after(reseller::Column::AccountManagerId))
                    .take();
                tenant.add(Column::PartnerId.in_subquery(assigned))
            }
            _ => tenant.add(self.looked_after(Column::AccountManagerId)),
        }
    }

    /// Whether a column names an account manager whose customers and resellers it sees.
    fn looked_after(&self, column: impl ColumnTrait) -> Condition {
        let own = column.eq(self.member.id);
        match self.rows() {
            Rows::All => Condition::all(),
            Rows::Assigned => Condition::all().add(own),
            Rows::OfManagers => {
                let directed = Query::select()
                    .column(member::Column::Id)
                    .from(member::Entity)
                    .and_where(member::Column::DirectorId.eq(self.member.id))
                    .take();
                Condition::any().add(own).add(column.in_subquery(directed))
            }
        }
    }

    /// Whether a column names a customer that it may see: for what belongs to customers, such as their orders (R-CUS-31).
    pub fn of_customers(&self, column: impl ColumnTrait) -> Condition {
        match self.tenant() {
            Tenant::Platform => Condition::all(),
            Tenant::Customer(id, _) => Condition::all().add(column.eq(id)),
            Tenant::Distributor(_) | Tenant::Provider(_) | Tenant::Reseller(..) => {
                let customers = Query::select()
                    .column(customer::Column::Id)
                    .from(customer::Entity)
                    .cond_where(self.customers())
                    .take();
                Condition::all().add(column.in_subquery(customers))
            }
        }
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
        tenant.add(self.looked_after(Column::AccountManagerId))
    }

    /// The access records that it may see: those of its own account; the platform, all.
    pub fn access_records(&self) -> Condition {
        match self.tenant() {
            Tenant::Platform => Condition::all(),
            _ => Condition::all().add(access_record::Column::ByAccount.eq(self.account.id)),
        }
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

    /// The events of the feed that it may see. Members who see only some customers and resellers see what is told of
    /// those, at the time of reading (R-CORE-45).
    pub fn events(&self) -> Condition {
        let tenant = events_to(self.account.kind, self.account.id);
        if self.sees_all() {
            return tenant;
        }
        tenant.add(self.topics(event::Column::SubjectId))
    }

    /// Whether a column names a customer, reseller, claim or invitation that it may see.
    fn topics(&self, column: impl ColumnTrait) -> Condition {
        let claims = Query::select()
            .column(preregistration::Column::Id)
            .from(preregistration::Entity)
            .cond_where(self.preregistrations())
            .take();
        let invitations = Query::select()
            .column(invitation::Column::Id)
            .from(invitation::Entity)
            .cond_where(self.invitations())
            .take();
        self.subjects(column).add(column.in_subquery(claims)).add(column.in_subquery(invitations))
    }

    /// The preregistrations that it may see: those of its account; the platform, all (R-CORE-45 for managers).
    pub fn preregistrations(&self) -> Condition {
        use preregistration::Column;
        match self.tenant() {
            Tenant::Platform => Condition::all(),
            Tenant::Provider(_) | Tenant::Reseller(..) => Condition::all()
                .add(Column::PartnerId.eq(self.account.id))
                .add(self.looked_after(Column::AccountManagerId)),
            Tenant::Distributor(_) | Tenant::Customer(..) => nothing(),
        }
    }

    /// The invitations that it may see: those of its account; the platform, all (R-CORE-45 for managers).
    pub fn invitations(&self) -> Condition {
        use invitation::Column;
        match self.tenant() {
            Tenant::Platform => Condition::all(),
            Tenant::Provider(_) | Tenant::Reseller(..) => Condition::all()
                .add(Column::PartnerId.eq(self.account.id))
                .add(self.looked_after(Column::AccountManagerId)),
            Tenant::Distributor(_) | Tenant::Customer(..) => nothing(),
        }
    }

    /// The association records that it may see: those that its account is a side of, and for a distributor those of its
    /// resellers; managers see those of the customers that they look after.
    pub fn association_records(&self) -> Condition {
        use association_record::Column;
        let tenant = match self.tenant() {
            Tenant::Platform => Condition::all(),
            Tenant::Distributor(id) => Condition::all().add(Column::DistributorId.eq(id)),
            Tenant::Provider(_) | Tenant::Reseller(..) => Condition::all().add(Column::PartnerId.eq(self.account.id)),
            Tenant::Customer(id, _) => Condition::all().add(Column::CustomerId.eq(id)),
        };
        if self.sees_all() { tenant } else { tenant.add(self.subjects(Column::CustomerId)) }
    }

    /// The traces that it may see: a customer, those of its own account.
    pub fn traces(&self) -> Condition {
        match self.tenant() {
            Tenant::Customer(id, _) => Condition::all().add(trace::Column::CustomerId.eq(id)),
            _ => nothing(),
        }
    }

    /// What was signed that it may see: a customer, what its own account signed.
    pub fn agreements(&self) -> Condition {
        match self.tenant() {
            Tenant::Customer(id, _) => Condition::all().add(agreement::Column::CustomerId.eq(id)),
            _ => nothing(),
        }
    }

    /// The invitations of resellers that it may see: a distributor's own, of which managers and directors see those whose
    /// resellers they will look after.
    pub fn reseller_invitations(&self) -> Condition {
        use reseller_invitation::Column;
        match self.tenant() {
            Tenant::Distributor(id) => {
                Condition::all().add(Column::DistributorId.eq(id)).add(self.looked_after(Column::AccountManagerId))
            }
            _ => nothing(),
        }
    }

    /// The opportunities that it may see: a partner's own, of which managers and directors see theirs (R-CUS-35), and
    /// those of a distributor's resellers.
    pub fn opportunities(&self) -> Condition {
        use opportunity::Column;
        match self.tenant() {
            Tenant::Provider(id) => {
                Condition::all().add(Column::PartnerId.eq(id)).add(self.looked_after(Column::OwnerId))
            }
            Tenant::Reseller(id, _) => {
                Condition::all().add(Column::PartnerId.eq(id)).add(self.looked_after(Column::OwnerId))
            }
            Tenant::Distributor(id) => {
                let below = Condition::all().add(Column::DistributorId.eq(id));
                if self.sees_all() {
                    return below;
                }
                let assigned = Query::select()
                    .column(reseller::Column::Id)
                    .from(reseller::Entity)
                    .cond_where(self.resellers())
                    .take();
                below.add(Column::PartnerId.in_subquery(assigned))
            }
            Tenant::Platform | Tenant::Customer(..) => nothing(),
        }
    }

    /// The members that it may see, where it may see members: those of its account; for a director itself and the
    /// account managers that it directs.
    pub fn members(&self) -> Condition {
        use member::Column;
        let own = Condition::all().add(Column::AccountId.eq(self.account.id)).add(Column::DeletedAt.is_null());
        match self.rows() {
            Rows::All => own,
            Rows::Assigned => own.add(Column::Id.eq(self.member.id)),
            Rows::OfManagers => {
                own.add(Condition::any().add(Column::Id.eq(self.member.id)).add(Column::DirectorId.eq(self.member.id)))
            }
        }
    }

    /// The same of a member that was read: itself, or one of those where it may see members.
    pub fn may_see_member(&self, member: &member::Model) -> bool {
        let own = member.id == self.member.id;
        let in_scope = member.account_id == self.account.id
            && match self.rows() {
                Rows::All => true,
                Rows::Assigned => false,
                Rows::OfManagers => member.director_id == Some(self.member.id),
            };
        own || (in_scope && self.permissions().allow(Permission::MemberView))
    }

    /// The endpoints for its events: its account's own.
    pub fn webhook_endpoints(&self) -> Condition {
        Condition::all().add(webhook_endpoint::Column::AccountId.eq(self.account.id))
    }

    /// The applications that its account handed in or decides; the platform sees all. Members who see only some
    /// customers and resellers see those about them.
    pub fn applications(&self) -> Condition {
        use application::Column;
        if self.tenant() == Tenant::Platform {
            return Condition::all();
        }
        let own =
            Condition::any().add(Column::AccountId.eq(self.account.id)).add(Column::CounterpartyId.eq(self.account.id));
        let all = Condition::all().add(own);
        if self.sees_all() { all } else { all.add(self.topics(Column::TopicId)) }
    }

    /// The authorizations that it may see: a customer's own, and those that were given to its account, of customers that
    /// it may see.
    pub fn authorizations(&self) -> Condition {
        use authorization::Column;
        match self.tenant() {
            Tenant::Platform => Condition::all(),
            Tenant::Customer(id, _) => Condition::all().add(Column::CustomerId.eq(id)),
            _ if self.sees_all() => Condition::all().add(Column::PartnerId.eq(self.account.id)),
            _ => Condition::all().add(Column::PartnerId.eq(self.account.id)).add(self.subjects(Column::CustomerId)),
        }
    }

    /// The recipients of messages: its account's own.
    pub fn message_recipients(&self) -> Condition {
        Condition::all().add(message_recipient::Column::AccountId.eq(self.account.id))
    }

    /// The files that were uploaded for applications: its account's own, as long as they are there. Members who see only
    /// some customers and resellers see those of the applications that they see, and what they uploaded themselves and no
    /// application has (R-CORE-45).
    pub fn attachments(&self) -> Condition {
        use attachment::Column;
        let own = Condition::all()
            .add(Column::AccountId.eq(self.account.id))
            .add(Column::StoredAt.is_not_null())
            .add(Column::RemovedAt.is_null());
        if self.sees_all() {
            return own;
        }
        let applications = Query::select()
            .column(application::Column::Id)
            .from(application::Entity)
            .cond_where(self.applications())
            .take();
        let free = Condition::all().add(Column::ApplicationId.is_null()).add(Column::MemberId.eq(self.member.id));
        own.add(Condition::any().add(free).add(Column::ApplicationId.in_subquery(applications)))
    }

    /// The exports that it may see, of the lists that it may export: its account's own. Members who see only some
    /// customers and resellers see what they asked for themselves since that is so: other files hold more.
    pub fn exports(&self) -> Condition {
        let own = Condition::all().add(export::Column::AccountId.eq(self.account.id));
        if self.sees_all() {
            return own;
        }
        own.add(export::Column::MemberId.eq(self.member.id)).add(export::Column::Wide.eq(false))
    }

    /// Whether a column names a customer or reseller that it may see.
    pub fn subjects(&self, column: impl ColumnTrait) -> Condition {
        let customers =
            Query::select().column(customer::Column::Id).from(customer::Entity).cond_where(self.customers()).take();
        let resellers =
            Query::select().column(reseller::Column::Id).from(reseller::Entity).cond_where(self.resellers()).take();
        Condition::any().add(column.in_subquery(customers)).add(column.in_subquery(resellers))
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
