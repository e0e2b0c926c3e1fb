//! From a request's parameters to a response: check, execute, finish. The same for HTTP and for sockets.

use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{
    Request, Response, ServerError, Value, Variables,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet},
    value,
};
use futures_util::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};

use super::{
    documents::{Document, Documents, Meant, Params},
    idempotency::{self, Given},
    live::{Pushed, Shared},
    places::Turns,
    rates::{Budgets, Left},
};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::Reveals,
    app::App,
    graphql::{
        check::{Check, Refused, Rules, SchemaMap, operation, root_type},
        context::Asker,
        errors::{code, internal},
        loaders::Loaders,
        policy::Table,
        schema::{self, Care, PartnerSchema},
        text::check_variables,
    },
    outcome::Fault,
    store::{Deadline, Store},
};

/// An operation that was checked and may be executed.
pub struct Prepared {
    pub(super) asked: Asked,
    /// The key of a mutation that may be repeated.
    pub(super) given: Option<Given>,
    /// What kind of operation it is.
    pub kind: OperationType,
    /// Its kind and its first root field, in the schema's words.
    pub root: String,
    /// Its estimated cost.
    pub cost: u32,
    /// Whether the answer tells it.
    tells_cost: bool,
    left: Option<Left>,
}

impl Prepared {
    /// What the answer tells of its cost, where that was asked for.
    fn told_cost(&self, limit: u64) -> Option<Value> {
        let remaining = self.left.map(Left::remaining);
        let cost = self.cost;
        self.tells_cost.then(|| value!({ "estimated": cost, "limit": limit, "remaining": remaining }))
    }
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

/// Fragments within fragments that [`first_field`] follows: they may be a circle.
const MAX_NESTED: usize = 20;
/// Fields that every document may ask for.
const META_FIELDS: [&str; 3] = ["__typename", "__schema", "__type"];
/// Bytes of the variables of a subscription, in JSON.
const FOLLOWED_VARIABLES: usize = 16 * 1024;
/// Bytes of a refused document that cost as much as a field: it was read, and looked through.
const REFUSED_BYTES: u32 = 16;

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
    documents: Documents,
    budgets: Budgets,
    turns: Turns,
    pub(super) shared: Shared,
}

impl Engine {
    /// An engine around a program.
    pub fn new(app: App) -> Self {
        let built = |care| schema::build(Some(app.clone()), app.settings.introspection(), care);
        let (exact, quick, quickest) = (built(Care::Exact), built(Care::Quick), built(Care::QuickestForValid));
        Self {
            exact,
            quick,
            quickest,
            map: schema::map(),
            table: Table::new(),
            documents: Documents::new(app.settings.documents.automatic, app.trusted.clone()),
            budgets: Budgets::new(&app.settings.rates),
            turns: Turns::new(app.settings.limits.operations_per_account),
            shared: Shared::default(),
            app,
        }
    }

    /// The program.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// What accounts and addresses may ask for.
    pub fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// Checks a request for a viewer and takes it out of the budget of its account, or of its address where nobody is
    /// signed in, unless the address has paid. What is refused here has executed nothing. Tells what is left of the budget.
    pub fn prepare(
        &self,
        params: Params,
        viewer: Option<Arc<Viewer>>,
        address: ClientAddress,
        paid: Option<Left>,
    ) -> (Result<Prepared, Refused>, Option<Left>) {
        let Some(account) = viewer.as_ref().map(|viewer| viewer.account.id) else {
            let (spent, left) = match paid {
                Some(left) => (Ok(()), Some(left)),
                None => self.budgets.of_address(address),
            };
            return (spent.and_then(|()| self.check(params, viewer, address)), left);
        };
        // Whoever has nothing left makes no work.
        if self.budgets.is_spent(account) {
            let (spent, left) = self.budgets.of_account(account, 1);
            if let Err(nothing) = spent {
                return (Err(nothing), left);
            }
        }
        let bytes = params.query.as_ref().map_or(0, String::len);
        let checked = self.check(params, viewer, address);
        let cost = match &checked {
            Ok(prepared) => prepared.cost,
            Err(_) => u32::try_from(bytes).unwrap_or(u32::MAX) / REFUSED_BYTES,
        };
        let (spent, left) = self.budgets.of_account(account, cost);
        if spent.is_err() && checked.is_err() {
            // Not all of it is there: then what it can be asked for least.
            let _ = self.budgets.of_account(account, 1);
        }
        (spent.and(checked).map(|prepared| Prepared { left, ..prepared }), left)
    }

