/** What Live keeps of the API's answers: flat, and no more of each than is shown. */
import type { ApiAlert, ApiEvent, ApiOutcome, ApiRow } from './documents.ts';

/** The shares of a budget, in percent, at which the API warns. */
export const THRESHOLDS = [75, 90, 100] as const;
export type Threshold = (typeof THRESHOLDS)[number];

export interface Budget {
  type: ApiBudget['type'];
  /** In the currency of the account; exact. */
  amount: string;
  used: string;
  policy: ApiBudget['exhaustionPolicy'];
}

type ApiBudget = NonNullable<ApiRow['budget']>;

/** A customer in the list. */
export interface Row {
  id: string;
  accountName: string;
  name: string;
  reseller: { id: string; accountName: string } | null;
  /** What it has spent this month; for sums and orders, so a number. */
  spent: number;
  budget: Budget | null;
  /** What is used of the budget, in percent; null without a budget, or with one of 0. */
  percent: number | null;
  freeze: ApiRow['freeze']['level'];
  automatic: boolean;
}

interface Happening {
  /** The same wherever it comes from: the list of the past or the feed. */
  key: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Whether it happened while the connection was lost. */
  missed: boolean;
}

export interface Alert extends Happening {
  kind: 'alert';
  customerId: string;
  accountName: string;
  resellerId: string | null;
  resellerName: string | null;
  threshold: number;
  percent: number | null;
  used: string;
  amount: string;
}

export interface Outcome extends Happening {
  kind: 'outcome';
  decision: ApiOutcome['decision'];
  final: boolean;
  stage: string | null;
  comment: string | null;
  /** Of what kind the application is; null where it has left the scope. */
  application: NonNullable<ApiOutcome['application']>['kind'] | null;
  subjectId: string | null;
  subjectName: string | null;
}

export type Entry = Alert | Outcome;

export function rowOf(api: ApiRow): Row {
  const { budget } = api;
  return {
    id: api.id,
    accountName: api.accountName,
    name: api.name,
    reseller: api.reseller,
    spent: Number(api.monthToDateExpenditure),
    budget: budget && {
      type: budget.type,
      amount: budget.amount,
      used: budget.used,
      policy: budget.exhaustionPolicy,
    },
    percent: budget && percentOf(budget.used, budget.amount, budget.usagePercent),
    freeze: api.freeze.level,
    automatic: api.freeze.automatic,
  };
}

/** The server's own figure where there is one. */
export function percentOf(used: string, amount: string, told: string | null = null): number | null {
  if (told !== null) return Number(told);
  return Number(amount) > 0 ? (100 * Number(used)) / Number(amount) : null;
}

/** An alert of the list of the past. */
export function pastAlert(api: ApiAlert): Alert {
  return {
    kind: 'alert',
    key: api.id,
    at: Date.parse(api.raisedAt),
    missed: false,
    customerId: api.customer.id,
    accountName: api.customer.accountName,
    resellerId: api.customer.reseller?.id ?? null,
    resellerName: api.customer.reseller?.accountName ?? null,
    threshold: api.threshold,
    percent: percentOf(api.used, api.amount),
    used: api.used,
    amount: api.amount,
  };
}

export function outcomeOf(api: ApiOutcome): Outcome {
  const subject = api.subject && 'accountName' in api.subject ? api.subject : null;
  return {
    kind: 'outcome',
    key: api.id,
    at: Date.parse(api.occurredAt),
    missed: false,
    decision: api.decision,
    final: api.final,
    stage: api.stage,
    comment: api.comment,
    application: api.application?.kind ?? null,
    subjectId: subject?.id ?? null,
    subjectName: subject?.accountName ?? null,
  };
}

/** What an event of the feed is to the stream; null for one that only changes a customer. */
export function entryOf(event: ApiEvent): Entry | null {
  switch (event.__typename) {
    case 'ReviewOutcome':
      return outcomeOf(event);
    case 'BudgetThresholdReached':
      return {
        kind: 'alert',
        key: event.alert.id,
        at: Date.parse(event.occurredAt),
        missed: false,
        customerId: event.customerId,
        accountName: event.customer?.accountName ?? event.customerId,
        resellerId: event.reseller?.id ?? null,
        resellerName: event.reseller?.accountName ?? null,
        threshold: event.threshold,
        percent: Number(event.usagePercent),
        used: event.used,
        amount: event.amount,
      };
    default:
      return null;
  }
}

/** The customer that an event changes in a way that only the API can tell. */
export function changedBy(event: ApiEvent): string | null {
  switch (event.__typename) {
    case 'BudgetChanged':
    case 'FreezeChanged':
    case 'CustomerAssociated':
      return event.customerId;
    default:
      return null;
  }
}
