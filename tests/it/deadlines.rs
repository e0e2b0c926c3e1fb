//! The time of a request: when it is over, so is what the database does for it.

use std::time::Duration;

use entities::account;
use partner_center::{
    outcome::Outcome,
    store::{Command, Deadline, Tx},
};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use serde_json::json;

use crate::support::{id, on_postgres, story, story_with};

/// What a request reads and changes in the database ends with it: no statement goes on, nothing was changed, and its key is
/// as good as new.
#[tokio::test]
async fn a_request_that_takes_too_long_is_ended_in_the_database_too() {
    if !on_postgres() {
        return;
    }
    story_with(
        |settings| {
            settings.limits.request_timeout_secs = 1;
            // Not what ends them.
            settings.database.statement_timeout_secs = 600;
        },
        |server| async move {
            let client = server.sign_in("reseller-1a").await;
            let mut alone = ConnectOptions::new(&server.app.settings.database.url);
            alone.max_connections(1);
            let other = Database::connect(alone).await.unwrap();
            let set = "mutation($id: ID!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, amount: \"77\", \
                exhaustionPolicy: MANUAL }) { userErrors { code } } }";
            let amount = "query($id: ID!) { customer(id: $id) { budget { amount } } }";
            let customer = json!({ "id": id("customer-1a1") });
            let before = client.run(amount, customer.clone()).await.data();
            run(&other, "BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE").await;
            let key = json!({ "idempotencyKey": "k" });
            let keyed = json!({ "query": set, "variables": customer, "extensions": key });
            for document in [amount, set] {
                let answer = client.run(document, customer.clone()).await;
                assert_eq!((answer.status, answer.code()), (504, "TIMEOUT"), "{}", answer.body);
            }
            let answer = client.send(&keyed).await;
            assert_eq!((answer.status, answer.code()), (504, "TIMEOUT"), "{}", answer.body);
            server
                .until("no statement waits any more", || async {
                    // The job that turns the month waits for no request.
                    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
                        AND application_name = 'partner-center' AND wait_event_type = 'Lock' \
                        AND query NOT LIKE '%expenditure_month%'";
                    other.query_one_raw(statement(waiting)).await.unwrap().is_none()
                })
                .await;
            run(&other, "ROLLBACK").await;
            let after = client.run(amount, customer.clone()).await.data();
            assert_eq!(after, before, "a change that was cut off did not happen");
            server
                .until("the key may be used again", || async {
                    let answer = client.send(&keyed).await;
                    answer.status == 200 || {
                        assert_eq!(answer.code(), "IDEMPOTENCY_KEY_IN_USE");
                        false
                    }
                })
                .await;
            let after = client.run(amount, customer).await.data();
            assert_ne!(after, before, "the request was repeated and done");
            server
        },
    )
    .await;
}

/// SQLite breaks off what nobody waits for any longer, though it yields no rows: the connection is free for others, and is
/// not bound to that request any more.
#[tokio::test]
async fn a_read_that_takes_too_long_is_broken_off_on_sqlite() {
    if on_postgres() {
        return;
    }
    story_with(
        |settings| settings.database.max_connections = 1,
        |server| async move {
            let store = &server.app.store;
            let count = async |sql: &'static str| {
                let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql);
                store.reader().query_all_raw(statement).await.map(|rows| rows.len())
            };
            let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT x FROM n WHERE x = 2";
            let deadline = Deadline::after(Duration::from_millis(200));
            assert!(deadline.scope(count(endless)).await.is_err(), "its time is over");
            let long = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 2000000) SELECT x FROM n \
                WHERE x = 2000000";
            assert_eq!(count(long).await.unwrap(), 1, "what no request waits for goes to its end");
            server
        },
    )
    .await;
}

/// Renames an account, and takes its time.
struct Rename(&'static str, Duration);

impl Command for Rename {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use account::Column;
        let all = account::Entity::update_many().filter(Column::AccountName.eq(self.0));
        all.col_expr(Column::Name, Expr::value("renamed")).exec(tx.db()).await?;
        tokio::time::sleep(self.1).await;
        Ok(())
    }
}

/// A change whose time is over is undone, and takes none of those with it that run beside it, or after it.
#[tokio::test]
async fn a_change_that_takes_too_long_is_undone_alone() {
    story(|server| async move {
        let store = &server.app.store;
        let deadline = Deadline::after(Duration::from_millis(300));
        let slow = deadline.scope(store.execute(Rename("reseller-1a", Duration::from_secs(600))));
        let (slow, quick) = tokio::join!(slow, store.execute(Rename("reseller-1b", Duration::ZERO)));
        assert!(slow.is_err(), "its time is over");
        quick.unwrap();
        store.execute(Rename("reseller-2a", Duration::ZERO)).await.unwrap();
        let renamed = account::Entity::find().filter(account::Column::Name.eq("renamed"));
        let renamed = renamed.order_by_asc(account::Column::AccountName).all(store.reader()).await.unwrap();
        let renamed: Vec<&str> = renamed.iter().map(|row| row.account_name.as_str()).collect();
        assert_eq!(renamed, ["reseller-1b", "reseller-2a"]);
        server
    })
    .await;
}

fn statement(sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql)
}

async fn run(db: &DatabaseConnection, sql: &str) {
    for sql in sql.split("; ") {
        db.execute_raw(statement(sql)).await.unwrap();
    }
}
