import { describe, expect, test } from 'vitest';
import { outcomeOf, pastAlert } from './model.ts';
import { sampleAlert, sampleOutcome, sampleRow } from './samples.ts';
import { EVERYBODY, LiveStore } from './store.ts';

const past = (number: number, at: number) =>
  pastAlert({
    id: `alr_${number}`,
    threshold: 75,
    raisedAt: new Date(at).toISOString(),
    used: '750.00',
    amount: '1000.00',
    customer: { id: 'cus_1', accountName: 'customer-1', reseller: null },
  });

describe('each thing is there once', () => {
  test('whether it comes from the feed, from the past, or from both', () => {
    const store = new LiveStore();
    store.takePast([past(2, 2_000), past(1, 1_000)]);
    store.takeEvent(sampleAlert(2, 2_000));
    store.takeEvent(sampleAlert(3, 3_000));
    store.takePast([past(3, 3_000), past(2, 2_000)]);
    expect(store.entries().map(({ key }) => key)).toEqual(['alr_3', 'alr_2', 'alr_1']);
  });

  test('newest first, however late the past comes', () => {
    const store = new LiveStore();
    store.takeEvent(sampleAlert(5, 5_000));
    store.takePast([past(1, 1_000), outcomeOf(sampleOutcome(9, 3_000)), past(2, 2_000)]);
    expect(store.entries().map(({ at }) => at)).toEqual([5_000, 3_000, 2_000, 1_000]);
  });

  test('of one moment, the highest threshold is the newest', () => {
    const store = new LiveStore();
    const of = (number: number, threshold: number) => ({ ...past(number, 1_000), threshold });
    store.takePast([of(1, 75), of(2, 100), of(3, 90)]);
    expect(store.entries().map((entry) => entry.kind === 'alert' && entry.threshold)).toEqual([100, 90, 75]);
  });

  test('what came while the connection was lost is marked, and nothing else', () => {
    const store = new LiveStore();
    const gap = { from: 2_000, to: 4_000 };
    store.takeEvent(sampleAlert(1, 1_000), gap);
    store.takeEvent(sampleAlert(2, 3_000), gap);
    store.takePast([past(3, 3_500)], gap);
    store.takeEvent(sampleAlert(4, 4_000), gap);
    expect(store.entries().map(({ missed }) => missed)).toEqual([false, true, true, false]);
  });
});

describe('an alert tells how much is used', () => {
  test('the customer in the list follows at once', () => {
    const store = new LiveStore();
    store.takeRows([sampleRow(1)]);
    expect(store.takeEvent(sampleAlert(1, 0, 1, '760.50'))).toBeNull();
    expect(store.rows.get('cus_1')).toMatchObject({ percent: 76.05, spent: 760.5, budget: { used: '760.50' } });
  });

  test('an older one does not take it back, nor one of another budget', () => {
    const store = new LiveStore();
    store.takeRows([sampleRow(1, { percent: 90, budget: { type: 'MONTHLY', amount: '1000.00', used: '900.00', policy: 'MANUAL' } })]);
    store.takeEvent(sampleAlert(1, 0, 1, '760.50'));
    expect(store.rows.get('cus_1')!.percent).toBe(90);
    store.takeRows([sampleRow(1, { percent: 5, budget: { type: 'MONTHLY', amount: '2000.00', used: '100.00', policy: 'MANUAL' } })]);
    store.takeEvent(sampleAlert(2, 0, 1, '760.50'));
    expect(store.rows.get('cus_1')!.percent).toBe(5);
  });

  test('a customer that is not in the list is to be read', () => {
    expect(new LiveStore().takeEvent(sampleAlert(1, 0, 7))).toBe('cus_7');
  });
});

test('who is not met on a walk through all customers has left; a walk cut short says nothing', () => {
  const store = new LiveStore();
  store.takeRows([sampleRow(1), sampleRow(2)]);
  store.beginWalk();
  store.takeRows([sampleRow(1)]);
  store.endWalk(0, false);
  expect([...store.rows.keys()]).toEqual(['cus_1', 'cus_2']);
  store.beginWalk();
  store.takeRows([sampleRow(1)]);
  // Came while the walk went on.
  store.takeRows([sampleRow(3)]);
  store.endWalk(0, true);
  expect([...store.rows.keys()]).toEqual(['cus_1', 'cus_3']);
});

test('spend is summed up at each walk, for everybody and for each reseller', () => {
  const store = new LiveStore();
  const walk = (at: number, spent: number): void => {
    store.beginWalk();
    store.takeRows([sampleRow(1, { spent }), sampleRow(2), sampleRow(3, { reseller: null })]);
    store.endWalk(at, true);
  };
  walk(1_000, 100);
  walk(2_000, 150);
  expect(store.spent(EVERYBODY)).toMatchObject({ times: [1_000, 2_000], values: [300, 350] });
  expect(store.spent('res_1')!.values).toEqual([100, 150]);
});
