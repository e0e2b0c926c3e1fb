//! The program itself, in processes of its own, to be killed and stopped.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use super::{Client, Fresh};

/// The program, running.
pub struct Program {
    process: Child,
    pub address: SocketAddr,
}

impl Drop for Program {
    /// SIGKILL: nothing is said, nothing is finished.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command of the program without the variables that steer tests: it would refuse them.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_partner-center"));
    command.env_remove("PARTNER_CENTER_TEST_POSTGRES").env_remove("PARTNER_CENTER_TEST_NATS");
    command
}

/// A place for a key that programs share.
pub fn key_file() -> PathBuf {
    std::env::temp_dir().join(format!("pc_{}.key", uuid::Uuid::new_v4()))
}

impl Program {
    pub fn start(database: &Fresh, key: &PathBuf) -> Self {
        Self::start_with(database, key, &[])
    }

    /// With settings more, as variables.
    pub fn start_with(database: &Fresh, key: &PathBuf, settings: &[(&str, &str)]) -> Self {
        let mut process = command()
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--database-url", &database.url])
            .env("PARTNER_CENTER_AUTH__DEFAULT_KEY_FILE", key)
            .env("PARTNER_CENTER_LOG__FILTER", "error")
            .env("PARTNER_CENTER_LEASE_SECS", "1")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let Some(Ok(first)) = lines.next() else { panic!("the program ended: {}", errors(&mut process)) };
        let address = first.trim_start_matches("api: http://").trim_end_matches("/graphql").parse().unwrap();
        Self { process, address }
    }

    pub fn client(&self, token: Option<String>) -> Client {
        Client::new(reqwest::Client::new(), format!("http://{}", self.address), token)
    }

    pub async fn sign_in(&self, account: &str, member: Value) -> Client {
        let sign_in = "mutation($account: String!, $member: String) { signIn(input: { accountName: $account, \
            memberName: $member, password: \"demo-password\" }) { accessToken } }";
        let answer = self.client(None).run(sign_in, json!({ "account": account, "member": member })).await.data();
        self.client(answer["signIn"]["accessToken"].as_str().map(str::to_owned))
    }

    /// Its figures.
    pub async fn metrics(&self) -> String {
        reqwest::get(format!("http://{}/metrics", self.address)).await.unwrap().text().await.unwrap()
    }

    /// Whether it has a duty.
    pub async fn has_duty(&self, lease: &str) -> bool {
        self.metrics().await.contains(&format!("partner_center_lease_held{{lease=\"{lease}\"}} 1"))
    }

    /// Sends it a signal: STOP, CONT, TERM.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.process.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it in order and returns what it said in its log.
    pub async fn end(mut self) -> String {
        self.signal("TERM");
        for _ in 0..200 {
            if self.process.try_wait().unwrap().is_some() {
                return errors(&mut self.process);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the program does not end");
    }
}

fn errors(process: &mut Child) -> String {
    std::io::read_to_string(process.stderr.take().unwrap()).unwrap()
}

/// What time it is for programs.
#[expect(clippy::disallowed_methods, reason = "the program under test has the machine's clock")]
pub fn machine_time() -> String {
    chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).to_rfc3339()
}

/// Runs a command of the program to its end.
pub fn program(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

/// What the program's own audit finds.
pub fn audit(database: &Fresh) {
    let audit = program(&["audit", "--database-url", &database.url]);
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}
