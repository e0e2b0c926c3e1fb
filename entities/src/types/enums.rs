//! The enumerations of the business. One definition serves the column, the rules and the API.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

macro_rules! word {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize,
            Deserialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $(
                $(#[$vdoc])*
                #[sea_orm(string_value = $text)]
                #[serde(rename = $text)]
                #[graphql(name = $text)]
                $variant,
            )*
        }

        impl $name {
            /// The word as stored and as shown at the API.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

pub(super) use word;

word! {
    /// What an account is in the business.
    AccountKind {
        /// The cloud vendor itself.
        Platform = "PLATFORM",
        /// A partner that recruits and manages resellers.
        Distributor = "DISTRIBUTOR",
        /// A partner that deals with its customers directly, with no distributor above it.
        CloudSolutionProvider = "CLOUD_SOLUTION_PROVIDER",
        /// A partner of exactly one distributor; develops customers.
        Reseller = "RESELLER",
        /// A cloud account that spends.
        Customer = "CUSTOMER",
    }
}

word! {
    /// What a member does for its account.
    MemberRole {
        /// Everything that the account may.
        Administrator = "ADMINISTRATOR",
        /// Looks, changes nothing.
        Operator = "OPERATOR",
        /// Looks after the customers (at a distributor: resellers) assigned to them.
        AccountManager = "ACCOUNT_MANAGER",
        /// Looks after account managers.
        AccountDirector = "ACCOUNT_DIRECTOR",
        /// Decides applications.
        Reviewer = "REVIEWER",
        /// Pays and looks at spending.
        FinanceSpecialist = "FINANCE_SPECIALIST",
        /// Records charges; a machine.
        Metering = "METERING",
        /// A role that the account has made itself.
        Custom = "CUSTOM",
    }
}

word! {
    /// Whether an account may do business.
    AccountStatus {
        /// In business.
        Active = "ACTIVE",
        /// Frozen by the platform: cannot unfreeze customers (R-CORE-36).
        Frozen = "FROZEN",
    }
}

word! {
    /// How a budget restores.
    BudgetType {
        /// Usage starts at 0 each month.
        Monthly = "MONTHLY",
        /// Never restores.
        OneTime = "ONE_TIME",
    }
}

word! {
    /// Who freezes the account when the budget is used up.
    ExhaustionPolicy {
        /// The system, at once.
        Automatic = "AUTOMATIC",
        /// The partner, by hand.
        Manual = "MANUAL",
    }
}

word! {
    /// How far a customer is frozen.
    FreezeLevel {
        /// Not at all.
        None = "NONE",
        /// The account is frozen, also called purchase restriction: nothing can be bought or changed, what runs keeps
        /// running and keeps costing (R-CORE-33).
        Account = "ACCOUNT",
        /// Also called restrict purchases and freeze resources: pay-per-use resources stop and enter retention
        /// (R-CORE-34).
        AccountAndResources = "ACCOUNT_AND_RESOURCES",
    }
}

word! {
    /// Why a customer is frozen.
    FreezeCause {
        /// A new association starts frozen (R-CORE-29).
        Association = "ASSOCIATION",
        /// The partner in charge did it.
        Manual = "MANUAL",
        /// The system did it: the budget is used up under AUTOMATIC (R-CORE-24).
        BudgetExhausted = "BUDGET_EXHAUSTED",
    }
}

word! {
    /// Where a budget alert stands.
    AlertStatus {
        /// The usage is at or above the threshold.
        Open = "OPEN",
        /// The budget was raised or replaced, or a new month began.
        Cleared = "CLEARED",
    }
}

word! {
    /// What an adjustment record tells of.
    AdjustmentKind {
        /// A reseller may set budgets and freeze.
        PermissionsGranted = "PERMISSIONS_GRANTED",
        /// A reseller's quotas changed.
        QuotasAdjusted = "QUOTAS_ADJUSTED",
        /// A reseller may no longer set budgets and freeze.
        PermissionsRevoked = "PERMISSIONS_REVOKED",
        /// A reseller may, or may no longer, act on behalf of customers.
        OnBehalfChanged = "ON_BEHALF_CHANGED",
        /// A customer's budget was set or replaced.
        BudgetSet = "BUDGET_SET",
        /// A customer's budget ended with its association.
        BudgetRemoved = "BUDGET_REMOVED",
        /// A customer was frozen.
        Frozen = "FROZEN",
        /// A customer was unfrozen.
        Unfrozen = "UNFROZEN",
    }
}

word! {
    /// What an access record tells of.
    AccessRecordKind {
        /// Personal data was shown in full (R-CORE-42).
        Revealed = "REVEALED",
        /// A member signed in.
        SignedIn = "SIGNED_IN",
        /// Somebody tried to sign in with a wrong name or password.
        SignInFailed = "SIGN_IN_FAILED",
        /// A member signed out.
        SignedOut = "SIGNED_OUT",
        /// A member was created.
        MemberCreated = "MEMBER_CREATED",
        /// A member's data were changed.
        MemberUpdated = "MEMBER_UPDATED",
        /// A member was locked: it cannot sign in.
        MemberLocked = "MEMBER_LOCKED",
        /// A member was unlocked.
        MemberUnlocked = "MEMBER_UNLOCKED",
        /// A member was deleted.
        MemberDeleted = "MEMBER_DELETED",
        /// An administrator gave a member a new password.
        PasswordReset = "PASSWORD_RESET",
        /// A member changed its own password.
        PasswordChanged = "PASSWORD_CHANGED",
        /// A role was created.
        RoleCreated = "ROLE_CREATED",
        /// A role was changed.
        RoleUpdated = "ROLE_UPDATED",
        /// A role was deleted.
        RoleDeleted = "ROLE_DELETED",
        /// A member was given other roles.
        RolesAssigned = "ROLES_ASSIGNED",
        /// The verification function was switched on or off.
        VerificationSwitched = "VERIFICATION_SWITCHED",
        /// A customer or reseller was assigned to an account manager.
        ManagerAssigned = "MANAGER_ASSIGNED",
        /// A customer or reseller was taken from an account manager.
        ManagerUnassigned = "MANAGER_UNASSIGNED",
        /// What the vendor knows of a customer was changed.
        CustomerFactsChanged = "CUSTOMER_FACTS_CHANGED",
        /// A list was exported.
        ListExported = "LIST_EXPORTED",
        /// An invitation link was taken back.
        InvitationLinkEnded = "INVITATION_LINK_ENDED",
        /// Messages of a type go to other people.
        RecipientsChanged = "RECIPIENTS_CHANGED",
        /// An endpoint was created, changed or deleted, or got a new secret.
        EndpointChanged = "ENDPOINT_CHANGED",
    }
}

word! {
    /// How a resource is paid.
    BillingMode {
        /// Prepaid by month or year.
        YearlyMonthly = "YEARLY_MONTHLY",
        /// By what is used.
        PayPerUse = "PAY_PER_USE",
        /// A reserved instance.
        ReservedInstance = "RESERVED_INSTANCE",
        /// A savings plan.
        SavingsPlan = "SAVINGS_PLAN",
    }
}

word! {
    /// Operations that may ask the acting member for a verification code.
    CriticalOperation {
        /// Granting, adjusting or revoking a reseller's budget permissions: always (R-CORE-07).
        BudgetPermissions = "BUDGET_PERMISSIONS",
        /// Authorizing or withdrawing on-behalf operations: always (R-CORE-40).
        OnBehalfPermission = "ON_BEHALF_PERMISSION",
        /// Setting budgets: always with AUTOMATIC (R-CORE-27), else where the account has the function on (R-CORE-28).
        SetBudget = "SET_BUDGET",
        /// Freezing: where the account has the function on (R-CORE-28).
        Freeze = "FREEZE",
        /// Unfreezing: where the account has the function on (R-CORE-28).
        Unfreeze = "UNFREEZE",
        /// Switching the verification function off.
        SwitchVerificationOff = "SWITCH_VERIFICATION_OFF",
        /// Creating a member.
        CreateMember = "CREATE_MEMBER",
        /// Giving a member other roles.
        AssignMemberRoles = "ASSIGN_MEMBER_ROLES",
        /// Setting a member's password.
        ResetMemberPassword = "RESET_MEMBER_PASSWORD",
        /// Deleting a member.
        DeleteMember = "DELETE_MEMBER",
        /// A customer's request to leave its partner, and its answer to such a request (R-CUS-22).
        Disassociation = "DISASSOCIATION",
        /// Letting the partner act on the customer's behalf (R-CUS-26).
        AcceptAuthorization = "ACCEPT_AUTHORIZATION",
        /// Taking that back (R-CUS-26).
        RevokeAuthorization = "REVOKE_AUTHORIZATION",
    }
}

word! {
    /// When a critical operation asks for a verification code.
    VerificationPolicy {
        /// In any case.
        Always = "ALWAYS",
        /// Where the acting account has the verification function on.
        IfOn = "IF_ON",
        /// In no case.
        Never = "NEVER",
    }
}

word! {
    /// Whether a member may sign in (R-ORG-23).
    MemberStatus {
        /// It may.
        Normal = "NORMAL",
        /// It may not, and its sessions have ended.
        Locked = "LOCKED",
    }
}

word! {
    /// Whose a role is.
    RoleType {
        /// Every account of the kind has it; it cannot be changed (R-ORG-05, -19).
        SystemDefined = "SYSTEM_DEFINED",
        /// The account made it.
        Custom = "CUSTOM",
    }
}

word! {
    /// How a verification code or a message travels.
    VerificationChannel {
        /// E-mail.
        Email = "EMAIL",
        /// A text message to the mobile number.
        Sms = "SMS",
    }
}

word! {
    /// What happened, in one word.
    EventType {
        /// A customer's usage reached 75, 90 or 100 % of its budget.
        BudgetThresholdReached = "BUDGET_THRESHOLD_REACHED",
        /// A customer's budget was set or replaced.
        BudgetChanged = "BUDGET_CHANGED",
        /// A customer's account was frozen.
        AccountFrozen = "ACCOUNT_FROZEN",
        /// A customer's account was unfrozen.
        AccountUnfrozen = "ACCOUNT_UNFROZEN",
        /// A customer's account and resources were frozen.
        ResourcesFrozen = "RESOURCES_FROZEN",
        /// A customer's account and resources were unfrozen.
        ResourcesUnfrozen = "RESOURCES_UNFROZEN",
        /// The retention of frozen resources ended; pay-per-use resources are released.
        ResourcesReleased = "RESOURCES_RELEASED",
        /// A reseller was given budget and freeze permissions.
        PermissionsGranted = "PERMISSIONS_GRANTED",
        /// A reseller's quotas changed.
        PermissionsAdjusted = "PERMISSIONS_ADJUSTED",
        /// A reseller's budget and freeze permissions were taken back.
        PermissionsRevoked = "PERMISSIONS_REVOKED",
        /// A reseller's on-behalf permission was given or withdrawn.
        OnBehalfPermissionChanged = "ON_BEHALF_PERMISSION_CHANGED",
        /// A customer or reseller was assigned to an account manager.
        AccountManagerAssigned = "ACCOUNT_MANAGER_ASSIGNED",
        /// Somebody was invited to become a reseller.
        ResellerInvited = "RESELLER_INVITED",
        /// Somebody who was invited became a reseller.
        ResellerJoined = "RESELLER_JOINED",
        /// An application was decided.
        ReviewOutcome = "REVIEW_OUTCOME",
        /// A preregistration ends soon.
        PreregistrationExpiring = "PREREGISTRATION_EXPIRING",
        /// A preregistration has ended.
        PreregistrationExpired = "PREREGISTRATION_EXPIRED",
        /// A customer accepted an invitation.
        InvitationAccepted = "INVITATION_ACCEPTED",
        /// A customer followed an invitation and was not associated.
        AssociationFailed = "ASSOCIATION_FAILED",
        /// A customer and a partner are associated.
        CustomerAssociated = "CUSTOMER_ASSOCIATED",
        /// An application was handed in, moved on, was taken back or ended.
        ApplicationChanged = "APPLICATION_CHANGED",
        /// A customer no longer lets its partner act on its behalf.
        AuthorizationRevoked = "AUTHORIZATION_REVOKED",
        /// An order was placed.
        OrderPlaced = "ORDER_PLACED",
        /// An order was paid.
        OrderPaid = "ORDER_PAID",
        /// A prepaid resource was given up before its end.
        OrderUnsubscribed = "ORDER_UNSUBSCRIBED",
        /// A prepaid resource expires in 30, 15 or 7 days.
        ResourceExpiring = "RESOURCE_EXPIRING",
        /// A session ended or the rights of its member changed. Never shown; ends live streams.
        #[graphql(visible = false)]
        AccessChanged = "ACCESS_CHANGED",
    }
}

word! {
    /// What a message to a partner's people is about.
    MessageType {
        /// Finance -> Partner budget: a customer's usage reached 75, 90 or 100 % of its budget (R-CORE-21).
        PartnerBudget = "PARTNER_BUDGET",
        /// The security of the account: who is told of its doings, and where its events go.
        Security = "SECURITY",
    }
}

word! {
    /// How grave something is that was done in a customer's account.
    TraceStatus {
        /// It was done.
        Normal = "NORMAL",
        /// It was refused or failed, and nothing was changed.
        Warning = "WARNING",
        /// It went wrong and needs somebody's attention.
        Incident = "INCIDENT",
    }
}

word! {
    /// A list that can be exported.
    ExportKind {
        /// Customers; by administrators of partners only (R-CORE-43).
        Customers = "CUSTOMERS",
        /// The history of invitations (Q-CUS-02).
        Invitations = "INVITATIONS",
        /// Orders (Q-CUS-04).
        Orders = "ORDERS",
        /// Resources of one billing mode (Q-CUS-05).
        Resources = "RESOURCES",
    }
}

word! {
    /// The kind of file that a list is written into.
    ExportFormat {
        /// Values separated by commas, in UTF-8 with a mark that spreadsheets know it by.
        Csv = "CSV",
        /// A workbook with one sheet; every cell is text.
        Xlsx = "XLSX",
    }
}

word! {
    /// How far an export is.
    ExportState {
        /// It waits to be begun.
        Pending = "PENDING",
        /// Rows are being written.
        Running = "RUNNING",
        /// The file is there.
        Done = "DONE",
        /// There is no file, and there will be none.
        Failed = "FAILED",
    }
}

/// What stands for a column that was not read (see [`crate::narrow`]).
macro_rules! unread {
    ($($name:ident::$variant:ident),* $(,)?) => {
        $(
            impl Default for $name {
                fn default() -> Self {
                    Self::$variant
                }
            }
        )*
    };
}

unread!(AccountKind::Customer, AccountStatus::Active, FreezeLevel::None, ExhaustionPolicy::Manual);
