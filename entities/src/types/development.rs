//! The enumerations of how customers are won: what the vendor knows of them, claims, invitations, associations.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter, FromJsonQueryResult, Iterable};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::enums::word;

word! {
    /// Something about a customer's account that only the vendor knows. A customer of whom nothing is known has none:
    /// each of them stands in the way of something, or opens another way.
    CustomerFact {
        /// Registered on the vendor's mainland site.
        MainlandRegistered = "MAINLAND_REGISTERED",
        /// A consumer, not an enterprise.
        ConsumerUser = "CONSUMER_USER",
        /// Has contracts with the vendor.
        VendorContract = "VENDOR_CONTRACT",
        /// Has a special contract that is in effect.
        SpecialContract = "SPECIAL_CONTRACT",
        /// Has a contract on professional services.
        ProfessionalServiceContract = "PROFESSIONAL_SERVICE_CONTRACT",
        /// Preregistered by the vendor's direct sales.
        DirectSalesClaim = "DIRECT_SALES_CLAIM",
        /// Belongs to the vendor's online sales.
        OnlineSales = "ONLINE_SALES",
        /// Has paid in cash.
        CashExpenditure = "CASH_EXPENDITURE",
        /// Member of an enterprise master, in unified accounting.
        UnifiedAccountingMember = "UNIFIED_ACCOUNTING_MEMBER",
        /// Member account of an enterprise master.
        MemberAccount = "MEMBER_ACCOUNT",
        /// Enterprise master with independent members.
        IndependentMembers = "INDEPENDENT_MEMBERS",
        /// Has reserved instances that are valid.
        ReservedInstances = "RESERVED_INSTANCES",
        /// Has a partner support plan.
        PartnerSupportPlan = "PARTNER_SUPPORT_PLAN",
        /// Has a service support plan of its own.
        ServiceSupportPlan = "SERVICE_SUPPORT_PLAN",
        /// A member of it has a service support plan.
        MemberSupportPlan = "MEMBER_SUPPORT_PLAN",
        /// Has stored-value cards with something left on them.
        StoredValueCards = "STORED_VALUE_CARDS",
        /// Has orders that are not paid.
        UnpaidOrders = "UNPAID_ORDERS",
        /// Has bills, or a run of bills, that are not paid.
        UnpaidBills = "UNPAID_BILLS",
        /// Is overdue with a payment.
        OverduePayment = "OVERDUE_PAYMENT",
        /// Has a balance with invoices outstanding.
        OutstandingInvoices = "OUTSTANDING_INVOICES",
        /// An account of the vendor's own.
        InternalAccount = "INTERNAL_ACCOUNT",
        /// A prepaid partner.
        PrepaidPartner = "PREPAID_PARTNER",
        /// Is a partner already, or applies to be one.
        PartnerOrApplying = "PARTNER_OR_APPLYING",
        /// Has joined a development path of partners.
        DevelopmentPath = "DEVELOPMENT_PATH",
        /// A named account: the vendor looks before it leaves its partner (R-CUS-20).
        NamedAccount = "NAMED_ACCOUNT",
        /// Has not set the currency that it is billed in.
        CurrencyNotSet = "CURRENCY_NOT_SET",
    }
}

/// What the vendor knows of a customer: a set. Stored as a list of words, in the order of the enumeration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, FromJsonQueryResult)]
pub struct CustomerFacts(u64);

impl CustomerFacts {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Whether `fact` is among them.
    pub const fn has(self, fact: CustomerFact) -> bool {
        self.0 & (1 << fact as u64) != 0
    }

    /// One by one, in the order of the enumeration.
    pub fn iter(self) -> impl Iterator<Item = CustomerFact> {
        CustomerFact::iter().filter(move |fact| self.has(*fact))
    }

    /// Those of `self` that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<CustomerFact> for CustomerFacts {
    fn from_iter<I: IntoIterator<Item = CustomerFact>>(facts: I) -> Self {
        Self(facts.into_iter().fold(0, |bits, fact| bits | 1 << fact as u64))
    }
}

impl Serialize for CustomerFacts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for CustomerFacts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<CustomerFact>::deserialize(deserializer)?.into_iter().collect())
    }
}

