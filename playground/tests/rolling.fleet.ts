/** A fleet behind its proxy, as clients see it: nodes come and go, and nobody misses or doubles anything. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { subscriptionsTo } from '../src/api/socket.ts';
import { Api } from './api.ts';

const ALERTS = `subscription ($after: String) {
  budgetAlerts(after: $after) { cursor threshold customer { accountName } }
}`;
const PAST = `query ($after: String) {
  events(first: 100, after: $after, types: [BUDGET_THRESHOLD_REACHED]) {
    edges { cursor }
    pageInfo { endCursor hasNextPage }
  }
}`;
const SET = `mutation ($input: SetCustomerBudgetInput!) {
  setCustomerBudget(input: $input) { budget { used } userErrors { code message } }
}`;
const SUBSCRIBERS = 6;
const PATIENCE_MS = 30_000;

const proxy = variable('FLEET_URL');
const nodes = variable('FLEET_NODES').split(' ');
const pids = variable('FLEET_PIDS');

test('the proxy keeps what is for keepers inside', async () => {
  for (const path of ['metrics', 'livez', 'readyz']) {
    expect((await fetch(`${proxy}${path}`)).status, path).toBe(404);
    expect((await fetch(`${nodes[0]}${path}`)).status, path).toBe(200);
  }
});

test('clients keep their feed and their requests while nodes are replaced and killed', async () => {
  const reseller = await Api.as(proxy, 'reseller-1b');
  const meter = await Api.as(proxy, 'platform/meter');
  const start = await lastCursor(reseller);
  const followers = Array.from({ length: SUBSCRIBERS }, () => follow(reseller, start));
  await until('every node has subscribers', async () => {
    const figures = await Promise.all(nodes.map((node) => figure(node, 'partner_center_subscriptions')));
    return figures.every((figure) => figure >= 2);
  });

  let alerts = 0;
  await meter.recordCharges('customer-1b1', ['100']);
  /** A little more is used, and the budget that was roomy becomes tight: one alert. */
  const round = async (): Promise<void> => {
    await meter.recordCharges('customer-1b1', ['0.01']);
    const used = await setBudget(reseller, 1_000);
    await setBudget(reseller, used / 0.8);
    alerts += 1;
  };
  const everybodyHas = (count: number): Promise<void> =>
    until(`all have ${count} alerts`, async () => followers.every(({ cursors }) => cursors.length >= count));

  await round();
  await everybodyHas(alerts);

  // Replaced in order, one after the other, as at an upgrade: no request fails, all under way.
  for (const node of [0, 1]) {
    const replaced = replace(node, 'SIGTERM');
    let done = false;
    void replaced.then(() => (done = true));
    do await round();
    while (!done);
    await replaced;
    await round();
    await everybodyHas(alerts);
  }

  // Killed: what was not acknowledged may be asked again.
  for (const node of [0, 1]) {
    const replaced = replace(node, 'SIGKILL');
    for (let left = 3; left > 0; ) {
      try {
        await round();
        left -= 1;
      } catch {
        await pause(100);
      }
    }
    await replaced;
  }

  await round();
  // Whoever gives events their order may have just been killed: what is committed gets its place when another has taken over.
  await until('every alert has its place', async () => (await cursorsAfter(reseller, start)).length >= alerts);
  await pause(1_000);
  const truth = await cursorsAfter(reseller, start);
  await everybodyHas(truth.length);
  await pause(1_000);
  for (const { cursors, failures } of followers) {
    expect(failures).toEqual([]);
    expect(cursors).toEqual(truth);
  }
  expect(truth.length).toBeGreaterThanOrEqual(alerts);
  for (const { end } of followers) end();
});

interface Follower {
  cursors: string[];
  failures: unknown[];
  end: () => void;
}

/** As the page does it: comes back by itself, behind its last cursor. */
function follow(api: Api, after: string | null): Follower {
  const cursors: string[] = [];
  const failures: unknown[] = [];
  const subscriptions = subscriptionsTo(`${proxy.replace(/^http/, 'ws')}graphql`, api.session, {
    webSocketImpl: WebSocket,
  });
  subscriptions.subscribe(
    { query: ALERTS, variables: { after } },
    {
      next: ({ data, errors }) => {
        if (data) cursors.push((data as unknown as { budgetAlerts: { cursor: string } }).budgetAlerts.cursor);
        else failures.push(errors);
      },
      error: (error) => failures.push(error),
      complete() {},
    },
  );
  return { cursors, failures, end: () => subscriptions.close() };
}

/** This reseller needs no verification code. Returns what is used. */
async function setBudget(api: Api, amount: number): Promise<number> {
  const { setCustomerBudget } = await api.run<{ setCustomerBudget: { budget: { used: string } } }>(SET, {
    input: {
      customerId: api.id('customer-1b1'),
      type: 'MONTHLY',
      amount: amount.toFixed(2),
      exhaustionPolicy: 'MANUAL',
    },
  });
  return Number(setCustomerBudget.budget.used);
}

async function cursorsAfter(api: Api, start: string | null): Promise<string[]> {
  const found: string[] = [];
  let after = start;
  for (;;) {
    const { events } = await api.run<{
      events: { edges: { cursor: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } };
    }>(PAST, { after });
    found.push(...events.edges.map(({ cursor }) => cursor));
    if (!events.pageInfo.hasNextPage) return found;
    after = events.pageInfo.endCursor;
  }
}

async function lastCursor(api: Api): Promise<string | null> {
  return (await cursorsAfter(api, null)).at(-1) ?? null;
}

/** Ends a node with a signal, and waits until its successor is ready. */
async function replace(node: number, signal: NodeJS.Signals): Promise<void> {
  const file = join(pids, `node-${node + 1}.pid`);
  const old = (await readFile(file, 'utf8')).trim();
  process.kill(Number(old), signal);
  await until(`node ${node + 1} has a successor`, async () => (await readFile(file, 'utf8')).trim() !== old);
  await until(`node ${node + 1} is ready`, async () => (await fetch(`${nodes[node]}readyz`)).ok);
  // The proxy looks twice a second.
  await pause(1_500);
}

async function figure(node: string, name: string): Promise<number> {
  const text = await (await fetch(`${node}metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await pause(50);
  }
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run me with bin/fleet`);
  return value;
}
