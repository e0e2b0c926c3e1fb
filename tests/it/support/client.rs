//! A GraphQL client over HTTP.

use serde_json::{Value, json};

/// A client, signed in or not.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    pub token: Option<String>,
    pub refresh_token: Option<String>,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// The mutation that records charges.
pub const RECORD_CHARGES: &str = "mutation($charges: [ChargeInput!]!) { recordCharges(input: { charges: $charges }) \
    { recorded duplicates rejected { chargeId error { code message field } } userErrors { code message } } }";

impl Client {
    pub fn new(http: reqwest::Client, base: String, token: Option<String>) -> Self {
        Self { http, base, token, refresh_token: None }
    }

    /// The same client with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Sends an operation with variables.
    pub async fn run(&self, query: &str, variables: Value) -> Answer {
        self.try_run(query, variables).await.expect("the server answers")
    }

    /// The same with a server that may be gone.
    pub async fn try_run(&self, query: &str, variables: Value) -> Option<Answer> {
        self.try_send(&json!({ "query": query, "variables": variables })).await
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: &Value) -> Answer {
        self.try_send(request).await.expect("the server answers")
    }

    async fn try_send(&self, request: &Value) -> Option<Answer> {
        let mut request = self
            .http
            .post(format!("{}/graphql", self.base))
            .header("accept", "application/graphql-response+json")
            .json(request);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON ({status}): {text}"));
        Some(Answer { status, body })
    }

    /// Sends an operation without variables and returns its data.
    pub async fn ask(&self, query: &str) -> Value {
        self.run(query, Value::Null).await.data()
    }

    /// Records charges.
    pub async fn record(&self, lines: &[Value]) -> Value {
        self.run(RECORD_CHARGES, json!({ "charges": lines })).await.data()["recordCharges"].clone()
    }
}

impl Answer {
    /// The data of an answer without errors.
    pub fn data(self) -> Value {
        assert!(self.body.get("errors").is_none(), "{}", self.body);
        self.body["data"].clone()
    }

    /// The code of the first top-level error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error: {}", self.body))
    }
}
