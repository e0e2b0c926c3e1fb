//! Attachments: files taken in by what they are, kept outside the database, given out by links.

use std::{path::Path, time::Duration};

use entities::{attachment, types::AttachmentId};
use futures_util::{StreamExt, future::join_all, stream};
use partner_center::{
    access::Viewer,
    attachments::{
        AttachmentSettings,
        commands::{claim_in, let_go_in},
        formats::Format,
        queries::of_applications,
        rules::Slot,
    },
    outcome::{Error, Outcome},
    store::{Command, Tx},
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use uuid::Uuid;

use crate::support::{Bucket, Client, Server, story, story_with};

pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
const ATTACHMENT: &str =
    "query($id: ID!) { attachment(id: $id) { id name mediaType size createdAt slot downloadUrl } }";
const DELETE: &str =
    "mutation($id: ID!) { deleteAttachment(input: { id: $id }) { deletedId userErrors { code field message } } }";

/// Uploads a body; returns the status and what was answered.
async fn post(server: &Server, client: &Client, name: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let request = server.http.post(server.url("/attachments")).query(&[("name", name)]).body(body);
    let response = request.bearer_auth(client.token.as_deref().unwrap()).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

pub async fn upload(server: &Server, client: &Client, name: &str, body: impl Into<reqwest::Body>) -> String {
    let (status, answer) = post(server, client, name, body).await;
    assert_eq!(status, 201, "{answer}");
    answer["attachment"]["id"].as_str().unwrap().to_owned()
}

async fn link(client: &Client, id: &str) -> String {
    let answer = client.run(ATTACHMENT, json!({ "id": id })).await.data();
    answer["attachment"]["downloadUrl"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn get(server: &Server, link: &str) -> reqwest::Response {
    server.http.get(server.url(link)).send().await.unwrap()
}

async fn rows(server: &Server) -> u64 {
    attachment::Entity::find().count(server.app.store.reader()).await.unwrap()
}

async fn row(server: &Server, id: &str) -> attachment::Model {
    let id: AttachmentId = id.parse().unwrap();
    attachment::Entity::find_by_id(id).one(server.app.store.reader()).await.unwrap().unwrap()
}

/// How many files there are in the server's directory, those on their way too.
pub fn files(server: &Server) -> usize {
    files_in(&server.app.settings.files.directory)
}

/// The same for any directory.
pub fn files_in(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { files_in(&path) } else { 1 }).sum()
}

async fn nothing_is_left(server: &Server) {
    assert_eq!((rows(server).await, files(server)), (0, 0));
}

/// A PDF of this many bytes that do not repeat.
pub fn large(bytes: usize) -> Vec<u8> {
    let mut content = b"%PDF-1.7\n".to_vec();
    content.extend((0_u64..).flat_map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()).take(bytes));
    content.truncate(bytes);
    content
}

/// R-BLD-49: what was uploaded is what is downloaded, by whoever holds the link, and saved by a browser rather than shown.
#[tokio::test]
async fn a_file_comes_back_as_it_went() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        // Beyond two parts, so that it is put together.
        let content = large(11 * 1024 * 1024);
        let id = upload(&server, &client, "Größe 計画 (1).pdf", content.clone()).await;
        let found = client.run(ATTACHMENT, json!({ "id": id })).await.data()["attachment"].clone();
        assert_eq!(found["name"], "Größe 計画 (1).pdf");
        assert_eq!(
            (&found["mediaType"], &found["size"], &found["slot"]),
            (&json!("application/pdf"), &json!(content.len()), &Value::Null)
        );
        let stored = row(&server, &id).await;
        let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &content);
        assert_eq!(stored.sha256.as_deref(), Some(sum.as_ref()));

        let response = get(&server, found["downloadUrl"].as_str().unwrap()).await;
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "application/pdf");
        assert_eq!(headers["content-length"], content.len().to_string());
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["content-security-policy"], "sandbox; default-src 'none'");
        assert_eq!(
            headers["content-disposition"],
            "attachment; filename=\"Gr%C3%B6%C3%9Fe %E8%A8%88%E7%94%BB (1).pdf\"; \
             filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E8%A8%88%E7%94%BB%20%281%29.pdf"
        );
        assert!(response.bytes().await.unwrap() == content);

        let deleted = client.run(DELETE, json!({ "id": id })).await.data()["deleteAttachment"].clone();
        assert_eq!(deleted, json!({ "deletedId": id, "userErrors": [] }));
        nothing_is_left(&server).await;
        server
    })
    .await;
}

