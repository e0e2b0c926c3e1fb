//! Signing up and associating.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::types::AssociationFailure;

use super::{
    super::{
        commands::{self, Accepted, Associate, Association, Sent, Who},
        queries,
        rules::{self, Refusal, check_account_name, check_country},
        sign_up::NewCustomer,
    },
    AssociationRecord,
};
use crate::{
    access::mask,
    accounts::{guard::Origin, passwords},
    app::App,
    customers::graphql::Customer,
    graphql::{
        context::Asking,
        errors::{UserError, failed, settle},
    },
    members,
    outcome::{Outcome, Refusal as Reason},
    preregistrations,
};

/// A customer that has no account yet, and the invitation that it follows.
#[derive(InputObject)]
struct SignUpCustomerInput {
    /// What the invitation's link ends with.
    code: String,
    /// The login name: 1 to 64 letters, digits, `-`, `_` and `.`, a letter first.
    account_name: String,
    /// The name of the company or person.
    name: String,
    /// The e-mail address: the one that was preregistered, where the invitation came by e-mail (R-CUS-07).
    email: String,
    /// The code that `sendSignUpCode` sent to the address. Needed where the invitation is a link; an e-mail shows by itself
    /// whose the mailbox is.
    #[graphql(secret)]
    email_code: Option<String>,
    /// The mobile number.
    mobile_number: Option<String>,
    /// Where it does business, in the two letters of ISO 3166; cannot change.
    country_region: String,
    /// The password: at least 8 characters, letters and digits among them, no spaces.
    #[graphql(secret)]
    password: String,
    /// Whether the association instructions are accepted: they must be (R-CUS-16).
    instructions_accepted: bool,
    /// Whether the authorization letter is accepted: then the partner may order and operate on the customer's behalf.
    #[graphql(default)]
    authorization_letter_accepted: bool,
}

/// Whoever is about to sign up by a link.
#[derive(InputObject)]
struct SendSignUpCodeInput {
    /// What the invitation's link ends with.
    code: String,
    /// The e-mail address to sign up with.
    email: String,
}

/// Where a code was sent, or why not.
#[derive(SimpleObject, Default)]
struct SendSignUpCodePayload {
    /// The address, masked.
    sent_to: Option<String>,
    /// Until when the code is good.
    expires_at: Option<DateTime<Utc>>,
    /// What to mend; then no code was sent.
    user_errors: Vec<UserError>,
}

/// The invitation that a customer follows with the account that it is signed in with.
#[derive(InputObject)]
struct AssociateWithPartnerInput {
    /// What the invitation's link ends with.
    code: String,
    /// Whether the association instructions are accepted: they must be (R-CUS-16).
    instructions_accepted: bool,
    /// Whether the authorization letter is accepted: then the partner may order and operate on the customer's behalf.
    #[graphql(default)]
    authorization_letter_accepted: bool,
}

/// Something that stands in the way of an association.
#[derive(SimpleObject)]
struct AssociationProblem {
    /// What, for programs.
    cause: AssociationFailure,
    /// What, for people.
    message: &'static str,
    /// What to do.
    suggested_operation: &'static str,
}

/// An account that was opened and associated, or why not.
#[derive(SimpleObject, Default)]
struct SignUpCustomerPayload {
    /// The login name, to sign in with.
    account_name: Option<String>,
    /// What stands in the way: all that holds. Each is among the errors, too.
    failures: Vec<AssociationProblem>,
    /// What to mend; then there is no account.
    user_errors: Vec<UserError>,
}

