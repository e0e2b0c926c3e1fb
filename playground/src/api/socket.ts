/**
 * Subscriptions over one WebSocket (graphql-transport-ws), in the name of whoever is signed in.
 *
 * The server fixes the identity of a socket when it opens. Another account therefore means another socket: the old
 * one is closed, and what was subscribed is subscribed again.
 */
import { createClient, type Client, type FormattedExecutionResult } from 'graphql-ws';
import type { Session } from '../session/session.ts';
import { resuming } from './resume.ts';
import type { GraphQLRequest } from './graphql.ts';

export interface Observer {
  next(result: FormattedExecutionResult): void;
  error(error: unknown): void;
  complete(): void;
}

/** `waiting`: it was lost, and will be opened again by itself. */
export type SocketState = 'closed' | 'connecting' | 'open' | 'waiting';

export interface Subscriptions {
  subscribe(request: GraphQLRequest, observer: Observer): () => void;
  close(): void;
  /** Arrow functions, because React takes them along without the object. */
  readonly getState: () => SocketState;
  readonly onState: (listener: () => void) => () => void;
}

export interface SocketOptions {
  /** Tests run where there is no WebSocket in the global scope. */
  webSocketImpl?: unknown;
  /** Milliseconds before try number `n`, counted from 0. */
  retryDelay?: (n: number) => number;
}

/** The close codes that tell of a token the server does not accept. */
const FORBIDDEN = 4403;
/** The close code of a server that goes down. */
const GOING_AWAY = 1001;

/** Close codes of our own: the last subscription has ended, or the client is no longer needed. */
const NORMAL = 1000;

/** Shorter than the idle time after which proxies drop a connection, and than the server's own. */
const KEEP_ALIVE_MS = 10_000;

/** At once the first time, because most often we closed it ourselves; later with growing patience and some chance. */
function backoff(n: number): number {
  return n === 0 ? 50 : Math.min(30_000, 500 * 2 ** n) * (0.5 + Math.random());
}

/** A server that goes down tells each client another moment to come back, so that they do not all come at once. */
function askedToWait(event: unknown): number | null {
  if (typeof event !== 'object' || event === null || !('code' in event) || event.code !== GOING_AWAY) return null;
  const hint = 'reason' in event ? /connect again in (\d{1,5}) ms/.exec(String(event.reason)) : null;
  return hint ? Number(hint[1]) : null;
}

export function subscriptionsTo(url: string, session: Session, options: SocketOptions = {}): Subscriptions {
  const { webSocketImpl, retryDelay = backoff } = options;
  let client: Client | null = null;
  let refusedInARow = 0;
  let wait: number | null = null;
  const identityChanges = new Set<() => void>();
  let state: SocketState = 'closed';
  const stateListeners = new Set<() => void>();

  function become(next: SocketState): void {
    if (next === state) return;
    state = next;
    for (const listener of [...stateListeners]) listener();
  }

  function open(): Client {
    refusedInARow = 0;
    let offered: string | null = null;
    return createClient({
      url,
      webSocketImpl,
      keepAlive: KEEP_ALIVE_MS,
      // A page is left open all day, and a server may be away for longer than a few tries.
      retryAttempts: Infinity,
      connectionParams: async () => {
        // Refused once: the token is worth one renewal, as on HTTP.
        offered = refusedInARow > 0 && offered !== null ? await session.renew(offered) : await session.token();
        return offered === null ? {} : { authorization: `Bearer ${offered}` };
      },
      retryWait: (n) => {
        const delay = wait ?? retryDelay(n);
        wait = null;
        return new Promise((resolve) => setTimeout(resolve, delay));
      },
      shouldRetry: (event) => !isRefusal(event) || (refusedInARow <= 1 && session.state.status === 'signed-in'),
      on: {
        connecting: () => become('connecting'),
        connected: () => {
          refusedInARow = 0;
          become('open');
        },
        closed: (event) => {
          if (isRefusal(event)) refusedInARow += 1;
          wait = askedToWait(event);
          become(hasEnded(event) ? 'closed' : 'waiting');
        },
      },
    });
  }

  function close(): void {
    // Completes what is subscribed; a client cannot be used after that. It may be in the middle of a connection that
    // will be refused: nobody waits for it any longer.
    void Promise.resolve(client?.dispose()).catch(() => undefined);
    client = null;
    become('closed');
  }

  session.onChange(() => {
    for (const forget of identityChanges) forget();
    if (session.state.status === 'signed-out') close();
    else client?.terminate();
  });

  return {
    subscribe(request, observer) {
      client ??= open();
      const resumed = resuming(request);
      identityChanges.add(resumed.forget);
      const unsubscribe = client.subscribe(resumed.payload, {
        next(result) {
          resumed.remember(result);
          observer.next(result as FormattedExecutionResult);
        },
        error(error) {
          identityChanges.delete(resumed.forget);
          observer.error(error);
        },
        complete() {
          identityChanges.delete(resumed.forget);
          observer.complete();
        },
      });
      return unsubscribe;
    },
    close,
    getState: () => state,
    onState: (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
  };
}

function hasEnded(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'code' in event && event.code === NORMAL;
}

function isRefusal(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'code' in event && event.code === FORBIDDEN;
}
