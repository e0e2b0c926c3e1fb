import { labelOf } from '../../session/config.ts';
import type { SessionState } from '../../session/session.ts';
import { LEADS, roleOf, type Cast, type Role } from '../cast.ts';

/** The operations that a verification code can be asked for; the schema's `CriticalOperation`. */
export type CriticalOperation =
  | 'ACCEPT_AUTHORIZATION'
  | 'BUDGET_PERMISSIONS'
  | 'DISASSOCIATION'
  | 'ON_BEHALF_PERMISSION'
  | 'REVOKE_AUTHORIZATION'
  | 'SET_BUDGET'
  | 'FREEZE'
  | 'UNFREEZE';

/** A value that only exists since somebody did something: the page looks it up, as whoever is signed in. */
export interface LookUp {
  /** What it is, in words; `found` gives it to the variables by them. */
  name: string;
  /** A query of one list with `nodes { id }`: the id of its first node. */
  list?: string;
  /** What is read out of the newest message that has it: the first group. */
  inOutbox?: RegExp;
}

export interface Example {
  /** Unique and lasting: it is the address of the example in the page. */
  id: string;
  /** Whom it is for; it is listed under the first, and found under all. */
  roles: readonly [Role, ...Role[]];
  /** Who it is written for, if not the first role's lead. */
  as?: string;
  title: string;
  /** One or two sentences: what there is to see, and why it is so. */
  shows: string;
  document: string;
  variables?: (cast: Cast) => Record<string, unknown>;
  /** Whether it needs nobody: it is open to those who have no account yet. */
  anonymous?: true;
  /** The password of the one it is written for, where that is an account of the guide and not of the demonstration. */
  password?: string;
  /** What has to be looked up for the variables. */
  looksUp?: LookUp;
  /** Set where the operation takes a verification code: the example then has two steps. */
  code?: CriticalOperation;
  /** The code is asked for even where the account has verification switched off, because of what is in the variables. */
  codeAlways?: true;
}

/** What always takes a code; the rest asks those who have verification switched on. */
const CRITICAL_TO_EVERYBODY: readonly CriticalOperation[] = [
  'ACCEPT_AUTHORIZATION',
  'BUDGET_PERMISSIONS',
  'DISASSOCIATION',
  'ON_BEHALF_PERMISSION',
  'REVOKE_AUTHORIZATION',
];

/** Whether the example has to have its code, as far as one can tell of whoever is signed in. */
export function asksForCode({ code, codeAlways }: Example, state: SessionState): boolean {
  if (!code) return false;
  if (codeAlways || CRITICAL_TO_EVERYBODY.includes(code)) return true;
  return state.status === 'signed-out' || state.viewer.verificationEnabled;
}

/** Who the example is written for. */
export function writtenFor(example: Example): string {
  return example.as ?? LEADS[example.roles[0]];
}

/**
 * Who should sign in for the example to run as it stands; `null` when whoever is signed in will do.
 *
 * An example that names accounts belongs to the one it is written for. One that does not suits anybody of its roles.
 */
export function performerFor(example: Example, state: SessionState): string | null {
  if (example.anonymous) return null;
  const performer = writtenFor(example);
  if (state.status === 'signed-out') return performer;
  const { account } = state.viewer;
  const fits = namesAccounts(example)
    ? labelOf({ accountName: account.accountName, memberName: state.memberName }) === performer
    : example.roles.includes(roleOf(state.viewer));
  return fits ? null : performer;
}

function namesAccounts({ as, variables }: Example): boolean {
  let named = as !== undefined;
  variables?.({
    id: () => {
      named = true;
      return '';
    },
    found: () => '',
    chargeId: () => '',
    code: '',
    now: new Date(0),
  });
  return named;
}

/** Strips the indentation that the document has only because of where it stands in its file. */
export function document(strings: TemplateStringsArray): string {
  const lines = strings.join('').replace(/^\n/, '').trimEnd().split('\n');
  const margin = Math.min(...lines.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(margin)).join('\n') + '\n';
}

/** The first step of every example with a code. */
export const SEND_CODE = document`
  mutation SendVerificationCode($input: SendVerificationCodeInput!) {
    sendVerificationCode(input: $input) {
      sentTo
      expiresAt
      userErrors {
        code
        message
        field
      }
    }
  }
`;
