/** Live warnings for a program: a graphql-ws client against the real server, without the page. */
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Api } from './api.ts';
import { startServer, type Server } from './server.ts';

const BUDGET_ALERTS = `
  subscription ($after: String, $customerId: ID) {
    budgetAlerts(after: $after, customerId: $customerId) {
      cursor
      threshold
      usagePercent
      customer { accountName }
      reseller { accountName }
    }
  }
`;

interface Alert {
  cursor: string;
  threshold: number;
  usagePercent: string;
  customer: { accountName: string };
  reseller: { accountName: string } | null;
}

/** Long enough for a busy machine; a server that pushes needs milliseconds. */
const PATIENCE_MS = 20_000;
/** Long enough for something that was sent twice to arrive twice. */
const AFTERTHOUGHT_MS = 1_500;

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

test('warnings arrive live, and after a lost connection what was missed arrives exactly once', async () => {
  const reseller = await Api.as(server.url, 'reseller-1a');
  const meter = await Api.as(server.url, 'platform/meter');
  const customerId = meter.id('customer-1a1');
  const { amount, used } = await reseller.setRoomyBudget('customer-1a1');
  const toEightyPercent = (0.8 * amount - used).toFixed(2);
  const beyondTheBudget = (0.3 * amount).toFixed(2);

  const live = await follow(reseller, { customerId });
  await meter.recordCharges('customer-1a1', [toEightyPercent]);
  await live.until(1);
  expect(live.alerts.map(({ threshold }) => threshold)).toEqual([75]);
  expect(live.alerts[0]).toMatchObject({
    customer: { accountName: 'customer-1a1' },
    reseller: { accountName: 'reseller-1a' },
  });
  await live.drop();

  await meter.recordCharges('customer-1a1', [beyondTheBudget]);

  const resumed = await follow(reseller, { customerId, after: live.alerts.at(-1)?.cursor });
  await resumed.until(2);
  await pause(AFTERTHOUGHT_MS);
  expect(resumed.alerts.map(({ threshold }) => threshold)).toEqual([90, 100]);
  expect(new Set([...live.alerts, ...resumed.alerts].map(({ cursor }) => cursor)).size).toBe(3);
  await resumed.drop();
});

test('a customer of somebody else is none of the reseller’s business', async () => {
  const reseller = await Api.as(server.url, 'reseller-1a');
  const csp = await Api.as(server.url, 'csp-1');
  const meter = await Api.as(server.url, 'platform/meter');
  const { amount, used } = await csp.setRoomyBudget('customer-csp1-5');

  const theirs = await follow(csp, {});
  const ours = await follow(reseller, {});
  await meter.recordCharges('customer-csp1-5', [(0.8 * amount - used).toFixed(2)]);
  await theirs.until(1);
  await pause(AFTERTHOUGHT_MS);
  expect(ours.alerts).toEqual([]);
  await Promise.all([theirs.drop(), ours.drop()]);
});

test('a bad token is refused with close code 4403', async () => {
  const closed = new Promise<{ code: number }>((resolve) => {
    const client = clientWith('Bearer not-a-token', { closed: (event) => resolve(event as { code: number }) });
    client.subscribe({ query: BUDGET_ALERTS }, { next() {}, error() {}, complete() {} });
  });
  expect((await closed).code).toBe(4403);
});

interface Following {
  alerts: Alert[];
  until: (count: number) => Promise<void>;
  /** As a lost network would: without a word to the server. */
  drop: () => Promise<void>;
}

async function follow(api: Api, variables: Record<string, unknown>): Promise<Following> {
  const alerts: Alert[] = [];
  let failure: unknown = null;
  let socket: WebSocket | null = null;
  const client = clientWith(`Bearer ${await api.session.token()}`, {
    opened: (opened) => {
      socket = opened as WebSocket;
    },
  });
  const connected = new Promise<void>((resolve) => client.on('connected', () => resolve()));
  client.subscribe<{ budgetAlerts: Alert }>(
    { query: BUDGET_ALERTS, variables },
    {
      next: ({ data, errors }) => {
        if (data) alerts.push(data.budgetAlerts);
        else failure = errors;
      },
      error: (error) => {
        failure = error;
      },
      complete() {},
    },
  );
  await connected;
  // The acknowledgement is for the connection; the subscription is registered a moment later.
  await pause(500);

  return {
    alerts,
    until: async (count) => {
      const deadline = Date.now() + PATIENCE_MS;
      while (alerts.length < count) {
        if (failure) throw new Error(JSON.stringify(failure));
        if (Date.now() > deadline) throw new Error(`${alerts.length} of ${count} warnings within ${PATIENCE_MS} ms`);
        await pause(20);
      }
    },
    drop: async () => {
      socket?.terminate();
      await client.dispose();
    },
  };
}

function clientWith(authorization: string, on: NonNullable<Parameters<typeof createClient>[0]['on']>): Client {
  const url = `${server.url.replace(/^http/, 'ws')}graphql`;
  return createClient({ url, webSocketImpl: WebSocket, connectionParams: { authorization }, retryAttempts: 0, on });
}
