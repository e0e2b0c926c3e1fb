//! Logs and figures keep secrets, whatever the filter of the log says: the program at `trace`, a story full of canaries,
//! and a search for each of them in all that it wrote.

use std::{fmt::Write, time::Duration};

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::{
    members::{MANAGER, change},
    support::{Client, Program, Socket, charge_line, fresh_database, id, key_file, machine_time},
    webhooks::{by_id, create as create_endpoint},
};

const RIGHT: &str = "zqRightPassword-1";
const WRONG: &str = "zqWrongPassword-2";
const FIRST: &str = "zqFirstPassword-3";
const CHOSEN: &str = "zqChosenPassword-4";
const SIGN_IN: &str = "mutation($account: String!, $member: String, $password: String!) { signIn(input: { \
    accountName: $account, memberName: $member, password: $password }) { accessToken refreshToken \
    userErrors { code } } }";
const SET: &str = "mutation($id: ID!, $code: String) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
    amount: \"250\", exhaustionPolicy: AUTOMATIC, verificationCode: $code }) { userErrors { code } } }";
const PDF: &str = "%PDF-1.7\n1 0 obj\n<< /Title (zqContentOfAFile) >>\nendobj\n%%EOF\n";

/// What must not be found, and what it is.
#[derive(Default)]
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    /// Notes a canary and gives it back.
    fn note(&mut self, what: &'static str, text: impl Into<String>) -> String {
        let text = text.into();
        assert!(text.len() >= 6, "{what} {text} could be anything");
        self.0.push((what, text.clone()));
        text
    }

    fn note_text(&mut self, what: &'static str, value: &Value) -> String {
        self.note(what, value.as_str().unwrap_or_else(|| panic!("no {what}: {value}")))
    }

    fn found_in(&self, text: &str) -> Vec<String> {
        let bytes = |secret: &str, format: fn(u8) -> String, between: &str| {
            secret.bytes().map(format).collect::<Vec<_>>().join(between)
        };
        let mut found = Vec::new();
        for (what, secret) in &self.0 {
            let forms = [
                secret.clone(),
                percent_encoded(secret),
                bytes(secret, |byte| format!("{byte:02x}"), ""),
                bytes(secret, |byte| byte.to_string(), ", "),
            ];
            for form in forms {
                for (at, _) in text.match_indices(&form) {
                    if stands_alone(text, at, &form) {
                        let from = text[..at].rfind('\n').map_or(0, |line| line + 1);
                        let to = text[at..].find('\n').map_or(text.len(), |end| at + end);
                        found.push(format!("{what} {form} in {}", &text[from..to]));
                        break;
                    }
                }
            }
        }
        found
    }
}

/// Digits may be part of any longer number.
fn stands_alone(text: &str, at: usize, form: &str) -> bool {
    let is_word = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
    !form.bytes().all(|byte| byte.is_ascii_digit())
        || !is_word(text[..at].chars().next_back()) && !is_word(text[at + form.len()..].chars().next())
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => all.push(char::from(byte)),
            _ => write!(all, "%{byte:02X}").unwrap(),
        }
        all
    })
}

/// A program and what is said to it.
struct Story {
    program: Program,
    http: reqwest::Client,
    canaries: Canaries,
}

