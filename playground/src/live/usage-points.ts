/** What is known of how a budget was used: that it began with nothing, where its alerts found it, and where it is now. */
import type { ApiCustomer, CustomerAlert } from './documents.ts';

export interface Point {
  /** Milliseconds since the epoch. */
  at: number;
  used: number;
}

type Budget = NonNullable<ApiCustomer['budget']>;

/** Oldest first; alerts of windows before this one tell nothing of it. */
export function usagePoints(budget: Pick<Budget, 'windowStart' | 'used'>, alerts: readonly CustomerAlert[], now: number): Point[] {
  const start = Date.parse(budget.windowStart);
  const found = alerts
    .map(({ raisedAt, used }) => ({ at: Date.parse(raisedAt), used: Number(used) }))
    .filter(({ at }) => at >= start && at <= now)
    .sort((a, b) => a.at - b.at || a.used - b.used);
  return [{ at: start, used: 0 }, ...found, { at: Math.max(now, start), used: Number(budget.used) }];
}