/// R-BLD-49, R-BEN-17: content that is not what the name says, and what is not taken at all, leaves nothing.
#[tokio::test]
async fn wrong_content_under_a_right_name_is_refused() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let script = b"<html><script>alert(1)</script></html>".to_vec();
        for (name, content, code) in [
            ("plan.pdf", script.clone(), "INVALID_ATTACHMENT"),
            ("plan.pdf", b"MZ\x90\0 a program".to_vec(), "INVALID_ATTACHMENT"),
            ("plan.pdf", Vec::new(), "INVALID_ATTACHMENT"),
            ("plan.docx", b"PK\x03\x04 an archive, but no document".to_vec(), "INVALID_ATTACHMENT"),
            ("plan.png", PDF.to_vec(), "INVALID_ATTACHMENT"),
            ("page.html", script, "INVALID_ATTACHMENT"),
            ("notes.txt", b"text".to_vec(), "INVALID_ATTACHMENT"),
            ("../../plan.pdf", PDF.to_vec(), "INVALID_ATTACHMENT"),
            ("plan\u{202E}fdp.pdf", PDF.to_vec(), "INVALID_ATTACHMENT"),
        ] {
            let (status, answer) = post(&server, &client, name, content).await;
            assert_eq!((status, &answer["userErrors"][0]["code"]), (422, &json!(code)), "{name}: {answer}");
            assert_eq!(answer["attachment"], Value::Null);
        }
        nothing_is_left(&server).await;
        server
    })
    .await;
}

/// R-BLD-85: whether a client says how much will come or not, more than may be is refused, and leaves nothing.
#[tokio::test]
async fn a_stream_that_is_too_large_leaves_nothing() {
    let small = |settings: &mut partner_center::config::Settings| settings.attachments.max_bytes = 200_000;
    story_with(small, |server| async move {
        let client = server.sign_in("csp-1").await;
        let (status, answer) = post(&server, &client, "plan.pdf", large(200_001)).await;
        assert_eq!((status, &answer["userErrors"][0]["code"]), (413, &json!("ATTACHMENT_TOO_LARGE")), "{answer}");
        let chunks = large(400_000).chunks(50_000).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let unmeasured = || reqwest::Body::wrap_stream(stream::iter(chunks.clone()).map(Ok::<_, std::io::Error>));
        let (status, answer) = post(&server, &client, "plan.pdf", unmeasured()).await;
        assert_eq!((status, &answer["userErrors"][0]["code"]), (413, &json!("ATTACHMENT_TOO_LARGE")), "{answer}");
        nothing_is_left(&server).await;
        upload(&server, &client, "plan.pdf", large(200_000)).await;
        server
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let mut connection = TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST /attachments?name=plan.pdf HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 9000000\r\n\r\n",
            client.token.as_deref().unwrap()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(&large(6 * 1024 * 1024)).await.unwrap();
        server.until("a part of it is stored", || async { rows(&server).await == 1 && files(&server) == 1 }).await;
        drop(connection);
        server.until("nothing is left", || async { rows(&server).await == 0 && files(&server) == 0 }).await;
        server
    })
    .await;
}

#[tokio::test]
async fn only_signed_links_lead_to_files_and_only_for_minutes() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let (one, other) = (upload(&server, &client, "a.pdf", PDF).await, upload(&server, &client, "b.pdf", PDF).await);
        let good = link(&client, &one).await;
        assert_eq!(get(&server, &good).await.status(), 200);

        let later = good.replace("expires=", "expires=9");
        let (cut, path) = (&good[..good.len() - 1], good.split('?').next().unwrap());
        let exported = good.replace("/attachments/", "/exports/");
        for forged in [good.replace(&one, &other), later, cut.to_owned(), path.to_owned(), exported] {
            let response = get(&server, &forged).await;
            assert_eq!(response.status(), 404, "{forged}");
            assert!(response.text().await.unwrap().contains("not one that was given out here"));
        }
        server.app.store.clock().advance(Duration::from_secs(10 * 60));
        let response = get(&server, &good).await;
        assert_eq!(response.status(), 410);
        assert_eq!(response.text().await.unwrap(), "the link has expired: ask for a new one");

        let gone = link(&client, &one).await;
        client.run(DELETE, json!({ "id": one })).await.data();
        assert_eq!(get(&server, &gone).await.status(), 410);
        server
    })
    .await;
}

