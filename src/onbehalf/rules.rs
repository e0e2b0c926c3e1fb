//! Who may act for a customer, and what on its behalf.

use entities::types::{BillingMode, ProductType};

use crate::outcome::{Refuse, UserErrorCode};

/// Who consented. Both must (R-CUS-25).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consents {
    /// The distributor, by the on-behalf permission of its reseller; none for a provider, which has nobody above it.
    pub distributor: Option<bool>,
    /// The customer, by an accepted authorization.
    pub customer: bool,
}

/// Why somebody may not act for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No session to be switched: a token of an outside issuer.
    #[error("acting on behalf needs a session of this server: sign in with signIn")]
    NoSession,
    /// It is not said for whom.
    #[error("say for which customer you act: switch to its role with switchRole first")]
    NotSwitched,
    /// R-CUS-25, R-CORE-41.
    #[error("your distributor does not permit you to act on behalf of customers")]
    NotPermitted,
    /// R-CUS-25.
    #[error("the customer has not authorized you to act on its behalf: ask for its authorization")]
    NotAuthorized,
    /// R-CUS-27.
    #[error("{} cannot be ordered on behalf: only ECS, EVS and EIP can", .0.word())]
    Product(ProductType),
    /// R-CUS-27.
    #[error("{} cannot be ordered on behalf: only yearly/monthly and pay-per-use can", .0.word())]
    BillingMode(BillingMode),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::Forbidden
    }
}

/// Whether a partner may act for a customer now (R-CUS-25).
pub fn check(consents: Consents) -> Result<(), Refusal> {
    if consents.distributor == Some(false) {
        return Err(Refusal::NotPermitted);
    }
    if consents.customer { Ok(()) } else { Err(Refusal::NotAuthorized) }
}

/// Whether a partner may order this on behalf (R-CUS-27). What it may do with resources is all that the authorization
/// letter names (R-CUS-29): renewing, unsubscribing, changing, starting, stopping, restarting, deleting.
pub fn check_product(product: ProductType, billing_mode: BillingMode) -> Result<(), Refusal> {
    match product {
        ProductType::Ecs | ProductType::Evs | ProductType::Eip => {}
        ProductType::Cdn | ProductType::MarketplaceImage => return Err(Refusal::Product(product)),
    }
    match billing_mode {
        BillingMode::YearlyMonthly | BillingMode::PayPerUse => Ok(()),
        BillingMode::ReservedInstance | BillingMode::SavingsPlan => Err(Refusal::BillingMode(billing_mode)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// R-CUS-25: nobody acts without every consent there is to give.
        #[test]
        fn both_consents_are_needed(distributor in proptest::option::of(any::<bool>()), customer in any::<bool>()) {
            let allowed = check(Consents { distributor, customer }).is_ok();
            prop_assert_eq!(allowed, distributor.unwrap_or(true) && customer);
        }
    }

    /// R-CUS-27: ECS, EVS and EIP, yearly/monthly or per use, and nothing else.
    #[test]
    fn three_products_can_be_ordered_on_behalf() {
        use BillingMode::{PayPerUse, ReservedInstance, SavingsPlan, YearlyMonthly};
        use ProductType::{Cdn, Ecs, Eip, Evs, MarketplaceImage};
        for product in [Ecs, Evs, Eip, Cdn, MarketplaceImage] {
            for mode in [YearlyMonthly, PayPerUse, ReservedInstance, SavingsPlan] {
                let expected = [Ecs, Evs, Eip].contains(&product) && [YearlyMonthly, PayPerUse].contains(&mode);
                assert_eq!(check_product(product, mode).is_ok(), expected, "{} {}", product.word(), mode.word());
            }
        }
    }
}
