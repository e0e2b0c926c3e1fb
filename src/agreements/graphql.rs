//! Agreements at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    agreement,
    types::{AgreementId, AgreementKind},
};

use super::{Text, commands::SignInstructions, queries, rules};
use crate::{
    access::Tenant,
    accounts::graphql::Member,
    authorizations,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{UserError, failed, settle},
        plain::Plain,
    },
};

/// A version of a text that customers accept by signing.
#[derive(Debug, Clone, SimpleObject)]
pub struct AgreementText {
    /// What it is.
    kind: AgreementKind,
    /// Its name, for people.
    name: &'static str,
    /// Its number; a later version has a larger one.
    version: i32,
    /// Since when it can be signed.
    valid_from: DateTime<Utc>,
    /// The text itself.
    text: String,
}

impl From<&Text> for AgreementText {
    fn from(text: &Text) -> Self {
        Self {
            kind: text.kind,
            name: name_of(text.kind),
            version: text.version,
            valid_from: text.valid_from.to_datetime(),
            text: text.text.clone(),
        }
    }
}

fn name_of(kind: AgreementKind) -> &'static str {
    match kind {
        AgreementKind::AssociationInstructions => "Association instructions",
        AgreementKind::AuthorizationLetter => "Authorization letter",
    }
}

/// A text that the customer signed.
#[derive(Debug, Clone)]
pub struct Agreement(Arc<agreement::Model>);

impl Plain for Agreement {}

impl Agreement {
    /// The signature with this id in the viewer's scope.
    pub async fn by_id(ctx: &Context<'_>, id: AgreementId) -> async_graphql::Result<Option<Self>> {
        let row = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, id).await.map_err(failed)?;
        Ok(row.map(|row| Self(Arc::new(row))))
    }
}

/// A text that the customer signed. It stays listed when there is a newer version (R-CUS-37).
#[Object]
impl Agreement {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What it is.
    async fn kind(&self) -> AgreementKind {
        self.0.kind
    }

    /// Its name, for people.
    async fn name(&self) -> &'static str {
        name_of(self.0.kind)
    }

    /// Which version.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What it says; null where the version is no longer kept.
    async fn text(&self, ctx: &Context<'_>) -> Option<String> {
        ctx.app().agreements.version(self.0.kind, self.0.version).map(|text| text.text.clone())
    }

    /// When it was signed.
    async fn signed_at(&self) -> DateTime<Utc> {
        self.0.signed_at.to_datetime()
    }

    /// By which member.
    async fn signed_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.by_member)).await
    }
}

/// Accepting the association instructions.
#[derive(InputObject)]
struct SignAssociationInstructionsInput {
    /// The version that was read; only the newest can be signed.
    version: i32,
}

/// What was signed, or why not.
#[derive(SimpleObject, Default)]
struct SignAssociationInstructionsPayload {
    /// The signature.
    agreement: Option<Agreement>,
    /// What to mend; then nothing was signed.
    user_errors: Vec<UserError>,
}

/// What can be asked of agreements.
#[derive(Default)]
pub struct AgreementsQuery;

#[Object]
impl AgreementsQuery {
    /// The texts that customers sign, in all versions that are or were valid, by kind and the oldest first. Open before
    /// sign-in: they are read before an account is opened.
    async fn agreement_texts(&self, ctx: &Context<'_>) -> Vec<AgreementText> {
        let app = ctx.app();
        app.agreements.valid(app.store.clock().now()).map(AgreementText::from).collect()
    }

    /// What the customer signed, newest first (Q-CUS-08). For the customer itself.
    async fn agreements(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        kind: Option<AgreementKind>,
    ) -> async_graphql::Result<Connection<Agreement>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::NEWEST_FIRST)?;
        let store = &ctx.app().store;
        let page = queries::page(store, ctx.viewer()?, kind, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, Agreement))
    }

    /// What the customer is asked to sign: the association instructions, where it is associated and has not signed their
    /// newest version (R-CUS-37), with `signAssociationInstructions`; and the authorization letter, where its partner's
    /// request waits for it, in the version that was asked for: that is signed by approving the request, with
    /// `reviewApplication`. A newer letter than the one that was signed asks for nothing: it is revoked where the customer
    /// disagrees (R-SUP-42).
    async fn agreements_to_sign(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<AgreementText>> {
        let app = ctx.app();
        let Tenant::Customer(customer, Some(_)) = ctx.viewer()?.tenant() else { return Ok(Vec::new()) };
        let kind = AgreementKind::AssociationInstructions;
        let newest = app.agreements.newest(kind, app.store.clock().now());
        let signed = queries::newest_signed(app.store.reader(), customer, kind).await.map_err(failed)?;
        let asked = newest.filter(|newest| rules::is_asked(signed, Some(newest.version)));
        let letter = authorizations::queries::letter_asked_for(app.store.reader(), customer).await.map_err(failed)?;
        let letter = letter.and_then(|version| app.agreements.version(AgreementKind::AuthorizationLetter, version));
        Ok(asked.into_iter().chain(letter).map(AgreementText::from).collect())
    }
}

/// What can be signed.
#[derive(Default)]
pub struct AgreementsMutation;

#[Object]
impl AgreementsMutation {
    /// Signs the newest version of the association instructions, for a customer that is associated (O-CUS-18). Signed
    /// again, the first signature stands.
    async fn sign_association_instructions(
        &self,
        ctx: &Context<'_>,
        input: SignAssociationInstructionsInput,
    ) -> async_graphql::Result<SignAssociationInstructionsPayload> {
        let app = ctx.app();
        let command = SignInstructions {
            viewer: ctx.viewer()?.clone(),
            texts: app.agreements.clone(),
            version: input.version,
            address: ctx.origin().address(),
        };
        Ok(match settle(app.store.execute(command).await)? {
            Ok(row) => SignAssociationInstructionsPayload {
                agreement: Some(Agreement(Arc::new(row))),
                user_errors: Vec::new(),
            },
            Err(user_errors) => SignAssociationInstructionsPayload { user_errors, ..Default::default() },
        })
    }
}
