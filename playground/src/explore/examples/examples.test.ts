/** Every document of the page against the schema: a change of the API that breaks an example fails here. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, getOperationAST, getVariableValues, parse, validate, type GraphQLSchema } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { textOf } from '../../api/operation.ts';
import * as live from '../../live/documents.ts';
import * as session from '../../session/documents.ts';
import { castOf, LEADS, ROLES } from '../cast.ts';
import type { SessionState } from '../../session/session.ts';
import { asksForCode, SEND_CODE, writtenFor, type Example } from './example.ts';
import { examples, examplesFor, guide } from './index.ts';

const SCHEMA = process.env['PARTNER_CENTER_SCHEMA'] ?? join(import.meta.dirname, '../../../../schema.graphql');

let schema: GraphQLSchema;
beforeAll(() => {
  if (!existsSync(SCHEMA)) throw new Error(`${SCHEMA} is missing; it belongs to the repository`);
  schema = buildSchema(readFileSync(SCHEMA, 'utf8'));
});

function expectValid(document: string, variables: Record<string, unknown>): void {
  const ast = parse(document);
  expect(validate(schema, ast).map(({ message }) => message)).toEqual([]);
  const operation = getOperationAST(ast);
  expect(operation?.name?.value, 'GraphiQL names the tab after the operation').toBeTruthy();
  const declared = operation?.variableDefinitions ?? [];
  const { errors } = getVariableValues(schema, declared, variables);
  expect(errors?.map(({ message }) => message) ?? []).toEqual([]);
  const names = declared.map(({ variable }) => variable.name.value);
  expect(Object.keys(variables).filter((name) => !names.includes(name)), 'variables nobody declared').toEqual([]);
}

function variablesOf(example: Example): Record<string, unknown> {
  return example.variables?.(castOf([], '123456', new Date('2026-11-20T00:00:00Z'))) ?? {};
}

describe('every example is valid against the schema', () => {
  test.each(examples.map((example) => [example.id, example] as const))('%s', (_id, example) => {
    expectValid(example.document, variablesOf(example));
  });

  test('its first step, too', () => {
    for (const { code } of examples) {
      if (code) expectValid(SEND_CODE, { input: { operation: code, channel: 'EMAIL' } });
    }
  });

  test('what is looked up for it, too', () => {
    for (const { id, looksUp } of examples) {
      if (!looksUp) continue;
      expect(JSON.stringify(variablesOf(examples.find((example) => example.id === id)!)), id).toContain(`<${looksUp.name}>`);
      expect(Boolean(looksUp.list) !== Boolean(looksUp.inOutbox), id).toBe(true);
      if (looksUp.list) expect(validate(schema, parse(looksUp.list)).map(({ message }) => message), id).toEqual([]);
    }
  });
});

describe('the page’s own operations are valid', () => {
  const own = Object.entries({ ...session, ...live });
  test.each(own)('%s', (_name, operation) => {
    const ast = parse(textOf(operation));
    expect(validate(schema, ast).map(({ message }) => message)).toEqual([]);
  });
});

describe('the library', () => {
  test('has an address of its own for every example', () => {
    expect(new Set(examples.map(({ id }) => id)).size).toBe(examples.length);
  });

  test('has something for every role, written for somebody of that role', () => {
    for (const role of ROLES) expect(examplesFor(role).length, role).toBeGreaterThan(2);
    const leads = new Set(Object.values(LEADS));
    for (const example of examples) {
      if (!example.as) expect(leads.has(writtenFor(example)), example.id).toBe(true);
    }
  });

  test('shows documents without the indentation of its source files', () => {
    for (const { id, document } of examples) expect(document, id).toMatch(/^(query|mutation|subscription) .*\n}\n$/s);
  });

  test('has a gap for the code wherever a code is asked for', () => {
    for (const example of examples.filter(({ code }) => code)) {
      expect(JSON.stringify(variablesOf(example)), example.id).toContain('"verificationCode":"123456"');
    }
  });
});

describe('the guide', () => {
  test('says who each step is for: somebody of the cast, an account that it makes, or nobody', () => {
    const leads = new Set(Object.values(LEADS));
    for (const step of guide) {
      expect(Boolean(step.anonymous) || Boolean(step.password) || leads.has(writtenFor(step)), step.id).toBe(true);
    }
  });

  test('takes from earlier steps only what one of them has looked up', () => {
    const known = new Set<string>();
    for (const step of guide) {
      if (step.looksUp) known.add(step.looksUp.name);
      const gaps = JSON.stringify(variablesOf(step)).match(/<[^>]+>/g) ?? [];
      for (const gap of gaps) expect(known, step.id).toContain(gap.slice(1, -1));
    }
  });
});

describe('a code is asked for', () => {
  const signedIn = (verificationEnabled: boolean): SessionState => ({
    status: 'signed-in',
    memberName: null,
    viewer: {
      account: { id: 'res_1', kind: 'RESELLER', accountName: 'reseller-1a', name: 'r****a' },
      member: { id: 'mem_1', name: 'r****a', roles: ['ADMINISTRATOR'] },
      permissions: [],
      verificationEnabled,
      currency: 'USD',
    },
  });
  const asks = (id: string, verificationEnabled: boolean): boolean =>
    asksForCode(examples.find((example) => example.id === id)!, signedIn(verificationEnabled));

  test('of whoever has verification switched on', () => {
    expect([true, false].map((on) => asks('reseller-sets-budget', on))).toEqual([true, false]);
    expect([true, false].map((on) => asks('reseller-freezes', on))).toEqual([true, false]);
  });

  test('of everybody for permissions and for AUTOMATIC', () => {
    expect([true, false].map((on) => asks('revoke-permissions', on))).toEqual([true, true]);
    expect([true, false].map((on) => asks('reseller-raises-budget', on))).toEqual([true, true]);
    const automatic = examples.filter((example) => JSON.stringify(variablesOf(example)).includes('"AUTOMATIC"'));
    expect(automatic.map(({ id, codeAlways }) => [id, codeAlways])).toEqual(automatic.map(({ id }) => [id, true]));
  });

  test('of nobody where the operation takes none', () => {
    expect(asks('who-am-i', true)).toBe(false);
  });
});
