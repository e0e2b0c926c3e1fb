//! Recording charges, and what follows from them, through the API.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    associations::associate,
    budgets::{monthly, set},
    invitations::code_by_mail,
    preregistrations::leave,
    support::{RECORD_CHARGES, Server, charge_line, id, on_postgres, story},
};

const LOOK: &str = "query($id: ID!) { customer(id: $id) { monthToDateExpenditure budget { used usagePercent } \
    openAlerts { threshold used amount } freeze { level cause } } }";

fn line(server: &Server, charge_id: &str, customer: &str, list_price: &str) -> Value {
    charge_line(charge_id, customer, list_price, &server.app.store.clock().now().to_datetime().to_rfc3339())
}

async fn look(server: &Server, customer: &str) -> Value {
    let client = server.sign_in("platform/operator").await;
    client.run(LOOK, json!({ "id": id(customer) })).await.data()["customer"].clone()
}

/// R-CORE-21: a jump over all thresholds raises each of them, with usage and budget as they were.
#[tokio::test]
async fn a_charge_that_jumps_several_thresholds_raises_each() {
    story(|server| async move {
        server.charge("customer-1a4", "jump", "250").await;
        let alert = |threshold| json!({ "threshold": threshold, "used": "262.34", "amount": "200.00" });
        assert_eq!(look(&server, "customer-1a4").await["openAlerts"], json!([alert(75), alert(90), alert(100)]));
        server.charge("customer-1a4", "more", "250").await;
        let all = server.sign_in("reseller-1a").await;
        let query = "query($id: ID!) { budgetAlerts(filter: { customerId: $id }) { totalCount } }";
        let all = all.run(query, json!({ "id": id("customer-1a4") })).await.data();
        assert_eq!(all["budgetAlerts"]["totalCount"], 3, "each once");
        server
    })
    .await;
}

/// R-CORE-21: 749.90 of 1,000.00 used; reached means used ≥ 75 %.
#[tokio::test]
async fn a_threshold_is_reached_exactly_and_not_a_hundredth_of_a_millionth_before() {
    story(|server| async move {
        server.charge("customer-1a1", "almost", "0.09999999").await;
        assert_eq!(look(&server, "customer-1a1").await["openAlerts"], json!([]));
        server.charge("customer-1a1", "exactly", "0.00000001").await;
        let customer = look(&server, "customer-1a1").await;
        assert_eq!(customer["openAlerts"][0]["threshold"], 75);
        assert_eq!(customer["budget"], json!({ "used": "750.00", "usagePercent": "75.00" }));
        server
    })
    .await;
}

/// R-CORE-19, R-CORE-48: sums of charges with many places are exact.
#[tokio::test]
async fn sums_are_exact() {
    story(|server| async move {
        let names: Vec<String> = (0..1_000).map(|number| format!("tenth-{number}")).collect();
        let lines: Vec<(&str, &str, &str)> =
            names.iter().map(|name| ("customer-1a4", name.as_str(), "0.10000001")).collect();
        assert_eq!(server.charges(&lines).await["recorded"], 1_000);
        assert_eq!(look(&server, "customer-1a4").await["budget"]["used"], "112.34001");
        server
    })
    .await;
}

#[tokio::test]
async fn the_same_charge_counts_once_across_calls_batches_and_races() {
    story(|server| async move {
        let meter = server.sign_in("platform/meter").await;
        let lines = vec![
            line(&server, "twice", "customer-1a4", "1"),
            line(&server, "twice", "customer-1a4", "1"),
            line(&server, "other", "customer-1b4", "1"),
        ];
        let first = meter.record(&lines).await;
        assert_eq!((&first["recorded"], &first["duplicates"]), (&json!(2), &json!(1)));
        let second = meter.record(&lines).await;
        assert_eq!((&second["recorded"], &second["duplicates"]), (&json!(0), &json!(3)));
        let same = line(&server, "race", "customer-1a4", "1");
        let race = (0..12).map(|_| meter.record(std::slice::from_ref(&same)));
        let recorded: i64 =
            futures_util::future::join_all(race).await.iter().map(|answer| answer["recorded"].as_i64().unwrap()).sum();
        assert_eq!(recorded, 1);
        assert_eq!(look(&server, "customer-1a4").await["budget"]["used"], "14.34");
        server
    })
    .await;
}

