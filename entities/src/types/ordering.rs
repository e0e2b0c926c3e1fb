//! The enumerations of products, orders, resources and consents to act on a customer's behalf.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::enums::word;

word! {
    /// What kind of product a customer buys.
    ProductType {
        /// A cloud server.
        Ecs = "ECS",
        /// A disk.
        Evs = "EVS",
        /// A public IP address with its bandwidth.
        Eip = "EIP",
        /// Content delivery, settled by month at the 95th percentile of its bandwidth (R-CORE-20).
        Cdn = "CDN",
        /// An image from the marketplace.
        MarketplaceImage = "MARKETPLACE_IMAGE",
    }
}

word! {
    /// What an order is for.
    OrderType {
        /// Something new.
        New = "NEW",
        /// More time of a prepaid resource.
        Renewal = "RENEWAL",
        /// Another specification of a resource.
        Change = "CHANGE",
        /// Giving a prepaid resource up before its end.
        Unsubscription = "UNSUBSCRIPTION",
        /// Another way of paying for a resource.
        BillingModeChange = "BILLING_MODE_CHANGE",
    }
}

word! {
    /// Where an order stands.
    OrderStatus {
        /// It waits to be paid; unpaid, it is canceled after a while.
        PendingPayment = "PENDING_PAYMENT",
        /// It is paid, and its resources are being provided.
        Processing = "PROCESSING",
        /// It is done.
        Completed = "COMPLETED",
        /// It was canceled before it was paid.
        Canceled = "CANCELED",
        /// All that it brought was unsubscribed from.
        Unsubscribed = "UNSUBSCRIBED",
    }
}

word! {
    /// Which way the money of an order's transaction went.
    TransactionKind {
        /// From the customer.
        Payment = "PAYMENT",
        /// Back to the customer, for time that it did not use.
        Refund = "REFUND",
    }
}

word! {
    /// What an order was paid with.
    PaymentMethod {
        /// The credit that the customer has with its partner.
        Credit = "CREDIT",
    }
}

word! {
    /// A unit of prepaid time.
    PeriodUnit {
        /// A calendar month.
        Month = "MONTH",
        /// Twelve of them.
        Year = "YEAR",
    }
}

word! {
    /// Where a resource stands.
    ResourceStatus {
        /// It is being provided.
        Creating = "CREATING",
        /// It runs.
        Running = "RUNNING",
        /// It was stopped.
        Stopped = "STOPPED",
        /// It is unusable, because the customer's resources are frozen; it is kept for a while (R-CORE-34).
        Frozen = "FROZEN",
        /// Its prepaid time is over.
        Expired = "EXPIRED",
        /// It is gone, and its data with it.
        Released = "RELEASED",
    }
}

word! {
    /// What can be done to a resource.
    ResourceOperation {
        /// Let it run.
        Start = "START",
        /// Let it rest.
        Stop = "STOP",
        /// Let it run anew.
        Restart = "RESTART",
        /// Let it go, and its data with it. Of a prepaid resource nothing is paid back: unsubscribe from it instead.
        Delete = "DELETE",
        /// Call it something else.
        Rename = "RENAME",
    }
}

word! {
    /// Where a customer's consent to act on its behalf stands.
    AuthorizationStatus {
        /// The partner asked; the customer has not answered.
        PendingAcceptance = "PENDING_ACCEPTANCE",
        /// The customer consented.
        Accepted = "ACCEPTED",
        /// The customer refused.
        Rejected = "REJECTED",
        /// The customer took it back, for good.
        Revoked = "REVOKED",
    }
}