    fn check(
        &self,
        mut params: Params,
        viewer: Option<Arc<Viewer>>,
        address: ClientAddress,
    ) -> Result<Prepared, Refused> {
        let limits = &self.app.settings.limits;
        let Meant { text, remember } = self.documents.meant(&mut params, limits)?;
        let document = self.documents.parsed(&text, limits)?;
        let tells_cost = params.asks_for_cost();
        let given = Given::by(&params, &text)?;
        let name = params.operation_name.as_deref().filter(|name| !name.is_empty());
        let operation = operation(&document.parsed, name)?;
        let kind = operation.ty;
        let variables = declared(params.variables.unwrap_or_default(), operation);
        check_variables(&variables)?;
        if kind == OperationType::Subscription {
            check_size(&variables)?;
        }
        let variables = Variables::from_json(serde_json::Value::Object(variables));
        let first = first_field(&document.parsed, &operation.selection_set.node);
        // A name of the client's own is told to nobody: figures are kept by these.
        let is_known = self.map.has(root_type(kind), first) || META_FIELDS.contains(&first);
        let root = format!("{kind} {}", if is_known { first } else { "unknown" });
        let introspection = self.app.settings.introspection();
        let rules = Rules { map: &self.map, table: &self.table, limits, introspection };
        let tally = Check::new(rules, viewer.as_deref(), &document.parsed, operation, &variables).run(operation)?;
        if let Some(hash) = remember {
            self.documents.remember(hash, &text);
        }
        let cost = u32::try_from(tally.cost).unwrap_or(u32::MAX);
        let given = match given.filter(|_| kind == OperationType::Mutation) {
            None => None,
            Some(given) => {
                idempotency::check_possible(&self.table, viewer.as_deref(), &document.parsed, operation)?;
                Some(given)
            }
        };
        let name = name.map(str::to_owned);
        let asked = Asked { query: text, name, variables, document, viewer, address };
        Ok(Prepared { asked, given, kind, root, cost, tells_cost, left: None })
    }

    /// Executes a query or mutation; a mutation with a key once.
    pub async fn execute(self: &Arc<Self>, mut prepared: Prepared) -> Response {
        let cost = prepared.told_cost(self.app.settings.limits.cost);
        let mut response = match prepared.given.take() {
            None => self.execute_now(prepared).await,
            Some(given) => idempotency::execute(self.clone(), given, prepared).await,
        };
        if let Some(cost) = cost {
            response.extensions.insert("cost".to_owned(), cost);
        }
        response
    }

    /// Executes a query or mutation. A query that fails is executed once more, to tell its errors as it should: it
    /// changes nothing, and most do not fail.
    pub(super) async fn execute_now(&self, prepared: Prepared) -> Response {
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

    /// The same when it is its account's turn, and within the time that a request has. When it is over, what is still read or changed in the database ends.
    pub async fn execute_in_time(self: &Arc<Self>, prepared: Prepared) -> Result<Response, Refused> {
        let deadline = Deadline::after(self.app.settings.limits.request_timeout());
        let account = prepared.asked.viewer.as_ref().map(|viewer| viewer.account.id);
        let executed = async {
            let _turn = match account {
                Some(account) => self.turns.wait(account).await,
                None => None,
            };
            self.execute(prepared).await
        };
        deadline.scope(executed).await.map_err(|_| late())
    }

    /// Executes any operation as a stream: one response, or one for each event.
    pub fn stream(self: Arc<Self>, prepared: Prepared) -> BoxStream<'static, Pushed> {
        match prepared.kind {
            OperationType::Subscription => self.follow(prepared.asked, prepared.cost),
            OperationType::Query | OperationType::Mutation => {
                let executed =
                    async move { self.execute_in_time(prepared).await.unwrap_or_else(|late| late.response()) };
                stream::once(async move { Pushed::Response(Box::new(executed.await)) }).boxed()
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

async fn run(schema: &PartnerSchema, request: Request) -> Response {
    let response = AssertUnwindSafe(schema.execute(request)).catch_unwind().await;
    response.unwrap_or_else(|_| broken(&Fault::because("a resolver panicked")))
}

/// Those of the variables that the operation declares: nothing else is ever looked at.
fn declared(
    mut variables: serde_json::Map<String, serde_json::Value>,
    operation: &OperationDefinition,
) -> serde_json::Map<String, serde_json::Value> {
    if variables.is_empty() {
        return variables;
    }
    let names: HashSet<&str> =
        operation.variable_definitions.iter().map(|variable| variable.node.name.node.as_str()).collect();
    variables.retain(|name, _| names.contains(name.as_str()));
    variables
}

/// Refuses what a subscription would keep, and execute for each event, as long as it runs.
fn check_size(variables: &serde_json::Map<String, serde_json::Value>) -> Result<(), Refused> {
    let size = serde_json::to_vec(variables).map_or(usize::MAX, |text| text.len());
    if size <= FOLLOWED_VARIABLES {
        return Ok(());
    }
    let message = format!("variables of a subscription have at most {FOLLOWED_VARIABLES} bytes");
    let (is, limit) = (size as u64, FOLLOWED_VARIABLES as u64);
    Err(Refused::new(code::TOO_COMPLEX, message).with("is", is).with("limit", limit))
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
/// What is answered when the time of a request is over.
pub(super) fn late() -> Refused {
    let what = "the operation took too long; look whether a mutation was completed, or repeat it with its key";
    Refused::new(code::TIMEOUT, what)
}

pub(super) fn broken(fault: &Fault) -> Response {
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
