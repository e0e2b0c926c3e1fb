//! What an opportunity must say, and how its phase changes.

use entities::types::{Amount, OpportunityPhase, OpportunityType, PeerVendor, Timestamp};

use crate::{
    contacts,
    outcome::{Refuse, UserErrorCode},
};

/// Most characters of a name, an industry or a system.
pub const MAX_NAME: usize = 128;
/// Most characters of a text.
pub const MAX_TEXT: usize = 1_000;
/// Most major products.
pub const MAX_PRODUCTS: usize = 20;
/// Longest service period, in months.
pub const MAX_MONTHS: i32 = 120;
/// What a win probability can be, in percent.
pub const WIN_PROBABILITIES: [i32; 5] = [0, 25, 50, 75, 100];

/// Why nothing is created or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// About one customer.
    #[error("an opportunity is about one customer: give either customerId or preregistrationId")]
    OneCustomer,
    /// Not well formed, or out of bounds.
    #[error("{1}")]
    Invalid(&'static str, String),
    /// Neither phase nor probability nor words.
    #[error("there is no progress to record: give another phase, another win probability, or details")]
    NoProgress,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::InvalidInput
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::OneCustomer => Some("customerId"),
            Self::Invalid(field, _) => Some(field),
            Self::NoProgress => Some("details"),
        }
    }
}

/// All that is said of an opportunity, beside whose it is and its phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// How it is called.
    pub name: String,
    /// The customer's industry.
    pub industry: Option<String>,
    /// The part of it.
    pub sub_industry: Option<String>,
    /// The customer's system that it is about.
    pub service_system: Option<String>,
    /// What kind of business.
    pub kind: OpportunityType,
    /// In percent.
    pub win_probability: i32,
    /// Whether something is tested first.
    pub testing_project: bool,
    /// Whether there is a bidding.
    pub bidding_project: bool,
    /// What the customer spends on clouds a year.
    pub estimated_cloud_spend: Option<Amount>,
    /// What was talked about with the customer's engineers.
    pub technical_exchange: Option<String>,
    /// What is tested, and how.
    pub test_details: Option<String>,
    /// Other vendors that the customer uses.
    pub peer_vendors: Vec<PeerVendor>,
    /// What it uses of theirs.
    pub peer_services: Option<String>,
    /// How it came about.
    pub background: Option<String>,
    /// How it stands.
    pub progress_details: Option<String>,
    /// What may go wrong, and what is needed.
    pub risk_and_request: Option<String>,
    /// What it is expected to bring.
    pub revenue: Revenue,
}

/// What an opportunity is expected to bring. All of it must be said (R-CUS-36).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revenue {
    /// A month.
    pub monthly: Amount,
    /// When it is expected to begin.
    pub deadline: Timestamp,
    /// For how many months.
    pub service_period_months: i32,
    /// With which products.
    pub major_products: Vec<String>,
    /// With those products, a month.
    pub major_products_revenue: Amount,
}

/// The same in the form that is kept.
pub fn check(details: Details) -> Result<Details, Refusal> {
    let name = words("name", &details.name, MAX_NAME)?;
    check_win_probability(details.win_probability)?;
    let Revenue { service_period_months, major_products, .. } = &details.revenue;
    if !(1..=MAX_MONTHS).contains(service_period_months) {
        let message = format!("{service_period_months} months are given, 1 to {MAX_MONTHS} are possible");
        return Err(Refusal::Invalid("servicePeriodMonths", message));
    }
    if !(1..=MAX_PRODUCTS).contains(&major_products.len()) {
        let message = format!("{} products are given, 1 to {MAX_PRODUCTS} are possible", major_products.len());
        return Err(Refusal::Invalid("majorProducts", message));
    }
    let mut products: Vec<String> = Vec::with_capacity(major_products.len());
    for product in major_products {
        let product = words("majorProducts", product, MAX_NAME)?;
        if !products.contains(&product) {
            products.push(product);
        }
    }
    let mut peer_vendors = details.peer_vendors;
    peer_vendors.sort_unstable();
    peer_vendors.dedup();
    Ok(Details {
        name,
        industry: words_if_any("industry", details.industry, MAX_NAME)?,
        sub_industry: words_if_any("subIndustry", details.sub_industry, MAX_NAME)?,
        service_system: words_if_any("serviceSystem", details.service_system, MAX_NAME)?,
        technical_exchange: text_if_any("technicalExchange", details.technical_exchange)?,
        test_details: text_if_any("testDetails", details.test_details)?,
        peer_services: text_if_any("peerServices", details.peer_services)?,
        background: text_if_any("background", details.background)?,
        progress_details: text_if_any("progressDetails", details.progress_details)?,
        risk_and_request: text_if_any("riskAndRequest", details.risk_and_request)?,
        peer_vendors,
        revenue: Revenue { major_products: products, ..details.revenue },
        ..details
    })
}

fn words(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let wrong = || Refusal::Invalid(field, format!("1 to {most} characters are needed, without control characters"));
    contacts::text(text, most).ok_or_else(wrong)
}

