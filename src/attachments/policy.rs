//! Who may look at and delete files: each account its own. Uploading them asks for the same (`http/files.rs`).

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["attachment"], Kinds::ALL, Permission::ProfileSelf),
    open("Mutation", &["deleteAttachment"], Kinds::ALL, Permission::ProfileSelf),
    open(
        "Attachment",
        &["id", "name", "mediaType", "size", "createdAt", "slot", "downloadUrl"],
        Kinds::ALL,
        Permission::ProfileSelf,
    ),
    open("DeleteAttachmentPayload", &["deletedId", "userErrors"], Kinds::ALL, Permission::ProfileSelf),
];
