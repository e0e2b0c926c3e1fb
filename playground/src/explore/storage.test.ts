import { expect, test } from 'vitest';
import { discreetStorage, withoutSecrets } from './storage.ts';

/** localStorage as browsers have it: its keys are its properties. */
function fakeStorage(initial: Record<string, string>): Storage {
  const methods = {
    getItem: (key: string) => storage[key] ?? null,
    setItem: (key: string, value: string) => void (storage[key] = value),
    removeItem: (key: string) => void delete storage[key],
  };
  const storage: Record<string, string> = Object.assign(Object.create(methods), initial);
  return storage as unknown as Storage;
}

test.each([
  ['GraphQL', 'signIn(input: { accountName: "a", password: "se cret" })', 'signIn(input: { accountName: "a", password: "" })'],
  ['JSON', '{"input":{"password": "secret","x":1}}', '{"input":{"password": "","x":1}}'],
  ['an escaped quote', '{"refreshToken":"a\\"b","x":1}', '{"refreshToken":"","x":1}'],
  ['a header', '{"Authorization": "Bearer secret"}', '{"Authorization": ""}'],
])('a secret in %s is cut out', (_notation, text, expected) => {
  expect(withoutSecrets(text)).toBe(expected);
});

test('a secret within GraphiQL’s stored tabs is cut out, and the rest stays readable', () => {
  const variables = JSON.stringify({ input: { refreshToken: 'sec"ret', accountName: 'a' } }, null, 2);
  const query = 'mutation { signIn(input: {password: "secret"}) { accessToken } }';
  const stored = withoutSecrets(JSON.stringify({ tabs: [{ query, variables }] }));
  expect(stored).not.toContain('secret');
  expect(stored).not.toContain('ret"');
  const [tab] = JSON.parse(stored).tabs;
  expect(tab.query).toBe('mutation { signIn(input: {password: ""}) { accessToken } }');
  expect(JSON.parse(tab.variables)).toEqual({ input: { refreshToken: '', accountName: 'a' } });
});

test('what only sounds like a secret stays', () => {
  const query = 'mutation ($password: String!) { signIn(input: { password: $password }) { accessToken refreshToken } }';
  expect(withoutSecrets(query)).toBe(query);
});

test('GraphiQL sees and clears only what is its own', () => {
  const storage = fakeStorage({ 'graphiql:query': '{ a }', 'partner-center:theme': 'dark' });
  const discreet = discreetStorage(storage);
  discreet.setItem('graphiql:variables', '{"password":"secret"}');
  expect(storage.getItem('graphiql:variables')).toBe('{"password":""}');
  expect(discreet.length).toBe(2);
  discreet.clear();
  expect(Object.keys(storage)).toEqual(['partner-center:theme']);
});
