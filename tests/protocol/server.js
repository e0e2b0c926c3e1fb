/** A real server in demonstration mode, with a database of its own, for as long as a test file runs. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** Migrations and the demonstration's data come before the line that tells the address. */
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;

/** Starts it, with settings as variables; tells its address, and how to stop it. */
export async function startServer(settings = {}) {
  const binary = process.env.PARTNER_CENTER_BIN;
  if (!binary) throw new Error('PARTNER_CENTER_BIN is not set: it is the path of the server, e.g. ../../target/debug/partner-center');
  const folder = await mkdtemp(join(tmpdir(), 'partner-center-protocol-'));
  const database = `sqlite://${join(folder, 'protocol.db')}?mode=rwc`;
  const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PARTNER_CENTER_')));
  const child = spawn(resolve(binary), ['serve', '--demo', '--listen', '127.0.0.1:0', '--database-url', database], {
    cwd: folder,
    env: { ...others, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const exit = new Promise((done) => child.once('exit', done));
      const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      child.kill('SIGTERM');
      await exit;
      clearTimeout(impatience);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: await addressOf(child), terminate: () => child.kill('SIGTERM'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function addressOf(child) {
  const errors = [];
  child.stderr.setEncoding('utf8').on('data', (text) => errors.push(text));
  const lines = createInterface({ input: child.stdout });
  return new Promise((found, failed) => {
    const fail = (why) => failed(new Error(`the server ${why}\n${errors.join('').slice(-4000)}`));
    const timer = setTimeout(() => fail(`told no address within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code) => fail(`ended with ${code}`));
    lines.on('line', (line) => {
      const url = /^api: (http:\/\/\S+)$/.exec(line)?.[1];
      if (!url) return;
      clearTimeout(timer);
      found(url);
    });
  });
}

/** Sends an operation as JSON. */
export async function ask(url, query, variables, token) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Signs in as an account of the demonstration, or as `account/member`; returns the token. */
export async function signIn(url, who) {
  const [accountName, memberName = null] = who.split('/');
  const { data } = await ask(
    url,
    `mutation ($accountName: String!, $memberName: String) {
      signIn(input: { accountName: $accountName, memberName: $memberName, password: "demo-password" }) { accessToken }
    }`,
    { accountName, memberName },
  );
  return data.signIn.accessToken;
}

/** Records a charge that brings a customer of the demonstration over its budget. */
export async function charge(url, accountName, listPrice) {
  const token = await signIn(url, 'platform/meter');
  const cast = await (await fetch(new URL('/playground/config.json', url))).json();
  const customerId = cast.accounts.find((account) => account.accountName === accountName).id;
  const line = { chargeId: crypto.randomUUID(), customerId, productType: 'ECS', billingMode: 'PAY_PER_USE', listPrice };
  const charges = [{ ...line, occurredAt: new Date().toISOString() }];
  return ask(
    url,
    'mutation ($charges: [ChargeInput!]!) { recordCharges(input: { charges: $charges }) { recorded } }',
    { charges },
    token,
  );
}
