//! All settings: defaults, then a TOML file, then `PARTNER_CENTER_…` variables, then flags. A setting that is wrong or
//! unknown is refused at start.

mod limits;
mod logs;
pub mod table;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, net::SocketAddr, path::PathBuf, time::Duration};

use chrono::NaiveDate;
use entities::types::UtcOffset;
use ipnet::IpNet;
use serde::Deserialize;

pub use limits::{DocumentSettings, Limits, Rates};
pub use logs::{LogSettings, TraceSettings};

use crate::{
    accounts::guard::GuardRules,
    attachments::AttachmentSettings,
    clock::{Calendar, WorkingDays},
    exports::ExportSettings,
    files::FileSettings,
    idempotency::IdempotencySettings,
    notifications::SmsSettings,
    recruitment::RecruitmentSettings,
    webhooks::WebhookSettings,
};

/// Everything that can be set. Each field's default is in [`Settings::default`] and its parts.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where people reach the program from outside, such as `https://partner.example`: links in messages and QR codes
    /// begin with it.
    pub public_address: String,
    /// Demonstration mode: demonstration data, the known password, an open outbox, playground and introspection.
    pub demo: bool,
    /// Multiplies the resellers and customers of the demonstration data.
    pub demo_scale: u32,
    /// Whether clients may read the schema; in demonstration mode by default.
    pub introspection: Option<bool>,
    /// Whether the playground is served; in demonstration mode by default.
    pub playground: Option<bool>,
    /// Web origins whose pages may call the API and open sockets, beside the server's own.
    pub allowed_origins: Vec<String>,
    /// Networks of proxies whose `X-Forwarded-For` is believed; none by default.
    pub trusted_proxies: Vec<IpNet>,
    /// Minutes east of UTC at which business months begin.
    pub month_offset_minutes: i32,
    /// Days on which nobody works, beside Saturdays and Sundays: where reviews are due in working days.
    pub holidays: Vec<NaiveDate>,
    /// Days that frozen pay-per-use resources are kept (R-CORE-34).
    pub retention_days: u32,
    /// Days that the feed can be replayed; for ever where not set.
    pub feed_keep_days: Option<u32>,
    /// Days that access records are kept.
    pub access_records_keep_days: u32,
    /// The database.
    pub database: DatabaseSettings,
    /// Which role allows what; the built-in table where not set.
    pub roles_file: Option<PathBuf>,
    /// Which critical operation asks for a verification code; the built-in register where not set.
    pub critical_operations_file: Option<PathBuf>,
    /// The texts that customers sign; the built-in ones where not set.
    pub agreements_file: Option<PathBuf>,
    /// Roles that an account may make (R-ORG-16).
    pub custom_roles: u32,
    /// What can be bought at which price; the built-in catalogue where not set.
    pub catalogue_file: Option<PathBuf>,
    /// Invitations by e-mail that a partner may send within a day, to customers or to resellers.
    pub invitation_mails_per_day: i32,
    /// Days that an order waits for its payment.
    pub order_payment_days: u32,
    /// Tokens and sessions.
    pub auth: AuthSettings,
    /// How many sign-ins may fail, by a name and from an address.
    pub guard: GuardRules,
    /// Bounds on what a client may send.
    pub limits: Limits,
    /// How much it may ask for within a minute.
    pub rates: Rates,
    /// Which documents are executed.
    pub documents: DocumentSettings,
    /// What wakes the other nodes of a fleet when there is something new.
    pub wake: WakeBy,
    /// How often a node looks at the feed's log without having been woken, in milliseconds: what covers a lost call.
    pub feed_poll_ms: u64,
    /// After how many seconds without a sign of life another node takes over the duties of one.
    pub lease_secs: u64,
    /// The mail server; without one, messages stay in the outbox.
    pub smtp: Option<SmtpSettings>,
    /// The gateway for text messages; without one, they stay in the outbox.
    pub sms: Option<SmsSettings>,
    /// Mutations that may be repeated.
    pub idempotency: IdempotencySettings,
    /// Deliveries to partners' endpoints.
    pub webhooks: WebhookSettings,
    /// How distributors win resellers.
    pub recruitment: RecruitmentSettings,
    /// Where files are kept.
    pub files: FileSettings,
    /// Uploads.
    pub attachments: AttachmentSettings,
    /// Lists that are written into files.
    pub exports: ExportSettings,
    /// Logs.
    pub log: LogSettings,
    /// Where traces go; nowhere where not set.
    pub traces: Option<TraceSettings>,
    /// What `/metrics` asks for as `Authorization: Bearer …`; without it the figures are open to whoever reaches the
    /// port.
    pub metrics_token: Option<String>,
}

