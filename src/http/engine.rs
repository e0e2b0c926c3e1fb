//! From a request's parameters to a response: check, execute, finish. The same for HTTP and for sockets.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::{
    Request, Response, ServerError, Value, Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationType, Selection, SelectionSet},
    },
};
use futures_util::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};
use quick_cache::{Weighter, sync::Cache};
use serde::Deserialize;

use super::live::{Pushed, Shared};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::Reveals,
    app::App,
    graphql::{
        check::{Check, Refused, Rules, SchemaMap, check_text, operation},
        context::Asker,
        errors::{code, internal},
        loaders::Loaders,
        plain::AsText,
        policy::Table,
        schema::{self, Care, PartnerSchema},
    },
    outcome::Fault,
    store::Store,
};

/// The parameters of a request, as the GraphQL-over-HTTP draft names them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Params {
    /// The document.
    pub query: String,
    /// The operation of it.
    #[serde(default)]
    pub operation_name: Option<String>,
    /// The values of its variables.
    #[serde(default)]
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
    /// Not used; must be an object where given.
    #[serde(default)]
    pub extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// An operation that was checked and may be executed.
pub struct Prepared {
    asked: Asked,
    /// What kind of operation it is.
    pub kind: OperationType,
    /// Its kind and its first root field, in the schema's words.
    pub root: String,
}

/// What was asked, by whom and from where.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) query: String,
    pub(super) name: Option<String>,
    pub(super) variables: Variables,
    pub(super) document: Arc<Document>,
    pub(super) viewer: Option<Arc<Viewer>>,
    pub(super) address: ClientAddress,
}

impl Asked {
    /// Where what it reveals is noted.
    pub(super) fn reveals(&self) -> Arc<Reveals> {
        Arc::new(Reveals::to(self.address))
    }

    /// What executes it.
    pub(super) fn request(self, store: &Store, reveals: &Arc<Reveals>) -> Request {
        let mut request = Request::new(self.query).variables(self.variables).data(reveals.clone());
        if let Some(viewer) = &self.viewer {
            request = request.data(Loaders::new(store, viewer));
        }
        if let Some(name) = self.name {
            request = request.operation_name(name);
        }
        request.set_parsed_query(self.document.parsed.clone());
        request.data(self.address).data(self.document.as_text).data(Asker(self.viewer))
    }
}

/// Bytes of the documents that are kept parsed. Parsed, they are some times that.
const DOCUMENTS: u64 = 2 << 20;
/// How many there may be, roughly.
const EXPECTED_DOCUMENTS: usize = 2_000;

/// Long ones take the room of many: clients decide how long they are.
#[derive(Clone)]
pub(super) struct Length;

impl Weighter<String, Arc<Document>> for Length {
    fn weight(&self, text: &String, _: &Arc<Document>) -> u64 {
        text.len() as u64
    }
}

/// Fragments within fragments that [`first_field`] follows: they may be a circle.
const MAX_NESTED: usize = 20;

/// The engine with all that guards it.
pub struct Engine {
    app: App,
    exact: PartnerSchema,
    /// For queries, most of which have no errors to tell.
    quick: PartnerSchema,
    /// For those that are known to be valid.
    quickest: PartnerSchema,
    map: SchemaMap,
    table: Table,
    /// Documents that were parsed lately, by their text.
    documents: Cache<String, Arc<Document>, Length>,
    pub(super) shared: Shared,
}

impl Engine {
    /// An engine around a program.
    pub fn new(app: App) -> Self {
        let built = |care| schema::build(Some(app.clone()), app.settings.introspection(), care);
        let (exact, quick, quickest) = (built(Care::Exact), built(Care::Quick), built(Care::QuickestForValid));
        let documents = Cache::with_weighter(EXPECTED_DOCUMENTS, DOCUMENTS, Length);
        Self {
            exact,
            quick,
            quickest,
            map: schema::map(),
            table: Table::new(),
            documents,
            shared: Shared::default(),
            app,
        }
    }

    /// The program.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Checks a request for a viewer. What is refused here has executed nothing.
    pub fn prepare(
        &self,
        params: Params,
        viewer: Option<Arc<Viewer>>,
        address: ClientAddress,
    ) -> Result<Prepared, Refused> {
        let limits = &self.app.settings.limits;
        check_text(&params.query, limits)?;
        let document = self.documents.get_or_insert_with(&params.query, || Document::parse(&params.query))?;
        let variables = params.variables.unwrap_or_default();
        let variables = Variables::from_json(serde_json::Value::Object(variables));
        let name = params.operation_name.as_deref().filter(|name| !name.is_empty());
        let operation = operation(&document.parsed, name)?;
        let kind = operation.ty;
        let root = format!("{kind} {}", first_field(&document.parsed, &operation.selection_set.node));
        let introspection = self.app.settings.introspection();
        let rules = Rules { map: &self.map, table: &self.table, limits, introspection };
        Check::new(rules, viewer.as_deref(), &document.parsed, operation, &variables).run(operation)?;

        let name = name.map(str::to_owned);
        let asked = Asked { query: params.query, name, variables, document, viewer, address };
        Ok(Prepared { asked, kind, root })
    }