/// R-CORE-01: another account's file does not exist.
#[tokio::test]
async fn another_accounts_file_does_not_exist() {
    story(|server| async move {
        let id = upload(&server, &server.sign_in("reseller-1a").await, "plan.pdf", PDF).await;
        let nowhere = "att_00000000000000000000000000";
        for who in ["reseller-1b", "distributor-1", "csp-1", "customer-1a1", "platform"] {
            let client = server.sign_in(who).await;
            assert_eq!(client.run(ATTACHMENT, json!({ "id": id })).await.data()["attachment"], Value::Null, "{who}");
            let delete =
                async |id: &str| client.run(DELETE, json!({ "id": id })).await.body.to_string().replace(id, "X");
            assert_eq!(delete(&id).await, delete(nowhere).await, "{who}");
        }
        assert!(row(&server, &id).await.removed_at.is_none());
        server
    })
    .await;
}

#[tokio::test]
async fn foreign_pages_and_strangers_upload_nothing() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let token = client.token.clone().unwrap();
        let request = || server.http.post(server.url("/attachments?name=plan.pdf")).body(PDF);
        let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
        assert_eq!(status(request()).await, 401);
        assert_eq!(status(request().bearer_auth("made.up.token")).await, 401);
        let signed = || request().bearer_auth(&token);
        assert_eq!(status(signed().header("origin", "https://elsewhere.example")).await, 403);
        for form in ["multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded"] {
            assert_eq!(status(signed().header("content-type", form)).await, 415, "{form}");
        }
        let nameless = server.http.post(server.url("/attachments")).bearer_auth(&token).body(PDF);
        assert_eq!(status(nameless).await, 400);
        nothing_is_left(&server).await;
        assert_eq!(
            status(signed().header("origin", server.url("")).header("content-type", "application/pdf")).await,
            201
        );
        server
    })
    .await;
}

/// However many come at once, an account has no more files that no application has claimed than it may.
#[tokio::test]
async fn nobody_fills_the_store() {
    let few = |settings: &mut partner_center::config::Settings| {
        settings.attachments = AttachmentSettings { max_bytes: 100_000, free_files: 3, free_bytes: 150_000 };
    };
    story_with(few, |server| async move {
        let client = server.sign_in("csp-1").await;
        let at_once = join_all((0..8).map(|_| post(&server, &client, "plan.pdf", PDF))).await;
        let mut statuses: Vec<u16> = at_once.into_iter().map(|(status, _)| status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 201, 429, 429, 429, 429, 429]);
        assert_eq!((rows(&server).await, files(&server)), (3, 3));

        // Another account's room is its own; bytes count, too.
        let other = server.sign_in("reseller-1a").await;
        upload(&server, &other, "plan.pdf", large(100_000)).await;
        let (status, answer) = post(&server, &other, "plan.pdf", large(50_001)).await;
        assert_eq!((status, &answer["userErrors"][0]["code"]), (429, &json!("TOO_MANY_REQUESTS")), "{answer}");
        upload(&server, &other, "plan.pdf", large(50_000)).await;
        server
    })
    .await;
}

const SLOTS: &[Slot] = &[
    Slot { name: "plan", required: true, max_files: 1, max_bytes: 50_000_000, formats: &[Format::Pdf] },
    Slot { name: "photos", required: false, max_files: 2, max_bytes: 50_000_000, formats: &[Format::Png] },
];

/// What an area does that submits an application.
struct Submit {
    viewer: Viewer,
    application: Uuid,
    given: Vec<(&'static str, AttachmentId)>,
}

impl Command for Submit {
    type Output = Vec<attachment::Model>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        claim_in(tx, &self.viewer, self.application, &self.given, SLOTS).await
    }
}

struct Withdraw(Uuid);

impl Command for Withdraw {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        Ok(let_go_in(tx, self.0).await?)
    }
}

async fn viewer(server: &Server, account: &str) -> Viewer {
    let app = &server.app;
    let found = partner_center::accounts::queries::identity_by_name(app.store.reader(), account, None).await;
    found.unwrap().unwrap().into_viewer(&app.sign_in.roles, None, app.store.clock().now()).unwrap()
}

