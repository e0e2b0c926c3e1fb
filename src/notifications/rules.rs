//! What makes a list of recipients good, and how often a message is tried.

use std::{collections::HashSet, time::Duration};

use entities::types::VerificationChannel;

use crate::{
    backoff::Backoff,
    contacts::{self, MAX_NAME},
    outcome::{Refuse, UserErrorCode},
    tallies::Bound,
};

/// Most recipients of one type.
pub const MAX_RECIPIENTS: usize = 20;
/// Digits of a mobile number, with its country code or without.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=15;
/// How often a message is tried before it is given up.
pub const MAX_ATTEMPTS: i32 = 12;
/// How often those who guard an account hear of one kind of news: enough for whoever works on its settings, too little to
/// flood anybody at addresses and numbers that nobody has confirmed.
pub const SECURITY_NEWS: Bound =
    Bound { rest: Duration::from_secs(60), most: 20, within: Duration::from_secs(24 * 3_600) };
/// When a message that failed is tried again: all tries together take about five hours.
pub const RETRY: Backoff = Backoff { first: Duration::from_secs(20), longest: Duration::from_secs(3_600) };

/// A person who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Who it is.
    pub name: String,
    /// An e-mail address.
    pub email: Option<String>,
    /// A mobile number.
    pub mobile_number: Option<String>,
    /// Whether messages go to the address.
    pub by_email: bool,
    /// Whether messages go to the number.
    pub by_sms: bool,
}

/// A recipient as a caller gives it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Who it is.
    pub name: String,
    /// An e-mail address.
    pub email: Option<String>,
    /// A mobile number.
    pub mobile_number: Option<String>,
    /// Over which channels; over all that have an address where not given.
    pub channels: Option<Vec<VerificationChannel>>,
}

/// Why a recipient cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name is missing or too long.
    #[error("the name must have 1 to {MAX_NAME} characters")]
    Name,
    /// The address is none.
    #[error("this is not an e-mail address")]
    Email,
    /// The number is none.
    #[error("a mobile number has {} to {} digits, with a + before them or not", DIGITS.start(), DIGITS.end())]
    MobileNumber,
    /// Nowhere to send to.
    #[error("give an e-mail address or a mobile number, and at least one channel")]
    Nowhere,
    /// A channel without its address.
    #[error("messages by {} need {}", .0.word(), match .0 {
        VerificationChannel::Email => "an e-mail address",
        VerificationChannel::Sms => "a mobile number",
    })]
    ChannelWithoutAddress(VerificationChannel),
    /// The address or number stands in the list already.
    #[error("this address or number is in the list already")]
    Twice,
    /// Too many of them.
    #[error("{0} recipients are more than the {MAX_RECIPIENTS} that one type of message can have")]
    TooMany(usize),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::InvalidInput
    }

    fn field(&self) -> Option<&'static str> {
        Some("recipients")
    }
}

/// Checks a list; refusals carry the place of the recipient they are for.
pub fn check_list(given: Vec<Given>) -> Result<Vec<Recipient>, Vec<(Option<usize>, Refusal)>> {
    if given.len() > MAX_RECIPIENTS {
        return Err(vec![(None, Refusal::TooMany(given.len()))]);
    }
    let (mut list, mut refusals, mut seen) = (Vec::with_capacity(given.len()), Vec::new(), HashSet::new());
    for (index, one) in given.into_iter().enumerate() {
        match check(one) {
            Err(refusal) => refusals.push((Some(index), refusal)),
            Ok(one) => {
                let mut is_new = true;
                for address in [one.email.as_deref(), one.mobile_number.as_deref()].into_iter().flatten() {
                    is_new &= seen.insert(address.to_lowercase());
                }
                if is_new {
                    list.push(one);
                } else {
                    refusals.push((Some(index), Refusal::Twice));
                }
            }
        }
    }
    if refusals.is_empty() { Ok(list) } else { Err(refusals) }
}

fn check(given: Given) -> Result<Recipient, Refusal> {
    let name = contacts::text(&given.name, MAX_NAME).ok_or(Refusal::Name)?;
    let email = given.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !contacts::is_email(email)) {
        return Err(Refusal::Email);
    }
    let mobile_number = given.mobile_number.filter(|number| !number.trim().is_empty());
    let mobile_number = mobile_number.as_deref().map(check_number).transpose()?;
    let has = |channel| match channel {
        VerificationChannel::Email => email.is_some(),
        VerificationChannel::Sms => mobile_number.is_some(),
    };
    let channels = given.channels.unwrap_or_else(|| {
        [VerificationChannel::Email, VerificationChannel::Sms].into_iter().filter(|channel| has(*channel)).collect()
    });
    if channels.is_empty() {
        return Err(Refusal::Nowhere);
    }
    if let Some(channel) = channels.iter().find(|channel| !has(**channel)) {
        return Err(Refusal::ChannelWithoutAddress(*channel));
    }
    let (by_email, by_sms) =
        (channels.contains(&VerificationChannel::Email), channels.contains(&VerificationChannel::Sms));
    Ok(Recipient { name, email, mobile_number, by_email, by_sms })
}

/// Reads a number: spaces and hyphens are how people write it, not part of it.
fn check_number(text: &str) -> Result<String, Refusal> {
    contacts::phone_number(text, &[' ', '-'], DIGITS).ok_or(Refusal::MobileNumber)
}

#[cfg(test)]
mod tests {
    use lettre::Address;
    use proptest::prelude::*;

    use super::*;

    fn given(email: &str, number: &str) -> Given {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Given { name: "Ann".to_owned(), email: some(email), mobile_number: some(number), channels: None }
    }

    fn refusal(given: Given) -> Refusal {
        check_list(vec![given]).expect_err("refused").remove(0).1
    }

    #[test]
    fn a_recipient_needs_a_name_and_somewhere_to_send_to() {
        assert_eq!(refusal(Given { name: " ".to_owned(), ..given("a@b.example", "") }), Refusal::Name);
        assert_eq!(refusal(given("nobody", "")), Refusal::Email);
        assert_eq!(refusal(given("", "12-34")), Refusal::MobileNumber);
        assert_eq!(refusal(given("", "")), Refusal::Nowhere);
        let by_sms = Given { channels: Some(vec![VerificationChannel::Sms]), ..given("a@b.example", "") };
        assert_eq!(refusal(by_sms), Refusal::ChannelWithoutAddress(VerificationChannel::Sms));
    }

    #[test]
    fn an_address_stands_in_a_list_once() {
        let list = check_list(vec![given("a@b.example", ""), given("A@B.example", "")]);
        assert_eq!(list, Err(vec![(Some(1), Refusal::Twice)]));
    }

    #[test]
    fn a_list_has_an_end() {
        let many = (0..=MAX_RECIPIENTS).map(|number| given(&format!("a{number}@b.example"), "")).collect();
        assert_eq!(check_list(many), Err(vec![(None, Refusal::TooMany(MAX_RECIPIENTS + 1))]));
    }

    proptest! {
        #[test]
        fn what_is_taken_can_be_sent_to(email in "\\PC{0,30}", number in "[+0-9 -]{0,20}") {
            if let Ok(list) = check_list(vec![given(&email, &number)]) {
                for one in list {
                    prop_assert!(one.by_email || one.by_sms);
                    prop_assert!(!one.by_email || one.email.is_some_and(|email| email.parse::<Address>().is_ok()));
                    prop_assert!(!one.by_sms || one.mobile_number.is_some_and(|number| number.len() >= 6));
                }
            }
        }
    }
}
