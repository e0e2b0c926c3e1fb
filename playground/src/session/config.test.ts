import { expect, test } from 'vitest';
import { accountsByKind, labelOf, loadConfig, type DemoAccount } from './config.ts';

const account = (kind: DemoAccount['kind'], accountName: string, memberName: string | null = null): DemoAccount => ({
  id: `id-${accountName}`,
  kind,
  accountName,
  memberName,
  name: accountName,
});

test('accounts are grouped from the top of the hierarchy; empty groups are left out', () => {
  const accounts = [
    account('CUSTOMER', 'customer-1a1'),
    account('PLATFORM', 'platform', 'operator'),
    account('PLATFORM', 'platform', 'meter'),
    account('CUSTOMER', 'customer-1a2'),
  ];
  expect(accountsByKind(accounts).map(([kind, members]) => [kind, members.map(labelOf)])).toEqual([
    ['PLATFORM', ['platform/operator', 'platform/meter']],
    ['CUSTOMER', ['customer-1a1', 'customer-1a2']],
  ]);
});

test('outside of a demonstration there is nobody to choose', async () => {
  const fetcher = async () => new Response('{"demo":false,"password":null,"accounts":[]}');
  expect(await loadConfig('/config', fetcher)).toEqual({ demo: false, password: null, accounts: [] });
});

test('a server without the page’s configuration is told by its status', async () => {
  const fetcher = async () => new Response('', { status: 404, statusText: 'Not Found' });
  await expect(loadConfig('/config', fetcher)).rejects.toThrow('HTTP 404 Not Found');
});
