/** What is shown of what is known: filtered, in order, summed up. */
import type { Entry, Row } from './model.ts';

export interface Filter {
  /** A reseller's id; null for all, and for customers without a reseller. */
  reseller: string | null;
  /** At least this share of the budget, in percent; 0 for all. */
  threshold: number;
  /** A part of a name. */
  search: string;
}

export const NO_FILTER: Filter = { reseller: null, threshold: 0, search: '' };

/** The filtered customers, those nearest to the end of their budget first. */
export function shownRows(rows: ReadonlyMap<string, Row>, filter: Filter): Row[] {
  const shown: Row[] = [];
  for (const row of rows.values()) if (isShown(row, filter)) shown.push(row);
  return shown.sort(byUsage);
}

function isShown({ reseller, percent, accountName, name }: Row, filter: Filter): boolean {
  if (filter.reseller !== null && reseller?.id !== filter.reseller) return false;
  if (filter.threshold > 0 && (percent ?? -1) < filter.threshold) return false;
  const wanted = filter.search.trim().toLowerCase();
  return wanted === '' || accountName.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted);
}

/** Those without a budget come last; equals by what they spent, then by name, so that the order does not flicker. */
function byUsage(a: Row, b: Row): number {
  const usage = (b.percent ?? -1) - (a.percent ?? -1);
  if (usage !== 0) return usage;
  return b.spent - a.spent || (a.accountName < b.accountName ? -1 : 1);
}

/**
 * The order that is on the screen, with what is known now: while somebody points at a row, it stays where it is. Who is
 * new comes at the end, who has left or no longer fits the filter is gone.
 */
export function inOrderOf(shown: readonly Row[], order: readonly Row[]): Row[] {
  const now = new Map(shown.map((row) => [row.id, row]));
  const held: Row[] = [];
  for (const { id } of order) {
    const row = now.get(id);
    if (row) held.push(row);
    now.delete(id);
  }
  return [...held, ...now.values()];
}

/** Review outcomes have no threshold and no reseller: they are shown unless one reseller is asked for that is not theirs. */
export function shownEntries(entries: readonly Entry[], filter: Filter): Entry[] {
  const wanted = filter.search.trim().toLowerCase();
  return entries.filter((entry) => {
    if (entry.kind === 'outcome') {
      return (
        filter.threshold === 0 &&
        (filter.reseller === null || entry.subjectId === filter.reseller) &&
        (wanted === '' || (entry.subjectName?.toLowerCase().includes(wanted) ?? false))
      );
    }
    return (
      entry.threshold >= filter.threshold &&
      (filter.reseller === null || entry.resellerId === filter.reseller) &&
      (wanted === '' || entry.accountName.toLowerCase().includes(wanted))
    );
  });
}

export interface Summary {
  customers: number;
  /** With at least this share of the budget used, in percent. */
  at75: number;
  at90: number;
  at100: number;
  frozen: number;
  spent: number;
}

export function summed(rows: Iterable<Row>): Summary {
  const sum: Summary = { customers: 0, at75: 0, at90: 0, at100: 0, frozen: 0, spent: 0 };
  for (const { percent, freeze, spent } of rows) {
    sum.customers += 1;
    sum.spent += spent;
    if (percent !== null && percent >= 75) sum.at75 += 1;
    if (percent !== null && percent >= 90) sum.at90 += 1;
    if (percent !== null && percent >= 100) sum.at100 += 1;
    if (freeze !== 'NONE') sum.frozen += 1;
  }
  return sum;
}

export interface ResellerChoice {
  id: string;
  accountName: string;
}

/** The resellers that customers in scope belong to, by name. */
export function resellersOf(rows: ReadonlyMap<string, Row>): ResellerChoice[] {
  const resellers = new Map<string, ResellerChoice>();
  for (const { reseller } of rows.values()) if (reseller) resellers.set(reseller.id, reseller);
  return [...resellers.values()].sort((a, b) => a.accountName.localeCompare(b.accountName));
}

export type Level = 'none' | 'calm' | 'near' | 'close' | 'over';

/** How close a budget is to its end, in the steps at which the API warns. */
export function levelOf(percent: number | null): Level {
  if (percent === null) return 'none';
  if (percent >= 100) return 'over';
  if (percent >= 90) return 'close';
  return percent >= 75 ? 'near' : 'calm';
}
