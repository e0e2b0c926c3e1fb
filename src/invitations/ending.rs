//! Taking invitations back: links by whoever made them, e-mails with the claim that they were sent for.

use std::sync::Arc;

use entities::{
    invitation,
    types::{
        AccessRecordKind, AccountId, InvitationId, InvitationMethod, InvitationStatus, MemberId, PreregistrationId,
    },
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{CaseStatement, Expr, SimpleExpr},
};

use super::{batch, rules};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::{self, Entry},
    outcome::Outcome,
    store::{Command, Tx},
};

/// Takes links back: all of them, or none. Nobody can follow them from then on. What is over already stays as it is.
///
/// # Refusals, first kind that holds
/// `BatchSize` · `NotFound`, `NotALink`, `Associated` (for each)
pub struct EndInvitationLinks {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// Where the request came from.
    pub address: ClientAddress,
    /// Which, without repetition.
    pub ids: Vec<InvitationId>,
}

impl Command for EndInvitationLinks {
    type Output = Vec<InvitationId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        use invitation::Column;
        let rows = batch::lock_in(tx, &self.viewer, &self.ids).await?;
        let open = batch::each(&rows, &self.ids, |row| Ok(rules::check_ending(row)?.then_some(row.id)))?;
        let open: Vec<InvitationId> = open.into_iter().flatten().collect();
        end_in(tx, Condition::all().add(Column::Id.is_in(open.iter().copied())), Some(self.viewer.member.id)).await?;
        let ended = |id: &InvitationId| {
            Entry::by(&*self.viewer, AccessRecordKind::InvitationLinkEnded).about(*id).from(self.address)
        };
        access_records::append_in(tx, open.iter().map(ended).collect()).await?;
        Ok(self.ids.clone())
    }
}

/// Locks the e-mails that a partner sent for claims: before the claims themselves.
pub async fn lock_of_claims_in(tx: &Tx, partner: AccountId, claims: &[PreregistrationId]) -> Result<(), DbErr> {
    use invitation::{Column, Entity};
    let sent = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::PartnerId.eq(partner))
        .filter(Column::PreregistrationId.is_in(claims.iter().copied()))
        .order_by_asc(Column::Id)
        .lock_exclusive();
    sent.into_tuple::<InvitationId>().all(tx.db()).await?;
    Ok(())
}

/// Takes back the e-mails that were sent for claims, because the claims are given up: whoever follows one comes to nothing.
/// The caller has locked both.
pub async fn end_with_claims_in(tx: &Tx, claims: &[PreregistrationId], by: Option<MemberId>) -> Result<(), DbErr> {
    use invitation::Column;
    let sent = Condition::all()
        .add(Column::Method.eq(InvitationMethod::FromPartnerCenter))
        .add(Column::PreregistrationId.is_in(claims.iter().copied()));
    end_in(tx, sent, by).await
}

/// Ends those of a condition that could still be followed; one that failed keeps its cause.
async fn end_in(tx: &Tx, which: Condition, by: Option<MemberId>) -> Result<(), DbErr> {
    use invitation::{Column, Entity};
    let open = [InvitationStatus::Sent, InvitationStatus::Failed];
    let after = open.iter().fold(CaseStatement::new(), |case, status| {
        case.case(Column::Status.eq(*status), Expr::value(rules::ended(*status)))
    });
    let status: SimpleExpr = after.finally(Expr::col(Column::Status)).into();
    Entity::update_many()
        .col_expr(Column::Status, status)
        .col_expr(Column::EndedAt, Expr::value(tx.now()))
        .col_expr(Column::EndedBy, Expr::value(by))
        .filter(which)
        .filter(Column::Status.is_in(open))
        .filter(Column::EndedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}
