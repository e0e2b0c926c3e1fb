/** The page as a person uses it, in a real browser against the real server. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LEADS, ROLES } from '../src/explore/cast.ts';
import { guide, singleExamples } from '../src/explore/examples/index.ts';
import { writtenFor } from '../src/explore/examples/example.ts';
import { texts } from '../src/texts.ts';
import { expectAccessible } from './accessible.ts';
import { Api, passThresholds } from './api.ts';
import { launch, openPage, SCREENSHOTS } from './browser.ts';
import { startServer, type Server } from './server.ts';
import {
  editorsReady,
  openExample,
  responseText,
  run,
  runExample,
  showExample,
  signedInAs,
  signInAs,
  startSubscription,
  stopSubscription,
} from './workplace.ts';

let server: Server;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('the page loads by itself: no errors, nothing from anywhere else, under the policy of the README', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const policy = /^default-src 'self';[^`]*/m.exec(readme)![0].replaceAll(/\s+/g, ' ').trim();
  const { page, troubles } = await openPage(browser, server.url, { policy });
  await editorsReady(page);
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.getByText('Root Types').waitFor();
  await page.getByRole('link', { name: texts.places.outbox }).click();
  await page.getByRole('heading', { name: texts.outbox.title }).waitFor();
  expect(troubles).toEqual([]);
  await page.context().close();
});

describe('every example runs as it stands', () => {
  for (const role of ROLES) {
    test(`as ${texts.roles[role]}`, async () => {
      const { page, troubles } = await openPage(browser, server.url);
      await editorsReady(page);
      await signInAs(page, LEADS[role]);
      for (const example of singleExamples.filter((candidate) => candidate.roles.includes(role))) {
        await runExample(page, example.id);
        if (example.roles.length === 1) await signedInAs(page, writtenFor(example));
      }
      expect(troubles).toEqual([]);
      await page.context().close();
    });
  }
});

