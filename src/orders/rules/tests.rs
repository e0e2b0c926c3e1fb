//! What the budget covers, and what can be ordered.

use entities::types::{BudgetType, ExhaustionPolicy, Month, Thresholds};
use proptest::prelude::*;

use super::*;
use crate::customers::standing::{Budget, Freeze, Ledger};

fn standing(budget: Option<(BudgetType, i64)>, counted: i64, one_time: i64) -> Standing {
    Standing {
        budget: budget.map(|(kind, amount)| Budget {
            id: entities::types::BudgetId::default(),
            kind,
            amount: Amount::from_units(amount),
            policy: ExhaustionPolicy::Manual,
            window_month: Month::default(),
            set_at: Timestamp::default(),
            set_by: None,
        }),
        ledger: Ledger {
            month: Month::default(),
            expenditure: Amount::from_units(counted),
            counted: Amount::from_units(counted),
            one_time_used: Amount::from_units(one_time),
            open_alerts: Thresholds::NONE,
            since: Timestamp::default(),
        },
        freeze: Freeze::None,
        refreeze: None,
    }
}

fn product() -> Product {
    Product {
        id: "p".to_owned(),
        product_type: ProductType::Ecs,
        name: "P".to_owned(),
        specification: "p".to_owned(),
        regions: vec!["here".to_owned()],
        billing_modes: vec![BillingMode::YearlyMonthly, BillingMode::PayPerUse],
        hourly: Some(Amount::from_units(1)),
        monthly: Some(Amount::from_units(1)),
        mbps_monthly: None,
    }
}

proptest! {
    /// R-CORE-25, R-CUS-30: whatever is bought one after the other under the check never exceeds the budget.
    #[test]
    fn no_order_exceeds_what_is_left(amount in 0_i64..1_000, used in 0_i64..1_500, prices in proptest::collection::vec(0_i64..400, 0..10), one_time in any::<bool>()) {
        let kind = if one_time { BudgetType::OneTime } else { BudgetType::Monthly };
        let mut spent = used;
        for price in prices {
            let now = standing(Some((kind, amount)), spent, spent);
            match check_budget(&now, Amount::from_units(price)) {
                Ok(()) => {
                    spent += price;
                    prop_assert!(spent <= amount);
                }
                Err(shortage) => {
                    prop_assert_eq!(shortage, Shortage::Left(Amount::from_units(amount - spent)));
                    prop_assert!(spent >= amount || spent + price > amount, "refused for nothing");
                }
            }
        }
    }

    /// R-CORE-26: without a budget nothing prepaid is bought, and what pays per use needs none.
    #[test]
    fn without_a_budget_only_pay_per_use_is_bought(price in 0_i64..100) {
        prop_assert_eq!(check_budget(&standing(None, 0, 0), Amount::from_units(price)), Err(Shortage::NoBudget));
        for order_type in [OrderType::New, OrderType::Change, OrderType::BillingModeChange] {
            prop_assert!(!needs_budget(order_type, BillingMode::PayPerUse, Amount::from_units(price)));
        }
        prop_assert!(needs_budget(OrderType::New, BillingMode::YearlyMonthly, Amount::from_units(price)));
        prop_assert_eq!(needs_budget(OrderType::Change, BillingMode::YearlyMonthly, Amount::from_units(price)), price > 0);
    }
}

#[test]
fn time_goes_with_what_is_prepaid() {
    let check = |region, mode, months| check_product(&product(), region, mode, months);
    assert_eq!(check("here", BillingMode::YearlyMonthly, Some(1)), Ok(()));
    assert_eq!(check("here", BillingMode::PayPerUse, None), Ok(()));
    assert_eq!(check("here", BillingMode::YearlyMonthly, None), Err(Refusal::PeriodNeeded));
    assert_eq!(check("here", BillingMode::PayPerUse, Some(1)), Err(Refusal::NoPeriod));
    assert!(matches!(check("there", BillingMode::PayPerUse, None), Err(Refusal::Region { .. })));
    assert!(matches!(check("here", BillingMode::SavingsPlan, Some(1)), Err(Refusal::BillingMode { .. })));
}

#[test]
fn an_order_is_paid_once_and_in_time() {
    assert_eq!(check_pending(OrderStatus::PendingPayment), Ok(()));
    for status in [OrderStatus::Processing, OrderStatus::Completed, OrderStatus::Canceled, OrderStatus::Unsubscribed] {
        assert_eq!(check_pending(status), Err(Refusal::NotPending(status)));
    }
    let until = Timestamp::from_micros(10);
    assert_eq!(check_in_time(Some(until), Timestamp::from_micros(9)), Ok(()));
    assert_eq!(check_in_time(Some(until), until), Err(Refusal::Overdue));
}