#[tokio::test]
async fn a_bad_line_is_reported_and_harms_no_other() {
    story(|server| async move {
        let meter = server.sign_in("platform/meter").await;
        let mut future = line(&server, "future", "customer-1a4", "1");
        future["occurredAt"] = json!("2100-01-01T00:00:00Z");
        let mut ancient = line(&server, "ancient", "customer-1a4", "1");
        ancient["occurredAt"] = json!("1999-12-31T23:59:59Z");
        let mut nobody = line(&server, "nobody", "customer-1a4", "1");
        nobody["customerId"] = json!("cus_00000000000000000000000000");
        let mut nonsense = line(&server, "nonsense", "customer-1a4", "1");
        nonsense["customerId"] = json!("no id at all");
        let lines = vec![
            line(&server, "good", "customer-1a4", "1"),
            line(&server, "negative", "customer-1a4", "-1"),
            line(&server, "precise", "customer-1a4", "0.000000001"),
            line(&server, "", "customer-1a4", "1"),
            line(&server, "huge", "customer-1a4", "99999999999"),
            future,
            ancient,
            nobody,
            nonsense,
        ];
        let answer = meter.record(&lines).await;
        assert_eq!(answer["recorded"], 1, "{answer}");
        let mut rejected: Vec<(String, String)> = answer["rejected"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["chargeId"].as_str().unwrap().to_owned(), one["error"]["code"].to_string()))
            .collect();
        rejected.sort();
        let invalid = ["", "ancient", "future", "huge", "negative", "precise"];
        let unknown = ["nobody", "nonsense"];
        let mut expected: Vec<(String, String)> =
            invalid.iter().map(|id| ((*id).to_owned(), "\"INVALID_INPUT\"".to_owned())).collect();
        expected.extend(unknown.iter().map(|id| ((*id).to_owned(), "\"NOT_FOUND\"".to_owned())));
        expected.sort();
        assert_eq!(rejected, expected);
        assert_eq!(look(&server, "customer-1a4").await["budget"]["used"], "13.34");
        server
    })
    .await;
}

#[tokio::test]
async fn a_call_takes_one_to_a_thousand_lines_and_only_from_the_meter() {
    story(|server| async move {
        let meter = server.sign_in("platform/meter").await;
        assert_eq!(meter.record(&[]).await["userErrors"][0]["code"], "INVALID_INPUT");
        let many: Vec<Value> =
            (0..1_001).map(|number| line(&server, &format!("m{number}"), "customer-1a4", "0.01")).collect();
        assert_eq!(meter.record(&many).await["userErrors"][0]["code"], "INVALID_INPUT");
        let one = json!({ "charges": [line(&server, "intruder", "customer-1a4", "1")] });
        for who in ["platform/operator", "distributor-1", "reseller-1a", "csp-1", "customer-1a4"] {
            let answer = server.sign_in(who).await.run(RECORD_CHARGES, one.clone()).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{who}");
        }
        assert_eq!(server.stranger().run(RECORD_CHARGES, one).await.code(), "UNAUTHENTICATED");
        assert_eq!(look(&server, "customer-1a4").await["budget"]["used"], "12.34");
        server
    })
    .await;
}

/// R-CORE-20.
#[tokio::test]
async fn what_is_settled_monthly_is_spent_but_does_not_use_the_budget() {
    story(|server| async move {
        let meter = server.sign_in("platform/meter").await;
        let mut cdn = line(&server, "cdn", "customer-1a4", "150");
        cdn["settledMonthly"] = json!(true);
        meter.record(&[cdn]).await;
        let customer = look(&server, "customer-1a4").await;
        assert_eq!(customer["monthToDateExpenditure"], "162.34");
        assert_eq!(customer["budget"]["used"], "12.34");
        server
    })
    .await;
}

/// R-CORE-17: a charge of last month that comes late is not this month's.
#[tokio::test]
async fn a_late_charge_counts_for_its_own_month() {
    story(|server| async move {
        let meter = server.sign_in("platform/meter").await;
        let (clock, calendar) = (server.app.store.clock(), server.app.store.calendar());
        let this_month = calendar.start_of(calendar.month_of(clock.now()));
        let mut late = line(&server, "late", "customer-1a4", "99");
        late["occurredAt"] = json!(this_month.minus(Duration::from_micros(1)).to_datetime().to_rfc3339());
        let mut first = line(&server, "first", "customer-1a4", "1");
        first["occurredAt"] = json!(this_month.to_datetime().to_rfc3339());
        assert_eq!(meter.record(&[late, first]).await["recorded"], 2);
        let customer = look(&server, "customer-1a4").await;
        assert_eq!(
            (&customer["monthToDateExpenditure"], &customer["budget"]["used"]),
            (&json!("13.34"), &json!("13.34"))
        );
        server
    })
    .await;
}

/// R-CORE-24, R-CORE-33: the freeze is committed with the charge; what runs goes on costing and being counted.
#[tokio::test]
async fn an_exhausted_automatic_budget_freezes_with_the_charge_and_usage_goes_on() {
    story(|server| async move {
        server.charges(&[("customer-1a2", "over-1", "1"), ("customer-1a2", "over-2", "500")]).await;
        let customer = look(&server, "customer-1a2").await;
        assert_eq!(customer["freeze"], json!({ "level": "ACCOUNT", "cause": "BUDGET_EXHAUSTED" }));
        assert_eq!(customer["budget"]["usagePercent"], "200.10");
        server
    })
    .await;
}

