import { expect, test, vi } from 'vitest';
import { isUnauthenticated, postTo } from './graphql.ts';

function answering(body: string, init?: ResponseInit) {
  return vi.fn<typeof fetch>(async () => new Response(body, init));
}

test('a request goes out as JSON, with the token and nothing of the browser’s own', async () => {
  const fetcher = answering('{"data":{"viewer":null}}');
  const answer = await postTo('/graphql', fetcher)({ query: '{ viewer { currency } }' }, { token: 'abc' });
  expect(answer).toEqual({ data: { viewer: null } });
  const [url, init] = fetcher.mock.calls[0]!;
  expect(url).toBe('/graphql');
  expect(init).toMatchObject({ method: 'POST', credentials: 'omit', body: '{"query":"{ viewer { currency } }"}' });
  const headers = init?.headers as Headers;
  expect(headers.get('authorization')).toBe('Bearer abc');
  expect(headers.get('content-type')).toBe('application/json');
});

test('headers that somebody typed win, whatever their case', async () => {
  const fetcher = answering('{}');
  await postTo('/graphql', fetcher)({ query: '{ a }' }, { token: 'abc', headers: { Authorization: 'Bearer own' } });
  expect((fetcher.mock.calls[0]![1]?.headers as Headers).get('authorization')).toBe('Bearer own');
});

test('a refusal is an answer, whatever its status', async () => {
  const body = '{"errors":[{"message":"Sign in first.","extensions":{"code":"UNAUTHENTICATED"}}]}';
  const answer = await postTo('/graphql', answering(body, { status: 401 }))({ query: '{ a }' });
  expect(isUnauthenticated(answer)).toBe(true);
});

test('what is not JSON comes from something in between, and says so', async () => {
  const post = postTo('/graphql', answering('<html>', { status: 502, statusText: 'Bad Gateway' }));
  await expect(post({ query: '{ a }' })).rejects.toThrow('HTTP 502 Bad Gateway');
});
