//! Verification codes at the API.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::types::{CriticalOperation, VerificationChannel};

use super::commands::Send;
use crate::{
    access::mask,
    graphql::{
        context::Asking,
        errors::{UserError, settle},
    },
};

/// Asking for a code.
#[derive(InputObject)]
struct SendVerificationCodeInput {
    /// For which operation; the code is good for no other.
    operation: CriticalOperation,
    /// How it is sent.
    #[graphql(default_with = "Some(VerificationChannel::Email)")]
    channel: Option<VerificationChannel>,
}

/// Where a code was sent, or why not.
#[derive(SimpleObject, Default)]
struct SendVerificationCodePayload {
    /// The address or number, masked.
    sent_to: Option<String>,
    /// Until when the code is good.
    expires_at: Option<DateTime<Utc>>,
    /// What to mend.
    user_errors: Vec<UserError>,
}

/// The verification mutations.
#[derive(Default)]
pub struct VerificationMutation;

#[Object]
impl VerificationMutation {
    /// Sends the acting member a code for one operation: 6 digits, good for 5 minutes, 5 tries and one use.
    async fn send_verification_code(
        &self,
        ctx: &Context<'_>,
        input: SendVerificationCodeInput,
    ) -> async_graphql::Result<SendVerificationCodePayload> {
        let (app, viewer) = (ctx.app(), ctx.viewer()?);
        let channel = input.channel.unwrap_or(VerificationChannel::Email);
        let command = Send { viewer: viewer.clone(), operation: input.operation, channel, key: app.code_key.clone() };
        Ok(match settle(app.store.execute(command).await)? {
            Ok(sent) => SendVerificationCodePayload {
                sent_to: Some(match channel {
                    VerificationChannel::Email => mask::email(&sent.to),
                    VerificationChannel::Sms => mask::mobile_number(&sent.to),
                }),
                expires_at: Some(sent.expires_at.to_datetime()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => SendVerificationCodePayload { user_errors, ..Default::default() },
        })
    }
}
