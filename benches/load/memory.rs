//! What the program itself takes, in a process of its own: when it has started, under w1, and for idle subscribers.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use partner_center::{accounts::commands::DEMO_PASSWORD, config::WakeBy};
use serde_json::{Value, json};

use super::{
    drive::closed_loop,
    fanout::{ALERTS, subscribe},
    setting::{Setting, asks},
    workloads::W1,
};

/// The program, serving the setting's database.
struct Program {
    process: Child,
    address: SocketAddr,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    fn start(setting: &Setting) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_partner-center"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--demo-scale", &super::setting::SCALE.to_string()])
            .args(["--database-url", &setting.app.settings.database.url])
            .env("PARTNER_CENTER_LOG__FILTER", "error")
            .env("PARTNER_CENTER_AUTH__DEFAULT_KEY_FILE", std::env::temp_dir().join("partner-center-bench.key"))
            .env_remove("PARTNER_CENTER_TEST_POSTGRES")
            .env_remove("PARTNER_CENTER_TEST_NATS")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let first = BufReader::new(process.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        let address = first.trim_start_matches("api: http://").trim_end_matches("/graphql").parse().unwrap();
        Self { process, address }
    }

    /// Resident memory in KB: now, and the most there has been.
    fn resident_kb(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let field = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    async fn sign_in(&self, account: &str) -> String {
        let query = "mutation($account: String!, $password: String!) { signIn(input: { accountName: $account, \
            password: $password }) { accessToken } }";
        let body = json!({ "query": query, "variables": { "account": account, "password": DEMO_PASSWORD } });
        let sent = reqwest::Client::new().post(format!("http://{}/graphql", self.address)).json(&body).send().await;
        let answer: Value = sent.unwrap().json().await.unwrap();
        answer["data"]["signIn"]["accessToken"].as_str().unwrap().to_owned()
    }
}

/// Measures, and prints a table.
pub async fn run(time: Duration, subscribers: usize) {
    let setting = Setting::prepare(WakeBy::Database).await;
    println!("| the program alone | MB now | MB at most |\n|---|---|---|");
    let program = Program::start(&setting);
    let say = |name: &str| {
        let (now, most) = program.resident_kb();
        println!("| {name} | {} | {} |", now / 1_024, most / 1_024);
    };
    say("started");
    let token = program.sign_in("distributor-1").await;
    say("a member has signed in, which hashes a password");
    closed_loop(&asks(program.address, &token, W1, &Value::Null), time).await;
    say("w1, 32 clients");
    drop(program);

    let program = Program::start(&setting);
    let token = program.sign_in("distributor-1").await;
    let (before, _) = program.resident_kb();
    let mut sockets = Vec::with_capacity(subscribers);
    for _ in 0..subscribers {
        sockets.push(subscribe(program.address, &token, ALERTS).await);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = program.resident_kb().0.saturating_sub(before) * 10 / subscribers as u64;
    println!("\n{subscribers} idle subscribers: {}.{} KB each", each / 10, each % 10);
    drop(sockets);
    drop(program);
    setting.end().await;
}
