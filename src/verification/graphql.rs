//! Verification codes at the API.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::types::{CriticalOperation, VerificationChannel, VerificationPolicy};

use super::commands::{Send, Switch};
use crate::{
    access::mask,
    feed::AccessChange,
    graphql::{
        context::Asking,
        errors::{UserError, settle},
    },
    outcome::Outcome,
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

/// A critical operation and when it asks for a verification code.
#[derive(SimpleObject)]
struct RegisteredOperation {
    /// The operation.
    operation: CriticalOperation,
    /// When it asks.
    policy: VerificationPolicy,
    /// Whether it would ask the viewer now. Setting a budget asks anyway where the system is to freeze (R-CORE-27).
    asks_now: bool,
}

/// The verification queries.
#[derive(Default)]
pub struct VerificationQuery;

#[Object]
impl VerificationQuery {
    /// The register of critical operations, as far as accounts of the viewer's kind have them (Q-SUP-04).
    async fn critical_operations(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<RegisteredOperation>> {
        let account = &ctx.viewer()?.account;
        let register = &ctx.app().codes.register;
        let own = register.entries().iter().filter(|entry| entry.kinds.contains(&account.kind));
        Ok(own
            .map(|entry| RegisteredOperation {
                operation: entry.operation,
                policy: entry.policy,
                asks_now: entry.asks(account.verification_enabled),
            })
            .collect())
    }
}

/// Switching the verification function.
#[derive(InputObject)]
struct SetVerificationFunctionInput {
    /// On or off.
    enabled: bool,
    /// A code for SWITCH_VERIFICATION_OFF; needed to switch it off.
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// The function as it is, or why it was not switched.
#[derive(SimpleObject, Default)]
struct SetVerificationFunctionPayload {
    /// On or off.
    enabled: Option<bool>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

async fn switch(ctx: &Context<'_>, input: SetVerificationFunctionInput) -> Outcome<bool> {
    let (app, viewer) = (ctx.app(), ctx.acting()?);
    let operation = CriticalOperation::SwitchVerificationOff;
    let code = app.codes.check(&app.store, viewer, operation, input.verification_code, &ctx.origin()).await?;
    let enabled = input.enabled;
    app.store.execute(Switch { viewer: viewer.clone(), enabled, address: ctx.origin().address(), code }).await?;
    // Other nodes hear of it in a moment; here it counts at once.
    app.viewers.forget(&AccessChange::AccountChanged(viewer.account.id));
    Ok(enabled)
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
        let command = Send { viewer: viewer.clone(), operation: input.operation, channel, key: app.codes.key.clone() };
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

    /// Switches the account's verification function on or off (R-SUP-08, R-SUP-09). Switching it off is critical itself.
    async fn set_verification_function(
        &self,
        ctx: &Context<'_>,
        input: SetVerificationFunctionInput,
    ) -> async_graphql::Result<SetVerificationFunctionPayload> {
        Ok(match settle(switch(ctx, input).await)? {
            Ok(enabled) => SetVerificationFunctionPayload { enabled: Some(enabled), user_errors: Vec::new() },
            Err(user_errors) => SetVerificationFunctionPayload { user_errors, ..Default::default() },
        })
    }
}
