//! Whether an order can be placed and paid.

use entities::types::{Amount, BillingMode, OrderStatus, OrderType, ProductType, Timestamp};

use crate::{
    catalogue::Product,
    customers::standing::Standing,
    outcome::{Refuse, UserErrorCode},
    resources::rules::{Action, is_prepaid},
};

/// Longest tag, in characters.
pub const MAX_TAG: usize = 64;

/// Why an order is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not in the catalogue.
    #[error("the catalogue has no product {0}")]
    UnknownProduct(String),
    /// Not there.
    #[error("{product} is not to be had in {region}: choose one of its regions")]
    Region {
        /// The product.
        product: String,
        /// Where it was wanted.
        region: String,
    },
    /// Not so.
    #[error("{product} cannot be paid {}: choose one of its billing modes", .mode.word())]
    BillingMode {
        /// The product.
        product: String,
        /// How it was to be paid.
        mode: BillingMode,
    },
    /// No time was chosen.
    #[error("say for how long it is bought: what is prepaid needs a period")]
    PeriodNeeded,
    /// Time was chosen.
    #[error("what pays per use has no period")]
    NoPeriod,
    /// Too short, too long, or with control characters.
    #[error("a tag must have 1 to {MAX_TAG} characters without control characters")]
    Tag,
    /// R-CORE-26.
    #[error("no budget is set, and prepaid orders need one: {0}")]
    NoBudget(Contact),
    /// R-CORE-25.
    #[error("the order costs {price} and {left} of the budget is left: order less, or {contact}")]
    InsufficientBudget {
        /// What it costs.
        price: Amount,
        /// What is left.
        left: Amount,
        /// Whom to ask.
        contact: Contact,
    },
    /// It does not wait for payment.
    #[error("the order is {}: only one that waits for payment can be paid or canceled", .0.word())]
    NotPending(OrderStatus),
    /// It waited too long.
    #[error("the time to pay this order is over: place it again")]
    Overdue,
    /// Something else is going on with the resource.
    #[error("order {0} of this resource waits for payment: pay or cancel it first")]
    Pending(String),
    /// Nothing would change.
    #[error("the resource has this specification already")]
    SameSpecification,
    /// A server does not become a disk.
    #[error("the resource is an {}, and cannot become an {}", .present.word(), .wanted.word())]
    OtherType {
        /// What it is.
        present: ProductType,
        /// What it should become.
        wanted: ProductType,
    },
    /// Nothing would change.
    #[error("the resource is paid {} already", .0.word())]
    SameBillingMode(BillingMode),
}

/// Whom to ask for more budget (R-CUS-39).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// A customer asks its partner, by its login name.
    Partner(String),
    /// A partner that acts on behalf asks whoever is in charge, which may be itself.
    InCharge,
}

impl std::fmt::Display for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Partner(name) => write!(f, "ask your partner {name} for more (see partnerContact)"),
            Self::InCharge => f.write_str("have the customer's budget raised"),
        }
    }
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::UnknownProduct(_) => UserErrorCode::NotFound,
            Self::Region { .. } | Self::BillingMode { .. } | Self::PeriodNeeded | Self::NoPeriod | Self::Tag => {
                UserErrorCode::InvalidInput
            }
            Self::NoBudget(_) | Self::InsufficientBudget { .. } => UserErrorCode::InsufficientBudget,
            Self::NotPending(_)
            | Self::Overdue
            | Self::Pending(_)
            | Self::SameSpecification
            | Self::OtherType { .. }
            | Self::SameBillingMode(_) => UserErrorCode::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::UnknownProduct(_) | Self::SameSpecification | Self::OtherType { .. } => Some("productId"),
            Self::Region { .. } => Some("region"),
            Self::BillingMode { .. } | Self::SameBillingMode(_) => Some("billingMode"),
            Self::PeriodNeeded | Self::NoPeriod => Some("period"),
            Self::Tag => Some("tag"),
            Self::NotPending(_) | Self::Overdue => Some("orderId"),
            Self::Pending(_) => Some("resourceId"),
            Self::NoBudget(_) | Self::InsufficientBudget { .. } => None,
        }
    }
}

/// What an order does, for the table of freezes.
pub fn action_of(order_type: OrderType) -> Action {
    match order_type {
        OrderType::New => Action::Purchase,
        OrderType::Renewal => Action::Renew,
        OrderType::Change => Action::ChangeSpecification,
        OrderType::Unsubscription => Action::Unsubscribe,
        OrderType::BillingModeChange => Action::ChangeBillingMode,
    }
}

/// Whether a product is to be had here and can be paid so, with time where it is prepaid and without where it is not.
pub fn check_product(product: &Product, region: &str, mode: BillingMode, months: Option<u32>) -> Result<(), Refusal> {
    if !product.regions.iter().any(|one| one == region) {
        return Err(Refusal::Region { product: product.id.clone(), region: region.to_owned() });
    }
    if !product.billing_modes.contains(&mode) {
        return Err(Refusal::BillingMode { product: product.id.clone(), mode });
    }
    match (is_prepaid(mode), months) {
        (true, None) => Err(Refusal::PeriodNeeded),
        (false, Some(_)) => Err(Refusal::NoPeriod),
        (true, Some(_)) | (false, None) => Ok(()),
    }
}

/// Trims a tag and checks it.
pub fn check_tag(tag: &str) -> Result<String, Refusal> {
    let tag = tag.trim();
    let fits = (1..=MAX_TAG).contains(&tag.chars().count()) && !tag.chars().any(char::is_control);
    if fits { Ok(tag.to_owned()) } else { Err(Refusal::Tag) }
}

/// Whether the budget must cover an order: what is prepaid, as far as it costs something or buys time (R-CORE-25, -26).
pub fn needs_budget(order_type: OrderType, mode: BillingMode, price: Amount) -> bool {
    is_prepaid(mode) && (price > Amount::ZERO || matches!(order_type, OrderType::New | OrderType::Renewal))
}

/// What is wanting of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// There is none (R-CORE-26).
    NoBudget,
    /// Not so much is left of it (R-CORE-25).
    Left(Amount),
}

/// Whether what is left of the budget covers a prepaid order. Nothing prepaid is bought with a budget that is used up,
/// whatever it costs. The standing is in the present month.
pub fn check_budget(standing: &Standing, price: Amount) -> Result<(), Shortage> {
    let budget = standing.budget.ok_or(Shortage::NoBudget)?;
    let left = budget.amount.minus(standing.used());
    if standing.is_exhausted() || price > left { Err(Shortage::Left(left)) } else { Ok(()) }
}

/// Whether an order can be paid or canceled.
pub fn check_pending(status: OrderStatus) -> Result<(), Refusal> {
    if status == OrderStatus::PendingPayment { Ok(()) } else { Err(Refusal::NotPending(status)) }
}

/// Whether it is not too late to pay an order.
pub fn check_in_time(pay_until: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    if pay_until.is_some_and(|until| now < until) { Ok(()) } else { Err(Refusal::Overdue) }
}

#[cfg(test)]
mod tests;
