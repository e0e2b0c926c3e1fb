/** Live as a partner keeps it open, in a real browser against the real server. */
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { texts } from '../src/texts.ts';
import { expectAccessible } from './accessible.ts';
import { Api, passThresholds } from './api.ts';
import { launch, openPage, SCREENSHOTS, type OpenOptions, type Watched } from './browser.ts';
import { startServer, type Server } from './server.ts';
import { signInAs } from './workplace.ts';

const live = texts.live;

let server: Server;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function openLive(label: string, options: OpenOptions = {}): Promise<Watched> {
  const watched = await openPage(browser, `${server.url}#/live`, { locale: 'en-US', ...options });
  await watched.page.getByText(live.signedOut).waitFor();
  await signInAs(watched.page, label);
  await watched.page.locator('.budget-row').first().waitFor();
  await connected(watched.page).catch((error: Error) => {
    throw new Error([error.message, ...watched.troubles].join('\n'));
  });
  return watched;
}

async function connected(page: Page): Promise<void> {
  await page.locator('.light[data-state="open"]').waitFor({ timeout: 40_000 });
}

function rowOf(page: Page, customer: string): Locator {
  return page.locator('.budget-row').filter({ has: page.getByText(customer, { exact: true }) });
}

function entriesOf(page: Page, customer: string): Locator {
  return page.locator('.entry').filter({ has: page.getByText(customer, { exact: true }) });
}

/** The names in the list, in the order in which they stand there. */
async function namesIn(page: Page): Promise<string[]> {
  return page.locator('.rows li').evaluateAll((items) =>
    items
      .filter((item) => item.querySelector('.budget-row'))
      .sort((a, b) => Number(a.getAttribute('aria-posinset')) - Number(b.getAttribute('aria-posinset')))
      .map((item) => item.querySelector('strong')!.textContent),
  );
}

async function openPanel(page: Page, customer: string): Promise<Locator> {
  await rowOf(page, customer).click();
  const panel = page.getByRole('dialog', { name: customer });
  await panel.getByRole('tablist').waitFor();
  return panel;
}

