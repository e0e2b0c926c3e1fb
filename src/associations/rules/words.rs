//! Failures as a person is told them, each with what to do (R-CUS-14).

use entities::types::AssociationFailure as Failure;

/// What is the matter.
pub const fn in_words(failure: Failure) -> &'static str {
    match failure {
        Failure::Busy => "too many customers come by this link just now",
        Failure::LinkUnknown => "there is no invitation with this code",
        Failure::LinkExpired => "the invitation is too old",
        Failure::LinkUsed => "another customer has used this link",
        Failure::CodeUsed => "the invitation was used already",
        Failure::EmailMismatch => "the e-mail address is not the one that was invited",
        Failure::ExistingAccount => "links and QR codes are for new accounts, and there is an account already",
        Failure::PrepaidPartner => "the account is a prepaid partner",
        Failure::RegisteredByAnotherPartner => "another partner has preregistered you",
        Failure::AlreadyPartner => "the account is a partner already, or applies to be one",
        Failure::AssociatedElsewhere => "the account is associated with a partner already",
        Failure::SpecialContract => "a special contract is in effect",
        Failure::InternalAccount => "the account is one of the vendor's own",
        Failure::IndependentMembers => "the account is an enterprise master with independent members",
        Failure::MemberAccount => "the account is a member of an enterprise master",
        Failure::UnifiedAccountingMember => "the account is a member of an enterprise master, in unified accounting",
        Failure::ConsumptionRecord => "the account has spent something, and the partner has not preregistered it",
        Failure::RegisteredTooLongAgo => {
            "the account was registered more than 7 days ago, and the partner has not preregistered it"
        }
        Failure::OutstandingInvoices => "the account has a balance with invoices outstanding",
        Failure::OverduePayment => "a payment is overdue",
        Failure::UnpaidBills => "bills are not paid",
        Failure::UnpaidOrders => "orders are not paid",
        Failure::SupportPlan => "the account has a valid support plan",
        Failure::MemberSupportPlan => "a member of the account has a valid support plan",
        Failure::ProfessionalServiceContract => "there is a contract on professional services",
        Failure::ReservedInstances => "the account has valid reserved instances",
        Failure::DevelopmentPath => "the account has joined a development path",
        Failure::StoredValueCards => "something is left on stored-value cards",
        Failure::MainlandRegistered => "the account is registered on the mainland site",
    }
}

/// What to do.
pub const fn suggested_operation(failure: Failure) -> &'static str {
    match failure {
        Failure::Busy => "try again in an hour",
        Failure::LinkUnknown => "follow the link as it was given, or ask the partner for a new one",
        Failure::LinkExpired | Failure::LinkUsed => "ask the partner for a new one",
        Failure::CodeUsed => "sign in with the account that it was used for, or ask the partner for a new one",
        Failure::EmailMismatch => "use the e-mail address that the invitation was sent to",
        Failure::ExistingAccount => "ask the partner for an invitation by e-mail, and follow it signed in",
        Failure::PrepaidPartner => "use an account that is no partner",
        Failure::RegisteredByAnotherPartner => "follow the other partner's invitation, or wait until its claim is over",
        Failure::AlreadyPartner => "use an account that is no partner, or withdraw the application",
        Failure::AssociatedElsewhere => "end the association with that partner first",
        Failure::SpecialContract => "ask your account manager at the vendor to end the contract first",
        Failure::InternalAccount => "use an account of the customer's own",
        Failure::IndependentMembers => "release the members first",
        Failure::MemberAccount | Failure::UnifiedAccountingMember => "leave the enterprise master first",
        Failure::ConsumptionRecord | Failure::RegisteredTooLongAgo => "ask the partner to preregister you first",
        Failure::OutstandingInvoices => "have the invoices issued first",
        Failure::OverduePayment => "settle the payment first",
        Failure::UnpaidBills => "pay the bills first; where a run of bills is under way, wait until it is over",
        Failure::UnpaidOrders => "pay or cancel the orders first",
        Failure::SupportPlan => "unsubscribe from the support plan first, or wait until it is over",
        Failure::MemberSupportPlan => "have the member unsubscribe from its support plan first",
        Failure::ProfessionalServiceContract => "wait until the contract is fulfilled, or end it first",
        Failure::ReservedInstances => "unsubscribe from the reserved instances first, or wait until they are over",
        Failure::DevelopmentPath => "leave the development path first, or use another account",
        Failure::StoredValueCards => "use up what is left on the cards first",
        Failure::MainlandRegistered => "register on the international site",
    }
}
