/** GraphQL over Server-Sent Events, distinct connections: the client graphql-sse against the server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-sse';
import { charge, signIn, startServer } from './server.js';

/** Long enough for a busy machine; a server that pushes needs milliseconds. */
const PATIENCE_MS = 20_000;

let server;
before(async () => {
  server = await startServer({ PARTNER_CENTER_LIMITS__PING_SECS: '1' });
});
after(() => server?.stop());

async function clientOf(who, options = {}) {
  const authorization = `Bearer ${await signIn(server.url, who)}`;
  return createClient({ url: server.url, headers: { authorization }, retryAttempts: 0, ...options });
}

async function all(results) {
  const found = [];
  for await (const result of results) found.push(result);
  return found;
}

function within(promise, what) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`waited in vain: ${what}`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

test('a query is one result, then complete', async () => {
  const client = await clientOf('csp-1');
  assert.deepEqual(await all(client.iterate({ query: '{ viewer { currency } }' })), [{ data: { viewer: { currency: 'USD' } } }]);
  client.dispose();
});

test('a mutation, too', async () => {
  const client = await clientOf('csp-1');
  const query = 'mutation { sendVerificationCode(input: { operation: FREEZE }) { userErrors { code } } }';
  assert.deepEqual(await all(client.iterate({ query })), [{ data: { sendVerificationCode: { userErrors: [] } } }]);
  client.dispose();
});

test('what fails in validation is a result with errors, then complete', async () => {
  const client = await clientOf('csp-1');
  for (const query of ['subscription { nothing }', '{', 'subscription { events(after: "nonsense") { id } }']) {
    const [result, ...more] = await all(client.iterate({ query }));
    assert.ok(result.errors[0].extensions.code, query);
    assert.deepEqual(more, []);
  }
  client.dispose();
});

test('a subscription is live, survives signs of life, and resumes by its cursor', async () => {
  const client = await clientOf('reseller-1a');
  const query = 'subscription ($after: String) { events(after: $after) { cursor type } }';
  let connected;
  const open = new Promise((done) => (connected = done));
  const live = client.iterate({ query }, { connected });
  const first = live.next();
  await within(open, 'a connection');
  // Longer than two signs of life.
  await new Promise((done) => setTimeout(done, 2_500));
  await charge(server.url, 'customer-1a1', '100');
  const { value, done } = await within(first, 'an event');
  assert.equal(done, false);
  assert.equal(value.data.events.type, 'BUDGET_THRESHOLD_REACHED');
  await live.return();

  await charge(server.url, 'customer-1a1', '500');
  const resumed = client.iterate({ query, variables: { after: value.data.events.cursor } });
  const next = await within(resumed.next(), 'what was missed');
  assert.notEqual(next.value.data.events.cursor, value.data.events.cursor);
  await resumed.return();
  client.dispose();
});

test('with its session a subscription is told so, and completes', async () => {
  const client = await clientOf('reseller-1b');
  let connected;
  const open = new Promise((done) => (connected = done));
  const results = all(client.iterate({ query: 'subscription { events { id } }' }, { connected }));
  await within(open, 'a connection');
  const signOut = 'mutation { signOut { userErrors { code } } }';
  assert.deepEqual(await all(client.iterate({ query: signOut })), [{ data: { signOut: { userErrors: [] } } }]);
  const [told, ...more] = await within(results, 'the end');
  assert.equal(told.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.deepEqual(more, []);
  client.dispose();
});

test('when the server goes down, the client sees a broken stream and may come back', async () => {
  const going = await startServer();
  const authorization = `Bearer ${await signIn(going.url, 'csp-1')}`;
  const client = createClient({ url: going.url, headers: { authorization }, retryAttempts: 0 });
  let connected;
  const open = new Promise((done) => (connected = done));
  const results = all(client.iterate({ query: 'subscription { events { id } }' }, { connected }));
  await within(open, 'a connection');
  going.terminate();
  await assert.rejects(within(results, 'the end'), (error) => !/in vain/.test(error.message));
  client.dispose();
  await going.stop();
});
