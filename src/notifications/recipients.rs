//! Whom messages go to, and writing them to the outbox.

use std::collections::{HashMap, HashSet};

use entities::{
    account, budget_alert, customer, message_recipient,
    types::{AccountId, CustomerId, MessageType, Tallied, VerificationChannel},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{
    outbox::{Message, append_in},
    rules,
    templates::{self, SecurityNews, Text},
};
use crate::{access::Viewer, outcome::Outcome, store::Tx, tallies};

/// The viewer's own list for a type of message, in its order.
pub async fn list(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    of: MessageType,
) -> Result<Vec<message_recipient::Model>, DbErr> {
    message_recipient::Entity::find()
        .filter(viewer.message_recipients())
        .filter(message_recipient::Column::MessageType.eq(of))
        .order_by_asc(message_recipient::Column::Place)
        .all(db)
        .await
}

/// Where a person is reached: over one channel, or over both.
struct Reached {
    by_email: bool,
    email: Option<String>,
    by_sms: bool,
    mobile_number: Option<String>,
}

impl Reached {
    fn addresses(self) -> impl Iterator<Item = (VerificationChannel, String)> {
        let email = self.email.filter(|_| self.by_email).map(|to| (VerificationChannel::Email, to));
        let sms = self.mobile_number.filter(|_| self.by_sms).map(|to| (VerificationChannel::Sms, to));
        email.into_iter().chain(sms)
    }
}

fn message((channel, to): (VerificationChannel, String), text: Text) -> Message {
    Message { channel, to, text, secret: false }
}

/// Tells an account's people of its security, as often as [`rules::SECURITY_NEWS`] allows: what is beyond is on record only,
/// and the change that it tells of goes on.
pub async fn tell_in(tx: &Tx, account: AccountId, news: SecurityNews<'_>) -> Outcome<()> {
    let rows = message_recipient::Entity::find()
        .filter(message_recipient::Column::AccountId.eq(account))
        .filter(message_recipient::Column::MessageType.eq(MessageType::Security))
        .all(tx.db())
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    if let Some((what, which)) = news.kind() {
        let subject = [account.uuid().as_bytes(), what.as_bytes(), b" ", which.as_bytes()].concat();
        if tallies::count_in(tx, (Tallied::SecurityNews, subject), rules::SECURITY_NEWS).await?.is_err() {
            return Ok(());
        }
    }
    let reached = rows.into_iter().map(|row| Reached {
        by_email: row.by_email,
        email: row.email,
        by_sms: row.by_sms,
        mobile_number: row.mobile_number,
    });
    let text = templates::security(news);
    append_in(tx, reached.flat_map(Reached::addresses).map(|to| message(to, text.clone())).collect()).await?;
    Ok(())
}

/// Tells the people of the partners above of alerts: those of the reseller and of the distributor, or of the provider
/// (R-CORE-21, R-CORE-22). One statement reads them all; whoever stands in both lists is told once.
pub async fn tell_of_alerts_in(tx: &Tx, alerts: &[budget_alert::Model]) -> Result<(), DbErr> {
    if alerts.is_empty() {
        return Ok(());
    }
    let mut messages = Vec::new();
    let told = people_above(tx, alerts.iter().map(|alert| alert.customer_id)).await?;
    for alert in alerts {
        let Some((name, addresses)) = told.get(&alert.customer_id) else { continue };
        let text = templates::budget_alert(name, alert);
        messages.extend(addresses.iter().map(|to| message(to.clone(), text.clone())));
    }
    append_in(tx, messages).await
}

/// A customer's login name, and where those are reached who are told of its budget.
type Above = (String, Vec<(VerificationChannel, String)>);

async fn people_above(
    tx: &Tx,
    customers: impl Iterator<Item = CustomerId>,
) -> Result<HashMap<CustomerId, Above>, DbErr> {
    use message_recipient::Column;
    let ids: HashSet<CustomerId> = customers.collect();
    let own = Expr::col((message_recipient::Entity, Column::AccountId));
    let partner = Expr::col((customer::Entity, customer::Column::PartnerId));
    let distributor = Expr::col((customer::Entity, customer::Column::DistributorId));
    let query = Query::select()
        .column((customer::Entity, customer::Column::Id))
        .column((account::Entity, account::Column::AccountName))
        .columns(
            [Column::ByEmail, Column::Email, Column::BySms, Column::MobileNumber]
                .map(|column| (message_recipient::Entity, column)),
        )
        .from(customer::Entity)
        .inner_join(
            message_recipient::Entity,
            Expr::col(Column::MessageType)
                .eq(MessageType::PartnerBudget)
                .and(own.clone().eq(partner).or(own.eq(distributor))),
        )
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::Id)).equals((customer::Entity, customer::Column::Id)),
        )
        .and_where(Expr::col((customer::Entity, customer::Column::Id)).is_in(ids))
        .take();
    let mut told: HashMap<CustomerId, Above> = HashMap::new();
    for row in tx.db().query_all(&query).await? {
        let reached = Reached {
            by_email: row.try_get_by_index(2)?,
            email: row.try_get_by_index(3)?,
            by_sms: row.try_get_by_index(4)?,
            mobile_number: row.try_get_by_index(5)?,
        };
        let (_, addresses) = told.entry(row.try_get_by_index(0)?).or_insert((row.try_get_by_index(1)?, Vec::new()));
        for address in reached.addresses() {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    Ok(told)
}