async fn submit(
    server: &Server,
    who: &str,
    application: u128,
    given: &[(&'static str, &str)],
) -> Result<Vec<String>, Vec<String>> {
    let viewer = viewer(server, who).await;
    let given = given.iter().map(|(slot, id)| (*slot, id.parse().unwrap())).collect();
    let application = Uuid::from_u128(application);
    match server.app.store.execute(Submit { viewer, application, given }).await {
        Ok(rows) => Ok(rows.into_iter().map(|row| row.id.to_string()).collect()),
        Err(Error::Refused(refusals)) => {
            Err(refusals.into_iter().map(|refusal| format!("{:?} {}", refusal.code, refusal.field.join("."))).collect())
        }
        Err(Error::Fault(fault)) => panic!("{}", fault.0),
    }
}

async fn of_application(server: &Server, application: u128) -> Vec<(String, String)> {
    let application = Uuid::from_u128(application);
    let mut found = of_applications(server.app.store.reader(), &[application]).await.unwrap();
    let rows = found.remove(&application).unwrap_or_default();
    rows.into_iter().map(|row| (row.slot.unwrap(), row.id.to_string())).collect()
}

/// R-BLD-49, R-BLD-84, R-BEN-17: an application claims files of its own account that fit its slots, all or none.
#[tokio::test]
async fn an_application_claims_what_fits_its_slots() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice();
        let (plan, photo) =
            (upload(&server, &client, "a.pdf", PDF).await, upload(&server, &client, "b.png", png).await);
        let (second, foreign) = (
            upload(&server, &client, "c.pdf", PDF).await,
            upload(&server, &server.sign_in("reseller-1a").await, "d.pdf", PDF).await,
        );
        let nowhere = "att_00000000000000000000000000";
        let refused = |errors: &[&str]| Err(errors.iter().map(|error| (*error).to_owned()).collect::<Vec<_>>());
        for (given, errors) in [
            (vec![("plan", foreign.as_str())], refused(&["NotFound attachments.0"])),
            (vec![("plan", plan.as_str()), ("photos", nowhere)], refused(&["NotFound attachments.1"])),
            (vec![("photos", photo.as_str())], refused(&["InvalidAttachment attachments"])),
            (vec![("plan", photo.as_str())], refused(&["InvalidAttachment attachments.0"])),
            (
                vec![("plan", plan.as_str()), ("elsewhere", photo.as_str())],
                refused(&["InvalidAttachment attachments.1"]),
            ),
            (vec![("plan", plan.as_str()), ("plan", second.as_str())], refused(&["InvalidAttachment attachments"])),
            (vec![("plan", plan.as_str()), ("plan", plan.as_str())], refused(&["InvalidAttachment attachments.1"])),
        ] {
            assert_eq!(submit(&server, "csp-1", 1, &given).await, errors, "{given:?}");
            assert_eq!(of_application(&server, 1).await, []);
        }

        let both = [("plan", plan.as_str()), ("photos", photo.as_str())];
        assert_eq!(submit(&server, "csp-1", 1, &both).await, Ok(vec![plan.clone(), photo.clone()]));
        let of = |slot: &str, id: &str| (slot.to_owned(), id.to_owned());
        assert_eq!(of_application(&server, 1).await, [of("photos", &photo), of("plan", &plan)]);
        // Another application does not get it, nor can it be deleted; the same one may go on with it.
        assert_eq!(submit(&server, "csp-1", 2, &[("plan", &plan)]).await, refused(&["Conflict attachments.0"]));
        let deleted = client.run(DELETE, json!({ "id": plan })).await.data()["deleteAttachment"].clone();
        assert_eq!(deleted["userErrors"][0]["code"], "CONFLICT");
        let shown = client.run(ATTACHMENT, json!({ "id": plan })).await.data();
        assert_eq!(shown["attachment"]["slot"], "plan");
        // What is no longer given is free again.
        assert_eq!(submit(&server, "csp-1", 1, &[("plan", &plan)]).await, Ok(vec![plan.clone()]));
        assert_eq!(of_application(&server, 1).await, [of("plan", &plan)]);
        assert!(row(&server, &photo).await.free_since.is_some());
        server.app.store.execute(Withdraw(Uuid::from_u128(1))).await.unwrap_or_else(|_| panic!("refused"));
        assert_eq!(submit(&server, "csp-1", 2, &[("plan", &plan)]).await, Ok(vec![plan.clone()]));
        server
    })
    .await;
}

