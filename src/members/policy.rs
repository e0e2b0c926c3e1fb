//! Who may see and change members and roles. Which members one sees is said by their scope; what a member shows of
//! itself beyond its name is in its details.

use crate::access::{Kinds, Permission, Policy, open};

/// Whose accounts have members beside the holder.
const HAVE_MEMBERS: Kinds = Kinds::PLATFORM.and(Kinds::PARTNERS);

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["members", "member"], HAVE_MEMBERS, Permission::MemberView),
    open("Query", &["roles", "role", "permissionCatalogue"], HAVE_MEMBERS, Permission::RoleView),
    open(
        "Mutation",
        &[
            "createMember",
            "updateMember",
            "lockMember",
            "unlockMember",
            "resetMemberPassword",
            "deleteMember",
            "assignMemberRoles",
        ],
        HAVE_MEMBERS,
        Permission::MemberManage,
    ),
    open("Mutation", &["assignAccountDirector"], Kinds::PARTNERS, Permission::ManagerManage),
    open("Mutation", &["createRole", "updateRole", "deleteRole"], HAVE_MEMBERS, Permission::RoleManage),
    open("MemberPayload", &["member", "warnings", "userErrors"], HAVE_MEMBERS, Permission::ProfileSelf),
    open("DeleteMemberPayload", &["deletedId", "userErrors"], HAVE_MEMBERS, Permission::ProfileSelf),
    open("AssignAccountDirectorPayload", &["members", "userErrors"], HAVE_MEMBERS, Permission::ProfileSelf),
    open("RolePayload", &["role", "userErrors"], HAVE_MEMBERS, Permission::ProfileSelf),
    open("DeleteRolePayload", &["deletedId", "userErrors"], HAVE_MEMBERS, Permission::ProfileSelf),
    open("MemberConnection", &["edges", "nodes", "pageInfo", "totalCount"], HAVE_MEMBERS, Permission::MemberView),
    open("MemberEdge", &["cursor", "node"], HAVE_MEMBERS, Permission::MemberView),
    open("Member", &["details"], Kinds::ALL, Permission::ProfileSelf),
    open(
        "MemberDetails",
        &[
            "username",
            "email",
            "mobileNumber",
            "officePhone",
            "status",
            "roles",
            "permissions",
            "director",
            "mustChangePassword",
            "createdAt",
            "lastLoginAt",
        ],
        Kinds::ALL,
        Permission::ProfileSelf,
    ),
    open(
        "Role",
        &["id", "type", "name", "description", "permissions", "userCount"],
        Kinds::ALL,
        Permission::ProfileSelf,
    ),
    open("PermissionModule", &["name", "permissions"], HAVE_MEMBERS, Permission::RoleView),
    open("ListedPermission", &["code", "default", "grantable"], HAVE_MEMBERS, Permission::RoleView),
];
