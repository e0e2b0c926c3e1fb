/** graphql-transport-ws: the client graphql-ws against the server, and the close codes of the protocol on bare sockets. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { charge, signIn, startServer } from './server.js';

const EVENTS = 'subscription { events { cursor type } }';
let server;
let token;
before(async () => {
  server = await startServer({ PARTNER_CENTER_LIMITS__INIT_TIMEOUT_SECS: '2', PARTNER_CENTER_LIMITS__PING_SECS: '1' });
  token = await signIn(server.url, 'csp-1');
});
after(() => server?.stop());

const address = () => server.url.replace(/^http/, 'ws');

/** A socket, what came on it, and its end. */
async function open(protocol = 'graphql-transport-ws') {
  const socket = new WebSocket(address(), protocol);
  const came = [];
  let wake = () => {};
  socket.on('message', (data) => {
    came.push(JSON.parse(data));
    wake();
  });
  const closed = new Promise((done) => socket.on('close', (code, reason) => done({ code, reason: String(reason) })));
  await new Promise((done, fail) => socket.once('open', done).once('error', fail));
  const send = (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  /** The next message of a type. */
  const next = async (type) => {
    for (;;) {
      const at = came.findIndex((message) => message.type === type);
      if (at >= 0) return came.splice(at, 1)[0];
      await new Promise((done) => (wake = done));
    }
  };
  return { socket, send, next, closed };
}

async function introduced() {
  const opened = await open();
  opened.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await opened.next('connection_ack');
  return opened;
}

const subscribe = (id, query = EVENTS) => ({ id, type: 'subscribe', payload: { query } });

test('graphql-ws: a query, a subscription, and its end', async () => {
  const client = createClient({
    url: address(),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  assert.deepEqual(await first(client), { data: { viewer: { currency: 'USD' } } });
  const live = client.iterate({ query: EVENTS });
  const event = live.next();
  await new Promise((done) => setTimeout(done, 500));
  await charge(server.url, 'customer-csp1-1', '5000');
  assert.equal((await event).value.data.events.type, 'BUDGET_THRESHOLD_REACHED');
  await live.return();
  await client.dispose();
});

async function first(client) {
  for await (const result of client.iterate({ query: '{ viewer { currency } }' })) return result;
}

const forbidden = [
  ['4400: a message that is no JSON', 4400, async () => sending(await introduced(), 'nonsense')],
  ['4400: a message without a type', 4400, async () => sending(await introduced(), {})],
  ['4400: a type that there is not', 4400, async () => sending(await introduced(), { type: 'start', id: '1' })],
  ['4400: an operation without an id', 4400, async () => sending(await introduced(), { type: 'subscribe', payload: { query: EVENTS } })],
  ['4400: an operation without a document', 4400, async () => sending(await introduced(), { type: 'subscribe', id: '1', payload: {} })],
  ['4400: a binary message', 4400, async () => {
    const opened = await introduced();
    opened.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
    return opened;
  }],
  ['4400: nonsense before the introduction', 4400, async () => sending(await open(), '{')],
  ['4401: an operation before the introduction', 4401, async () => sending(await open(), subscribe('1'))],
  ['4403: an introduction without a token', 4403, async () => sending(await open(), { type: 'connection_init' })],
  ['4403: a token that is none', 4403, async () => sending(await open(), { type: 'connection_init', payload: { authorization: 'Bearer x' } })],
  ['4406: no subprotocol', 4406, () => open([])],
  ['4408: no introduction', 4408, () => open()],
  ['4409: an id that runs already', 4409, async () => {
    const opened = sending(await introduced(), subscribe('one'));
    return sending(opened, subscribe('one'));
  }],
  ['4429: two introductions', 4429, async () => sending(await introduced(), { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })],
  ['1000: silence between two pings', 1000, () => introduced()],
];

function sending(opened, message) {
  opened.send(message);
  return opened;
}

for (const [name, code, provoke] of forbidden) {
  test(name, async () => {
    const { closed } = await provoke();
    assert.equal((await closed).code, code);
  });
}

test('the older subprotocol is not spoken', async () => {
  await assert.rejects(open('graphql-ws'));
});

test('pings are answered with their payload, before and after the introduction, and the server pings', async () => {
  const opened = await open();
  opened.send({ type: 'ping', payload: { a: 1 } });
  assert.deepEqual(await opened.next('pong'), { type: 'pong', payload: { a: 1 } });
  opened.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await opened.next('connection_ack');
  opened.send({ type: 'ping' });
  assert.deepEqual(await opened.next('pong'), { type: 'pong' });
  for (let round = 0; round < 3; round += 1) {
    await opened.next('ping');
    opened.send({ type: 'pong' });
  }
  opened.socket.close(1000);
  assert.equal((await opened.closed).code, 1000);
});

test('an id is free again when its operation is complete, on either side', async () => {
  const opened = await introduced();
  opened.send(subscribe('1', '{ viewer { currency } }'));
  await opened.next('next');
  await opened.next('complete');
  opened.send(subscribe('1'));
  opened.send({ type: 'complete', id: '1' });
  opened.send(subscribe('1', '{ nothing }'));
  assert.equal((await opened.next('error')).payload[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  opened.send({ type: 'complete', id: 'never begun' });
  opened.send(subscribe('1', '{ __typename }'));
  assert.equal((await opened.next('next')).payload.data.__typename, 'Query');
  opened.socket.close(1000);
});

test('WebSocket pings of the transport are answered as RFC 6455 says', async () => {
  const opened = await introduced();
  const answered = new Promise((done) => opened.socket.once('pong', (data) => done(String(data))));
  opened.socket.ping('here?');
  assert.equal(await answered, 'here?');
  opened.socket.close(1000);
});
