//! The command line.

use std::{
    collections::HashMap,
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand};
use partner_center::{
    accounts::{self, tokens::Keys},
    app::App,
    audit,
    clock::Clock,
    config::Settings,
    demo, feed, graphql, http, jobs,
    outcome::Fault,
    store::Connection,
    telemetry::log::Log,
};
use tokio_util::sync::CancellationToken;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The backend of a cloud vendor's partner business.
#[derive(Parser)]
#[command(version, about)]
struct CommandLine {
    /// A TOML file with settings.
    #[arg(long, global = true, env = CONFIG_VARIABLE)]
    config: Option<PathBuf>,
    /// The database: sqlite://FILE?mode=rwc or postgres://…
    #[arg(long, global = true)]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Command,
}

/// The one variable that is no setting: where the settings are.
const CONFIG_VARIABLE: &str = "PARTNER_CENTER_CONFIG";

#[derive(Subcommand)]
enum Command {
    /// Serves the API.
    Serve {
        /// Where to listen, for example 127.0.0.1:8080.
        #[arg(long)]
        listen: Option<String>,
        /// What wakes the other nodes: database, nats://HOST:PORT or nobody.
        #[arg(long)]
        wake: Option<String>,
        /// Load demonstration data, accept its password, serve the playground.
        #[arg(long)]
        demo: bool,
        /// Multiply the resellers and customers of the demonstration data.
        #[arg(long, requires = "demo")]
        demo_scale: Option<u32>,
    },
    /// Brings the database to the newest shape.
    Migrate,
    /// Prints the schema.
    Schema,
    /// Prints an access token for a member; works only where the signing key is at hand.
    Token {
        /// The account's login name.
        #[arg(long)]
        account: String,
        /// The member's login name; the account's holder without one.
        #[arg(long)]
        member: Option<String>,
    },
    /// Recomputes every derived figure; ends with 1 where any disagrees.
    Audit,
    /// Copies a SQLite database into a new file, also while it is in use.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// After a backup was restored, and before the server starts: makes every cursor of the feed end that clients may
    /// have got since.
    Restored,
    /// Asks the server on this machine whether it is ready; ends with 1 where it is not.
    Ready {
        /// Where it listens.
        #[arg(long)]
        listen: Option<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let line = CommandLine::parse();
    let settings = match settings(&line) {
        Ok(settings) => settings,
        Err(error) => return failed(&format!("settings: {error}")),
    };
    let log = match Log::start(&settings.log, settings.traces.as_ref()) {
        Ok(log) => log,
        Err(error) => return failed(&format!("settings: {error}")),
    };
    // Other crates may bring a second provider; with two and no choice, the first use would panic.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let code = match run(line.command, settings).await {
        Ok(code) => code,
        Err(fault) => failed(&fault.0.to_string()),
    };
    log.end();
    code
}

#[expect(clippy::print_stderr, reason = "this is the command line")]
fn failed(message: &str) -> ExitCode {
    eprintln!("partner-center: {message}");
    ExitCode::FAILURE
}

/// Prints a line. Whoever reads may have gone, which is no reason to end.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn settings(line: &CommandLine) -> Result<Settings, partner_center::config::SettingsError> {
    let mut variables: HashMap<String, String> =
        std::env::vars().filter(|(name, _)| name.starts_with("PARTNER_CENTER_")).collect();
    variables.remove(CONFIG_VARIABLE);
    let mut flags: Vec<(&str, config::Value)> = Vec::new();
    if let Some(url) = &line.database_url {
        flags.push(("database.url", url.as_str().into()));
    }
    if let Command::Serve { listen: Some(listen), .. } | Command::Ready { listen: Some(listen) } = &line.command {
        flags.push(("listen", listen.as_str().into()));
    }
    if let Command::Serve { wake, demo, demo_scale, .. } = &line.command {
        if let Some(wake) = wake {
            flags.push(("wake", wake.as_str().into()));
        }
        if *demo {
            flags.push(("demo", true.into()));
        }
        if let Some(scale) = demo_scale {
            flags.push(("demo_scale", i64::from(*scale).into()));
        }
    }
    Settings::load(line.config.as_ref(), variables, flags)
}

