//! SQLite's one writer: what single charges cost when one client sends them, and when 32 do and share flushes.

use std::{sync::Arc, time::Duration};

use partner_center::{accounts::tokens::Keys, app::App, clock::Clock, config::Settings, demo};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    drive::{Requests, loop_of},
    setting::{SCALE, serve, token},
    workloads::{W4, charge},
};

/// Measures, and prints a table.
pub async fn run(time: Duration) {
    let file = std::env::temp_dir().join(format!("bench_{}.db", std::process::id()));
    let mut settings = Settings { demo: true, demo_scale: SCALE, ..Settings::default() };
    settings.listen = "127.0.0.1:0".parse().unwrap();
    settings.database.url = format!("sqlite://{}?mode=rwc", file.display());
    let keys = Keys::ephemeral(&settings.auth).unwrap();
    let app = App::start(settings, keys, Clock::default()).await.unwrap();
    demo::load(&app).await.unwrap_or_else(|error| panic!("{error:?}"));
    let shutdown = CancellationToken::new();
    let url = format!("http://{}/graphql", serve(&app, &shutdown).await);
    let token = token(&app, "platform", Some("meter")).await;
    let now = app.store.clock().now().to_datetime().to_rfc3339();
    let requests = Requests {
        make: Arc::new(move |client, number| {
            let lines = [charge(&format!("s-{number}"), number * 7, &now)];
            client.post(&url).bearer_auth(&token).json(&json!({ "query": W4, "variables": { "charges": lines } }))
        }),
    };

    println!("| w4 on SQLite, each commit flushed | charges/s | p50 ms | p99 ms |\n|---|---|---|---|");
    for clients in [1, 32] {
        let measured = loop_of(clients, &requests, time).await;
        println!(
            "| {clients} at once | {:.0} | {:.1} | {:.1} |",
            measured.per_second, measured.p50_ms, measured.p99_ms
        );
    }
    shutdown.cancel();
    app.store.close().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
}
