//! Files: bytes that lie outside the database, in a directory or in an S3-compatible store (docs/decisions/0026).
//!
//! Whoever stores a file has a row that names it first, and removes the row last: what a crash leaves behind can be found
//! by its row. [`links`] lets a browser fetch a file without a session. Knows nothing of what is in a file.

pub mod links;

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use aws_lc_rs::digest;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt, aws::AmazonS3Builder, local::LocalFileSystem, path::Path,
    prefix::PrefixStore,
};
use serde::Deserialize;

pub use links::{LinkKey, LinkRefused};

use crate::outcome::Fault;

/// Where files are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileSettings {
    /// The directory, where no S3-compatible store is set. All nodes of a fleet need the same one.
    pub directory: PathBuf,
    /// An S3-compatible store instead.
    pub s3: Option<S3Settings>,
    /// Minutes that a link to a file is good.
    pub link_minutes: u32,
}

/// An S3-compatible store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Settings {
    /// The bucket.
    pub bucket: String,
    /// Its address, where it is not Amazon's; `http://` only for a store on the inside.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The key; without it the role of the machine counts.
    pub access_key_id: Option<String>,
    /// The secret of the key.
    pub secret_access_key: Option<String>,
}

impl Default for FileSettings {
    fn default() -> Self {
        Self { directory: PathBuf::from("partner-center-files"), s3: None, link_minutes: 10 }
    }
}

/// Longest life of a link: who gets hold of one should not have it for long.
const MAX_LINK_MINUTES: u32 = 24 * 60;

impl FileSettings {
    /// What is wrong with them, if anything is.
    pub fn fault(&self) -> Option<&'static str> {
        if !(1..=MAX_LINK_MINUTES).contains(&self.link_minutes) {
            return Some("files.link_minutes must lie between 1 and 1440");
        }
        let s3 = self.s3.as_ref()?;
        (s3.access_key_id.is_some() != s3.secret_access_key.is_some())
            .then_some("files.s3 needs both access_key_id and secret_access_key, or neither")
    }
}

/// The name of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Path);

impl Key {
    /// A file of an area. Spread over folders by the last two characters of the name's first part, which are random in ids.
    pub fn new(area: &'static str, id: uuid::Uuid, attempt: Option<i32>) -> Self {
        let id = id.simple().to_string();
        let folder = &id[id.len() - 2..];
        let attempt = attempt.map(|attempt| format!("-{attempt}")).unwrap_or_default();
        Self(Path::from(format!("{area}/{folder}/{id}{attempt}")))
    }
}

/// What is known of bytes once they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// How many there are.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: Vec<u8>,
}

/// Why nothing was stored.
#[derive(Debug)]
pub enum NotStored<E> {
    /// The bytes did not come to their end.
    Cut(E),
    /// The store failed.
    Fault(Fault),
}

/// Bytes of one part: the least that S3 takes of all but the last one. That, and once more while a part is on its way, is
/// what a file on its way needs of the memory.
const PART: usize = 5 * 1024 * 1024;

/// The store of files.
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The directory, where it is one.
    directory: Option<PathBuf>,
    /// Whether it was made by this program, or was there.
    made: OnceLock<()>,
}

fn fault(error: object_store::Error) -> Fault {
    Fault(Box::new(error))
}

impl Files {
    /// The store of the settings. A directory is made when the first file is stored.
    pub fn open(settings: &FileSettings) -> Result<Self, Fault> {
        match &settings.s3 {
            Some(s3) => Self::bucket(s3),
            None => {
                let directory = std::path::absolute(&settings.directory).map_err(|error| Fault(Box::new(error)))?;
                let prefix = Path::from_absolute_path(&directory).map_err(|error| Fault(Box::new(error)))?;
                // Flushed: the row that says that a file is there must not be the only thing a power cut leaves.
                let store = PrefixStore::new(LocalFileSystem::new().with_fsync(true), prefix);
                Ok(Self { store: Arc::new(store), directory: Some(directory), made: OnceLock::new() })
            }
        }
    }