async fn run(command: Command, settings: Settings) -> Result<ExitCode, Fault> {
    match command {
        Command::Serve { .. } => serve(settings).await,
        Command::Migrate => {
            let connection = Connection::open(&settings.database).await?;
            connection.migrate().await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Schema => {
            say(graphql::schema::sdl().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Token { account, member } => token(settings, &account, member.as_deref()).await,
        Command::Audit => {
            let keys = Keys::ephemeral(&settings.auth)?;
            let app = App::start(settings, keys, Clock::default()).await?;
            let found = audit::run(&app.store).await?;
            for disagreement in &found {
                say(&format!("{}: {}", disagreement.check, disagreement.detail));
            }
            say(&format!("{} disagreements", found.len()));
            Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Backup { file } => {
            Connection::open(&settings.database).await?.copy_to(&file).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Restored => {
            let keys = Keys::ephemeral(&settings.auth)?;
            let app = App::start(settings, keys, Clock::default()).await?;
            app.store.execute(feed::sequence::Renumber).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Ready { .. } => ready(settings.listen).await.map_err(|error| Fault(Box::new(error))),
    }
}

/// How long the server may take to say that it is ready.
const READY_WITHIN: Duration = Duration::from_secs(5);

async fn ready(mut address: SocketAddr) -> Result<ExitCode, reqwest::Error> {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    let asked = reqwest::Client::builder().no_proxy().timeout(READY_WITHIN).build()?;
    let answer = asked.get(format!("http://{address}/readyz")).send().await?;
    let ready = answer.status().is_success();
    say(&answer.text().await?);
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn token(settings: Settings, account: &str, member: Option<&str>) -> Result<ExitCode, Fault> {
    let auth = &settings.auth;
    if auth.signing_keys.is_empty() && !auth.default_key_file.exists() {
        let file = auth.default_key_file.display();
        return Err(Fault::because(format!("no signing key is at hand: none is set, and {file} is not there")));
    }
    let keys = Keys::load(auth)?;
    let app = App::start(settings, keys, Clock::default()).await?;
    let identity = accounts::queries::identity_by_name(app.store.reader(), account, member).await?;
    let identity = identity.ok_or_else(|| Fault::because("no such account or member"))?;
    say(&accounts::sessions::open_session(&app.store, &app.sign_in, identity).await?.access_token);
    Ok(ExitCode::SUCCESS)
}

async fn serve(settings: Settings) -> Result<ExitCode, Fault> {
    let keys = Keys::load(&settings.auth)?;
    let app = App::start(settings, keys, Clock::default()).await?;
    let settings = app.settings.clone();
    if settings.demo {
        // Nodes of a fleet may start at once.
        let alone = app.store.alone().await?;
        demo::load(&app).await?;
        demo::development::load(&app).await?;
        alone.end().await?;
    }
    let shutdown = CancellationToken::new();
    let jobs = jobs::start(&app, &shutdown)?;
    let bound = |error: std::io::Error| Fault::because(format!("cannot listen on {}: {error}", settings.listen));
    let server = http::bind(app, shutdown.clone()).await.map_err(bound)?;
    let address = server.address().map_err(bound)?;
    say(&format!("api: http://{address}/graphql"));
    if settings.playground() {
        say(&format!("playground: http://{address}/"));
    }
    if settings.demo {
        say("sign in as: distributor-1, reseller-1a, csp-1, customer-1a1 or platform (member operator or meter)");
        say(&format!("password: {}", accounts::commands::DEMO_PASSWORD));
    }
    let ended = shutdown.clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("going down");
        ended.cancel();
    });
    server.run().await;
    shutdown.cancel();
    jobs.end().await;
    Ok(ExitCode::SUCCESS)
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!(%error, "the terminate signal cannot be heard");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