    /// Executes a query or mutation. A query that fails is executed once more, to tell its errors as it should: it
    /// changes nothing, and most do not fail.
    pub async fn execute(&self, prepared: Prepared) -> Response {
        let Prepared { asked, kind, .. } = prepared;
        let viewer = asked.viewer.clone();
        if kind == OperationType::Query {
            let reveals = asked.reveals();
            let engine = if asked.document.is_known_valid() { &self.quickest } else { &self.quick };
            let response = run(engine, asked.clone().request(&self.app.store, &reveals)).await;
            if response.errors.is_empty() {
                asked.document.note_valid();
                return self.finish(response, &reveals, viewer.as_deref()).await;
            }
        }
        let reveals = asked.reveals();
        let response = run(&self.exact, asked.request(&self.app.store, &reveals)).await;
        self.finish(response, &reveals, viewer.as_deref()).await
    }

    /// Executes any operation as a stream: one response, or one for each event.
    pub fn stream(self: Arc<Self>, prepared: Prepared) -> BoxStream<'static, Pushed> {
        match prepared.kind {
            OperationType::Subscription => self.follow(prepared.asked),
            OperationType::Query | OperationType::Mutation => {
                stream::once(async move { Pushed::Response(Box::new(self.execute(prepared).await)) }).boxed()
            }
        }
    }

    /// Executes a subscription for what it yields first.
    pub(super) async fn first_response(&self, request: Request) -> Response {
        let responses = AssertUnwindSafe(self.exact.execute_stream(request).boxed().into_future()).catch_unwind();
        match responses.await {
            Ok((Some(response), _)) => response,
            Ok((None, _)) => broken(&Fault::because("a subscription said nothing")),
            Err(_) => broken(&Fault::because("a subscription panicked")),
        }
    }

    /// Keeps what was revealed before the answer leaves, and gives every error a code and nothing that is ours alone.
    pub(super) async fn finish(&self, mut response: Response, reveals: &Reveals, viewer: Option<&Viewer>) -> Response {
        if let Some(viewer) = viewer
            && let Err(error) = reveals.write(&self.app.store, viewer).await
        {
            return broken(&error.into());
        }
        for error in &mut response.errors {
            give_code(error);
        }
        response
    }
}

/// A document, and what is known of it.
pub(super) struct Document {
    pub(super) parsed: ExecutableDocument,
    as_text: AsText,
    valid: AtomicBool,
}

impl Document {
    fn parse(text: &str) -> Result<Arc<Self>, Refused> {
        let parsed = parse_query(text);
        let parsed = parsed.map_err(|error| Refused { code: code::PARSE_FAILED, message: error.to_string() })?;
        Ok(Arc::new(Self { as_text: AsText::of(&parsed), parsed, valid: AtomicBool::new(false) }))
    }

    fn is_known_valid(&self) -> bool {
        self.valid.load(Ordering::Relaxed)
    }

    /// Remembers that it was executed without an error, where that says something of the next time: whether it is valid
    /// may depend on the values of variables.
    fn note_valid(&self) {
        if let DocumentOperations::Single(operation) = &self.parsed.operations
            && operation.node.variable_definitions.is_empty()
        {
            self.valid.store(true, Ordering::Relaxed);
        }
    }
}

async fn run(schema: &PartnerSchema, request: Request) -> Response {
    let response = AssertUnwindSafe(schema.execute(request)).catch_unwind().await;
    response.unwrap_or_else(|_| broken(&Fault::because("a resolver panicked")))
}

/// The first field of a selection, looked for in its fragments too. The document was not checked yet.
fn first_field<'d>(document: &'d ExecutableDocument, mut set: &'d SelectionSet) -> &'d str {
    for _ in 0..MAX_NESTED {
        match set.items.first().map(|item| &item.node) {
            Some(Selection::Field(field)) => return field.node.name.node.as_str(),
            Some(Selection::InlineFragment(fragment)) => set = &fragment.node.selection_set.node,
            Some(Selection::FragmentSpread(spread)) => {
                let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) else { break };
                set = &fragment.node.selection_set.node;
            }
            None => break,
        }
    }
    "unknown"
}

/// The response to a fault.
fn broken(fault: &Fault) -> Response {
    Response::from_errors(vec![internal(fault).into_server_error(async_graphql::Pos::default())])
}

fn give_code(error: &mut ServerError) {
    if error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some()) {
        return;
    }
    if error.source.is_some() {
        // An error of a library that reached the edge: its text is for our log only.
        let fault = Fault::because(error.message.clone());
        let told = internal(&fault);
        error.message = told.message;
        error.extensions = told.extensions;
        error.source = None;
        return;
    }
    let code = if error.path.is_empty() { code::VALIDATION_FAILED } else { code::BAD_USER_INPUT };
    error.extensions.get_or_insert_with(Default::default).set("code", code);
}

/// Whether a response has nothing but errors of the whole.
fn is_refused_whole(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Whether a response tells of a fault of ours that took the whole answer.
pub fn is_broken(response: &Response) -> bool {
    let is_internal = |error: &ServerError| {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        code == Some(&Value::from(code::INTERNAL))
    };
    is_refused_whole(response) && response.errors.iter().any(is_internal)
}

/// Whether a response tells that the request was not executed at all.
pub fn was_not_executed(response: &Response) -> bool {
    is_refused_whole(response) && !is_broken(response)
}
