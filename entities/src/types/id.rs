//! Identifiers: a UUIDv7 in the database, a readable prefix and 26 characters ("cus_01k…", the TypeID form) at the API.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use sea_orm::{
    ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr},
};
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::{Timestamp as UuidTime, Uuid};

use super::{AccountKind, Timestamp};

/// What an id names; gives it its prefix.
pub trait Named: 'static {
    /// The readable part before the underscore.
    const PREFIX: &'static str;
}

/// The id of one `K`. Sortable by time of creation; never mixed up with the id of something else.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// Wraps a raw UUID.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The raw UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// A fresh id, ordered by `at`.
    #[expect(clippy::disallowed_methods, reason = "the one place where ids are made; the time is the caller's")]
    pub fn new(at: Timestamp) -> Self {
        let micros = at.micros().unsigned_abs();
        let subsec_nanos = <u32 as TryFrom<u64>>::try_from(micros % 1_000_000 * 1_000).expect("below a billion");
        Self::from_uuid(Uuid::new_v7(UuidTime::from_unix(uuid::NoContext, micros / 1_000_000, subsec_nanos)))
    }

    /// The same id, seen as the id of something that shares the key: a customer's id is its account's id.
    pub const fn cast<T>(self) -> Id<T> {
        Id::from_uuid(self.0)
    }
}

/// Writes any id in its API form.
pub fn global_id(prefix: &str, uuid: Uuid) -> String {
    match DynamicType::new(prefix) {
        Ok(kind) => TypeSafeId::from_type_and_uuid(kind, uuid).to_string(),
        Err(_) => unreachable!("prefixes are lowercase constants"),
    }
}

/// Reads an id in its API form: its prefix and its UUID. `None` for anything else.
pub fn parse_global_id(text: &str) -> Option<(String, Uuid)> {
    let id = TypeSafeId::<DynamicType>::from_str(text).ok()?;
    Some((id.type_prefix().to_owned(), id.uuid()))
}

impl AccountKind {
    /// The id prefix of accounts of this kind.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Platform => "plt",
            Self::Distributor => Distributor::PREFIX,
            Self::CloudSolutionProvider => "csp",
            Self::Reseller => Reseller::PREFIX,
            Self::Customer => Customer::PREFIX,
        }
    }
}

/// The nil id, which names nothing: stands for one that was not read (see [`crate::narrow`]).
impl<K> Default for Id<K> {
    fn default() -> Self {
        Self::from_uuid(Uuid::nil())
    }
}

impl<K: Named> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&global_id(K::PREFIX, self.0))
    }
}

/// The text is no id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl<K: Named> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match parse_global_id(text) {
            Some((prefix, uuid)) if prefix == K::PREFIX => Ok(Self::from_uuid(uuid)),
            _ => Err(NotAnId),
        }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<K> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, K> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

impl<K> From<Id<K>> for Value {
    fn from(id: Id<K>) -> Self {
        id.0.into()
    }
}
impl<K> TryGetable for Id<K> {
    fn try_get_by<I: ColIdx>(res: &QueryResult, index: I) -> Result<Self, TryGetError> {
        Uuid::try_get_by(res, index).map(Self::from_uuid)
    }
}
impl<K> ValueType for Id<K> {
    fn try_from(v: Value) -> Result<Self, ValueTypeErr> {
        <Uuid as ValueType>::try_from(v).map(Self::from_uuid)
    }
    fn type_name() -> String {
        <Uuid as ValueType>::type_name()
    }
    fn array_type() -> ArrayType {
        <Uuid as ValueType>::array_type()
    }
    fn column_type() -> ColumnType {
        <Uuid as ValueType>::column_type()
    }
}
impl<K> Nullable for Id<K> {
    fn null() -> Value {
        <Uuid as Nullable>::null()
    }
}
impl<K> TryFromU64 for Id<K> {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Id"))
    }
}

macro_rules! named {
    ($($(#[$doc:meta])* $kind:ident, $alias:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        pub enum $kind {}
        impl Named for $kind {
            const PREFIX: &'static str = $prefix;
        }
        #[doc = concat!("The id of a [`", stringify!($kind), "`].")]
        pub type $alias = Id<$kind>;
    )*};
}

named! {
    /// Any account, whatever its kind.
    Account, AccountId, "acc";
    /// An account of kind DISTRIBUTOR.
    Distributor, DistributorId, "dis";
    /// An account of kind RESELLER.
    Reseller, ResellerId, "res";
    /// An account of kind CUSTOMER.
    Customer, CustomerId, "cus";
    /// A member of an account.
    Member, MemberId, "mem";
    /// A sign-in that lasts.
    Session, SessionId, "ses";
    /// A customer's budget.
    Budget, BudgetId, "bud";
    /// A budget warning.
    Alert, AlertId, "alr";
    /// An entry of the adjustment records.
    Record, RecordId, "adj";
    /// An entry of the access records.
    AccessRecord, AccessRecordId, "acr";
    /// An event of the feed.
    Event, EventId, "evt";
    /// A verification code.
    Code, CodeId, "cod";
    /// A message to a person.
    Message, MessageId, "msg";
    /// A role of members.
    Role, RoleId, "rol";
    /// An account manager's time with a customer or reseller.
    Assignment, AssignmentId, "asg";
    /// An address that events are delivered to.
    WebhookEndpoint, WebhookEndpointId, "whe";
    /// An attempt to deliver an event to an endpoint.
    WebhookDelivery, WebhookDeliveryId, "whd";
    /// An application that is reviewed.
    Application, ApplicationId, "app";
    /// A step in the life of an application.
    ApplicationStep, ApplicationStepId, "aps";
    /// A partner's claim on a potential customer.
    Preregistration, PreregistrationId, "pre";
    /// An invitation of a customer, or the link that it comes by.
    Invitation, InvitationId, "inv";
    /// A record of an association's beginning or end.
    AssociationRecord, AssociationRecordId, "asr";
    /// An entry of a customer's operation log.
    Trace, TraceId, "trc";
    /// An order of a customer.
    Order, OrderId, "ord";
    /// A movement of money of an order.
    OrderTransaction, OrderTransactionId, "otx";
    /// A cloud resource of a customer.
    Resource, ResourceId, "rsc";
    /// A customer's consent that its partner acts on its behalf.
    Authorization, AuthorizationId, "aut";
    /// A text that a customer signed.
    Agreement, AgreementId, "agr";
    /// An invitation to become a reseller.
    ResellerInvitation, ResellerInvitationId, "rin";
    /// A chance to do business with a customer.
    Opportunity, OpportunityId, "opp";
    /// An entry of an opportunity's progress log.
    OpportunityProgress, OpportunityProgressId, "opr";
    /// A file that a member has uploaded.
    Attachment, AttachmentId, "att";
    /// A list that is written into a file.
    Export, ExportId, "exp";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_only_as_its_own_kind() {
        let id = CustomerId::new(Timestamp::from_micros(1_700_000_000_000_000));
        let text = id.to_string();
        assert!(text.starts_with("cus_"), "{text}");
        assert_eq!(text.parse::<CustomerId>(), Ok(id));
        assert_eq!(text.parse::<ResellerId>(), Err(NotAnId));
        assert_eq!("cus_'; drop table".parse::<CustomerId>(), Err(NotAnId));
    }
}