fn words_if_any(field: &'static str, text: Option<String>, most: usize) -> Result<Option<String>, Refusal> {
    text.filter(|text| !text.trim().is_empty()).map(|text| words(field, &text, most)).transpose()
}

/// A text of several lines, if there is one.
pub fn text_if_any(field: &'static str, text: Option<String>) -> Result<Option<String>, Refusal> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    let long = text.chars().count();
    if long > MAX_TEXT {
        return Err(Refusal::Invalid(field, format!("{long} characters are given, at most {MAX_TEXT} are possible")));
    }
    if text.chars().any(|one| one.is_control() && !matches!(one, '\n' | '\r' | '\t')) {
        return Err(Refusal::Invalid(field, "it has control characters".to_owned()));
    }
    Ok(Some(text))
}

/// Whether a win probability is one of those that there are.
pub fn check_win_probability(percent: i32) -> Result<(), Refusal> {
    if WIN_PROBABILITIES.contains(&percent) {
        return Ok(());
    }
    Err(Refusal::Invalid("winProbability", format!("{percent} is given, 0, 25, 50, 75 and 100 are possible")))
}

/// Where an opportunity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The phase.
    pub phase: OpportunityPhase,
    /// The win probability, in percent.
    pub win_probability: i32,
}

/// What somebody records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The phase now; forward or, where somebody was too hopeful, back.
    pub phase: OpportunityPhase,
    /// The win probability now, where it changed.
    pub win_probability: Option<i32>,
    /// In whose words.
    pub details: Option<String>,
}

/// Where an opportunity stands after progress was recorded, and the words for it.
pub fn record(present: Standing, progress: Progress) -> Result<(Standing, Option<String>), Refusal> {
    let win_probability = progress.win_probability.unwrap_or(present.win_probability);
    check_win_probability(win_probability)?;
    let details = text_if_any("details", progress.details)?;
    let standing = Standing { phase: progress.phase, win_probability };
    if standing == present && details.is_none() {
        return Err(Refusal::NoProgress);
    }
    Ok((standing, details))
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    fn details(months: i32, products: Vec<String>, percent: i32, background: String) -> Details {
        Details {
            name: " Migration ".to_owned(),
            industry: Some(" ".to_owned()),
            sub_industry: None,
            service_system: None,
            kind: OpportunityType::New,
            win_probability: percent,
            testing_project: false,
            bidding_project: true,
            estimated_cloud_spend: None,
            technical_exchange: None,
            test_details: None,
            peer_vendors: vec![PeerVendor::Other, PeerVendor::Aws, PeerVendor::Other],
            peer_services: None,
            background: Some(background),
            progress_details: None,
            risk_and_request: None,
            revenue: Revenue {
                monthly: Amount::ZERO,
                deadline: Timestamp::from_micros(0),
                service_period_months: months,
                major_products: products,
                major_products_revenue: Amount::ZERO,
            },
        }
    }

    proptest! {
        /// R-CUS-36: without a service period or products nothing is kept, and texts have their bounds.
        #[test]
        fn what_must_be_said_is_said(
            months in -1_i32..130,
            products in proptest::collection::vec("[a-z]{0,3}", 0..25),
            percent in select(vec![-25, 0, 10, 25, 50, 75, 100, 125]),
            length in 0_usize..1_100,
        ) {
            let good = (1..=MAX_MONTHS).contains(&months)
                && (1..=MAX_PRODUCTS).contains(&products.len())
                && products.iter().all(|product| !product.is_empty())
                && WIN_PROBABILITIES.contains(&percent)
                && length <= MAX_TEXT;
            let checked = check(details(months, products, percent, "x".repeat(length)));
            prop_assert_eq!(checked.is_ok(), good);
            if let Ok(checked) = checked {
                prop_assert_eq!(checked.name.as_str(), "Migration");
                prop_assert_eq!(checked.industry, None);
                prop_assert_eq!(checked.peer_vendors, vec![PeerVendor::Aws, PeerVendor::Other]);
                prop_assert_eq!(checked.background.is_some(), length > 0);
            }
        }

        /// R-CUS-34: recorded progress is where the opportunity stands afterwards; nothing is recorded of nothing.
        #[test]
        fn progress_is_what_was_recorded(
            before in select(vec![OpportunityPhase::PotentialOpportunity, OpportunityPhase::ContractSigned]),
            after in select(vec![OpportunityPhase::PotentialOpportunity, OpportunityPhase::ContractSigned]),
            percent in proptest::option::of(select(vec![0, 25, 30])),
            words in proptest::option::of("[a-z ]{0,4}"),
        ) {
            let present = Standing { phase: before, win_probability: 25 };
            let said = words.as_deref().is_some_and(|words| !words.trim().is_empty());
            let recorded = record(present, Progress { phase: after, win_probability: percent, details: words });
            let changes = after != before || percent.is_some_and(|percent| percent != 25);
            prop_assert_eq!(recorded.is_ok(), percent != Some(30) && (changes || said));
            if let Ok((standing, details)) = recorded {
                prop_assert_eq!(standing.phase, after);
                prop_assert_eq!(standing.win_probability, percent.unwrap_or(25));
                prop_assert_eq!(details.is_some(), said);
            }
        }
    }
}