/// Two applications at once: one gets the file.
#[tokio::test]
async fn a_file_is_claimed_once() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let plan = upload(&server, &client, "a.pdf", PDF).await;
        let given = [("plan", plan.as_str())];
        let claims = join_all((1..=6).map(|application| submit(&server, "csp-1", application, &given))).await;
        assert_eq!(claims.iter().filter(|claim| claim.is_ok()).count(), 1, "{claims:?}");
        server
    })
    .await;
}

/// After a day, what no application has is gone, with what a crash has left in the middle; what one has stays.
#[tokio::test]
async fn what_nobody_claims_is_gone_after_a_day() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let (claimed, free) =
            (upload(&server, &client, "a.pdf", PDF).await, upload(&server, &client, "b.pdf", PDF).await);
        submit(&server, "csp-1", 1, &[("plan", &claimed)]).await.unwrap();
        // As a crash leaves an upload: a row without its bytes, and a part of them under a name of their own.
        let settings = server.app.settings.attachments;
        let reserve = partner_center::attachments::commands::Reserve {
            viewer: std::sync::Arc::new(viewer(&server, "csp-1").await),
            name: "c.pdf".to_owned(),
            format: Format::Pdf,
            bytes: 1_000,
            settings,
        };
        let broken = server.app.store.execute(reserve).await.unwrap_or_else(|_| panic!("refused"));
        let uuid = broken.id.uuid().simple().to_string();
        let folder = server.app.settings.files.directory.join("attachments").join(&uuid[uuid.len() - 2..]);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{uuid}#1")), b"%PDF-1.7 and no end").unwrap();
        assert_eq!((rows(&server).await, files(&server)), (3, 3));
        assert_eq!(
            client.run(ATTACHMENT, json!({ "id": broken.id.to_string() })).await.data()["attachment"],
            Value::Null
        );

        server.app.store.clock().advance(Duration::from_secs(25 * 3_600));
        server.until("the sweep has run", || async { rows(&server).await == 1 && files(&server) == 1 }).await;
        assert_eq!(row(&server, &claimed).await.slot.as_deref(), Some("plan"));
        let client = server.sign_in("csp-1").await;
        assert_eq!(get(&server, &link(&client, &claimed).await).await.bytes().await.unwrap(), PDF);
        assert_eq!(client.run(ATTACHMENT, json!({ "id": free })).await.data()["attachment"], Value::Null);
        server
    })
    .await;
}

/// An S3-compatible store serves as well as a directory, and nothing is left in it either.
#[tokio::test]
async fn files_are_kept_in_a_bucket_by_setting() {
    let bucket = Bucket::start().await;
    let s3 = bucket.settings();
    let settings = |settings: &mut partner_center::config::Settings| {
        settings.files.s3 = Some(s3);
        settings.attachments.max_bytes = 12_000_000;
    };
    story_with(settings, |server| async move {
        let client = server.sign_in("csp-1").await;
        let content = large(11_000_000);
        let (parts, whole) =
            (upload(&server, &client, "a.pdf", content.clone()).await, upload(&server, &client, "b.pdf", PDF).await);
        let (objects, open) = bucket.holds();
        assert_eq!((objects.len(), open, files(&server)), (2, 0, 0));
        assert!(objects.iter().all(|key| key.starts_with("attachments/")), "{objects:?}");
        assert!(get(&server, &link(&client, &parts).await).await.bytes().await.unwrap() == content);
        assert_eq!(get(&server, &link(&client, &whole).await).await.bytes().await.unwrap(), PDF);
        // Cut off behind its first parts.
        let chunks = large(12_000_001).chunks(1_000_000).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let unmeasured = reqwest::Body::wrap_stream(stream::iter(chunks).map(Ok::<_, std::io::Error>));
        assert_eq!(post(&server, &client, "c.pdf", unmeasured).await.0, 413);
        for id in [parts, whole] {
            client.run(DELETE, json!({ "id": id })).await.data();
        }
        assert_eq!((bucket.holds(), rows(&server).await), ((Vec::new(), 0), 0));
        server
    })
    .await;
}
