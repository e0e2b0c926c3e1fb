//! The program in a process of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use partner_center::accounts::commands::DEMO_PASSWORD;
use serde_json::{Value, json};

use super::setting::{SCALE, Setting};

/// The program, serving the setting's database.
pub struct Program {
    process: Child,
    pub address: SocketAddr,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    pub fn start(setting: &Setting) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_partner-center"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--demo-scale", &SCALE.to_string()])
            .args(["--database-url", &setting.app.settings.database.url])
            .env("PARTNER_CENTER_LOG__FILTER", "error")
            .env("PARTNER_CENTER_AUTH__DEFAULT_KEY_FILE", std::env::temp_dir().join("partner-center-bench.key"))
            // One account plays many.
            .env("PARTNER_CENTER_RATES__ACCOUNT_COST", "0")
            .env("PARTNER_CENTER_RATES__ADDRESS_REQUESTS", "0")
            .env("PARTNER_CENTER_LIMITS__SOCKETS_PER_ACCOUNT", "20000")
            .env("PARTNER_CENTER_LIMITS__CONNECTIONS_PER_ADDRESS", "0")
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
    pub fn resident_kb(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let field = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    pub async fn sign_in(&self, account: &str) -> String {
        let query = "mutation($account: String!, $password: String!) { signIn(input: { accountName: $account, \
            password: $password }) { accessToken } }";
        let body = json!({ "query": query, "variables": { "account": account, "password": DEMO_PASSWORD } });
        let sent = reqwest::Client::new().post(format!("http://{}/graphql", self.address)).json(&body).send().await;
        let answer: Value = sent.unwrap().json().await.unwrap();
        answer["data"]["signIn"]["accessToken"].as_str().unwrap().to_owned()
    }
}
