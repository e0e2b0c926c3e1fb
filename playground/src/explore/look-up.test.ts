import { expect, test } from 'vitest';
import { firstIdIn, readIn } from './look-up.ts';

test('an id is that of the first node of the list', () => {
  expect(firstIdIn({ customers: { nodes: [{ id: 'cus_1' }, { id: 'cus_2' }] } })).toBe('cus_1');
  expect(firstIdIn({ customers: { nodes: [] } })).toBeNull();
  expect(firstIdIn({ customers: null })).toBeNull();
  expect(firstIdIn(null)).toBeNull();
});

test('a code is that of the newest message which has one', () => {
  const messages = [
    { body: '123456 is your verification code for FREEZE.' },
    { body: 'open http://127.0.0.1:8080/invitations/a-_B1 until 2026-12-01' },
    { body: 'open http://127.0.0.1:8080/invitations/older until 2026-11-01' },
  ];
  expect(readIn(messages, /\/invitations\/([\w-]+)/)).toBe('a-_B1');
  expect(readIn(messages, /^(\S+) is your invitation/)).toBeNull();
});
