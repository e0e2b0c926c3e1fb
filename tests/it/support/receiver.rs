//! Somebody else's HTTP server: takes what is posted, and answers as it was told.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// What was posted.
#[derive(Debug, Clone)]
pub struct Posted {
    pub headers: HeaderMap,
    pub raw: Bytes,
    pub body: Value,
}

#[derive(Clone, Default)]
struct Desk {
    posted: Arc<Mutex<Vec<Posted>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    delay: Arc<Mutex<Duration>>,
}

/// The server.
pub struct Receiver {
    address: SocketAddr,
    desk: Desk,
    running: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, raw: Bytes) -> (StatusCode, [(&'static str, String); 1]) {
    let delay = *desk.delay.lock().unwrap();
    tokio::time::sleep(delay).await;
    let body = serde_json::from_slice(&raw).unwrap_or(Value::Null);
    desk.posted.lock().unwrap().push(Posted { headers, raw, body });
    let answer = desk.answers.lock().unwrap().pop_front().unwrap_or(200);
    (StatusCode::from_u16(answer).unwrap(), [("location", "/elsewhere".to_owned())])
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Desk::default();
        let router = Router::new().fallback(take).with_state(desk.clone());
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, desk, running }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What the next requests are answered with; 200 after that.
    pub fn answer(&self, statuses: &[u16]) {
        self.desk.answers.lock().unwrap().extend(statuses);
    }

    /// How long each request takes from now on.
    pub fn take_time(&self, delay: Duration) {
        *self.desk.delay.lock().unwrap() = delay;
    }

    pub fn posted(&self) -> Vec<Posted> {
        self.desk.posted.lock().unwrap().clone()
    }

    /// The `field` of everything posted so far.
    pub fn posted_field(&self, field: &str) -> Vec<Value> {
        self.posted().into_iter().map(|posted| posted.body[field].clone()).collect()
    }
}
