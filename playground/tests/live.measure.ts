/**
 * How smooth Live is, and what it keeps: ten thousand customers, fifty alerts a second, for a minute or as long as
 * `SECONDS` says. By hand, on a machine that does nothing else: `npm run measure`.
 *
 * The page, the sign-in and the browser are real. Customers and alerts are made up between the page and the server, so that
 * what is measured is the page, and the rate is what it says.
 */
import type { Browser, CDPSession, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleAlert } from '../src/live/samples.ts';
import { launch, openPage } from './browser.ts';
import { startServer, type Server } from './server.ts';
import { signInAs } from './workplace.ts';

const CUSTOMERS = 10_000;
const SECONDS = Number(process.env['SECONDS'] ?? 60);
const ALERTS_A_SECOND = 50;
/** Rows and entries that are drawn at most, however many there are. */
const DRAWN = 100;
/** Megabytes that may be in use more at the end than after the first seconds. */
const GROWTH = 15;

let server: Server;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

function customer(number: number): unknown {
  const used = 700 - (number % 690);
  return {
    id: `cus_${number}`,
    accountName: `customer-${number}`,
    name: 'C****r',
    monthToDateExpenditure: used.toFixed(2),
      reseller: { id: `res_${number % 50}`, accountName: `reseller-${number % 50}` },
    budget: { type: 'MONTHLY', amount: '1000.00', used: used.toFixed(2), usagePercent: (used / 10).toFixed(2), exhausted: false, exhaustionPolicy: 'MANUAL' },
    freeze: { level: 'NONE', automatic: false },
  };
}

/** Answers the readings of customers in the server's place; everything else goes to the server. */
async function inventCustomers(page: Page): Promise<void> {
  await page.route('**/graphql', async (route) => {
    const { query = '', variables = {} } = (route.request().postDataJSON() ?? {}) as { query?: string; variables?: { after?: string | null } };
    if (!query.includes('query LiveCustomers')) return route.continue();
    const from = Number(variables.after ?? 0);
    const to = Math.min(CUSTOMERS, from + 100);
    const nodes = Array.from({ length: to - from }, (_, index) => customer(from + index));
    const pageInfo = { hasNextPage: to < CUSTOMERS, endCursor: String(to) };
    return route.fulfill({ json: { data: { customers: { totalCount: CUSTOMERS, nodes, pageInfo } } } });
  });
}

/** The feed in the server's place: a function that tells of an alert. */
async function inventFeed(page: Page): Promise<(number: number) => void> {
  const open = new Set<{ socket: WebSocketRoute; id: string }>();
  await page.routeWebSocket(/\/graphql$/, (socket) => {
    socket.onMessage((text) => {
      const message = JSON.parse(String(text)) as { type: string; id: string };
      if (message.type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
      if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
      if (message.type === 'subscribe') open.add({ socket, id: message.id });
    });
  });
  return (number) => {
    const used = (750 + (number % 300)).toFixed(2);
    const events = sampleAlert(number, Date.now(), (number * 7) % CUSTOMERS, used);
    for (const { socket, id } of open) socket.send(JSON.stringify({ id, type: 'next', payload: { data: { events } } }));
  };
}

/** Milliseconds between frames, from now until it is asked for. */
async function watchFrames(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const watched = window as unknown as { frames: number[] };
    watched.frames = [];
    let last = performance.now();
    const frame = (now: number): void => {
      watched.frames.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return () => page.evaluate(() => (window as unknown as { frames: number[] }).frames);
}

async function megabytes(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return usedSize / 1e6;
}

function share(sorted: number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

test(`${CUSTOMERS} customers, ${ALERTS_A_SECOND} alerts a second, for ${SECONDS} s`, async () => {
  const { page } = await openPage(browser, `${server.url}#/live`);
  await inventCustomers(page);
  const tell = await inventFeed(page);
  const began = performance.now();
  await signInAs(page, 'distributor-1');
  await page.locator('.budget-row').first().waitFor();
  const first = performance.now() - began;
  await page.waitForFunction(
    (wanted) => document.querySelector('.sums dd')?.textContent?.replaceAll(/\D/g, '') === String(wanted),
    CUSTOMERS,
    { timeout: 120_000 },
  );
  const all = performance.now() - began;
  await page.locator('.light[data-state="open"]').waitFor();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('HeapProfiler.enable');

  let told = 0;
  const run = async (seconds: number): Promise<void> => {
    const start = performance.now();
    const before = told;
    for (let passed = 0; passed < seconds * 1_000; passed = performance.now() - start) {
      for (const due = before + (passed / 1_000) * ALERTS_A_SECOND; told < due; told += 1) tell(told);
      await new Promise((done) => setTimeout(done, 10));
    }
  };

  // What is kept is full after this.
  await run(25);
  const before = await megabytes(cdp);
  const framesOf = await watchFrames(page);
  await run(SECONDS);
  const frames = (await framesOf()).sort((a, b) => a - b);

  // Somebody scrolls through all of it while it goes on.
  const scrollFrames = await watchFrames(page);
  await Promise.all([
    run(10),
    page.locator('.budgets .scroller').evaluate(async (scroller) => {
      for (let top = 0; top < 200_000; top += 400) {
        scroller.scrollTop = top;
        await new Promise(requestAnimationFrame);
      }
    }),
  ]);
  const scrolling = (await scrollFrames()).sort((a, b) => a - b);
  const after = await megabytes(cdp);
  const entries = Number(await page.locator('.stream li').first().getAttribute('aria-setsize'));
  const drawn = await page.locator('.rows li').count();

  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  console.log(
    [
      `first rows after ${ms(first)}, all ${CUSTOMERS} after ${ms(all)}`,
      `${told} alerts told, ${entries} kept, ${drawn} rows and entries drawn`,
      `frames: ${frames.length}, median ${ms(share(frames, 0.5))}, 95 % ${ms(share(frames, 0.95))}, 99 % ${ms(share(frames, 0.99))}, longest ${ms(frames.at(-1) ?? 0)}`,
      `frames while scrolling: ${scrolling.length}, median ${ms(share(scrolling, 0.5))}, 95 % ${ms(share(scrolling, 0.95))}, longest ${ms(scrolling.at(-1) ?? 0)}`,
      `memory: ${before.toFixed(1)} MB before, ${after.toFixed(1)} MB after`,
    ].join('\n'),
  );
  expect(drawn).toBeLessThan(DRAWN);
  expect(entries).toBeLessThanOrEqual(1_000);
  expect(after - before).toBeLessThan(GROWTH);
});