/// The database and its bounds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite://FILE?mode=rwc` or `postgres://…`.
    pub url: String,
    /// Size of the pool (on SQLite: of readers).
    pub max_connections: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout_secs: u64,
    /// PostgreSQL: after how long a statement is cut off.
    pub statement_timeout_secs: u64,
    /// PostgreSQL: after how long an idle transaction is cut off.
    pub idle_in_transaction_timeout_secs: u64,
    /// SQLite: whether each commit is flushed to the disk. Off, a power cut can take the last commits; a crash of the
    /// program cannot.
    pub sqlite_synchronous_full: bool,
}

/// Tokens and sessions.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// The claim `iss` of our tokens.
    pub issuer: String,
    /// The claim `aud` that tokens must carry.
    pub audience: String,
    /// How long an access token is good.
    pub access_token_secs: u64,
    /// How long a session lasts without a refresh.
    pub session_days: u32,
    /// Ed25519 keys in PKCS#8 DER or PEM files; the first signs, all verify. Without any, one is made at first start.
    pub signing_keys: Vec<SigningKeyFile>,
    /// The file of the key that is made where none is set.
    pub default_key_file: PathBuf,
    /// Other issuers whose tokens are accepted.
    pub trusted_issuers: Vec<TrustedIssuer>,
}

/// A key file and the name that tokens call it by.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyFile {
    /// The claim `kid` of tokens signed with it.
    pub kid: String,
    /// The file.
    pub file: PathBuf,
}

/// An outside issuer. Its tokens name the account and the member in `account_name` and `member_name`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `aud` that its tokens for us carry.
    pub audience: String,
    /// A file with its JSON Web Key Set.
    pub jwks_file: Option<PathBuf>,
    /// Or the address to fetch it from; https, or http on this machine.
    pub jwks_url: Option<String>,
}

/// The mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// `smtps://user:password@host:port` or `smtp://host:port?tls=required`, as lettre reads it.
    pub url: String,
    /// The sender.
    pub from: String,
}

/// What carries calls between nodes. A call that is lost costs `feed_poll_ms` at most: nodes look at the log anyway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum WakeBy {
    /// `database`: LISTEN and NOTIFY of PostgreSQL. SQLite has one node and needs nothing.
    #[default]
    Database,
    /// `nats://host:port` (or `tls://`): for fleets so large that NOTIFY burdens the database.
    Nats(String),
    /// `nobody`: nodes look at the log now and then (`feed_poll_ms`).
    Nobody,
}

impl TryFrom<String> for WakeBy {
    type Error = SettingsError;

    fn try_from(text: String) -> Result<Self, SettingsError> {
        match text.as_str() {
            "database" => Ok(Self::Database),
            "nobody" => Ok(Self::Nobody),
            _ if text.starts_with("nats://") || text.starts_with("tls://") => Ok(Self::Nats(text)),
            _ => Err(SettingsError(format!("wake must be database, nobody, or nats://host:port, not {text}"))),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_address: "http://127.0.0.1:8080".to_owned(),
            demo: false,
            demo_scale: 1,
            introspection: None,
            playground: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            month_offset_minutes: 8 * 60,
            holidays: Vec::new(),
            retention_days: 15,
            roles_file: None,
            critical_operations_file: None,
            agreements_file: None,
            custom_roles: 10,
            catalogue_file: None,
            invitation_mails_per_day: 1_000,
            order_payment_days: 7,
            feed_keep_days: None,
            access_records_keep_days: 365,
            wake: WakeBy::Database,
            feed_poll_ms: 1_000,
            lease_secs: 3,
            database: DatabaseSettings::default(),
            auth: AuthSettings::default(),
            guard: GuardRules::default(),
            limits: Limits::default(),
            rates: Rates::default(),
            documents: DocumentSettings::default(),
            smtp: None,
            sms: None,
            idempotency: IdempotencySettings::default(),
            webhooks: WebhookSettings::default(),
            recruitment: RecruitmentSettings::default(),
            files: FileSettings::default(),
            attachments: AttachmentSettings::default(),
            exports: ExportSettings::default(),
            log: LogSettings::default(),
            traces: None,
            metrics_token: None,
        }
    }
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: "sqlite://partner-center.db?mode=rwc".to_owned(),
            max_connections: 16,
            acquire_timeout_secs: 10,
            statement_timeout_secs: 30,
            idle_in_transaction_timeout_secs: 10,
            sqlite_synchronous_full: true,
        }
    }
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            issuer: "partner-center".to_owned(),
            audience: "partner-center".to_owned(),
            access_token_secs: 15 * 60,
            session_days: 14,
            signing_keys: Vec::new(),
            default_key_file: PathBuf::from("partner-center.key"),
            trusted_issuers: Vec::new(),
        }
    }
}

/// A setting that cannot be used, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

/// The prefix of the variables that set settings; parts of a path are joined by two underscores, as in
/// `PARTNER_CENTER_DATABASE__URL`.
const VARIABLE_PREFIX: &str = "PARTNER_CENTER";

