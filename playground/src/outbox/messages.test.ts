import { expect, test } from 'vitest';
import { codeIn, loadMessages, newestCode } from './messages.ts';

const message = (body: string, subject = '') => ({
  id: body,
  channel: 'EMAIL',
  to: 'a@example.com',
  subject,
  body,
  createdAt: '2026-11-20T00:00:00Z',
});

test.each([
  ['Your code is 123456.', '123456'],
  ['Code: 004217\nGood for 5 minutes', '004217'],
  ['Used 123456.78 USD of 200000.00', null],
  ['Used 1,123456 of it', null],
  ['Reference 1234567', null],
  ['No digits here', null],
])('the code in %j is %j', (body, code) => {
  expect(codeIn(message(body))).toBe(code);
});

test('the newest message with a code counts, not the newest message', () => {
  expect(newestCode([message('75 % of the budget is used'), message('new 222222'), message('old 111111')])).toBe('222222');
  expect(newestCode([message('', 'Your code: 333333')])).toBe('333333');
  expect(newestCode([])).toBeNull();
});

test('an outbox that is not there is told by its status', async () => {
  const fetcher = async () => new Response('', { status: 404, statusText: 'Not Found' });
  await expect(loadMessages('/demo/outbox', fetcher)).rejects.toThrow('HTTP 404 Not Found');
});