word! {
    /// Where a preregistration stands.
    PreregistrationStatus {
        /// The partner's claim holds (R-CUS-05).
        Preregistered = "PREREGISTERED",
        /// The vendor decides (R-CUS-03).
        UnderReview = "UNDER_REVIEW",
        /// The vendor refused it.
        Rejected = "REJECTED",
        /// Its 15 days are over.
        Expired = "EXPIRED",
        /// The customer is associated.
        Associated = "ASSOCIATED",
        /// The partner gave it up.
        Deleted = "DELETED",
    }
}

word! {
    /// Why a customer is not preregistered at once (R-CUS-01, R-CUS-02).
    PreregistrationCause {
        /// It is registered on the mainland site.
        MainlandRegistered = "MAINLAND_REGISTERED",
        /// It is associated with a partner.
        AssociatedElsewhere = "ASSOCIATED_ELSEWHERE",
        /// Another partner has preregistered it.
        PreregisteredElsewhere = "PREREGISTERED_ELSEWHERE",
        /// It is a consumer user.
        ConsumerUser = "CONSUMER_USER",
        /// It has contracts with the vendor.
        VendorContract = "VENDOR_CONTRACT",
        /// It has cash expenditure, and direct sales have not preregistered it.
        CashExpenditure = "CASH_EXPENDITURE",
        /// It is a member of an enterprise master, in unified accounting.
        UnifiedAccountingMember = "UNIFIED_ACCOUNTING_MEMBER",
        /// Direct sales have preregistered it, and it was registered more than 7 days ago or has cash expenditure. A
        /// provider may ask for a review.
        DirectSalesClaim = "DIRECT_SALES_CLAIM",
        /// It is registered in another country than the partner does business in. A review may be asked for.
        OtherCountry = "OTHER_COUNTRY",
        /// It belongs to online sales. A provider may ask for a review.
        OnlineSales = "ONLINE_SALES",
    }
}

word! {
    /// How a customer is invited.
    InvitationMethod {
        /// By e-mail to a preregistered customer, who may have an account already.
        FromPartnerCenter = "FROM_PARTNER_CENTER",
        /// By a general-purpose link or QR code, which carries the account name of the member that made it; for new
        /// accounts, any number of them.
        GeneralLink = "GENERAL_LINK",
        /// By a link or QR code with a tag of its own, or dedicated to an account manager; for one new account.
        CustomizedLink = "CUSTOMIZED_LINK",
        /// By a link for the time of a campaign; for new accounts, any number of them.
        PromotionalLink = "PROMOTIONAL_LINK",
    }
}

word! {
    /// Where an invitation stands.
    InvitationStatus {
        /// It can be followed.
        Sent = "SENT",
        /// Its time is over.
        Expired = "EXPIRED",
        /// A customer was associated by it.
        Associated = "ASSOCIATED",
        /// Somebody followed it, and was not associated; it can be followed again.
        Failed = "FAILED",
    }
}

word! {
    /// Why an association fails (R-CUS-07, R-CUS-13, R-CUS-14, R-CUS-15).
    AssociationFailure {
        /// Too many customers come by this link just now.
        Busy = "BUSY",
        /// There is no such link or code.
        LinkUnknown = "LINK_UNKNOWN",
        /// The link or code is too old.
        LinkExpired = "LINK_EXPIRED",
        /// The link was for one customer, and another one has used it.
        LinkUsed = "LINK_USED",
        /// The code of an e-mail invitation was used already.
        CodeUsed = "CODE_USED",
        /// The e-mail address is not the one that was preregistered.
        EmailMismatch = "EMAIL_MISMATCH",
        /// Links and QR codes are for new accounts; there is an account already.
        ExistingAccount = "EXISTING_ACCOUNT",
        /// The account is a prepaid partner.
        PrepaidPartner = "PREPAID_PARTNER",
        /// Another partner has preregistered the customer.
        RegisteredByAnotherPartner = "REGISTERED_BY_ANOTHER_PARTNER",
        /// The account is a partner already, or applies to be one.
        AlreadyPartner = "ALREADY_PARTNER",
        /// The account is associated with a partner already.
        AssociatedElsewhere = "ASSOCIATED_ELSEWHERE",
        /// A special contract is in effect.
        SpecialContract = "SPECIAL_CONTRACT",
        /// The account is one of the vendor's own.
        InternalAccount = "INTERNAL_ACCOUNT",
        /// The account is an enterprise master with independent members.
        IndependentMembers = "INDEPENDENT_MEMBERS",
        /// The account is a member of an enterprise master.
        MemberAccount = "MEMBER_ACCOUNT",
        /// The account is a member of an enterprise master, in unified accounting.
        UnifiedAccountingMember = "UNIFIED_ACCOUNTING_MEMBER",
        /// The account has spent something, and is not preregistered.
        ConsumptionRecord = "CONSUMPTION_RECORD",
        /// The account was registered more than 7 days ago, and is not preregistered.
        RegisteredTooLongAgo = "REGISTERED_TOO_LONG_AGO",
        /// The account has a balance with invoices outstanding.
        OutstandingInvoices = "OUTSTANDING_INVOICES",
        /// A payment is overdue.
        OverduePayment = "OVERDUE_PAYMENT",
        /// Bills, or a run of bills, are not paid.
        UnpaidBills = "UNPAID_BILLS",
        /// Orders are not paid.
        UnpaidOrders = "UNPAID_ORDERS",
        /// The account has a valid support plan.
        SupportPlan = "SUPPORT_PLAN",
        /// A member of the account has a valid support plan.
        MemberSupportPlan = "MEMBER_SUPPORT_PLAN",
        /// There is a contract on professional services.
        ProfessionalServiceContract = "PROFESSIONAL_SERVICE_CONTRACT",
        /// The account has valid reserved instances.
        ReservedInstances = "RESERVED_INSTANCES",
        /// The account has joined a development path.
        DevelopmentPath = "DEVELOPMENT_PATH",
        /// Something is left on stored-value cards.
        StoredValueCards = "STORED_VALUE_CARDS",
        /// The account is registered on the mainland site.
        MainlandRegistered = "MAINLAND_REGISTERED",
    }
}

