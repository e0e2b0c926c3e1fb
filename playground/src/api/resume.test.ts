import { expect, test } from 'vitest';
import { resuming } from './resume.ts';

const RESUMABLE = 'subscription ($after: String) { events(after: $after) { cursor } }';

test('the last cursor takes the place of after', () => {
  const resumed = resuming({ query: RESUMABLE, variables: { after: null, types: ['BUDGET_CHANGED'] } });
  resumed.remember({ data: { events: { cursor: 'c1' } } });
  resumed.remember({ data: { events: { cursor: 'c2' } } });
  expect(resumed.payload.variables).toEqual({ after: 'c2', types: ['BUDGET_CHANGED'] });
});

test('another account starts where the request said, not where the last account was', () => {
  const resumed = resuming({ query: RESUMABLE, variables: { after: 'given' } });
  resumed.remember({ data: { events: { cursor: 'c1' } } });
  resumed.forget();
  expect(resumed.payload.variables).toEqual({ after: 'given' });
});

test('without $after, without a cursor, or with an error there is nothing to remember', () => {
  const deaf = resuming({ query: 'subscription { events { cursor } }' });
  deaf.remember({ data: { events: { cursor: 'c1' } } });
  expect(deaf.payload.variables).toBeNull();

  const blind = resuming({ query: RESUMABLE });
  blind.remember({ data: { events: { type: 'BUDGET_CHANGED' } } });
  blind.remember({ data: { events: null } });
  blind.remember({ data: null });
  expect(blind.payload.variables).toBeNull();
});

test('only the chosen operation counts', () => {
  const query = `subscription A($after: String) { events(after: $after) { cursor } } subscription B { events { cursor } }`;
  const resumed = resuming({ query, operationName: 'B' });
  resumed.remember({ data: { events: { cursor: 'c1' } } });
  expect(resumed.payload.variables).toBeNull();
});
