//! Somebody else's store: as much of S3 as files need, in memory.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use partner_center::files::S3Settings;
use tokio::{net::TcpListener, task::JoinHandle};

#[derive(Default)]
struct Shelf {
    objects: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    begun: u32,
}

type Shared = Arc<Mutex<Shelf>>;

/// The store.
pub struct Bucket {
    endpoint: String,
    shelf: Shared,
    running: JoinHandle<()>,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.running.abort();
    }
}

const ETAG: [(&str, &str); 1] = [("etag", "\"tag\"")];

async fn serve(
    State(shelf): State<Shared>,
    method: Method,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let signed =
        headers.get("authorization").is_some_and(|value| value.to_str().unwrap().contains("Credential=the-key/"));
    if !signed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut shelf = shelf.lock().unwrap();
    let key = uri.path().trim_start_matches("/the-bucket/").to_owned();
    let upload = query.get("uploadId").cloned();
    match (method.as_str(), upload) {
        ("POST", None) => {
            shelf.begun += 1;
            let id = shelf.begun.to_string();
            shelf.uploads.insert(id.clone(), BTreeMap::new());
            format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>")
                .into_response()
        }
        ("PUT", Some(id)) => {
            let number = query["partNumber"].parse().unwrap();
            shelf.uploads.get_mut(&id).unwrap().insert(number, body.to_vec());
            ETAG.into_response()
        }
        ("POST", Some(id)) => {
            let parts = shelf.uploads.remove(&id).unwrap();
            shelf.objects.insert(key, parts.into_values().flatten().collect());
            "<CompleteMultipartUploadResult><ETag>tag</ETag></CompleteMultipartUploadResult>".into_response()
        }
        ("DELETE", Some(id)) => {
            shelf.uploads.remove(&id);
            StatusCode::NO_CONTENT.into_response()
        }
        ("PUT", None) => {
            shelf.objects.insert(key, body.to_vec());
            ETAG.into_response()
        }
        ("DELETE", None) => {
            shelf.objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => match shelf.objects.get(&key) {
            Some(object) => {
                let headers = [("etag", "\"tag\""), ("last-modified", "Sat, 21 Nov 2026 00:00:00 GMT")];
                (headers, object.clone()).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

impl Bucket {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shelf = Shared::default();
        let router = Router::new().fallback(serve).layer(DefaultBodyLimit::disable()).with_state(shelf.clone());
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, shelf, running }
    }

    pub fn settings(&self) -> S3Settings {
        S3Settings {
            bucket: "the-bucket".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            region: Some("eu-west-1".to_owned()),
            access_key_id: Some("the-key".to_owned()),
            secret_access_key: Some("the-secret".to_owned()),
        }
    }

    /// The stored objects, and the uploads that have not ended.
    pub fn holds(&self) -> (Vec<String>, usize) {
        let shelf = self.shelf.lock().unwrap();
        (shelf.objects.keys().cloned().collect(), shelf.uploads.len())
    }
}
