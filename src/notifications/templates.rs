//! The texts of all messages.

use entities::{
    budget_alert,
    types::{BudgetType, CriticalOperation, MessageType, Timestamp},
};

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// In one line; e-mail only.
    pub subject: String,
    /// In full.
    pub body: String,
}

/// News of an account's security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityNews<'a> {
    /// Messages of a type go to other people.
    RecipientsChanged(MessageType),
    /// Events are sent to a new address.
    WebhookCreated(&'a str),
    /// They are sent to another address.
    WebhookMoved(&'a str),
    /// Deliveries to an address are signed with a new secret.
    WebhookSecretRotated(&'a str),
    /// Deliveries to an address ended, for a reason.
    WebhookDisabled(&'a str, &'a str),
}

impl SecurityNews<'_> {
    /// What counts as the same kind of news. None where the news bounds itself: an endpoint is given up after a day of
    /// failures, and there are a few of them.
    pub const fn kind(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::RecipientsChanged(of) => Some(("recipients", of.word())),
            Self::WebhookCreated(_) => Some(("webhook", "created")),
            Self::WebhookMoved(_) => Some(("webhook", "moved")),
            Self::WebhookSecretRotated(_) => Some(("webhook", "secret")),
            Self::WebhookDisabled(..) => None,
        }
    }
}

/// A code for a critical operation.
pub fn verification_code(code: &str, operation: CriticalOperation, good_for_minutes: u64) -> Text {
    Text {
        subject: "Your verification code".to_owned(),
        body: format!(
            "{code} is your verification code for {}. It is good for {good_for_minutes} minutes and one use. \
             Do not pass it on. If you did not ask for it, change your password.",
            operation.word()
        ),
    }
}

/// A code that shows whose a mailbox is, for somebody who signs up by a link of a partner's.
pub fn sign_up_code(partner: &str, code: &str, good_for_minutes: u64) -> Text {
    Text {
        subject: "Your code to sign up".to_owned(),
        body: format!(
            "{code} is your code to sign up as a customer of {partner}. It is good for {good_for_minutes} minutes and one \
             use. Do not pass it on. If you did not ask for it, do nothing."
        ),
    }
}

/// A customer's usage reached a threshold of its budget (R-CORE-21). The customer is named by its login name, which is
/// no personal data.
pub fn budget_alert(customer: &str, alert: &budget_alert::Model) -> Text {
    let kind = match alert.budget_type {
        BudgetType::Monthly => "monthly",
        BudgetType::OneTime => "one-time",
    };
    let (threshold, used, amount) = (alert.threshold, alert.used.to_decimal(), alert.amount.to_decimal());
    Text {
        subject: format!("{customer} has reached {threshold} % of its budget"),
        body: format!(
            "{customer} has used {used} USD of its {kind} budget of {amount} USD and reached the threshold of \
             {threshold} %."
        ),
    }
}

/// A partner invites a customer, to a link that it follows until a day.
pub fn invitation(partner: &str, link: &str, until: Timestamp) -> Text {
    Text {
        subject: format!("{partner} invites you"),
        body: format!(
            "{partner} would like to serve you in the cloud. To become its customer, open {link} until {}: sign up with the \
             address that this message was sent to, or sign in with your account and accept. If you do not know {partner}, \
             do nothing.",
            until.to_datetime().format("%Y-%m-%d")
        ),
    }
}

/// An invitation to become a reseller of a distributor: with the code that proves who reads it, and the page on which it is
/// accepted, where there is one.
pub fn reseller_invitation(distributor: &str, code: &str, link: Option<&str>, good_for_days: u64) -> Text {
    let way = match link {
        Some(link) => format!("Open {link} to join."),
        None => "Join with this code.".to_owned(),
    };
    Text {
        subject: format!("{distributor} invites you to become its reseller"),
        body: format!(
            "{code} is your invitation to become a reseller of {distributor}. {way} It is good for {good_for_days} days and \
             one use. Do not pass it on. If you do not know {distributor}, ignore this message."
        ),
    }
}

/// Something that an account's people should know, because it would not be their doing if they did not.
pub fn security(news: SecurityNews<'_>) -> Text {
    let what = match news {
        SecurityNews::RecipientsChanged(of) => format!("The recipients of {} messages were changed.", of.word()),
        SecurityNews::WebhookCreated(url) => format!("The events of your account are delivered to {url} from now on."),
        SecurityNews::WebhookMoved(url) => format!("An endpoint of your account was changed: it delivers to {url}."),
        SecurityNews::WebhookSecretRotated(url) => format!("The secret of deliveries to {url} was replaced."),
        SecurityNews::WebhookDisabled(url, reason) => {
            return Text {
                subject: "An endpoint was switched off".to_owned(),
                body: format!("Deliveries to {url} were given up: {reason}. Mend the endpoint, then enable it again."),
            };
        }
    };
    Text {
        subject: "A change in your account".to_owned(),
        body: format!(
            "{what} If this was not your doing, talk to your administrator at once. Of changes of one kind you are told \
             once a minute and 20 times a day at most; the access records of your account hold all of them."
        ),
    }
}
