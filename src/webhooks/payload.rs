//! What an event looks like to a program: the same ids, words and decimals as at the API.

use chrono::{DateTime, SecondsFormat, Utc};
use entities::{
    event,
    types::{EventId, EventType, Timestamp, WebhookEndpointId, global_id},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    associations::facts::Associated,
    authorizations::facts::AuthorizationRevoked,
    budgets::facts::{BudgetChanged, ThresholdReached},
    clock::Calendar,
    customers::standing::NO_RATIO,
    feed::Position,
    freezes::facts::FreezeChanged,
    graphql::scalars::percent_of_ratio,
    invitations::facts::{Accepted, Failed},
    managers::facts::ManagerAssigned,
    orders::facts::OrderChanged,
    outcome::Fault,
    permissions::facts::PermissionsChanged,
    preregistrations::facts::ClaimEnds,
    recruitment::facts::{ResellerInvited, ResellerJoined},
    resources::facts::ResourceExpiring,
    reviews::facts::{ApplicationChanged, ReviewDecided},
};

/// The type of a ping.
pub const PING: &str = "PING";

fn time(at: Timestamp) -> String {
    DateTime::<Utc>::to_rfc3339_opts(&at.to_datetime(), SecondsFormat::Micros, true)
}

fn body(id: EventId, cursor: Option<&str>, kind: &str, at: Timestamp, data: &Value) -> Vec<u8> {
    let body = json!({ "id": id.to_string(), "cursor": cursor, "type": kind, "occurredAt": time(at), "data": data });
    body.to_string().into_bytes()
}

/// What is posted for an event.
pub fn of_event(event: &event::Model, calendar: Calendar) -> Result<Vec<u8>, Fault> {
    let cursor = event.position.map(|position| Position(position).to_cursor());
    let data = data(event, calendar)?;
    Ok(body(event.event_id, cursor.as_deref(), event.event_type.word(), event.occurred_at, &data))
}

/// What is posted for a ping.
pub fn of_ping(id: EventId, endpoint: WebhookEndpointId, at: Timestamp) -> Vec<u8> {
    body(id, None, PING, at, &json!({ "endpointId": endpoint.to_string() }))
}

fn fact<T: DeserializeOwned>(event: &event::Model) -> Result<T, Fault> {
    serde_json::from_value(event.payload.clone()).map_err(|error| Fault(Box::new(error)))
}

