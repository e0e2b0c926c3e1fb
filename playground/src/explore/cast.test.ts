import { describe, expect, test } from 'vitest';
import type { AccountKind, Viewer } from '../session/documents.ts';
import type { SessionState } from '../session/session.ts';
import { castOf, roleOf } from './cast.ts';
import { performerFor, type Example } from './examples/example.ts';

type Roles = Viewer['member']['roles'];

function signedIn(kind: AccountKind, accountName: string, memberName: string | null = null, roles: Roles = ['ADMINISTRATOR']) {
  const viewer: Viewer = {
    account: { id: 'x', kind, accountName, name: 'x' },
    member: { id: 'm', name: 'm', roles },
    permissions: [],
    verificationEnabled: false,
    currency: 'USD',
  };
  return { status: 'signed-in', viewer, memberName } satisfies SessionState;
}

test('the platform plays two roles, told apart by what the member may do', () => {
  expect(roleOf(signedIn('PLATFORM', 'platform', 'meter', ['METERING']).viewer)).toBe('meter');
  expect(roleOf(signedIn('PLATFORM', 'platform', 'operator', ['OPERATOR']).viewer)).toBe('operator');
  expect(roleOf(signedIn('PLATFORM', 'platform', 'both', ['OPERATOR', 'METERING']).viewer)).toBe('operator');
});

describe('who should sign in for an example', () => {
  const base = { id: 'x', title: 'x', shows: 'x', document: '{ a }' };
  const general: Example = { ...base, roles: ['distributor', 'reseller'], variables: () => ({ first: 1 }) };
  const particular: Example = { ...base, roles: ['reseller'], variables: ({ id }) => ({ id: id('customer-1a1') }) };

  test('nobody else, where it names no accounts and the role fits', () => {
    expect(performerFor(general, signedIn('RESELLER', 'reseller-2b'))).toBeNull();
    expect(performerFor(general, signedIn('CUSTOMER', 'customer-1a1'))).toBe('distributor-1');
  });

  test('the one it is written for, where it names accounts', () => {
    expect(performerFor(particular, signedIn('RESELLER', 'reseller-2b'))).toBe('reseller-1a');
    expect(performerFor(particular, signedIn('RESELLER', 'reseller-1a'))).toBeNull();
  });

  test('the one it asks for by name', () => {
    const example: Example = { ...general, as: 'distributor-2' };
    expect(performerFor(example, signedIn('DISTRIBUTOR', 'distributor-1'))).toBe('distributor-2');
    expect(performerFor(example, { status: 'signed-out', reason: 'by-choice' })).toBe('distributor-2');
  });
});

test('ids come from the accounts; without a demonstration the gap says what belongs there', () => {
  const accounts = [{ id: 'res_1', kind: 'RESELLER' as const, accountName: 'reseller-1a', memberName: null, name: 'x' }];
  const cast = castOf(accounts, '', new Date());
  expect(cast.id('reseller-1a')).toBe('res_1');
  expect(cast.id('reseller-9z')).toBe('<id of reseller-9z>');
  expect(cast.chargeId()).not.toBe(cast.chargeId());
  expect(cast.found('id of the request')).toBe('<id of the request>');
  expect(castOf(accounts, '', new Date(), { 'id of the request': 'app_1' }).found('id of the request')).toBe('app_1');
});
