//! Carriers: what takes messages out of the program.

use std::time::Duration;

use entities::{message, types::VerificationChannel};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    config::{Settings, SmtpSettings},
    outcome::Fault,
};

/// How long a gateway may take to accept a text message.
const SMS_TIMEOUT: Duration = Duration::from_secs(10);

/// A gateway for text messages: takes `{"to", "text"}` as JSON by POST and answers 2xx once it has taken it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// Its address.
    pub url: String,
    /// What it asks for as `Authorization: Bearer …`.
    pub token: Option<String>,
}

/// The carriers that are set.
pub struct Carriers {
    mail: Option<MailCarrier>,
    sms: Option<SmsGateway>,
}

impl Carriers {
    /// From the settings. None is contacted yet.
    pub fn load(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self {
            mail: settings.smtp.as_ref().map(MailCarrier::new).transpose()?,
            sms: settings.sms.as_ref().map(SmsGateway::new).transpose()?,
        })
    }

    /// What they can carry; what nobody carries waits in the outbox.
    pub fn channels(&self) -> Vec<VerificationChannel> {
        let mail = self.mail.as_ref().map(|_| VerificationChannel::Email);
        let sms = self.sms.as_ref().map(|_| VerificationChannel::Sms);
        mail.into_iter().chain(sms).collect()
    }

    /// Hands a message over, with the outbox id, by which a receiver can tell a second delivery.
    pub(super) async fn carry(&self, message: &message::Model) -> Result<(), Fault> {
        let none = || Fault::because(format!("nobody carries messages by {}", message.channel.word()));
        match message.channel {
            VerificationChannel::Email => self.mail.as_ref().ok_or_else(none)?.carry(message).await,
            VerificationChannel::Sms => self.sms.as_ref().ok_or_else(none)?.carry(message).await,
        }
    }
}

struct MailCarrier {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl MailCarrier {
    fn new(settings: &SmtpSettings) -> Result<Self, Fault> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url)
            .map_err(|error| Fault::because(format!("smtp.url: {error}")))?
            .build();
        let from = settings.from.parse().map_err(|error| Fault::because(format!("smtp.from: {error}")))?;
        Ok(Self { transport, from })
    }

    async fn carry(&self, message: &message::Model) -> Result<(), Fault> {
        let to: Mailbox = message.recipient.parse().map_err(|_| Fault::because("the address is not valid"))?;
        let mail = Mail::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&message.subject)
            .message_id(Some(format!("<{}@partner-center>", message.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(message.body.clone())
            .map_err(|error| Fault(Box::new(error)))?;
        self.transport.send(mail).await.map_err(|error| Fault(Box::new(error)))?;
        Ok(())
    }
}

struct SmsGateway {
    http: reqwest::Client,
    url: reqwest::Url,
    token: Option<String>,
}

impl SmsGateway {
    fn new(settings: &SmsSettings) -> Result<Self, Fault> {
        let url = settings.url.parse().map_err(|error| Fault::because(format!("sms.url: {error}")))?;
        let http = reqwest::Client::builder()
            .timeout(SMS_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Fault(Box::new(error)))?;
        Ok(Self { http, url, token: settings.token.clone() })
    }

    async fn carry(&self, message: &message::Model) -> Result<(), Fault> {
        let mut request = self
            .http
            .post(self.url.clone())
            .header("idempotency-key", message.id.to_string())
            .json(&json!({ "to": message.recipient, "text": message.body }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        // The address of the gateway may hold what is nobody's business.
        let answer = request.send().await.map_err(|error| Fault(Box::new(error.without_url())))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Fault::because(format!("the gateway answered {}", status.as_u16()))),
        }
    }
}