impl Story {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.program.address)
    }

    async fn sign_in(&mut self, account: &str, member: Value, password: &str) -> Client {
        let variables = json!({ "account": account, "member": member, "password": password });
        let answer = self.program.client(None).run(SIGN_IN, variables).await.data()["signIn"].clone();
        let mut client = self.program.client(Some(self.canaries.note_text("access token", &answer["accessToken"])));
        client.refresh_token = Some(self.canaries.note_text("refresh token", &answer["refreshToken"]));
        client
    }

    /// The first word of the newest message to an address: a code.
    async fn code(&mut self, to: &str) -> String {
        let message = self.program.newest_message(to).await;
        self.canaries.note("code", message.split_whitespace().next().unwrap())
    }

    /// Somebody signs up by a link, signs in, goes wrong, refreshes and signs out.
    async fn sessions(&mut self) {
        let partner = self.sign_in("reseller-1b", Value::Null, "demo-password").await;
        let made = change(&partner, "createInvitationLink", json!({ "method": "GENERAL_LINK" }), "invitation { code }");
        let link = self.canaries.note_text("invitation", &made.await["invitation"]["code"]);
        let email = self.canaries.note("e-mail", "zq.sign.up@canary.example");
        let stranger = self.program.client(None);
        change(&stranger, "sendSignUpCode", json!({ "code": link, "email": email }), "sentTo").await;
        let code = self.code(&email).await;
        let mut form = json!({
            "code": link, "accountName": "zq-account", "name": self.canaries.note("name", "Zq Canary Trading Ltd"),
            "email": email, "countryRegion": "sg", "password": RIGHT, "instructionsAccepted": true, "emailCode": "900000",
            "mobileNumber": self.canaries.note("mobile", "+6580004711"),
        });
        self.canaries.note("mobile without its mark", "6580004711");
        change(&stranger, "signUpCustomer", form.clone(), "accountName failures { cause }").await;
        form["emailCode"] = json!(code);
        let payload = change(&stranger, "signUpCustomer", form, "accountName failures { cause }").await;
        assert_eq!(payload["accountName"], "zq-account", "{payload}");
        for (account, password) in [("zq-account", WRONG), ("zq-nobody", WRONG)] {
            stranger.run(SIGN_IN, json!({ "account": account, "password": password })).await;
        }
        let client = self.sign_in("zq-account", Value::Null, RIGHT).await;
        let refresh = json!({ "refreshToken": client.refresh_token });
        let payload = change(&stranger, "refreshSession", refresh, "accessToken refreshToken").await;
        let newer = self.canaries.note_text("access token", &payload["accessToken"]);
        self.canaries.note_text("refresh token", &payload["refreshToken"]);
        client.with_token(&newer).ask("mutation { signOut { userErrors { code } } }").await;
        assert_eq!(client.with_token(&newer).run("{ viewer { currency } }", Value::Null).await.status, 401);
        // Twice: a theft, which is written down.
        let stolen = json!({ "refreshToken": self.sign_in("zq-account", Value::Null, RIGHT).await.refresh_token });
        for _ in 0..2 {
            let payload = change(&stranger, "refreshSession", stolen.clone(), "accessToken refreshToken").await;
            if payload["accessToken"].is_string() {
                self.canaries.note_text("access token", &payload["accessToken"]);
                self.canaries.note_text("refresh token", &payload["refreshToken"]);
            }
        }
    }

    /// Members, recipients and their data; reveals and searches; all by words of the client's.
    async fn personal_data(&mut self) {
        let client = self.sign_in("reseller-1a", Value::Null, "demo-password").await;
        let email = self.canaries.note("e-mail", "zq.member@canary.example");
        let created = change(
            &client,
            "createMember",
            json!({
                "username": "zqmember", "name": self.canaries.note("name", "Zq Member Canary"), "email": email,
                "mobileNumber": self.canaries.note("mobile", "+6580004712"), "roles": [MANAGER],
                "initialPassword": FIRST, "officePhone": self.canaries.note("phone", "+6560004713"),
            }),
            "member { id details { email(reveal: true) mobileNumber(reveal: true) } }",
        );
        assert_eq!(created.await["member"]["details"]["email"], email);
        let first =
            json!({ "accountName": "reseller-1a", "memberName": "zqmember", "password": FIRST, "newPassword": CHOSEN });
        change(&self.program.client(None), "changeInitialPassword", first, "accessToken").await;
        self.sign_in("reseller-1a", json!(email), CHOSEN).await;
        let recipients = json!({ "type": "SECURITY", "recipients": [{
            "name": self.canaries.note("name", "Zq Recipient Canary"),
            "email": self.canaries.note("e-mail", "zq.recipient@canary.example"),
            "mobileNumber": self.canaries.note("mobile", "+6580004714"),
        }] });
        change(&client, "setMessageRecipients", recipients, "__typename").await;

        let revealed = client
            .ask("{ customers(first: 3) { nodes { name(reveal: true) email(reveal: true) mobileNumber(reveal: true) } } }")
            .await;
        for customer in revealed["customers"]["nodes"].as_array().unwrap() {
            self.canaries.note_text("name", &customer["name"]);
            self.canaries.note_text("e-mail", &customer["email"]);
        }
        let searched = self.canaries.note("search", "zq.searched@canary.example");
        client
            .run(
                "query($f: CustomerFilter) { customers(filter: $f) { totalCount } }",
                json!({ "f": { "search": searched } }),
            )
            .await;
        let inline = format!("{{ customers(filter: {{ search: \"{searched}\" }}) {{ totalCount }} }}");
        client.ask(&inline).await;
        // The same, where it is wrong.
        for document in [
            inline.replace("totalCount", "zqUnknownField"),
            inline.replace("search:", "zqUnknownArgument:"),
            inline.replace(" }", " "),
            format!("{{ zqUnknownRoot(text: \"{searched}\") }}"),
            format!("{{ customer(id: \"{searched}\") {{ id }} }}"),
            format!("{{ events(after: \"{searched}\") {{ nodes {{ id }} }} }}"),
        ] {
            client.run(&document, Value::Null).await;
        }
        client
            .run("query($f: CustomerFilter) { customers(filter: $f) { totalCount } }", json!({ "f": searched }))
            .await;
    }

    /// Codes: right, wrong, used up.
    async fn codes(&mut self) {
        let client = self.sign_in("reseller-1a", Value::Null, "demo-password").await;
        change(&client, "sendVerificationCode", json!({ "operation": "SET_BUDGET" }), "sentTo").await;
        let code = self.code("office@reseller-1a.example").await;
        for guess in ["900001", &code, &code] {
            client.run(SET, json!({ "id": id("customer-1a4"), "code": guess })).await;
        }
        client.run(&SET.replace("$code }", &format!("\"{code}\" }}")), json!({ "id": id("customer-1a4") })).await;
    }

    /// A key of a request, a file, an export, an endpoint that nobody answers at.
    async fn files_and_endpoints(&mut self) {
        let client = self.sign_in("reseller-1a", Value::Null, "demo-password").await;
        let token = client.token.clone().unwrap();
        let key = self.canaries.note("key of a request", "zq-key-of-a-request-0001");
        let mutation = "mutation($type: MessageType!) { setMessageRecipients(input: { type: $type, recipients: [] }) { \
            userErrors { code } } }";
        let [one, other] =
            ["PARTNER_BUDGET", "SECURITY"].map(|of| json!({ "query": mutation, "variables": { "type": of } }));
        for body in [&one, &one, &other] {
            let asked = self.http.post(self.url("/graphql")).bearer_auth(&token).header("idempotency-key", &key);
            asked.json(body).send().await.unwrap().text().await.unwrap();
        }
        let name = self.canaries.note("name of a file", "zq-name-of-a-file.pdf");
        self.canaries.note("content of a file", "zqContentOfAFile");
        for (name, body) in
            [(name.as_str(), PDF), ("zq-name-of-a-file.exe", "zqContentOfAFile"), (&name, "zqContentOfAFile")]
        {
            let sent = self.http.post(self.url("/attachments")).query(&[("name", name)]).bearer_auth(&token).body(body);
            let answer: Value = sent.send().await.unwrap().json().await.unwrap();
            if let Some(id) = answer["attachment"]["id"].as_str() {
                let one =
                    client.run("query($id: ID!) { attachment(id: $id) { downloadUrl } }", json!({ "id": id })).await;
                self.follow(one.data()["attachment"]["downloadUrl"].as_str().unwrap()).await;
            }
        }
        let asked = change(&client, "exportCustomers", json!({ "format": "CSV" }), "export { id }").await;
        let one = json!({ "id": asked["export"]["id"] });
        for _ in 0..200 {
            let export = client.run("query($id: ID!) { export(id: $id) { downloadUrl } }", one.clone()).await.data();
            if let Some(link) = export["export"]["downloadUrl"].as_str() {
                self.follow(link).await;
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let owner = self.sign_in("distributor-1", Value::Null, "demo-password").await;
        let made = create_endpoint(&owner, "http://127.0.0.1:9/zq-path-of-an-endpoint?zq=zqQuery", Value::Null).await;
        self.canaries.note_text("secret of an endpoint", &made["secret"]);
        self.canaries.note("path of an endpoint", "zq-path-of-an-endpoint");
        by_id(&owner, "pingWebhook", &made["endpoint"]["id"], "__typename").await;
    }

    /// A link as it is, and a little wrong.
    async fn follow(&mut self, link: &str) {
        let signature = link.split("signature=").nth(1).unwrap_or_else(|| panic!("{link}")).split('&').next().unwrap();
        self.canaries.note("signature of a link", signature);
        for link in [link.to_owned(), link.replace("expires=", "expires=9"), format!("{link}x")] {
            self.http.get(self.url(&link)).send().await.unwrap().bytes().await.unwrap();
        }
    }

    /// A socket and an event stream, with events on them, and sockets that introduce themselves wrongly.
    async fn streams(&mut self) {
        let client = self.sign_in("reseller-1a", Value::Null, "demo-password").await;
        let mut socket = Socket::open(self.program.address, client.token.as_deref()).await;
        socket
            .subscribe(
                "1",
                "subscription { events { id ... on BudgetThresholdReached { customer { name(reveal: true) } } } }",
                Value::Null,
            )
            .await;
        let tail = json!({ "query": "subscription { events { id } }" });
        let asked = self.http.post(self.url("/graphql")).header("accept", "text/event-stream").json(&tail);
        let mut events = asked.bearer_auth(client.token.as_deref().unwrap()).send().await.unwrap().bytes_stream();
        events.next().await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let meter = self.sign_in("platform", json!("meter"), "demo-password").await;
        meter.record(&[charge_line("zq-charge-0001", "customer-1a1", "150", &machine_time())]).await;
        meter.record(&[charge_line("zq-charge-0001", "customer-1a1", "150", &machine_time())]).await;
        socket.event().await;
        events.next().await.unwrap().unwrap();
        let owner = self.sign_in("distributor-1", Value::Null, "demo-password").await;
        let tries = "{ webhookEndpoints { failedAttempts } }";
        while owner.ask(tries).await["webhookEndpoints"][0]["failedAttempts"] == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let guess = self.canaries.note("wrong token", "zqheader.zqclaims.zqsignature");
        for said in [
            json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {guess}") } }).to_string(),
            json!({ "type": "connection_init", "payload": { "authorization": guess } }).to_string(),
            format!("{{ \"type\": \"connection_init\", \"payload\": \"{guess}\" "),
            json!({ "type": "subscribe", "id": guess, "payload": { "query": guess } }).to_string(),
        ] {
            let mut socket = Socket::connect(self.program.address).await;
            socket.send_text(&said).await;
            socket.closed().await;
        }
    }

    /// Requests that are none.
    async fn malformed(&mut self) {
        let url = self.url("/graphql");
        let secret = self.canaries.note("secret in a body that cannot be read", "zq-secret-in-a-broken-body");
        let get = self.http.get(&url).query(&[("query", format!("{{ node(id: \"{secret}\") {{ id }} }}"))]);
        let json = "application/json";
        let post = |kind: &str, body: String| self.http.post(&url).header("content-type", kind).body(body);
        let asked = [
            get,
            self.http.get(&url).query(&[("query", "mutation { signOut { __typename } }"), ("variables", &secret)]),
            post(json, format!("{{ \"query\": \"{secret}")),
            post(json, format!("[\"{secret}\"]")),
            post(json, format!("{{ \"query\": 7, \"variables\": \"{secret}\" }}")),
            post(json, format!("{{ \"query\": \"{{ viewer {{ currency }} }}\", \"extensions\": \"{secret}\" }}")),
            post("text/plain", secret.clone()),
            post("application/x-www-form-urlencoded", format!("password={secret}")),
            self.http.put(&url).body(secret.clone()),
            self.http.get(self.url(&format!("/{secret}?token={secret}"))),
            self.http.post(self.url(&format!("/attachments?name={secret}"))).body(secret.clone()),
        ];
        for request in asked {
            request.send().await.unwrap().text().await.unwrap();
        }
        let basic = self.canaries.note("Basic", "enFhY2NvdW50OnpxcGFzc3dvcmQ");
        for header in [
            format!("Basic {basic}"),
            format!("Bearer {secret}"),
            secret.clone(),
            format!("Bearer {basic}.{basic}.{basic}"),
        ] {
            let body = json!({ "query": "{ viewer { currency } }" });
            let request = self.http.post(&url).header("authorization", &header).header("cookie", &secret).json(&body);
            request.send().await.unwrap().text().await.unwrap();
        }
    }
}

/// The secret part of a key file, in the forms in which it could be written.
fn note_key(canaries: &mut Canaries, file: &std::path::Path) {
    let document = std::fs::read(file).unwrap();
    let seed = document.windows(4).position(|four| four == [0x04, 0x22, 0x04, 0x20]).expect("a PKCS#8 of Ed25519") + 4;
    let seed = &document[seed..seed + 32];
    canaries.note("signing key", seed.iter().fold(String::new(), |all, byte| format!("{all}{byte:02x}")));
    canaries.note("signing key", seed.iter().map(u8::to_string).collect::<Vec<_>>().join(", "));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_written_whatever_the_filter_says() {
    let (database, key) = (fresh_database().await, key_file());
    // Nobody listens there: what cannot be delivered is written about.
    let settings = [
        ("PARTNER_CENTER_LOG__FILTER", "trace"),
        ("PARTNER_CENTER_METRICS_TOKEN", "zq-token-of-the-figures"),
        ("PARTNER_CENTER_SMTP__URL", "smtp://zqmailuser:zqmailpassword@127.0.0.1:9"),
        ("PARTNER_CENTER_SMTP__FROM", "Partner Center <zq.sender@canary.example>"),
        ("PARTNER_CENTER_SMS__URL", "http://127.0.0.1:9/zq-path-of-the-gateway"),
        ("PARTNER_CENTER_SMS__TOKEN", "zq-token-of-the-gateway"),
    ];
    let program = Program::start_with(&database, &key, &settings);
    let mut story = Story { program, http: reqwest::Client::new(), canaries: Canaries::default() };
    for password in [RIGHT, WRONG, FIRST, CHOSEN] {
        story.canaries.note("password", password);
    }
    for setting in ["zq-token-of-the-figures", "zqmailpassword", "zq.sender@canary.example", "zq-token-of-the-gateway"]
    {
        story.canaries.note("setting", setting);
    }
    note_key(&mut story.canaries, &key);
    story.sessions().await;
    story.personal_data().await;
    story.codes().await;
    story.files_and_endpoints().await;
    story.streams().await;
    story.malformed().await;
    let figures = story.http.get(story.url("/metrics")).bearer_auth("zq-token-of-the-figures").send().await.unwrap();
    let figures = figures.text().await.unwrap();
    let Story { program, canaries, .. } = story;
    let (said, logged) = program.end_and_tell().await;
    let _ = std::fs::remove_file(key);

    for told in [
        "signIn",
        "signUpCustomer",
        "exportCustomers",
        "upload attachment",
        "subscribed",
        "socket closed",
        "a message could not be delivered",
        "an event could not be delivered",
        "a refresh token was used twice",
    ] {
        assert!(logged.contains(told), "the story was told: {told} in {logged}");
    }
    assert!(figures.contains("partner_center_requests_total{operation=\"mutation signIn\""), "{figures}");
    let mut found = canaries.found_in(&said);
    found.extend(canaries.found_in(&logged));
    // Figures are in labels; numbers behind them are numbers.
    let labels: Vec<&str> =
        figures.lines().map(|line| line.rsplit_once(' ').map_or(line, |(label, _)| label)).collect();
    found.extend(canaries.found_in(&labels.join("\n")));
    assert!(found.is_empty(), "{} were found:\n{}", found.len(), found.join("\n"));
    assert!(!figures.contains("zq") && !logged.contains("zqUnknown"), "names of clients': {figures}");
}
