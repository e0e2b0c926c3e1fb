//! The schema: the areas' faces, merged.

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema, ValidationMode};

use super::{
    check::SchemaMap,
    events::{EventsQuery, EventsSubscription},
    node::NodeQuery,
    spec_errors::SpecErrors,
};
use crate::{
    access_records::graphql::AccessRecordsQuery,
    accounts::graphql::{AccountsMutation, AccountsQuery},
    agreements::graphql::{AgreementsMutation, AgreementsQuery},
    app::App,
    associations::graphql::{AssociationsMutation, AssociationsQuery},
    attachments::graphql::{AttachmentsMutation, AttachmentsQuery},
    authorizations::graphql::{AuthorizationsMutation, AuthorizationsQuery},
    budgets::graphql::{BudgetsMutation, BudgetsQuery},
    catalogue::graphql::CatalogueQuery,
    customer_facts::graphql::CustomerFactsMutation,
    customers::{export::CustomersMutation, graphql::CustomersQuery},
    disassociations::graphql::{DisassociationsMutation, DisassociationsQuery},
    exports::graphql::{ExportsQuery, ExportsSubscription},
    freezes::graphql::FreezesMutation,
    invitations::{
        export::InvitationsExport,
        graphql::{InvitationsMutation, InvitationsQuery},
    },
    managers::graphql::{ManagersMutation, ManagersQuery},
    members::graphql::{MembersMutation, MembersQuery, RolesMutation},
    metering::{bandwidth::BandwidthMutation, graphql::MeteringMutation},
    notifications::graphql::{NotificationsMutation, NotificationsQuery},
    onbehalf::graphql::OnBehalfMutation,
    opportunities::graphql::{OpportunitiesMutation, OpportunitiesQuery},
    orders::{
        export::OrdersExport,
        graphql::{OrdersMutation, OrdersQuery},
    },
    permissions::graphql::PermissionsMutation,
    preregistrations::{
        graphql::{PreregistrationsMutation, PreregistrationsQuery},
        review_graphql::PreregistrationReviewsMutation,
    },
    recruitment::graphql::{RecruitmentMutation, RecruitmentQuery},
    resellers::graphql::ResellersQuery,
    resources::{
        export::ResourcesExport,
        graphql::{ResourcesMutation, ResourcesQuery},
    },
    reviews::graphql::{ReviewsMutation, ReviewsQuery},
    traces::graphql::TracesQuery,
    verification::graphql::{VerificationMutation, VerificationQuery},
    webhooks::graphql::{WebhooksMutation, WebhooksQuery},
};

/// What can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    AccountsQuery,
    NodeQuery,
    ResellersQuery,
    CustomersQuery,
    BudgetsQuery,
    EventsQuery,
    MembersQuery,
    ManagersQuery,
    VerificationQuery,
    AccessRecordsQuery,
    NotificationsQuery,
    WebhooksQuery,
    ReviewsQuery,
    AuthorizationsQuery,
    DisassociationsQuery,
    TracesQuery,
    PreregistrationsQuery,
    InvitationsQuery,
    AssociationsQuery,
    CatalogueQuery,
    OrdersQuery,
    ResourcesQuery,
    AgreementsQuery,
    RecruitmentQuery,
    OpportunitiesQuery,
    AttachmentsQuery,
    ExportsQuery,
);

/// What can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AccountsMutation,
    VerificationMutation,
    MembersMutation,
    RolesMutation,
    ManagersMutation,
    PermissionsMutation,
    BudgetsMutation,
    FreezesMutation,
    MeteringMutation,
    BandwidthMutation,
    NotificationsMutation,
    WebhooksMutation,
    ReviewsMutation,
    AuthorizationsMutation,
    DisassociationsMutation,
    AgreementsMutation,
    RecruitmentMutation,
    OpportunitiesMutation,
    CustomerFactsMutation,
    PreregistrationsMutation,
    PreregistrationReviewsMutation,
    InvitationsMutation,
    AssociationsMutation,
    OnBehalfMutation,
    OrdersMutation,
    ResourcesMutation,
    AttachmentsMutation,
    CustomersMutation,
    InvitationsExport,
    OrdersExport,
    ResourcesExport,
);

/// What is pushed.
#[derive(MergedSubscription, Default)]
pub struct Subscription(EventsSubscription, ExportsSubscription);

/// The engine with our schema.
pub type PartnerSchema = Schema<Query, Mutation, Subscription>;

/// Levels of selections that the engine itself accepts: above our own limit, which is told with a code.
const ENGINE_RECURSION: usize = 64;

/// What an engine takes care of (docs/decisions/0020).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// Everything: errors are told as the specification says, which costs something for every field.
    Exact,
    /// That there are errors is told, but not how: for whoever asks again then.
    Quick,
    /// The same for documents that are known to be valid.
    QuickestForValid,
}

/// Builds the schema around a program.
pub fn build(app: Option<App>, introspection: bool, care: Care) -> PartnerSchema {
    let mut builder = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_recursive_depth(ENGINE_RECURSION);
    match care {
        Care::Exact => builder = builder.extension(SpecErrors),
        Care::Quick => {}
        Care::QuickestForValid => builder = builder.validation_mode(ValidationMode::Fast),
    }
    if !introspection {
        builder = builder.disable_introspection().disable_suggestions();
    }
    if let Some(app) = app {
        builder = builder.data(app);
    }
    builder.finish()
}

/// The schema as text: sorted, so that it changes only where the schema does.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    let mut text = build(None, true, Care::Exact).sdl_with_options(options);
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    format!("{}\n", text.trim())
}

/// The map of the schema that documents are checked against.
pub fn map() -> SchemaMap {
    SchemaMap::read(&sdl())
}