/// A customer that was associated, or why not.
#[derive(SimpleObject, Default)]
struct AssociateWithPartnerPayload {
    /// The customer. Its partner is shown from the next request on.
    customer: Option<Customer>,
    /// The record of the association.
    record: Option<AssociationRecord>,
    /// What stands in the way: all that holds. Each is among the errors, too.
    failures: Vec<AssociationProblem>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

type Followed = Result<Association, Vec<AssociationFailure>>;

fn accepted(instructions: bool, letter: bool) -> Result<Accepted, Refusal> {
    match (instructions, letter) {
        (false, _) => Err(Refusal::InstructionsRequired),
        (true, false) => Ok(Accepted::Instructions),
        (true, true) => Ok(Accepted::Letter),
    }
}

fn told(failures: &[AssociationFailure]) -> (Vec<AssociationProblem>, Vec<UserError>) {
    let problem = |cause: &AssociationFailure| AssociationProblem {
        cause: *cause,
        message: rules::in_words(*cause),
        suggested_operation: rules::suggested_operation(*cause),
    };
    let error = |cause: &AssociationFailure| Reason::of(&Refusal::NotAssociated(*cause)).into();
    (failures.iter().map(problem).collect(), failures.iter().map(error).collect())
}

async fn sign_up(ctx: &Context<'_>, input: SignUpCustomerInput) -> Outcome<Followed> {
    let accepted = accepted(input.instructions_accepted, input.authorization_letter_accepted)?;
    let account_name = check_account_name(&input.account_name)?;
    let number = input.mobile_number.as_deref();
    let particulars = preregistrations::rules::check(&input.name, &input.email, number, None).map_err(|refusal| {
        let mut reason = Reason::of(&refusal);
        if reason.field == ["fullName"] {
            reason.field = vec!["name".to_owned()];
        }
        reason
    })?;
    let country_region = check_country(&input.country_region)?;
    members::rules::check_password(&input.password)?;
    let (app, origin) = (ctx.app(), ctx.origin());
    // Each sign-up counts as a try of the address that it comes from, whatever comes of it: hashing costs, accounts stay.
    origin.count(&app.store).await?;
    let mailbox = app.mailboxes.check(&app.store, &particulars.email, &input.code, input.email_code).await?;
    let new = NewCustomer {
        account_name,
        name: particulars.full_name,
        email: particulars.email,
        mobile_number: particulars.mobile_number,
        country_region,
        mailbox,
        password_hash: passwords::hash_new(input.password).await?,
    };
    follow(app, Who::New(Box::new(new)), input.code, accepted, origin).await
}

async fn follow(app: &App, who: Who, code: String, accepted: Accepted, origin: Origin) -> Outcome<Followed> {
    let (texts, mailboxes) = (app.agreements.clone(), app.mailboxes.clone());
    let command = Associate { who, code, accepted, texts, mailboxes, origin };
    commands::associate(&app.store, &app.viewers, command).await
}

async fn send_code(ctx: &Context<'_>, input: SendSignUpCodeInput) -> Outcome<Sent> {
    let email = preregistrations::rules::check_email(&input.email)?;
    let (app, origin) = (ctx.app(), ctx.origin());
    // As a sign-up it counts as a try of the network address, whatever comes of it: it sends mail to whom one likes.
    origin.count(&app.store).await?;
    commands::send_code(&app.store, &app.mailboxes, input.code, email, origin).await
}

async fn associate(ctx: &Context<'_>, input: AssociateWithPartnerInput) -> Outcome<Followed> {
    let accepted = accepted(input.instructions_accepted, input.authorization_letter_accepted)?;
    let who = Who::Existing(ctx.acting()?.clone());
    follow(ctx.app(), who, input.code, accepted, ctx.origin()).await
}

/// What can be changed of associations.
#[derive(Default)]
pub struct AssociationsMutation;

#[Object]
impl AssociationsMutation {
    /// Sends a code to the e-mail address of whoever is about to sign up by a general-purpose, customized or promotional
    /// link, which `signUpCustomer` asks for: 6 digits, good for 5 minutes, 5 tries and one sign-up by this link. An
    /// address is sent one code a minute and 10 a day at most.
    async fn send_sign_up_code(
        &self,
        ctx: &Context<'_>,
        input: SendSignUpCodeInput,
    ) -> async_graphql::Result<SendSignUpCodePayload> {
        Ok(match settle(send_code(ctx, input).await)? {
            Ok(sent) => SendSignUpCodePayload {
                sent_to: Some(mask::email(&sent.to)),
                expires_at: Some(sent.expires_at.to_datetime()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => SendSignUpCodePayload { user_errors, ..Default::default() },
        })
    }

    /// Opens an account by an invitation and associates it with the partner that invites (O-CUS-07). Whoever comes by a
    /// link shows with a code that the e-mail address is its own: ask for it with `sendSignUpCode` before. The account is
    /// frozen until the partner unfreezes it or sets a budget. Sign in with `signIn` afterwards.
    async fn sign_up_customer(
        &self,
        ctx: &Context<'_>,
        input: SignUpCustomerInput,
    ) -> async_graphql::Result<SignUpCustomerPayload> {
        let account_name = input.account_name.trim().to_lowercase();
        Ok(match settle(sign_up(ctx, input).await)? {
            Ok(Ok(_)) => SignUpCustomerPayload { account_name: Some(account_name), ..Default::default() },
            Ok(Err(failures)) => {
                let (failures, user_errors) = told(&failures);
                SignUpCustomerPayload { failures, user_errors, ..Default::default() }
            }
            Err(user_errors) => SignUpCustomerPayload { user_errors, ..Default::default() },
        })
    }

    /// Associates the account that is signed in with the partner that invited it by e-mail (O-CUS-07). The account is
    /// frozen until the partner unfreezes it or sets a budget.
    async fn associate_with_partner(
        &self,
        ctx: &Context<'_>,
        input: AssociateWithPartnerInput,
    ) -> async_graphql::Result<AssociateWithPartnerPayload> {
        Ok(match settle(associate(ctx, input).await)? {
            Ok(Ok(made)) => {
                let db = ctx.app().store.reader();
                let record = queries::by_id(db, ctx.viewer()?, made.record).await.map_err(failed)?;
                AssociateWithPartnerPayload {
                    customer: Customer::by_id(ctx, made.customer).await?,
                    record: record.map(AssociationRecord::new),
                    ..Default::default()
                }
            }
            Ok(Err(failures)) => {
                let (failures, user_errors) = told(&failures);
                AssociateWithPartnerPayload { failures, user_errors, ..Default::default() }
            }
            Err(user_errors) => AssociateWithPartnerPayload { user_errors, ..Default::default() },
        })
    }
}
