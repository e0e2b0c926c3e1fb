//! The history of invitations as an export (O-CUS-19, Q-CUS-02). It has no codes: whoever knows one can use it, and files
//! are handed on.

use std::collections::HashMap;

use async_graphql::{Context, InputObject, Object};
use entities::{
    invitation, member,
    types::{ExportFormat, ExportKind, InvitationMethod, MemberId},
};
use sea_orm::DbErr;

use super::{inputs::InvitationFilter, policy::DEVELOPERS, queries};
use crate::{
    access::{Needs, Permission, mask},
    accounts::queries::members_by_id,
    customers::named::Named,
    exports::{
        graphql::{ExportPayload, request},
        lists::{Chunk, List, NO_ROWS, Source, from_the_end, oldest_first, time},
    },
    store::keyset::Window,
};

/// Which invitations are exported, and how.
#[derive(InputObject)]
pub struct ExportInvitationsInput {
    /// Which kind of file.
    format: ExportFormat,
    /// Those of the list with this filter; all in your scope without one.
    filter: Option<InvitationFilter>,
}

impl ExportInvitationsInput {
    fn filter(&self) -> InvitationFilter {
        self.filter.clone().unwrap_or_default()
    }
}

/// The history of invitations.
pub struct Invitations;

impl List for Invitations {
    const KIND: ExportKind = ExportKind::Invitations;
    const NEEDS: Needs = Needs::Seat(DEVELOPERS, Permission::CustomerDevelop);
    const COLUMNS: &'static [&'static str] = &[
        "Invitation ID",
        "Method",
        "Full name",
        "E-mail",
        "Customer ID",
        "Customer",
        "Account",
        "Tag",
        "Account manager",
        "Invited by",
        "Remarks",
        "Status",
        "Failure cause",
        "Invited at",
        "Valid until",
        "Followed at",
    ];
    type Selection = ExportInvitationsInput;

    async fn count(source: Source<'_>, selection: &Self::Selection) -> Result<u64, DbErr> {
        let page = queries::page(source.store, source.viewer, &selection.filter(), &NO_ROWS, true).await?;
        Ok(page.total.unwrap_or_default())
    }

    async fn page(source: Source<'_>, selection: &Self::Selection, window: &Window) -> Result<Chunk, DbErr> {
        let (filter, window) = (selection.filter(), from_the_end(window));
        let (rows, next) = oldest_first(queries::page(source.store, source.viewer, &filter, &window, false).await?);
        let customers = Named::read(source, rows.iter().filter_map(|row| row.customer_id)).await?;
        let members = rows.iter().flat_map(|row| row.account_manager_id.into_iter().chain([row.invited_by]));
        let mut members: Vec<_> = members.collect();
        members.sort_unstable();
        members.dedup();
        let members = members_by_id(source.store.reader(), source.viewer, &members).await?;
        Ok(Chunk { rows: rows.iter().map(|row| cells(row, &customers, &members)).collect(), next })
    }
}

/// A cell for each heading. Names and addresses are masked (R-CORE-42), also that of the member that the tag of a
/// general-purpose link is.
fn cells(row: &invitation::Model, customers: &Named, members: &HashMap<MemberId, member::Model>) -> Vec<String> {
    let [customer, name, account, _] = row.customer_id.map(|id| customers.cells(id)).unwrap_or_default();
    let masked = |value: &Option<String>, mask: fn(&str) -> String| value.as_deref().map(mask).unwrap_or_default();
    let member = |id| members.get(&id).map(|member| mask::name(&member.name)).unwrap_or_default();
    let tag = match row.method {
        InvitationMethod::GeneralLink => masked(&row.tag, mask::name),
        InvitationMethod::FromPartnerCenter | InvitationMethod::CustomizedLink | InvitationMethod::PromotionalLink => {
            row.tag.clone().unwrap_or_default()
        }
    };
    vec![
        row.id.to_string(),
        row.method.word().to_owned(),
        masked(&row.full_name, mask::name),
        masked(&row.email, mask::email),
        customer,
        name,
        account,
        tag,
        row.account_manager_id.map(member).unwrap_or_default(),
        member(row.invited_by),
        row.remarks.clone().unwrap_or_default(),
        row.status.word().to_owned(),
        row.failure.map(|failure| failure.word().to_owned()).unwrap_or_default(),
        time(row.invited_at),
        time(row.valid_until),
        row.followed_at.map(time).unwrap_or_default(),
    ]
}

/// What can be done with the history of invitations.
#[derive(Default)]
pub struct InvitationsExport;

#[Object]
impl InvitationsExport {
    /// Writes the history of invitations into a file, beside requests: follow it with `exportProgress`. Names and e-mail
    /// addresses are masked, and no codes are told; what is in scope is decided by the rights that you have while it is
    /// written. Account managers export their own, directors those of their managers.
    async fn export_invitations(
        &self,
        ctx: &Context<'_>,
        input: ExportInvitationsInput,
    ) -> async_graphql::Result<ExportPayload> {
        let format = input.format;
        request::<Invitations>(ctx, format, Ok(input)).await
    }
}
