/** A real server in demonstration mode, with a database of its own, for as long as a test file runs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export interface Server {
  /** Where the page is; ends with a slash. */
  url: string;
  /** Ends the process and leaves its data and its address as they are. */
  down: () => Promise<void>;
  /** Starts it again, on the same data and at the same address. */
  up: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Migrations and the demonstration's data come before the line that tells the address. */
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;

export async function startServer(): Promise<Server> {
  const binary = process.env['PARTNER_CENTER_BIN'];
  if (!binary) throw new Error('PARTNER_CENTER_BIN is not set: it is the path of the server, e.g. ../target/debug/partner-center');
  const folder = await mkdtemp(join(tmpdir(), 'partner-center-'));
  const database = `sqlite://${join(folder, 'playground.db')}?mode=rwc`;
  let child = start('127.0.0.1:0');

  function start(listen: string): ChildProcess {
    return spawn(
      resolve(binary!),
      ['serve', '--demo', '--listen', listen, '--database-url', database],
      // In its own folder, because the server keeps a key beside its database; and without the tests' own variables, which
      // the server would refuse as settings that it does not know.
      { cwd: folder, env: withoutSettings(process.env), stdio: ['ignore', 'pipe', 'pipe'] },
    );
  }

  async function stop(): Promise<void> {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  }

  try {
    const url = await addressOf(child);
    const up = async (): Promise<void> => {
      child = start(new URL(url).host);
      await addressOf(child);
    };
    return { url, down: () => ended(child), up, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function withoutSettings(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('PARTNER_CENTER_')));
}

async function addressOf(child: ChildProcess): Promise<string> {
  // Both are read to the end: a pipe that nobody empties stops the server one day.
  const errors: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const lines = createInterface({ input: child.stdout! });
  return new Promise((found, failed) => {
    const fail = (why: string): void => failed(new Error(`the server ${why}\n${errors.join('').slice(-4000)}`));
    const timer = setTimeout(() => fail(`told no address within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code) => fail(`ended with ${code}`));
    lines.on('line', (line) => {
      const url = /playground:\s+(http:\/\/\S+)/.exec(line)?.[1];
      if (!url) return;
      clearTimeout(timer);
      found(url.endsWith('/') ? url : `${url}/`);
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = new Promise((done) => child.once('exit', done));
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.kill('SIGTERM');
  await exit;
  clearTimeout(impatience);
}
