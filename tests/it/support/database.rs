//! A fresh database for each test: a copy of one that was loaded with the cast once.

use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use partner_center::{
    accounts::tokens::Keys,
    app::App,
    clock::Clock,
    config::{DatabaseSettings, Settings},
    demo,
    files::FileSettings,
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tokio::sync::OnceCell;

/// The loaded original: a file's path, or a database's name.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database of its own; gone when it is dropped, where that costs nothing.
pub struct Fresh {
    pub url: String,
    /// The file, on SQLite.
    pub file: Option<PathBuf>,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            if let Some(file) = &self.file {
                let _ = fs::remove_file(format!("{}{suffix}", file.display()));
            }
        }
        let _ = fs::remove_dir_all(directory(&self.url));
    }
}

/// Where the files of whoever uses this database are kept.
pub fn directory(url: &str) -> PathBuf {
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    env::temp_dir().join(format!("{name}.files"))
}

/// The PostgreSQL server, where tests run on one.
pub fn postgres() -> Option<String> {
    env::var("PARTNER_CENTER_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// Whether the tests run on PostgreSQL: what needs several nodes does nothing elsewhere.
pub fn on_postgres() -> bool {
    postgres().is_some()
}

/// A NATS server, where there is one.
pub fn nats() -> Option<String> {
    env::var("PARTNER_CENTER_TEST_NATS").ok().filter(|url| !url.is_empty())
}

fn next_name() -> String {
    format!("pc_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn file(name: &str) -> PathBuf {
    env::temp_dir().join(format!("{name}.db"))
}

pub fn settings(url: &str) -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        demo: true,
        database: DatabaseSettings {
            url: url.to_owned(),
            max_connections: 6,
            sqlite_synchronous_full: false,
            ..DatabaseSettings::default()
        },
        files: FileSettings { directory: directory(url), ..FileSettings::default() },
        ..Settings::default()
    }
}

/// An empty database.
pub async fn empty() -> Fresh {
    match postgres() {
        None => {
            let path = file(&next_name());
            Fresh { url: format!("sqlite://{}?mode=rwc", path.display()), file: Some(path) }
        }
        Some(server) => {
            let name = next_name();
            create(&server, &name, None).await;
            Fresh { url: format!("{server}/{name}"), file: None }
        }
    }
}

async fn load(url: &str) {
    let settings = settings(url);
    let keys = Keys::ephemeral(&settings.auth).unwrap();
    let app = App::start(settings, keys, Clock::default()).await.unwrap();
    demo::load(&app).await.unwrap();
    app.hub.settle().await.unwrap();
    app.hub.leave().await.unwrap();
    app.store.close().await.unwrap();
}

async fn administration(server: &str) -> DatabaseConnection {
    Database::connect(format!("{server}/postgres")).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "CREATE DATABASE takes no parameters")]
async fn create(server: &str, name: &str, template: Option<&str>) {
    let template = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
    let db = administration(server).await;
    // The original must not be in use while it is copied; another test may be copying it now.
    for attempt in 0.. {
        match db.execute_unprepared(&format!("CREATE DATABASE {name}{template}")).await {
            Ok(_) => break,
            Err(error) if attempt > 100 => panic!("{error}"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
}

/// A fresh copy of the loaded database.
pub async fn fresh() -> Fresh {
    match postgres() {
        None => {
            let original = TEMPLATE.get_or_init(|| async {
                let original = file(&next_name());
                load(&format!("sqlite://{}?mode=rwc", original.display())).await;
                original.display().to_string()
            });
            let copy = file(&next_name());
            fs::copy(original.await, &copy).unwrap();
            Fresh { url: format!("sqlite://{}?mode=rwc", copy.display()), file: Some(copy) }
        }
        Some(server) => {
            let original = TEMPLATE.get_or_init(|| async {
                let original = next_name();
                create(&server, &original, None).await;
                load(&format!("{server}/{original}")).await;
                original
            });
            let original = original.await.clone();
            let copy = next_name();
            create(&server, &copy, Some(&original)).await;
            Fresh { url: format!("{server}/{copy}"), file: None }
        }
    }
}
