import { describe, expect, test } from 'vitest';
import { lastDays } from './days.ts';
import { entryOf, outcomeOf } from './model.ts';
import { sampleAlert, sampleOutcome, sampleRow } from './samples.ts';
import { usagePoints } from './usage-points.ts';
import { inOrderOf, levelOf, NO_FILTER, resellersOf, shownEntries, shownRows, summed } from './view.ts';

const rows = new Map(
  [
    sampleRow(1, { percent: 74.99 }),
    sampleRow(2, { percent: 120 }),
    sampleRow(3, { percent: null, budget: null, spent: 5 }),
    sampleRow(4, { percent: 90, freeze: 'ACCOUNT' }),
    sampleRow(5, { percent: null, budget: null, spent: 50, reseller: null }),
  ].map((row) => [row.id, row]),
);
const ids = (shown: readonly { id: string }[]): string[] => shown.map(({ id }) => id.replace('cus_', ''));

describe('the list', () => {
  test('those nearest to the end of their budget come first, those without one last', () => {
    expect(ids(shownRows(rows, NO_FILTER))).toEqual(['2', '4', '1', '5', '3']);
  });

  test('is filtered by threshold, reseller and name', () => {
    expect(ids(shownRows(rows, { ...NO_FILTER, threshold: 75 }))).toEqual(['2', '4']);
    expect(ids(shownRows(rows, { ...NO_FILTER, threshold: 100 }))).toEqual(['2']);
    expect(ids(shownRows(rows, { ...NO_FILTER, reseller: 'res_4' }))).toEqual(['4']);
    expect(ids(shownRows(rows, { ...NO_FILTER, search: ' CUSTOMER-3' }))).toEqual(['3']);
  });

  test('the order on the screen is held, with what is known now', () => {
    const order = shownRows(rows, NO_FILTER);
    const now = shownRows(new Map([...rows, ['cus_1', sampleRow(1, { percent: 130 })], ['cus_6', sampleRow(6)]]), NO_FILTER).filter(
      ({ id }) => id !== 'cus_4',
    );
    const held = inOrderOf(now, order);
    expect(ids(held)).toEqual(['2', '1', '5', '3', '6']);
    expect(held[1]!.percent).toBe(130);
  });

  test('is summed up', () => {
    expect(summed(rows.values())).toEqual({ customers: 5, at75: 2, at90: 2, at100: 1, frozen: 1, spent: 355 });
    expect(resellersOf(rows).map(({ accountName }) => accountName)).toEqual(['reseller-1', 'reseller-2', 'reseller-3', 'reseller-4']);
  });

  test('levels begin where the API warns', () => {
    expect([null, 0, 74.99, 75, 90, 99.99, 100].map(levelOf)).toEqual(['none', 'calm', 'calm', 'near', 'close', 'close', 'over']);
  });
});

test('the stream follows the filters; a decision has no threshold', () => {
  const entries = [entryOf(sampleAlert(1, 0, 1))!, entryOf(sampleAlert(2, 0, 2))!, outcomeOf(sampleOutcome(3, 0))];
  expect(shownEntries(entries, NO_FILTER)).toHaveLength(3);
  expect(shownEntries(entries, { ...NO_FILTER, threshold: 75 })).toHaveLength(2);
  expect(shownEntries(entries, { ...NO_FILTER, threshold: 90 })).toHaveLength(0);
  expect(shownEntries(entries, { ...NO_FILTER, reseller: 'res_2' }).map(({ key }) => key)).toEqual(['alr_2']);
  expect(shownEntries(entries, { ...NO_FILTER, search: 'customer-3' }).map(({ key }) => key)).toEqual(['evt_outcome_3']);
});

test('days begin at midnight where the person is, and leave no gap', () => {
  const now = new Date(2026, 2, 31, 12).getTime();
  const days = lastDays(now);
  expect(days).toHaveLength(14);
  days.forEach(({ start, end }, index) => {
    expect(new Date(start).getHours()).toBe(0);
    if (index > 0) expect(start).toBe(days[index - 1]!.end);
    expect(end).toBeGreaterThan(start);
  });
  expect(days.at(-1)!.start).toBeLessThanOrEqual(now);
  expect(days.at(-1)!.end).toBeGreaterThan(now);
});

test('how a budget was used is told by its beginning, its alerts and the present', () => {
  const alert = (id: string, raisedAt: string, used: string) => ({ id, threshold: 75, raisedAt, used, windowStart: '2026-11-01T00:00:00Z' });
  const points = usagePoints(
    { windowStart: '2026-11-01T00:00:00Z', used: '95.00' },
    [alert('b', '2026-11-20T00:00:00Z', '90.00'), alert('a', '2026-11-10T00:00:00Z', '75.00'), alert('old', '2026-10-20T00:00:00Z', '99.00')],
    Date.parse('2026-11-22T00:00:00Z'),
  );
  expect(points.map(({ used }) => used)).toEqual([0, 75, 90, 95]);
});
