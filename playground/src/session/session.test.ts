import { describe, expect, test, vi } from 'vitest';
import type { GraphQLAnswer, Post, PostOptions } from '../api/graphql.ts';
import { authorized } from './authorized.ts';
import { Session } from './session.ts';

const MINUTE = 60_000;
const UNAUTHENTICATED = { errors: [{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }] };
const CREDENTIALS = { accountName: 'reseller-1a', memberName: null, password: 'demo-password' };

/** A server of a few lines: it gives out numbered tokens, and every refresh token is good for one use. */
function fakeServer() {
  const server = {
    now: Date.parse('2026-11-20T00:00:00Z'),
    lifetime: 10 * MINUTE,
    issued: 0,
    refreshed: 0,
    refreshable: new Set<string>(),
    refuses: new Set<string>(),
    seen: [] as (string | null | undefined)[],
    post: vi.fn<(request: { query: string; variables?: unknown }, options?: PostOptions) => Promise<GraphQLAnswer>>(),
  };
  function issue(accountName: string) {
    const n = ++server.issued;
    server.refreshable.add(`refresh-${n}`);
    return {
      accessToken: `access-${n}`,
      refreshToken: `refresh-${n}`,
      expiresAt: new Date(server.now + server.lifetime).toISOString(),
      viewer: { account: { id: 'res_1', kind: 'RESELLER', accountName, name: 'r****r' } },
      userErrors: [],
    };
  }
  server.post.mockImplementation(async ({ query, variables }, options) => {
    const { input } = (variables ?? {}) as { input?: { password?: string; accountName?: string; refreshToken?: string } };
    if (query.includes('mutation SignIn')) {
      return input?.password === 'demo-password'
        ? { data: { signIn: issue(input.accountName ?? '') } }
        : { data: { signIn: { userErrors: [{ code: 'INVALID_INPUT', message: 'Wrong password.', field: null }] } } };
    }
    if (query.includes('mutation RefreshSession')) {
      server.refreshed += 1;
      if (!server.refreshable.delete(input?.refreshToken ?? '')) return UNAUTHENTICATED;
      return { data: { refreshSession: issue('reseller-1a') } };
    }
    server.seen.push(options?.token);
    if (!options?.token || server.refuses.has(options.token)) return UNAUTHENTICATED;
    return { data: { ok: true } };
  });
  const session = new Session(server.post as unknown as Post, () => server.now);
  return { server, session, post: authorized(server.post as unknown as Post, session) };
}

describe('signing in', () => {
  test('says who it is', async () => {
    const { session } = fakeServer();
    const changed = vi.fn();
    session.onChange(changed);
    expect(await session.signIn(CREDENTIALS)).toBeNull();
    expect(session.state).toMatchObject({ status: 'signed-in', viewer: { account: { accountName: 'reseller-1a' } } });
    expect(changed).toHaveBeenCalledOnce();
  });

  test('with a wrong password leaves whoever was signed in', async () => {
    const { session } = fakeServer();
    await session.signIn(CREDENTIALS);
    const before = session.state;
    expect(await session.signIn({ ...CREDENTIALS, password: 'wrong' })).toBe('Wrong password.');
    expect(session.state).toBe(before);
  });

  test('twice in a row: the later choice wins, in whatever order the answers come', async () => {
    const { server, session } = fakeServer();
    const answer = server.post.getMockImplementation()!;
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.post.mockImplementationOnce(async (request, options) => {
      await gate;
      return answer(request, options);
    });
    const slow = session.signIn({ ...CREDENTIALS, accountName: 'first' });
    await session.signIn({ ...CREDENTIALS, accountName: 'second' });
    release();
    await slow;
    expect(session.state).toMatchObject({ viewer: { account: { accountName: 'second' } } });
  });
});

describe('tokens', () => {
  test('a fresh one is used as it is', async () => {
    const { server, session, post } = fakeServer();
    await session.signIn(CREDENTIALS);
    await post({ query: '{ ok }' });
    expect(server.seen).toEqual(['access-1']);
    expect(server.refreshed).toBe(0);
  });

  test('one about to expire is renewed first, once for all who need it', async () => {
    const { server, session, post } = fakeServer();
    await session.signIn(CREDENTIALS);
    const before = session.state;
    server.now += server.lifetime - 10_000;
    await Promise.all([post({ query: '{ ok }' }), post({ query: '{ ok }' }), post({ query: '{ ok }' })]);
    expect(server.seen).toEqual(['access-2', 'access-2', 'access-2']);
    expect(server.refreshed).toBe(1);
    expect(session.state).toBe(before);
  });

  test('a very short life is not spent on renewals', async () => {
    const { server, session, post } = fakeServer();
    server.lifetime = 20_000;
    await session.signIn(CREDENTIALS);
    server.now += 10_000;
    await post({ query: '{ ok }' });
    expect(server.refreshed).toBe(0);
  });

  test('one that is refused is renewed, and the request tried once more', async () => {
    const { server, session, post } = fakeServer();
    await session.signIn(CREDENTIALS);
    server.refuses.add('access-1');
    expect(await post({ query: '{ ok }' })).toEqual({ data: { ok: true } });
    expect(server.seen).toEqual(['access-1', 'access-2']);
  });

  test('two refusals are the answer', async () => {
    const { server, session, post } = fakeServer();
    await session.signIn(CREDENTIALS);
    server.refuses.add('access-1').add('access-2');
    expect(await post({ query: '{ ok }' })).toEqual(UNAUTHENTICATED);
    expect(server.seen).toEqual(['access-1', 'access-2']);
    expect(session.state.status).toBe('signed-in');
  });

  test('when the session cannot be renewed, it has ended', async () => {
    const { server, session, post } = fakeServer();
    await session.signIn(CREDENTIALS);
    server.refuses.add('access-1');
    server.refreshable.clear();
    expect(await post({ query: '{ ok }' })).toEqual(UNAUTHENTICATED);
    expect(session.state).toEqual({ status: 'signed-out', reason: 'ended' });
    expect(await session.token()).toBeNull();
  });

  test('a limit or a lost network does not end the session', async () => {
    const { server, session } = fakeServer();
    await session.signIn(CREDENTIALS);
    server.post.mockResolvedValueOnce({ errors: [{ message: 'Too many requests.', extensions: { code: 'LIMITED' } }] });
    await expect(session.renew('access-1')).rejects.toThrow('Too many requests.');
    server.post.mockRejectedValueOnce(new TypeError('Failed to fetch'));
    await expect(session.renew('access-1')).rejects.toThrow('Failed to fetch');
    expect(session.state.status).toBe('signed-in');
    expect(await session.renew('access-1')).toBe('access-2');
  });

  test('without anybody signed in, requests go out bare', async () => {
    const { server, post } = fakeServer();
    await post({ query: '{ ok }' });
    expect(server.seen).toEqual([null]);
  });
});

test('signing out forgets at once, and tells the server', async () => {
  const { server, session } = fakeServer();
  await session.signIn(CREDENTIALS);
  const done = session.signOut();
  expect(session.state).toEqual({ status: 'signed-out', reason: 'by-choice' });
  await done;
  expect(server.seen).toEqual(['access-1']);
});