    fn bucket(settings: &S3Settings) -> Result<Self, Fault> {
        // One by one: not every compatible store deletes many at once, and nothing here asks for it.
        let mut builder = AmazonS3Builder::new().with_bucket_name(&settings.bucket).with_disable_bulk_delete(true);
        if let Some(region) = &settings.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let (Some(id), Some(secret)) = (&settings.access_key_id, &settings.secret_access_key) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        }
        Ok(Self { store: Arc::new(builder.build().map_err(fault)?), directory: None, made: OnceLock::new() })
    }

    /// Makes the directory, open to its owner only, where it is not there.
    fn make_directory(&self) -> io::Result<()> {
        if let (Some(directory), None) = (&self.directory, self.made.get()) {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
            let _ = self.made.set(());
        }
        Ok(())
    }

    /// Stores bytes as they come. Nothing can be read under the key before the last one is there, and nothing is left
    /// where they do not come to their end.
    pub async fn put<E>(
        &self,
        key: &Key,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Stored, NotStored<E>> {
        self.make_directory().map_err(|error| NotStored::Fault(Fault(Box::new(error))))?;
        let mut upload: Option<Box<dyn MultipartUpload>> = None;
        let stored = self.put_parts(key, bytes, &mut upload).await;
        if let (Err(_), Some(mut upload)) = (&stored, upload)
            && let Err(error) = upload.abort().await
        {
            tracing::warn!(%error, key = %key.0, "parts of a file may be left");
        }
        stored
    }

    async fn put_parts<E>(
        &self,
        key: &Key,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
        upload: &mut Option<Box<dyn MultipartUpload>>,
    ) -> Result<Stored, NotStored<E>> {
        let broken = |error| NotStored::Fault(fault(error));
        let (mut sum, mut size) = (digest::Context::new(&digest::SHA256), 0);
        let mut waiting = BytesMut::new();
        let mut bytes = std::pin::pin!(bytes);
        while let Some(chunk) = bytes.try_next().await.map_err(NotStored::Cut)? {
            sum.update(&chunk);
            size += chunk.len() as u64;
            waiting.extend_from_slice(&chunk);
            // All parts but the last are of one size: some stores insist.
            while waiting.len() >= PART {
                let part = waiting.split_to(PART).freeze();
                let upload = match upload {
                    Some(upload) => upload,
                    None => upload.insert(self.store.put_multipart(&key.0).await.map_err(broken)?),
                };
                upload.put_part(part.into()).await.map_err(broken)?;
            }
        }
        match upload {
            None => {
                self.store.put(&key.0, waiting.freeze().into()).await.map_err(broken)?;
            }
            Some(upload) => {
                if !waiting.is_empty() {
                    upload.put_part(waiting.freeze().into()).await.map_err(broken)?;
                }
                upload.complete().await.map_err(broken)?;
            }
        }
        Ok(Stored { size, sha256: sum.finish().as_ref().to_vec() })
    }

    /// The bytes of a file; none where it is not there.
    pub async fn get(&self, key: &Key) -> Result<Option<BoxStream<'static, io::Result<Bytes>>>, Fault> {
        match self.store.get(&key.0).await {
            Ok(found) => Ok(Some(found.into_stream().map(|chunk| chunk.map_err(io::Error::other)).boxed())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Removes a file, and what an upload of it that broke off has left. That it is not there is fine.
    pub async fn remove(&self, key: &Key) -> Result<(), Fault> {
        match self.store.delete(&key.0).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(fault(error)),
        }
        let Some(directory) = &self.directory else { return Ok(()) };
        let path = directory.join(key.0.as_ref());
        let swept = tokio::task::spawn_blocking(move || sweep_beside(&path)).await;
        swept.map_err(|panic| Fault(Box::new(panic)))?.map_err(|error| Fault(Box::new(error)))
    }
}

/// Removes what is staged for a file of a directory: the same name, a mark and a number. A crash leaves it.
fn sweep_beside(path: &std::path::Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let staged = format!("{}#", name.to_string_lossy());
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&staged) {
            match std::fs::remove_file(entry.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}
