//! Who keeps endpoints: a partner's own people, each account its own.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["webhookEndpoints", "webhookDeliveries"], Kinds::PARTNERS, Permission::WebhookManage),
    open(
        "Mutation",
        &[
            "createWebhookEndpoint",
            "updateWebhookEndpoint",
            "deleteWebhookEndpoint",
            "rotateWebhookSecret",
            "replayWebhook",
            "pingWebhook",
        ],
        Kinds::PARTNERS,
        Permission::WebhookManage,
    ),
    open(
        "WebhookEndpoint",
        &[
            "id",
            "url",
            "types",
            "enabled",
            "disabledReason",
            "cursor",
            "failedAttempts",
            "failingSince",
            "nextAttemptAt",
            "oldSecretUntil",
            "createdAt",
        ],
        Kinds::PARTNERS,
        Permission::WebhookManage,
    ),
    open(
        "WebhookDelivery",
        &["id", "eventId", "type", "cursor", "attempt", "statusCode", "durationMs", "error", "at"],
        Kinds::PARTNERS,
        Permission::WebhookManage,
    ),
    open(
        "WebhookDeliveryConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::PARTNERS,
        Permission::WebhookManage,
    ),
    open("WebhookDeliveryEdge", &["cursor", "node"], Kinds::PARTNERS, Permission::WebhookManage),
    open("WebhookSecretPayload", &["endpoint", "secret", "userErrors"], Kinds::PARTNERS, Permission::WebhookManage),
    open("WebhookEndpointPayload", &["endpoint", "userErrors"], Kinds::PARTNERS, Permission::WebhookManage),
    open("DeleteWebhookEndpointPayload", &["deletedId", "userErrors"], Kinds::PARTNERS, Permission::WebhookManage),
    open("PingWebhookPayload", &["delivery", "userErrors"], Kinds::PARTNERS, Permission::WebhookManage),
];
