//! The demonstration data: at any scale, in the hands of whoever interrupts it, and left alone once it is there.

use entities::{charge, event};
use partner_center::{accounts::tokens::Keys, app::App, audit, clock::Clock, demo};
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::{empty_database, settings};

#[tokio::test]
async fn scaled_data_loads_through_the_commands_and_loading_again_changes_nothing() {
    let database = empty_database().await;
    let mut settings = settings(&database.url);
    // Large enough that one member sets more budgets than an hour's codes.
    settings.demo_scale = 7;
    let keys = Keys::ephemeral(&settings.auth).unwrap();
    let app = App::start(settings, keys, Clock::default()).await.unwrap();
    demo::load(&app).await.unwrap();
    demo::development::load(&app).await.unwrap();
    app.hub.settle().await.unwrap();
    let count = async || {
        let db = app.store.reader();
        (charge::Entity::find().count(db).await.unwrap(), event::Entity::find().count(db).await.unwrap())
    };
    let loaded = count().await;
    assert_eq!(loaded.0, (2 * 21 + 1) * 35 + 1, "a charge for each customer, and the last");
    demo::load(&app).await.unwrap();
    demo::development::load(&app).await.unwrap();
    assert_eq!(count().await, loaded);
    assert_eq!(audit::run(&app.store).await.unwrap(), vec![]);
    app.store.close().await.unwrap();
}