word! {
    /// What a partner and a customer are to each other.
    AssociationType {
        /// The reseller model: the partner contracts, bills and collects.
        Reseller = "RESELLER",
    }
}

word! {
    /// What an association record is about.
    AssociationPurpose {
        /// The beginning of an association.
        Association = "ASSOCIATION",
        /// Its end.
        Disassociation = "DISASSOCIATION",
    }
}

word! {
    /// How an association or its end was set in motion.
    InitiationMethod {
        /// The customer was invited by e-mail.
        InvitedByEmail = "INVITED_BY_EMAIL",
        /// The customer came by a link or QR code.
        Recommended = "RECOMMENDED",
        /// The partner asked for it.
        RequestedByPartner = "REQUESTED_BY_PARTNER",
        /// The customer asked for it.
        RequestedByCustomer = "REQUESTED_BY_CUSTOMER",
        /// The system did it.
        System = "SYSTEM",
    }
}

word! {
    /// How far an association or its end has come.
    AssociationRecordStatus {
        /// The platform looks at it first (R-CUS-20).
        PendingPreReview = "PENDING_PRE_REVIEW",
        /// The other side decides.
        PendingConfirmation = "PENDING_CONFIRMATION",
        /// Done.
        Completed = "COMPLETED",
        /// Refused.
        Rejected = "REJECTED",
    }
}

word! {
    /// What stands in the way of ending an association (R-CUS-19).
    DisassociationObstacle {
        /// The customer is an enterprise master with independent members.
        IndependentMembers = "INDEPENDENT_MEMBERS",
        /// The account, or the account and its resources, were frozen by hand.
        FrozenManually = "FROZEN_MANUALLY",
        /// There are valid reserved instances.
        ReservedInstances = "RESERVED_INSTANCES",
        /// There is a partner support plan.
        PartnerSupportPlan = "PARTNER_SUPPORT_PLAN",
        /// There is a service support plan, of the customer's own or of a unified member's.
        ServiceSupportPlan = "SERVICE_SUPPORT_PLAN",
        /// The customer has not set its currency. Where the customer asks or agrees.
        CurrencyNotSet = "CURRENCY_NOT_SET",
        /// A special contract is in effect. Where the customer asks or agrees.
        SpecialContract = "SPECIAL_CONTRACT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_stored_as_words_and_read_back() {
        assert!(CustomerFact::iter().count() <= 64, "one bit each");
        let facts: CustomerFacts = [CustomerFact::OnlineSales, CustomerFact::ConsumerUser].into_iter().collect();
        let text = serde_json::to_string(&facts).unwrap_or_default();
        assert_eq!(text, r#"["CONSUMER_USER","ONLINE_SALES"]"#);
        assert_eq!(serde_json::from_str::<CustomerFacts>(&text).ok(), Some(facts));
        for fact in CustomerFact::iter() {
            assert_eq!(CustomerFacts::from_iter([fact]).iter().collect::<Vec<_>>(), [fact]);
        }
    }
}
