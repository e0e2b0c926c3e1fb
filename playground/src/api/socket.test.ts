/** The socket against graphql-ws's own server, the reference for the protocol. */
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer, type WebSocket as Socket } from 'ws';
import type { Session, SessionState } from '../session/session.ts';
import { subscriptionsTo } from './socket.ts';

const QUERY = 'subscription ($after: String) { whose(after: $after) { cursor token after } }';

interface Item {
  cursor: string;
  token: string;
  after: string | null;
}

/** A session whose token the test sets, and which counts how often it is renewed. */
function fakeSession() {
  const listeners = new Set<() => void>();
  const fake = {
    state: { status: 'signed-in' } as SessionState,
    current: 'good',
    renewed: 0,
    token: async () => (fake.state.status === 'signed-in' ? fake.current : null),
    renew: async () => {
      fake.renewed += 1;
      return fake.current;
    },
    onChange: (listener: () => void) => listeners.add(listener),
    become: (status: SessionState['status'], token: string) => {
      fake.state = { status } as SessionState;
      fake.current = token;
      for (const listener of listeners) listener();
    },
  };
  return fake;
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function start() {
  const schema = buildSchema(`
    type Query { a: Int }
    type Item { cursor: String! token: String! after: String }
    type Subscription { whose(after: String): Item! }
  `);
  const sockets = new Set<Socket>();
  const refused: string[] = [];
  const whose = schema.getSubscriptionType()!.getFields()['whose']!;
  whose.resolve = (item) => item;
  whose.subscribe = async function* (_source, { after }, { token }) {
    yield { cursor: `${token}-1`, token, after };
    await new Promise(() => undefined);
  };
  const server = new WebSocketServer({ port: 0 });
  let refusals = 0;
  const refuseNext = (times: number): void => {
    refusals = times;
  };
  server.on('connection', (socket) => {
    if (refusals-- > 0) return socket.terminate();
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket));
  });
  const disposable = useServer(
    {
      schema,
      context: ({ connectionParams }) => ({ token: String(connectionParams?.['authorization']).replace('Bearer ', '') }),
      onConnect: ({ connectionParams }) => {
        const token = String(connectionParams?.['authorization']);
        if (!token.includes('bad')) return true;
        refused.push(token);
        return false;
      },
    },
    server,
  );
  cleanups.push(() => disposable.dispose());
  const session = fakeSession();
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const subscriptions = subscriptionsTo(url, session as unknown as Session, {
    webSocketImpl: WebSocket,
    retryDelay: () => 5,
  });
  cleanups.push(() => subscriptions.close());

  const items: Item[] = [];
  const observer = {
    next: ({ data }: { data?: unknown }) => items.push((data as { whose: Item }).whose),
    error: vi.fn(),
    complete: vi.fn(),
  };
  return { session, subscriptions, sockets, refused, items, observer, refuseNext };
}

test('the token goes with the connection', async () => {
  const { subscriptions, items, observer } = start();
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items).toEqual([{ cursor: 'good-1', token: 'good', after: null }]));
});

test('a lost connection is opened again, behind the last cursor', async () => {
  const { subscriptions, sockets, items, observer } = start();
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items).toHaveLength(1));
  for (const socket of sockets) socket.terminate();
  await vi.waitFor(() => expect(items[1]).toEqual({ cursor: 'good-1', token: 'good', after: 'good-1' }));
  expect(observer.error).not.toHaveBeenCalled();
});

test('a server that goes down says when to come back', async () => {
  const { subscriptions, sockets, items, observer } = start();
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items).toHaveLength(1));
  const asked = performance.now();
  for (const socket of sockets) socket.close(1001, 'the server is going down: connect again in 300 ms');
  await vi.waitFor(() => expect(items[1]).toMatchObject({ after: 'good-1' }));
  expect(performance.now() - asked).toBeGreaterThanOrEqual(295);
});

test('another account has another socket, and none of the last one’s cursors', async () => {
  const { session, subscriptions, items, observer } = start();
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items).toHaveLength(1));
  session.become('signed-in', 'other');
  await vi.waitFor(() => expect(items[1]).toEqual({ cursor: 'other-1', token: 'other', after: null }));
});

test('a refused token is renewed once; a second refusal is the end', async () => {
  const { session, subscriptions, refused, observer } = start();
  session.current = 'bad';
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(observer.error).toHaveBeenCalledOnce());
  expect(observer.error.mock.calls[0]![0]).toMatchObject({ code: 4403 });
  expect(session.renewed).toBe(1);
  expect(refused).toHaveLength(2);
});

test('a renewed token that holds goes on without a word', async () => {
  const { session, subscriptions, items, observer } = start();
  session.current = 'bad';
  session.renew = async () => 'renewed';
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items).toHaveLength(1));
  expect(items[0]).toMatchObject({ token: 'renewed' });
  expect(observer.error).not.toHaveBeenCalled();
});

test('signing out completes what is subscribed; signing in again works', async () => {
  const { session, subscriptions, sockets, items, observer } = start();
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items).toHaveLength(1));
  session.become('signed-out', '');
  await vi.waitFor(() => expect(observer.complete).toHaveBeenCalledOnce());
  await vi.waitFor(() => expect(sockets.size).toBe(0));
  session.become('signed-in', 'again');
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items[1]).toMatchObject({ token: 'again' }));
});

test('the state of the connection can be seen', async () => {
  const { subscriptions, sockets, items, observer } = start();
  const states: string[] = [];
  subscriptions.onState(() => states.push(subscriptions.getState()));
  expect(subscriptions.getState()).toBe('closed');
  const unsubscribe = subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items).toHaveLength(1));
  for (const socket of sockets) socket.terminate();
  await vi.waitFor(() => expect(items).toHaveLength(2));
  expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
  unsubscribe();
  await vi.waitFor(() => expect(subscriptions.getState()).toBe('closed'));
});

test('it is tried for as long as it takes', async () => {
  const { subscriptions, sockets, items, observer, refuseNext } = start();
  subscriptions.subscribe({ query: QUERY }, observer);
  await vi.waitFor(() => expect(items).toHaveLength(1));
  refuseNext(12);
  for (const socket of sockets) socket.terminate();
  await vi.waitFor(() => expect(items).toHaveLength(2), { timeout: 3_000 });
  expect(observer.error).not.toHaveBeenCalled();
});