test('the guide leads from the invitation of a reseller to the leaving of its customer', async () => {
  const { page, troubles } = await openPage(browser, server.url);
  await editorsReady(page);
  for (const step of guide) {
    await runExample(page, step.id);
    if (!step.anonymous) await signedInAs(page, writtenFor(step));
  }
  expect(await responseText(page)).toContain('"partner": null');
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('a warning shows up in GraphiQL while the subscription runs, also after a change of accounts', async () => {
  const { page, troubles } = await openPage(browser, server.url);
  await editorsReady(page);
  await signInAs(page, 'reseller-1a');
  await openExample(page, 'budget-alerts-live');
  await startSubscription(page);
  await passThresholds(server.url, 'reseller-1a', 'customer-1a2');
  await expect.poll(() => responseText(page), { timeout: 20_000 }).toContain('customer-1a2');

  const subscribedAnew = subscribing(page);
  await signInAs(page, 'csp-1');
  await subscribedAnew;
  await passThresholds(server.url, 'csp-1', 'customer-csp1-5');
  await expect.poll(() => responseText(page), { timeout: 20_000 }).toContain('customer-csp1-5');
  await stopSubscription(page);
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('tokens and passwords stay in memory', async () => {
  const { page } = await openPage(browser, server.url);
  await editorsReady(page);
  await signInAs(page, 'reseller-1a');
  await runExample(page, 'who-am-i');
  const sent = page.waitForRequest((request) => Boolean(request.headers()['authorization']));
  await run(page);
  const token = (await sent).headers()['authorization']?.replace('Bearer ', '');
  expect(token).toBeTruthy();
  // GraphiQL saves what it has half a second later.
  await page.waitForTimeout(1_000);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(kept).not.toContain(token);
  expect(kept).not.toContain('demo-password');

  await page.reload();
  await page.getByText(texts.session.signedOut).waitFor();
  await page.context().close();
});

test('a wrong password is refused in words', async () => {
  const { page } = await openPage(browser, server.url);
  await page.getByRole('button', { name: texts.session.otherAccount }).click();
  await page.getByLabel(texts.session.accountName).fill('reseller-1a');
  await page.getByLabel(texts.session.password).fill('wrong');
  await page.locator('.credentials').getByRole('button', { name: texts.session.signIn }).click();
  await page.locator('.credentials .refusal').waitFor();

  const { password } = (await Api.as(server.url, 'reseller-1a')).config;
  await page.getByLabel(texts.session.password).fill(password ?? '');
  await page.getByLabel(texts.session.password).press('Enter');
  await signedInAs(page, 'reseller-1a');
  await page.getByRole('button', { name: texts.session.signOut }).click();
  await page.getByText(texts.session.signedOut).waitFor();
  await page.context().close();
});

test('a place is as it was left: coming back from the outbox changes nothing', async () => {
  const { page, troubles } = await openPage(browser, server.url);
  await editorsReady(page);
  await openExample(page, 'who-am-i');
  await page.locator('.graphiql-query-editor .monaco-editor').first().click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('# mine\n');
  await page.getByRole('link', { name: texts.places.outbox }).click();
  await page.getByRole('heading', { name: texts.outbox.title }).waitFor();
  await page.getByRole('link', { name: texts.places.explore }).click();
  await page.getByRole('heading', { name: 'Who am I?' }).waitFor();
  expect(await page.locator('.graphiql-query-editor .view-lines').textContent()).toContain('mine');
  expect(page.url()).toContain('#/explore/who-am-i');
  expect(troubles).toEqual([]);
  await page.context().close();
});

test('the outbox shows a code', async () => {
  const { page, troubles } = await openPage(browser, server.url);
  await editorsReady(page);
  await signInAs(page, 'reseller-1b');
  await openExample(page, 'who-am-i');
  const api = await Api.as(server.url, 'reseller-1b');
  await api.run(
    'mutation { sendVerificationCode(input: { operation: SET_BUDGET }) { sentTo userErrors { code message } } }',
  );
  await page.getByRole('link', { name: texts.places.outbox }).click();
  await page.locator('.message code').first().waitFor();
  expect(await page.locator('.message code').first().textContent()).toMatch(/^\d{6}$/);
  await page.locator('.message').first().getByRole('button', { name: /^Copy/ }).click();
  await page.getByText(new RegExp(`^(${texts.outbox.copied}|${texts.outbox.selected})$`)).waitFor();
  expect(troubles).toEqual([]);
  await page.context().close();
});

describe('looks and reach', () => {
  const looks = {
    light: { colorScheme: 'light' },
    dark: { colorScheme: 'dark' },
    phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  } as const;

  for (const [name, options] of Object.entries(looks)) {
    test(`${name}: legible, reachable, nothing sticks out`, async () => {
      const { page, troubles } = await openPage(browser, `${server.url}#/explore/resellers-and-quotas`, options);
      await editorsReady(page);
      await runExample(page, 'resellers-and-quotas');
      await page.screenshot({ path: join(SCREENSHOTS, `explore-${name}.png`), fullPage: name === 'phone' });
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.getByRole('link', { name: 'Query', exact: true }).click();
      expect(page.url(), 'the documentation left the place alone').toContain('#/explore/resellers-and-quotas');
      await expectAccessible(page);
      await showExample(page, 'life-grant');
      await page.screenshot({ path: join(SCREENSHOTS, `guide-${name}.png`), fullPage: name === 'phone' });
      await expectAccessible(page);
      await page.getByRole('link', { name: texts.places.outbox }).click();
      await page.getByRole('heading', { name: texts.outbox.title }).waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, `outbox-${name}.png`) });
      await expectAccessible(page);
      const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overhang).toBeLessThanOrEqual(0);
      expect(troubles).toEqual([]);
      await page.context().close();
    });
  }
});

/** When the page has opened another socket and subscribed on it. */
async function subscribing(page: Page): Promise<void> {
  const socket = await page.waitForEvent('websocket');
  await socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('"subscribe"'));
  await page.waitForTimeout(500);
}
