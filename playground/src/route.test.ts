import { expect, test } from 'vitest';
import { addressOf, routeOf } from './route.ts';

test.each([
  ['', { place: '', detail: null }],
  ['#/outbox', { place: 'outbox', detail: null }],
  ['#/explore/who-am-i', { place: 'explore', detail: 'who-am-i' }],
])('%j', (hash, route) => {
  expect(routeOf(hash)).toEqual(route);
});

test('an address leads back to where it came from', () => {
  expect(routeOf(addressOf('explore', 'a b/c'))).toEqual({ place: 'explore', detail: 'a b/c' });
});

test('a mangled address is a place without a detail, not a broken page', () => {
  expect(routeOf('#/explore/%E0%A4%A')).toEqual({ place: 'explore', detail: null });
});
