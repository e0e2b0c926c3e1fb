//! The program itself, in processes of its own, to be killed and stopped.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::{Value, json};

use super::{Client, Fresh, database::directory};

/// The program, running.
pub struct Program {
    process: Child,
    pub address: SocketAddr,
    said: Reading,
    logged: Reading,
}

/// Reads what a program writes, so that it never waits for us.
type Reading = JoinHandle<String>;

impl Drop for Program {
    /// SIGKILL: nothing is said, nothing is finished.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_partner-center");

/// Without the variables that steer tests: the program would refuse them.
fn plain(mut command: Command) -> Command {
    command.env_remove("PARTNER_CENTER_TEST_POSTGRES").env_remove("PARTNER_CENTER_TEST_NATS");
    command
}

/// A command of the program.
fn command() -> Command {
    plain(Command::new(PROGRAM))
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
        Self::start_as(command(), database, key, settings)
    }

    /// One that is told, and not ended, where a file may not grow; see [`Program::limit_files`].
    pub fn start_bounded(database: &Fresh, key: &PathBuf, settings: &[(&str, &str)]) -> Self {
        let mut shell = plain(Command::new("bash"));
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", PROGRAM]);
        Self::start_as(shell, database, key, settings)
    }

    fn start_as(mut command: Command, database: &Fresh, key: &PathBuf, settings: &[(&str, &str)]) -> Self {
        let mut process = command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--database-url", &database.url])
            .env("PARTNER_CENTER_AUTH__DEFAULT_KEY_FILE", key)
            .env("PARTNER_CENTER_FILES__DIRECTORY", directory(&database.url))
            .env("PARTNER_CENTER_LOG__FILTER", "error")
            .env("PARTNER_CENTER_LEASE_SECS", "1")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let logged = reading(process.stderr.take().unwrap());
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        assert!(!first.is_empty(), "the program ended: {}", logged.join().unwrap());
        let address = first.trim().trim_start_matches("api: http://").trim_end_matches("/graphql").parse().unwrap();
        Self { process, address, said: reading(out), logged }
    }

    /// Lets no file of it grow beyond so many bytes, or lets all grow again: what a full disk looks like to it.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let most = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let limit = format!("--fsize={most}:");
        let set = Command::new("prlimit").arg(limit).arg("--pid").arg(self.process.id().to_string()).status().unwrap();
        assert!(set.success());
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

    /// The body of the newest message to an address, of the outbox.
    pub async fn newest_message(&self, to: &str) -> String {
        let url = format!("http://{}/demo/outbox", self.address);
        let outbox: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        let messages = outbox["messages"].as_array().unwrap();
        let message = messages.iter().find(|message| message["to"] == to).unwrap_or_else(|| panic!("none to {to}"));
        message["body"].as_str().unwrap().to_owned()
    }

    /// Ends it in order and returns what it said in its log.
    pub async fn end(self) -> String {
        self.end_and_tell().await.1
    }

    /// Kills it and returns what it had said in its log.
    pub fn kill(mut self) -> String {
        self.process.kill().unwrap();
        std::mem::replace(&mut self.logged, thread::spawn(String::new)).join().unwrap()
    }

    /// The same as [`Program::end`], with what it said on its standard output before.
    pub async fn end_and_tell(mut self) -> (String, String) {
        self.signal("TERM");
        for _ in 0..200 {
            if self.process.try_wait().unwrap().is_some() {
                let nothing = || thread::spawn(String::new);
                let said = std::mem::replace(&mut self.said, nothing()).join().unwrap();
                return (said, std::mem::replace(&mut self.logged, nothing()).join().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the program does not end");
    }
}

fn reading(mut from: impl Read + Send + 'static) -> Reading {
    thread::spawn(move || {
        let mut text = Vec::new();
        from.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    })
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
