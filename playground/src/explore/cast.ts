/**
 * The people of the demonstration, and which of them an example speaks for.
 *
 * The server makes the accounts; the page knows only their names. Ids are looked up in what the server tells, so that
 * examples run as they stand.
 */
import { labelOf, type DemoAccount } from '../session/config.ts';
import type { Viewer } from '../session/documents.ts';

export const ROLES = ['operator', 'reviewer', 'meter', 'distributor', 'csp', 'reseller', 'customer'] as const;
export type Role = (typeof ROLES)[number];

/** Who plays each role, unless an example names somebody else. `account/member`, or the account's first member. */
export const LEADS: Readonly<Record<Role, string>> = {
  operator: 'platform/operator',
  reviewer: 'platform/reviewer',
  meter: 'platform/meter',
  distributor: 'distributor-1',
  csp: 'csp-1',
  reseller: 'reseller-1a',
  customer: 'customer-1a1',
};

export function roleOf({ account, member }: Viewer): Role {
  switch (account.kind) {
    case 'PLATFORM':
      if (member.roles.includes('OPERATOR')) return 'operator';
      if (member.roles.includes('REVIEWER')) return 'reviewer';
      return member.roles.includes('METERING') ? 'meter' : 'operator';
    case 'DISTRIBUTOR':
      return 'distributor';
    case 'CLOUD_SOLUTION_PROVIDER':
      return 'csp';
    case 'RESELLER':
      return 'reseller';
    case 'CUSTOMER':
      return 'customer';
  }
}

/** What an example's variables are made of. */
export interface Cast {
  /** The id of an account, by its account name. */
  id(accountName: string): string;
  /** A value that the page has looked up, by its name; the gap says what belongs there. */
  found(name: string): string;
  /** The verification code that arrived last, or nothing. */
  code: string;
  now: Date;
  /** A new id for a charge: the same id twice would be recorded once. */
  chargeId(): string;
}

/** What the page has looked up, by name. */
export type Found = Readonly<Record<string, string>>;

export function castOf(accounts: readonly DemoAccount[], code: string, now: Date, known: Found = {}): Cast {
  const ids = new Map(accounts.map(({ accountName, id }) => [accountName, id]));
  let charges = 0;
  return {
    // Without a demonstration nobody has these names: the gap says what belongs there.
    id: (accountName) => ids.get(accountName) ?? `<id of ${accountName}>`,
    found: (name) => known[name] ?? `<${name}>`,
    code,
    now,
    chargeId: () => `playground-${now.getTime().toString(36)}-${++charges}`,
  };
}

export function accountLabelled(accounts: readonly DemoAccount[], label: string): DemoAccount | undefined {
  return accounts.find((account) => labelOf(account) === label);
}