/// R-CORE-21: in one call, lines that only add up, that reach a threshold, that were there before and that nobody is there
/// for: each has its own consequence. What only adds up is one statement on PostgreSQL, however many lines it is.
#[tokio::test]
async fn quiet_lines_and_loud_ones_share_a_call() {
    story(|server| async move {
        let meter = server.sign_in("platform/meter").await;
        // The first charge of a customer finds out up to where it is quiet.
        server.charges(&[("customer-1a1", "first-a", "0"), ("customer-1a4", "first-b", "0")]).await;

        let quiet = |time: usize| {
            let name = |number| format!("quiet-{time}-{number}");
            let lines: Vec<_> = (0..100).map(|number| line(&server, &name(number), "customer-1a4", "0.01")).collect();
            let meter = &meter;
            async move { assert_eq!(meter.record(&lines).await["recorded"], 100) }
        };
        let statements = server.statements(quiet).await;
        if on_postgres() {
            // The session and the charges.
            assert!(statements <= 2, "{statements} statements for quiet charges");
        }

        let lines = [
            line(&server, "quiet-0-1", "customer-1a4", "0.01"),
            line(&server, "quiet-x", "customer-1a4", "1"),
            line(&server, "loud", "customer-1a1", "0.10"),
            json!({ "chargeId": "lost", "customerId": "cus_00000000000000000000000000", "productType": "ECS",
                    "billingMode": "PAY_PER_USE", "listPrice": "1", "occurredAt": "2026-01-01T00:00:00Z" }),
            line(&server, "quiet-x", "customer-1a4", "1"),
        ];
        let answer = meter.record(&lines).await;
        assert_eq!((&answer["recorded"], &answer["duplicates"]), (&json!(2), &json!(2)), "{answer}");
        assert_eq!(answer["rejected"][0]["error"]["code"], "NOT_FOUND");
        assert_eq!(look(&server, "customer-1a4").await["budget"]["used"], "18.34");
        assert_eq!(look(&server, "customer-1a1").await["openAlerts"][0]["threshold"], 75);
        server
    })
    .await;
}

/// R-CORE-48: nothing is lost where many record for the same customers at once.
#[tokio::test(flavor = "multi_thread")]
async fn charges_of_the_same_customers_add_up_however_they_race() {
    story(|server| async move {
        let meter = server.sign_in("platform/meter").await;
        let writers = (0..12).map(|writer| {
            let (meter, server) = (&meter, &server);
            async move {
                for number in 0..20 {
                    let mut lines = vec![
                        line(server, &format!("race-{writer}-{number}-a"), "customer-1a4", "0.25"),
                        line(server, &format!("race-{writer}-{number}-b"), "customer-1b4", "0.01"),
                    ];
                    if writer % 2 == 1 {
                        lines.reverse();
                    }
                    assert_eq!(meter.record(&lines).await["recorded"], 2);
                }
            }
        });
        futures_util::future::join_all(writers).await;
        assert_eq!(look(&server, "customer-1a4").await["budget"]["used"], "72.34", "12.34 and 240 times 0.25");
        server
    })
    .await;
}

/// R-CORE-01, R-CORE-17, R-CUS-33: what a customer spent under an earlier partner, or is reported to have spent then only
/// now, counts neither for the next partner's budget nor in what that one sees; what it spends from then on does.
#[tokio::test]
async fn spending_under_an_earlier_partner_is_that_ones_affair() {
    story(|server| async move {
        let email = leave(&server, "customer-2c5").await;
        let provider = server.sign_in("csp-1").await;
        // The claim comes first: whoever has spent something is not preregistered without a review (R-CUS-01).
        let code = code_by_mail(&server, &provider, &email).await;
        server.charge("customer-2c5", "under-the-first", "100").await;
        let before = server.app.store.clock().now().to_datetime().to_rfc3339();
        let payload = associate(&server.sign_in("customer-2c5").await, &code).await;
        assert_eq!(payload["record"]["status"], "COMPLETED", "{payload}");
        let payload = set(&provider, monthly("customer-2c5", "100.00")).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        let meter = server.sign_in("platform/meter").await;
        let late = [charge_line("late", "customer-2c5", "50", &before)];
        assert_eq!(meter.record(&late).await["recorded"], 1);
        assert_eq!(
            look(&server, "customer-2c5").await,
            json!({ "monthToDateExpenditure": "0.00", "budget": { "used": "0.00", "usagePercent": "0.00" },
                "openAlerts": [], "freeze": { "level": "ACCOUNT", "cause": "ASSOCIATION" } })
        );
        server.charge("customer-2c5", "under-the-second", "75").await;
        let now = look(&server, "customer-2c5").await;
        assert_eq!(now["budget"]["used"], "75.00");
        assert_eq!(now["monthToDateExpenditure"], "75.00");
        assert_eq!(now["openAlerts"][0]["threshold"], 75);
        assert_eq!(partner_center::audit::run(&server.app.store).await.unwrap(), []);
        server
    })
    .await;
}
