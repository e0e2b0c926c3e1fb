import { describe, expect, test, vi } from 'vitest';
import type { Post } from '../api/graphql.ts';
import type { Observer, Subscriptions } from '../api/socket.ts';
import type { Session, SessionState } from '../session/session.ts';
import { texts } from '../texts.ts';
import { graphiqlFetcher } from './fetcher.ts';

function start(status: SessionState['status'] = 'signed-in') {
  const post = vi.fn<(...args: unknown[]) => Promise<unknown>>(async () => ({ data: { a: 1 } }));
  let observer: Observer | undefined;
  const unsubscribe = vi.fn();
  const subscriptions: Subscriptions = {
    subscribe: (_request, given) => {
      observer = given;
      return unsubscribe;
    },
    close() {},
    getState: () => 'open',
    onState: () => () => undefined,
  };
  const session = { state: { status } } as Session;
  const fetcher = graphiqlFetcher(post as unknown as Post, subscriptions, session);
  return { post, fetcher, unsubscribe, observer: () => observer! };
}

test('queries and mutations go over HTTP, with the headers that somebody typed', async () => {
  const { post, fetcher } = start();
  expect(await fetcher({ query: '{ a }' }, { headers: { 'x-trace': '1' } })).toEqual({ data: { a: 1 } });
  expect(post).toHaveBeenCalledWith({ query: '{ a }' }, { headers: { 'x-trace': '1' } });
});

test('what does not parse is for the server to refuse', async () => {
  const { post, fetcher } = start();
  await fetcher({ query: '{ a' });
  expect(post).toHaveBeenCalledOnce();
});

test('a lost network is told as an error of the answer', async () => {
  const { post, fetcher } = start();
  post.mockRejectedValueOnce(new TypeError('Failed to fetch'));
  expect(await fetcher({ query: '{ a }' })).toEqual({ errors: [{ message: 'Failed to fetch' }] });
});

test('signed out, a subscription is not even tried', async () => {
  const { fetcher, observer } = start('signed-out');
  const answer = await fetcher({ query: 'subscription { b }' });
  expect(answer).toEqual({ errors: [{ message: texts.explore.subscribeSignedOut }] });
  expect(observer()).toBeUndefined();
});

describe('a subscription', () => {
  async function subscribe() {
    const started = start();
    const query = 'query A { a } subscription B { b }';
    const seen = { next: vi.fn(), error: vi.fn(), complete: vi.fn() };
    const answer = (await started.fetcher({ query, operationName: 'B' })) as { subscribe: (o: object) => { unsubscribe: () => void } };
    return { ...started, seen, subscription: answer.subscribe(seen) };
  }

  test('goes over the socket, also when a query stands beside it', async () => {
    const { observer, seen, subscription, unsubscribe } = await subscribe();
    observer().next({ data: { b: 1 } });
    expect(seen.next).toHaveBeenCalledWith({ data: { b: 1 } });
    subscription.unsubscribe();
    expect(unsubscribe).toHaveBeenCalledOnce();
  });

  test('tells why the socket was closed', async () => {
    const { observer, seen } = await subscribe();
    observer().error({ code: 4403, reason: 'Forbidden' });
    expect(seen.error).toHaveBeenLastCalledWith({ message: texts.explore.socketClosed(4403, 'Forbidden') });
    observer().error(new Error('limit'));
    expect(seen.error).toHaveBeenLastCalledWith({ message: 'limit' });
    observer().error([{ message: 'from the server' }]);
    expect(seen.error).toHaveBeenLastCalledWith([{ message: 'from the server' }]);
  });
});
