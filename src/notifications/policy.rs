//! Who keeps recipients, and who looks after what no carrier takes.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["messageRecipients"], Kinds::PARTNERS, Permission::PreferencesManage),
    open("Mutation", &["setMessageRecipients"], Kinds::PARTNERS, Permission::PreferencesManage),
    open(
        "MessageRecipient",
        &["name", "email", "mobileNumber", "channels"],
        Kinds::PARTNERS,
        Permission::PreferencesManage,
    ),
    open("SetMessageRecipientsPayload", &["recipients", "userErrors"], Kinds::PARTNERS, Permission::PreferencesManage),
    open("Query", &["deadMessages"], Kinds::PLATFORM, Permission::DeadLettersManage),
    open("Mutation", &["retryDeadMessages"], Kinds::PLATFORM, Permission::DeadLettersManage),
    open(
        "DeadMessage",
        &["id", "channel", "recipient", "subject", "attempts", "failure", "createdAt", "deadAt"],
        Kinds::PLATFORM,
        Permission::DeadLettersManage,
    ),
    open(
        "DeadMessageConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::PLATFORM,
        Permission::DeadLettersManage,
    ),
    open("DeadMessageEdge", &["cursor", "node"], Kinds::PLATFORM, Permission::DeadLettersManage),
    open("RetryDeadMessagesPayload", &["retried", "userErrors"], Kinds::PLATFORM, Permission::DeadLettersManage),
];
