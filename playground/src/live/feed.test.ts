/** The feed against a server of a few lines: what is asked, when, and what becomes of the answers. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { GraphQLRequest, Post } from '../api/graphql.ts';
import type { Observer, SocketState, Subscriptions } from '../api/socket.ts';
import { LiveFeed } from './feed.ts';
import { sampleAlert } from './samples.ts';
import { LiveStore } from './store.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const apiRow = (number: number) => ({
  id: `cus_${number}`,
  accountName: `customer-${number}`,
  name: 'C****',
  monthToDateExpenditure: '10.00',
  reseller: null,
  budget: null,
  freeze: { level: 'NONE', automatic: false },
});

function start(customers = 3) {
  const asked: string[] = [];
  const server = {
    down: false,
    forbidden: false,
    customers,
    alerts: [] as unknown[],
    observers: [] as Observer[],
    state: 'connecting' as SocketState,
    listeners: new Set<() => void>(),
    become(state: SocketState) {
      server.state = state;
      for (const listener of server.listeners) listener();
    },
  };
  const post = (async ({ query, variables }: GraphQLRequest) => {
    const name = /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? '';
    asked.push(name);
    if (server.down) throw new Error('no network');
    if (server.forbidden) return { errors: [{ message: 'not open to you', extensions: { code: 'FORBIDDEN' } }] };
    const page = { hasNextPage: false, endCursor: null };
    switch (name) {
      case 'LiveCustomers': {
        const from = Number(variables?.['after'] ?? 0);
        const to = Math.min(server.customers, from + 100);
        const nodes = Array.from({ length: to - from }, (_, index) => apiRow(from + index));
        const pageInfo = { hasNextPage: to < server.customers, endCursor: String(to) };
        return { data: { customers: { totalCount: server.customers, nodes, pageInfo } } };
      }
      case 'LiveChanged':
        return { data: { nodes: (variables?.['ids'] as string[]).map((id) => (id === 'cus_0' ? null : apiRow(Number(id.slice(4))))) } };
      case 'LiveAlerts':
        return { data: { budgetAlerts: { nodes: server.alerts } } };
      default:
        return { data: { events: { nodes: [], pageInfo: page } } };
    }
  }) as Post;
  const subscriptions: Subscriptions = {
    subscribe: (_request, observer) => {
      server.observers.push(observer);
      return () => undefined;
    },
    close: () => undefined,
    getState: () => server.state,
    onState: (listener) => {
      server.listeners.add(listener);
      return () => server.listeners.delete(listener);
    },
  };
  const store = new LiveStore();
  const feed = new LiveFeed({ post, subscriptions, store, touch: () => undefined });
  feed.start();
  const tell = (event: unknown): void => server.observers.at(-1)!.next({ data: { events: event } } as never);
  return { server, asked, store, feed, tell };
}

test('all customers are read, page by page, and again after a rest', async () => {
  const { asked, store, feed } = start(250);
  await vi.advanceTimersByTimeAsync(10);
  expect(store.rows.size).toBe(250);
  expect(feed.state).toMatchObject({ total: 250, complete: true, failure: null });
  expect(asked.filter((name) => name === 'LiveCustomers')).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(asked.filter((name) => name === 'LiveCustomers')).toHaveLength(6);
  feed.rest(true);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(asked.filter((name) => name === 'LiveCustomers').length).toBeLessThanOrEqual(9);
  feed.stop();
});

test('customers that change are read together, and who is gone goes', async () => {
  const { asked, store, feed, tell } = start();
  await vi.advanceTimersByTimeAsync(10);
  for (const customerId of ['cus_0', 'cus_1', 'cus_1']) tell({ __typename: 'BudgetChanged', customerId });
  await vi.advanceTimersByTimeAsync(300);
  expect(asked.filter((name) => name === 'LiveChanged')).toHaveLength(1);
  expect([...store.rows.keys()]).toEqual(['cus_1', 'cus_2']);
  feed.stop();
});

test('after a lost connection the past is read, also where no cursor was known; nothing is there twice', async () => {
  const { server, store, feed, tell } = start();
  server.become('open');
  await vi.advanceTimersByTimeAsync(2_000);
  server.become('waiting');
  await vi.advanceTimersByTimeAsync(5_000);
  const at = Date.now() - 1_000;
  server.alerts = [
    { id: 'alr_1', threshold: 75, raisedAt: new Date(at).toISOString(), used: '1', amount: '1', customer: { id: 'cus_1', accountName: 'customer-1', reseller: null } },
  ];
  await vi.advanceTimersByTimeAsync(500);
  server.become('open');
  // The replay and the reading tell of the same alert.
  tell(sampleAlert(1, at, 1));
  await vi.advanceTimersByTimeAsync(2_000);
  tell(sampleAlert(2, Date.now(), 1));
  expect(store.entries().map(({ key, missed }) => [key, missed])).toEqual([
    ['alr_2', false],
    ['alr_1', true],
  ]);
  feed.stop();
});

test('a server that is away is asked again; a stream that ends is followed anew', async () => {
  const { server, store, feed } = start();
  server.down = true;
  feed.refreshAll();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(feed.state.failure).toBe('no network');
  server.down = false;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(feed.state.failure).toBeNull();
  expect(store.rows.size).toBe(3);
  server.observers.at(-1)!.error([{ message: 'events after this cursor are no longer kept' }]);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(server.observers).toHaveLength(2);
  feed.stop();
});

test('who may not look is not asked for again and again', async () => {
  const { server, asked, feed } = start();
  server.forbidden = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(feed.state.forbidden).toBe(true);
  const before = asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.length).toBe(before);
  feed.stop();
});