fn data(event: &event::Model, calendar: Calendar) -> Result<Value, Fault> {
    Ok(match event.event_type {
        EventType::BudgetThresholdReached => {
            let fact: ThresholdReached = fact(event)?;
            let percent = (fact.usage_ratio != NO_RATIO).then(|| percent_of_ratio(fact.usage_ratio).0.to_string());
            json!({
                "alertId": fact.alert_id.to_string(),
                "customerId": fact.customer_id.to_string(),
                "resellerId": fact.reseller_id.map(|id| id.to_string()),
                "budgetType": fact.budget_type,
                "windowStart": time(calendar.start_of(fact.window_month)),
                "threshold": fact.threshold,
                "amount": fact.amount.to_decimal().to_string(),
                "used": fact.used.to_decimal().to_string(),
                "usagePercent": percent,
                "raisedAt": time(fact.raised_at),
            })
        }
        EventType::BudgetChanged => {
            let fact: BudgetChanged = fact(event)?;
            json!({
                "customerId": fact.customer_id.to_string(),
                "budgetType": fact.budget_type,
                "amount": fact.amount.to_decimal().to_string(),
            })
        }
        EventType::AccountFrozen
        | EventType::AccountUnfrozen
        | EventType::ResourcesFrozen
        | EventType::ResourcesUnfrozen
        | EventType::ResourcesReleased => {
            let fact: FreezeChanged = fact(event)?;
            json!({
                "customerId": fact.customer_id.to_string(),
                "level": fact.level,
                "cause": fact.cause,
                "reason": fact.reason,
            })
        }
        EventType::PermissionsGranted
        | EventType::PermissionsAdjusted
        | EventType::PermissionsRevoked
        | EventType::OnBehalfPermissionChanged => {
            let fact: PermissionsChanged = fact(event)?;
            json!({ "resellerId": fact.reseller_id.to_string() })
        }
        EventType::OrderPlaced | EventType::OrderPaid | EventType::OrderUnsubscribed => {
            let fact: OrderChanged = fact(event)?;
            json!({
                "customerId": fact.customer_id.to_string(),
                "orderId": fact.order_id.to_string(),
                "number": fact.number,
                "orderType": fact.order_type,
                "status": fact.status,
                "productType": fact.product_type,
                "billingMode": fact.billing_mode,
                "listPrice": fact.list_price.to_decimal().to_string(),
                "amountPaid": fact.amount_paid.to_decimal().to_string(),
                "onBehalf": fact.on_behalf,
            })
        }
        EventType::ResourceExpiring => {
            let fact: ResourceExpiring = fact(event)?;
            json!({
                "customerId": fact.customer_id.to_string(),
                "resourceId": fact.resource_id.to_string(),
                "name": fact.name,
                "productType": fact.product_type,
                "expiresAt": time(fact.expires_at),
                "days": fact.days,
            })
        }
        EventType::AccountManagerAssigned => {
            let fact: ManagerAssigned = fact(event)?;
            json!({
                "subjectKind": fact.subject_kind,
                "subjectId": global_id(fact.subject_kind.prefix(), fact.subject_id.uuid()),
                "memberId": fact.member_id.to_string(),
            })
        }
        EventType::ResellerInvited => {
            let fact: ResellerInvited = fact(event)?;
            json!({ "invitationId": fact.invitation_id.to_string() })
        }
        EventType::ResellerJoined => {
            let fact: ResellerJoined = fact(event)?;
            json!({ "resellerId": fact.reseller_id.to_string(), "invitationId": fact.invitation_id.to_string() })
        }
        EventType::ReviewOutcome => {
            let fact: ReviewDecided = fact(event)?;
            json!({
                "subjectKind": fact.subject_kind,
                "subjectId": global_id(fact.subject_kind.prefix(), fact.subject_id.uuid()),
                "decision": fact.decision,
                "comment": fact.comment,
                "applicationId": fact.application_id.map(|id| id.to_string()),
                "stage": fact.stage,
                "final": fact.is_final,
            })
        }
        EventType::ApplicationChanged => {
            let fact: ApplicationChanged = fact(event)?;
            json!({
                "applicationId": fact.application_id.to_string(),
                "kind": fact.kind,
                "status": fact.status,
                "stage": fact.stage,
            })
        }
        EventType::AuthorizationRevoked => {
            let fact: AuthorizationRevoked = fact(event)?;
            json!({
                "customerId": fact.customer_id.to_string(),
                "authorizationId": fact.authorization_id.to_string(),
                "reason": fact.reason,
            })
        }
        EventType::PreregistrationExpiring | EventType::PreregistrationExpired => {
            let fact: ClaimEnds = fact(event)?;
            json!({ "preregistrationId": fact.preregistration_id.to_string(), "expiresAt": time(fact.expires_at) })
        }
        EventType::InvitationAccepted => {
            let fact: Accepted = fact(event)?;
            json!({ "invitationId": fact.invitation_id.to_string(), "customerId": fact.customer_id.to_string() })
        }
        EventType::AssociationFailed => {
            let fact: Failed = fact(event)?;
            json!({ "invitationId": fact.invitation_id.to_string(), "cause": fact.cause })
        }
        EventType::CustomerAssociated => {
            let fact: Associated = fact(event)?;
            json!({ "customerId": fact.customer_id.to_string(), "associationRecordId": fact.record_id.to_string() })
        }
        // For the program itself: no scope holds it, and nobody's endpoint gets it.
        EventType::AccessChanged => Value::Null,
    })
}
