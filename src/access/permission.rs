//! What a member may be allowed to do. Which role allows what is data: see [`RoleTable`](super::RoleTable).

/// Declares the permissions with their codes.
macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// One thing that a member may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission {
            $($(#[$doc])* $variant,)*
        }

        impl Permission {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code by which the table of roles, custom roles and the API call it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

permissions! {
    /// See the home page.
    HomeView = "home.view",
    /// See and change one's own profile; being signed in.
    ProfileSelf = "profile.self",
    /// Read messages.
    MessageView = "message.view",
    /// Read the document library.
    SupportLibrary = "support.library",
    /// Create service tickets.
    SupportTicket = "support.ticket",
    /// See members.
    MemberView = "org.member.view",
    /// Create, modify, lock and delete members, reset their passwords, assign their roles.
    MemberManage = "org.member.manage",
    /// Say which account managers a director has.
    ManagerManage = "org.manager.manage",
    /// See roles.
    RoleView = "org.role.view",
    /// Create, modify and delete roles.
    RoleManage = "org.role.manage",
    /// Keep the contacts that customers see.
    ContactManage = "org.contact.manage",
    /// See dedicated personnel.
    PersonnelView = "org.personnel.view",
    /// Invite employees, apply for dedicated personnel.
    PersonnelManage = "org.personnel.manage",
    /// See company information.
    CompanyView = "info.company.view",
    /// Modify company information.
    CompanyModify = "info.company.modify",
    /// Change the master account.
    MasterChange = "info.master.change",
    /// Keep business information.
    BusinessManage = "info.business.manage",
    /// See business information.
    BusinessView = "info.business.view",
    /// See the consumption quota.
    QuotaView = "info.quota.view",
    /// Set preferences and recipients of messages.
    PreferencesManage = "info.preferences.manage",
    /// Set what customers are told and shown.
    CustomerSettingsManage = "info.customer_settings.manage",
    /// See cases.
    CaseView = "info.case.view",
    /// See plans.
    PlanView = "info.plan.view",
    /// See programs.
    ProgramView = "program.view",
    /// Apply for programs.
    ProgramApply = "program.apply",
    /// Download program certificates.
    ProgramCertificateDownload = "program.certificate.download",
    /// See agreements.
    ProgramAgreementView = "program.agreement.view",
    /// File relationships.
    ProgramRelationshipFile = "program.relationship.file",
    /// See the annual revenue goal.
    ProgramGoalView = "program.goal.view",
    /// Set the annual revenue goal.
    ProgramGoalSet = "program.goal.set",
    /// See solutions that are built.
    BuildView = "build.view",
    /// Keep solutions that are built.
    BuildManage = "build.manage",
    /// See competency certifications.
    CompetencyView = "competency.view",
    /// Apply for competency certifications.
    CompetencyManage = "competency.manage",
    /// See benefits.
    BenefitView = "benefit.view",
    /// Apply for vouchers, coupons and funds.
    BenefitApply = "benefit.apply",
    /// See customers, their budgets, alerts and events.
    CustomerView = "customer.view",
    /// See the details of customers.
    CustomerDetails = "customer.details",
    /// Preregister and invite customers.
    CustomerDevelop = "customer.develop",
    /// Set budgets.
    CustomerBudget = "customer.budget",
    /// Freeze and unfreeze customers.
    CustomerFreeze = "customer.freeze",
    /// Tag customers.
    CustomerTag = "customer.tag",
    /// Request authorization, order and operate on behalf of customers.
    CustomerOnbehalf = "customer.onbehalf",
    /// Assign account managers to customers.
    CustomerAssign = "customer.assign",
    /// Request and decide disassociations.
    CustomerDisassociate = "customer.disassociate",
    /// Export the list of customers.
    CustomerExport = "customer.export",
    /// See orders of customers.
    CustomerOrderView = "customer.order.view",
    /// See what customers spend.
    CustomerSpendView = "customer.spend.view",
    /// See opportunities.
    OpportunityView = "opportunity.view",
    /// Create and change opportunities.
    OpportunityManage = "opportunity.manage",
    /// See resellers.
    ResellerView = "reseller.view",
    /// Invite resellers.
    ResellerInvite = "reseller.invite",
    /// Grant, adjust and revoke what resellers may.
    ResellerPermission = "reseller.permission",
    /// Assign account managers to resellers.
    ResellerAssign = "reseller.assign",
    /// See statistics of customers.
    StatisticsCustomer = "statistics.customer",
    /// See statistics of expenditures.
    StatisticsExpenditure = "statistics.expenditure",
    /// See statistics of revenue.
    StatisticsRevenue = "statistics.revenue",
    /// See statistics of incentives.
    StatisticsIncentive = "statistics.incentive",
    /// See bills, funds, statements, invoices and coupons.
    FinanceView = "finance.view",
    /// Top up, repay, withdraw, keep cards, claim remittances.
    FinancePay = "finance.pay",
    /// Ask for invoices.
    FinanceInvoice = "finance.invoice",
    /// Hand in tax certificates.
    FinanceTaxCertificate = "finance.tax_certificate",
    /// Settle incentives.
    FinanceIncentive = "finance.incentive",
    /// Switch the verification function of the account.
    VerificationSwitch = "security.verification_code",
    /// See access records.
    AuditView = "audit.view",
    /// Keep webhooks.
    WebhookManage = "integration.webhook",
    /// Keep what the vendor knows of customers.
    CustomerFacts = "customer.facts",
    /// See and retry messages that could not be delivered.
    DeadLettersManage = "message.dead_letters",
    /// Decide applications for the platform.
    ApplicationReview = "application.review",
    /// Record charges.
    MeteringRecord = "metering.record",
}

impl Permission {
    /// The permission with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.code() == code)
    }

    const fn bit(self) -> u128 {
        1 << self as u32
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u128);

impl Permissions {
    /// Whether `permission` is among them.
    pub const fn allow(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Both sets together: several roles allow what any of them does (R-ORG-03).
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are among them.
    pub const fn include(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// One by one, in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.allow(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}