impl Settings {
    /// Reads the settings: `file` if given, `variables`, then `flags` as pairs of a path and a value.
    pub fn load(
        file: Option<&PathBuf>,
        variables: HashMap<String, String>,
        flags: Vec<(&str, config::Value)>,
    ) -> Result<Self, SettingsError> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file.as_path()).format(config::FileFormat::Toml));
        }
        builder = builder.add_source(
            config::Environment::with_prefix(VARIABLE_PREFIX)
                .prefix_separator("_")
                .separator("__")
                .try_parsing(true)
                .list_separator(",")
                .with_list_parse_key("allowed_origins")
                .with_list_parse_key("trusted_proxies")
                .source(Some(variables)),
        );
        for (path, value) in flags {
            builder = builder.set_override(path, value).map_err(one_line)?;
        }
        let settings: Self = builder.build().map_err(one_line)?.try_deserialize().map_err(one_line)?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let wrong = |message: &str| Err(SettingsError(message.to_owned()));
        if !self.database.url.starts_with("sqlite:") && !self.database.url.starts_with("postgres") {
            return wrong("database.url must begin with sqlite: or postgres:");
        }
        let has_host = |scheme| self.public_address.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
        if !["https://", "http://"].into_iter().any(has_host) || self.public_address.contains(char::is_whitespace) {
            return wrong("public_address must be an address such as https://partner.example");
        }
        if UtcOffset::from_minutes(self.month_offset_minutes).is_none() {
            return wrong("month_offset_minutes must lie between -840 and 840");
        }
        if self.retention_days == 0 {
            return wrong("retention_days must be 1 or more");
        }
        if self.invitation_mails_per_day < 1 {
            return wrong("invitation_mails_per_day must be 1 or more");
        }
        if self.order_payment_days == 0 {
            return wrong("order_payment_days must be 1 or more");
        }
        if self.feed_keep_days == Some(0) {
            return wrong("feed_keep_days must be 1 or more; without it the feed is kept for ever");
        }
        if self.access_records_keep_days == 0 {
            return wrong("access_records_keep_days must be 1 or more");
        }
        if let Some(fault) = self.guard.fault().or(self.limits.fault()) {
            return wrong(fault);
        }
        if self.database.statement_timeout_secs > self.limits.request_timeout_secs {
            return wrong(
                "database.statement_timeout_secs must not be above limits.request_timeout_secs: nobody waits then",
            );
        }
        let files = self.files.fault().or(self.attachments.fault()).or(self.exports.fault());
        if let Some(fault) = files {
            return wrong(fault);
        }
        if self.webhooks.keep_days == 0 {
            return wrong("webhooks.keep_days must be 1 or more");
        }
        if let Some(fault) = self.recruitment.fault() {
            return wrong(fault);
        }
        if self.feed_poll_ms == 0 {
            return wrong("feed_poll_ms must be 1 or more");
        }
        if !(1..=60).contains(&self.lease_secs) {
            return wrong("lease_secs must lie between 1 and 60");
        }
        if self.traces.as_ref().is_some_and(|traces| traces.percent > 100) {
            return wrong("traces.percent must lie between 0 and 100");
        }
        if self.demo_scale == 0 {
            return wrong("demo_scale must be 1 or more");
        }
        if self.auth.access_token_secs == 0 || self.auth.access_token_secs > 3_600 {
            return wrong("auth.access_token_secs must lie between 1 and 3600");
        }
        if self.database.max_connections == 0 {
            return wrong("database.max_connections must be 1 or more");
        }
        for issuer in &self.auth.trusted_issuers {
            if issuer.jwks_file.is_some() == issuer.jwks_url.is_some() {
                return wrong("each of auth.trusted_issuers needs either jwks_file or jwks_url");
            }
            if issuer.issuer == self.auth.issuer {
                return wrong("auth.trusted_issuers must not repeat auth.issuer");
            }
        }
        Ok(())
    }

    /// The business calendar.
    pub fn calendar(&self) -> Calendar {
        Calendar::new(self.offset())
    }

    /// Its working days.
    pub fn working_days(&self) -> WorkingDays {
        WorkingDays::new(self.offset(), &self.holidays)
    }

    fn offset(&self) -> UtcOffset {
        UtcOffset::from_minutes(self.month_offset_minutes).expect("checked when the settings were read")
    }

    /// How long a duty stays with a node that gives no sign of life.
    pub fn lease_lifetime(&self) -> Duration {
        Duration::from_secs(self.lease_secs)
    }

    /// Whether clients may read the schema.
    pub fn introspection(&self) -> bool {
        self.introspection.unwrap_or(self.demo)
    }

    /// Whether the playground is served.
    pub fn playground(&self) -> bool {
        self.playground.unwrap_or(self.demo)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn one_line(error: config::ConfigError) -> SettingsError {
    SettingsError(error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}