test('budgets stand in the order of their usage, and filters leave what is asked for', async () => {
  const { page, troubles } = await openLive('distributor-1');
  await expect.poll(() => namesIn(page)).toHaveLength(15);
  await page.setViewportSize({ width: 1440, height: 480 });
  const overflow = await page.locator('.budgets .scroller').evaluate((box) => box.scrollHeight - box.clientHeight);
  expect(overflow, 'the list scrolls in itself: the page does not grow with it').toBeGreaterThan(100);
  await page.setViewportSize({ width: 1440, height: 900 });
  expect((await namesIn(page)).slice(0, 2)).toEqual(['customer-1a2', 'customer-1a1']);
  expect(await rowOf(page, 'customer-1a1').textContent()).toContain('74.99%');

  await page.getByLabel(live.threshold, { exact: true }).selectOption('75');
  await expect.poll(() => namesIn(page)).toEqual(['customer-1a2']);
  await page.getByLabel(live.threshold, { exact: true }).selectOption('0');
  await page.getByLabel(live.reseller, { exact: true }).selectOption('reseller-1b');
  await expect.poll(async () => (await namesIn(page)).every((name) => name.startsWith('customer-1b'))).toBe(true);
  expect(await page.locator('.entry').count()).toBe(0);
  await page.getByLabel(live.reseller, { exact: true }).selectOption('');
  await page.getByLabel(live.search, { exact: true }).fill('1C4');
  await expect.poll(() => namesIn(page)).toEqual(['customer-1c4']);
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('an alert arrives when charges reach a threshold, and moves the customer up', async () => {
  const { page, troubles } = await openLive('reseller-1b');
  await expect.poll(() => namesIn(page)).toHaveLength(5);
  await passThresholds(server.url, 'reseller-1b', 'customer-1b4');
  await expect.poll(() => entriesOf(page, 'customer-1b4').count(), { timeout: 20_000 }).toBe(3);
  expect(await entriesOf(page, 'customer-1b4').first().textContent()).toContain(live.stream.reached('100%'));
  await expect.poll(async () => (await namesIn(page))[0]).toBe('customer-1b4');
  await page.getByText(live.charts.today('3')).waitFor();
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('a decision on an application arrives', async () => {
  const { page, troubles } = await openLive('reseller-1a');
  const [reseller, customer] = await Promise.all([Api.as(server.url, 'reseller-1a'), Api.as(server.url, 'customer-1a3')]);
  const { requestAuthorization } = await reseller.run<{ requestAuthorization: { application: { id: string; stage: string } } }>(
    'mutation ($input: RequestAuthorizationInput!) { requestAuthorization(input: $input) { application { id stage } userErrors { code message } } }',
    { input: { customerId: reseller.id('customer-1a3') } },
  );
  const { id, stage } = requestAuthorization.application;
  await customer.run(
    'mutation ($input: ReviewApplicationInput!) { reviewApplication(input: $input) { userErrors { code message } } }',
    { input: { applicationId: id, stage, decision: 'REJECTED', comment: 'not now' } },
  );
  const entry = page.locator('.entry[data-decision="REJECTED"]');
  await entry.waitFor({ timeout: 20_000 });
  expect(await entry.textContent()).toContain('not now');
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('a restart of the server is survived: what was missed is shown, once', async () => {
  const { page } = await openLive('csp-1');
  await expect.poll(() => namesIn(page)).toHaveLength(5);
  const before = await page.locator('.entry').count();

  await server.down();
  await page.locator('.light[data-state="waiting"], .light[data-state="connecting"]').waitFor();
  // Time for a few tries in vain, so that the next one is not at once.
  await page.waitForTimeout(6_000);
  await server.up();
  await passThresholds(server.url, 'csp-1', 'customer-csp1-4');
  await connected(page);
  await expect.poll(() => entriesOf(page, 'customer-csp1-4').count(), { timeout: 20_000 }).toBe(3);
  await passThresholds(server.url, 'csp-1', 'customer-csp1-3');
  await expect.poll(() => entriesOf(page, 'customer-csp1-3').count(), { timeout: 20_000 }).toBe(3);

  // Readings that come later bring nothing twice.
  await page.waitForTimeout(2_500);
  expect(await page.locator('.entry').count()).toBe(before + 6);
  await expect.poll(async () => (await namesIn(page)).slice(0, 2).sort(), { timeout: 20_000 }).toEqual(['customer-csp1-3', 'customer-csp1-4']);
  await page.context().close();
});

test('an alert that came while the connection was lost is marked as missed', async () => {
  const { page } = await openLive('reseller-2b');
  await passThresholds(server.url, 'reseller-2b', 'customer-2b3');
  await expect.poll(() => entriesOf(page, 'customer-2b3').count(), { timeout: 20_000 }).toBe(3);
  // The browser's network is cut, not the server's: charges go on meanwhile.
  await page.context().setOffline(true);
  await server.down();
  await server.up();
  await page.locator('.light[data-state="waiting"]').waitFor();
  await passThresholds(server.url, 'reseller-2b', 'customer-2b4');
  expect(await entriesOf(page, 'customer-2b4').count()).toBe(0);
  await page.context().setOffline(false);
  await connected(page);
  await expect.poll(() => entriesOf(page, 'customer-2b4').count(), { timeout: 20_000 }).toBe(3);
  expect(await entriesOf(page, 'customer-2b4').getByText(live.stream.missed, { exact: true }).count()).toBe(3);
  expect(await entriesOf(page, 'customer-2b3').count()).toBe(3);
  await page.context().close();
});

test('a budget is set with a code from the Outbox', async () => {
  const { page, troubles } = await openLive('reseller-2a');
  const panel = await openPanel(page, 'customer-2a4');
  await panel.getByLabel(live.budget.amount('USD')).fill('555.50');
  await panel.getByLabel(live.budget.policy).selectOption('AUTOMATIC');
  await panel.getByRole('button', { name: live.budget.submit }).click();
  await panel.getByRole('alert').waitFor();

  await panel.getByRole('button', { name: live.code.send }).click();
  await panel.getByText(/^Sent to /).waitFor();
  await panel.getByRole('button', { name: live.code.fromOutbox }).click();
  await expect.poll(() => panel.getByLabel(live.code.label).inputValue()).toMatch(/^\d{6}$/);
  await panel.getByRole('button', { name: live.budget.submit }).click();
  await panel.getByText(live.budget.done).waitFor();
  await expect.poll(() => rowOf(page, 'customer-2a4').textContent()).toContain('$555.50');
  await expect.poll(() => panel.textContent()).toContain('$555.50');
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('a customer is frozen and unfrozen; whoever is not in charge only looks', async () => {
  const { page, troubles } = await openLive('reseller-1b');
  const panel = await openPanel(page, 'customer-1b1');
  await panel.getByRole('tab', { name: live.panel.tabs.freeze }).click();
  await panel.getByLabel(live.freeze.reason).fill('overdue');
  await panel.getByRole('button', { name: live.freeze.freeze }).click();
  await panel.getByText(live.freeze.frozen).waitFor();
  await expect.poll(() => rowOf(page, 'customer-1b1').textContent()).toContain(live.budgets.frozen.ACCOUNT);

  const looking = await openLive('distributor-1');
  const seen = await openPanel(looking.page, 'customer-1b1');
  await seen.getByText(live.panel.notInCharge('reseller-1b')).waitFor();
  expect(await seen.getByRole('tab').count()).toBe(1);
  await looking.page.context().close();

  const lift = panel.locator('form').filter({ has: page.getByRole('button', { name: live.freeze.unfreeze, exact: true }) });
  await lift.getByLabel(live.freeze.reason).fill('paid');
  await lift.getByRole('button', { name: live.freeze.unfreeze }).click();
  await panel.getByText(live.freeze.unfrozen).waitFor();
  await expect.poll(() => rowOf(page, 'customer-1b1').textContent()).not.toContain(live.budgets.frozen.ACCOUNT);
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('everything is within reach of the keyboard', async () => {
  const { page, troubles } = await openLive('distributor-1');
  await expect.poll(() => namesIn(page)).toHaveLength(15);
  await page.getByLabel(live.search, { exact: true }).focus();
  await page.keyboard.press('Tab');
  const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.querySelector('strong')?.textContent);
  const [first, second] = await namesIn(page);
  await expect.poll(focused).toBe(first);
  await page.keyboard.press('ArrowDown');
  await expect.poll(focused).toBe(second);
  await page.keyboard.press('End');
  await expect.poll(async () => (await namesIn(page)).at(-1) === (await focused())).toBe(true);
  await page.keyboard.press('Home');
  await expect.poll(focused).toBe(first);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: first! }).getByRole('tablist').waitFor();
  expect(page.url()).toContain('#/live/');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(focused).toBe(first);
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('whoever has no customers is told so', async () => {
  const { page, troubles } = await openPage(browser, `${server.url}#/live`);
  await signInAs(page, 'customer-1a1');
  await page.getByText(live.notOpen).waitFor();
  await signInAs(page, 'platform/meter');
  await page.getByText(live.notOpen).waitFor();
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('a policy without any exception is enough', async () => {
  const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
  const { page, troubles } = await openLive('reseller-1a', { policy });
  const panel = await openPanel(page, 'customer-1a1');
  await panel.getByRole('tab', { name: live.panel.tabs.history }).click();
  await page.locator('.plot canvas').first().waitFor();
  await page.getByRole('link', { name: texts.places.outbox }).click();
  await page.getByRole('heading', { name: texts.outbox.title }).waitFor();
  expect(troubles).toEqual([]);
  await page.context().close();
});

describe('looks and reach', () => {
  const looks = {
    light: { colorScheme: 'light' },
    dark: { colorScheme: 'dark' },
    phone: { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
  } as const;

  for (const [name, options] of Object.entries(looks)) {
    test(`${name}: legible, reachable, nothing sticks out`, async () => {
      const { page, troubles } = await openLive('distributor-1', options);
      const phone = name === 'phone';
      await expect.poll(() => page.locator('.budget-row').count()).toBeGreaterThan(10);
      if (!phone) await page.locator('.plot canvas').nth(1).waitFor({ timeout: 30_000 });
      await page.screenshot({ path: join(SCREENSHOTS, `live-${name}.png`) });
      await expectAccessible(page);

      const panel = await openPanel(page, 'customer-1c1');
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(SCREENSHOTS, `live-customer-${name}.png`) });
      await expectAccessible(page);
      await panel.getByRole('button', { name: live.panel.close }).click();

      if (phone) {
        for (const view of ['stream', 'charts'] as const) {
          await page.getByRole('tab', { name: live.views[view] }).click();
          await page.waitForTimeout(300);
          await page.screenshot({ path: join(SCREENSHOTS, `live-${view}-${name}.png`) });
          await expectAccessible(page);
        }
      }
      const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overhang).toBeLessThanOrEqual(0);
      expect(troubles).toEqual([]);
      await page.context().close();
    });
  }
});
