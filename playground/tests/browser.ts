/** A browser that notices whatever should not happen on the page. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export const SCREENSHOTS = join(import.meta.dirname, '../screenshots');

export async function launch(): Promise<Browser> {
  await mkdir(SCREENSHOTS, { recursive: true });
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A page with another policy comes from the test and not from an address; sockets to this machine are closed to such.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });
}

export interface Watched {
  page: Page;
  /** Console errors, uncaught errors, failed and foreign requests, in words. */
  troubles: string[];
}

export interface OpenOptions extends BrowserContextOptions {
  /** A Content-Security-Policy in place of the server's. */
  policy?: string;
}

export async function openPage(browser: Browser, url: string, { policy, ...options }: OpenOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const origin = new URL(url).origin;
  const troubles: string[] = [];
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`uncaught: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) troubles.push(`HTTP ${response.status()}: ${response.url()}`);
  });
  // Refused as well as noted, so that a page that needs somebody else fails here as it would offline.
  await context.route(
    (address) => address.protocol.startsWith('http') && address.origin !== origin,
    (route) => {
      troubles.push(`foreign request: ${route.request().url()}`);
      return route.abort();
    },
  );
  if (policy !== undefined) {
    await page.route(url.replace(/#.*/, ''), async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
    });
  }
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(url).host) troubles.push(`foreign socket: ${socket.url()}`);
  });
  await page.goto(url);
  return { page, troubles };
}
