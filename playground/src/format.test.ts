import { expect, test } from 'vitest';
import { formatsOf } from './format.ts';

const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ');

test('money and numbers are written as the country writes them, exactly', () => {
  expect(formatsOf('USD', 'en-US').money('12345678901234567.89')).toBe('$12,345,678,901,234,567.89');
  expect(plain(formatsOf('USD', 'de-DE').money('1234.5'))).toBe('1.234,50 $');
  expect(formatsOf('USD', 'en-IN').count(1234567)).toBe('12,34,567');
});

test('a share never reaches a threshold by being rounded', () => {
  const { percent } = formatsOf('USD', 'en-US');
  expect(percent(74.999)).toBe('74.99%');
  expect(percent(99.99)).toBe('99.99%');
  expect(percent(74.99)).toBe('74.99%');
  expect(percent(75)).toBe('75%');
  expect(plain(formatsOf('USD', 'fr-FR').percent(99.9))).toBe('99,9 %');
});

test('times follow the clock of the country', () => {
  const at = new Date(2026, 10, 22, 15, 4, 5).getTime();
  expect(plain(formatsOf('USD', 'en-US').time(at))).toBe('3:04:05 PM');
  expect(formatsOf('USD', 'de-DE').time(at)).toBe('15:04:05');
});
