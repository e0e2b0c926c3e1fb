/** What is kept does not grow with time. */
import { expect, test } from 'vitest';
import { Ring } from './ring.ts';
import { sampleAlert, sampleRow } from './samples.ts';
import { Series } from './series.ts';
import { CUSTOMERS, ENTRIES, EVERYBODY, LiveStore, POINTS } from './store.ts';

test('a ring keeps the newest, in order, and tells what it forgets', () => {
  const ring = new Ring<number>(3);
  expect([1, 2, 3].map((item) => ring.push(item))).toEqual([undefined, undefined, undefined]);
  expect([4, 5].map((item) => ring.push(item))).toEqual([1, 2]);
  expect(ring.toArray()).toEqual([3, 4, 5]);
  expect(ring.size).toBe(3);
});

test('a series keeps its shape and its ends, with fewer points', () => {
  const series = new Series(100);
  for (let second = 0; second <= 86_400; second += 10) series.add(second * 1_000, second);
  expect(series.size).toBeLessThanOrEqual(100);
  expect(series.size).toBeGreaterThan(40);
  expect(series.times[0]).toBe(0);
  expect(series.times.at(-1)).toBe(86_400_000);
  expect(series.values.at(-1)).toBe(86_400);
  // Here the value is the time: whatever is left lies on the line, and the line has no holes.
  series.times.forEach((time, index) => expect(series.values[index]).toBe(time / 1_000));
  const gaps = series.times.slice(1).map((time, index) => time - series.times[index]!);
  expect(Math.max(...gaps)).toBeLessThan(86_400_000 / 20);
});

/** A second of work, but not on a machine that builds beside it. */
const PATIENCE_MS = 60_000;

test('an hour at 10,000 customers and 50 alerts a second leaves no more than a minute of it does', () => {
  const HOUR = 3_600;
  const PER_SECOND = 50;
  const CUSTOMERS_HERE = 10_000;
  const store = new LiveStore();
  const rows = Array.from({ length: CUSTOMERS_HERE }, (_, number) => sampleRow(number));
  const walk = (second: number): void => {
    store.beginWalk();
    store.takeRows(rows);
    store.endWalk(second * 1_000, true);
  };
  let number = 0;
  let afterAMinute = store.kept;
  walk(0);
  for (let second = 0; second < HOUR; second += 1) {
    for (let n = 0; n < PER_SECOND; n += 1) {
      const event = sampleAlert(number, second * 1_000 + n * 20, number % CUSTOMERS_HERE, (750 + (number % 200)).toFixed(2));
      number += 1;
      store.takeEvent(event);
      // A replay after a lost connection.
      if (number % 1_000 === 0) store.takeEvent(event);
    }
    if (second % 30 === 0) walk(second);
    if (second === 60) afterAMinute = store.kept;
  }
  const { kept } = store;
  expect(number).toBe(180_000);
  expect(store.alertsTaken).toBe(180_000);
  expect({ ...kept, points: 0 }).toEqual({ ...afterAMinute, points: 0 });
  expect(kept).toMatchObject({ rows: CUSTOMERS_HERE, entries: ENTRIES, known: ENTRIES, curves: 51 });
  expect(kept.points).toBeLessThanOrEqual(51 * POINTS);
  expect(store.entries()[0]!.key).toBe('alr_179999');
}, PATIENCE_MS);

test('there is an end to how many customers are kept', () => {
  const store = new LiveStore();
  const page = (from: number) => Array.from({ length: 10_000 }, (_, index) => sampleRow(from + index));
  expect(store.takeRows(page(0))).toBe(true);
  expect(store.takeRows(page(10_000))).toBe(false);
  store.takeRows(page(20_000));
  expect(store.rows.size).toBe(CUSTOMERS);
  store.endWalk(0, false);
  expect(store.spent(EVERYBODY)?.values.at(-1)).toBe(CUSTOMERS * 100);
});
