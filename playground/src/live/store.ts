/**
 * What Live knows: customers, the newest entries of the stream, spend over time.
 *
 * Takes what was read and what happened in any order, and keeps each thing once. Everything in it has a limit, so that a
 * page that is open all day does not grow. Knows nothing of time, of the network and of what is drawn.
 */
import { changedBy, entryOf, percentOf, type Alert, type Entry, type Row } from './model.ts';
import type { ApiEvent } from './documents.ts';
import { Ring } from './ring.ts';
import { Series } from './series.ts';

/** Entries of the stream that are kept: more than anybody scrolls through, and some seconds of the worst storm. */
export const ENTRIES = 1_000;
/** Points of a curve: as many as there are pixels to show them. */
export const POINTS = 360;
/** Customers that are kept: those with the highest usage are read first. */
export const CUSTOMERS = 20_000;
/** Resellers that have a curve of their own. */
export const CURVES = 1_000;

/** When the connection was lost last, in milliseconds since the epoch. */
export interface Gap {
  from: number;
  /** Infinite while it is lost. */
  to: number;
}

/** Whose spend a curve shows: a reseller's id, or everybody's. */
export const EVERYBODY = '';

export class LiveStore {
  #rows = new Map<string, Row>();
  #entries = new Ring<Entry>(ENTRIES);
  /** The keys of the entries that are kept, and of no others. */
  #known = new Set<string>();
  #spent = new Map<string, Series>();
  /** Those seen since the walk through all customers began; null between walks. */
  #seen: Set<string> | null = null;
  #version = 0;
  #alertsTaken = 0;

  /** Changes whenever anything does. */
  get version(): number {
    return this.#version;
  }

  get rows(): ReadonlyMap<string, Row> {
    return this.#rows;
  }

  /** How many alerts were taken in, for whoever wants to know whether there are new ones. */
  get alertsTaken(): number {
    return this.#alertsTaken;
  }

  /** Newest first. */
  entries(): Entry[] {
    return this.#entries.toArray().reverse();
  }

  spent(whose: string): Series | undefined {
    return this.#spent.get(whose);
  }

  /** How many things are kept, for those who watch over memory. */
  get kept(): { rows: number; entries: number; known: number; curves: number; points: number } {
    let points = 0;
    for (const series of this.#spent.values()) points += series.size;
    return { rows: this.#rows.size, entries: this.#entries.size, known: this.#known.size, curves: this.#spent.size, points };
  }

  /** A walk through all customers begins: who is not met on it has left. */
  beginWalk(): void {
    this.#seen = new Set();
  }

  /** Customers as the API tells them now. False where there is no more room. */
  takeRows(rows: readonly Row[]): boolean {
    for (const row of rows) {
      this.#seen?.add(row.id);
      if (this.#rows.size < CUSTOMERS || this.#rows.has(row.id)) this.#rows.set(row.id, row);
    }
    this.#version += 1;
    return this.#rows.size < CUSTOMERS;
  }

  /** The walk is over; `complete` where it went through all of them and not only through a part. */
  endWalk(now: number, complete: boolean): void {
    if (complete && this.#seen) {
      for (const id of this.#rows.keys()) if (!this.#seen.has(id)) this.#rows.delete(id);
    }
    this.#seen = null;
    this.#sample(now);
    this.#version += 1;
  }

  /** One that has left the scope, or is no more. */
  dropRow(id: string): void {
    if (this.#rows.delete(id)) this.#version += 1;
  }

  /** Of the past: what is known already is not taken twice. */
  takePast(entries: readonly Entry[], gap: Gap | null = null): void {
    const fresh = entries.filter(({ key }) => !this.#known.has(key));
    if (fresh.length === 0) return;
    for (const entry of fresh) this.#keep(marked(entry, gap));
    this.#inOrder();
    this.#version += 1;
  }

  /** From the feed. Returns the customer that has to be read again, if any. */
  takeEvent(event: ApiEvent, gap: Gap | null = null): string | null {
    const entry = entryOf(event);
    if (entry && !this.#known.has(entry.key)) {
      this.#keep(marked(entry, gap));
      if (entry.kind === 'alert') this.#apply(entry);
      this.#version += 1;
    }
    const changed = changedBy(event);
    if (entry?.kind === 'alert' && !this.#rows.has(entry.customerId)) return entry.customerId;
    return changed;
  }

  #keep(entry: Entry): void {
    this.#known.add(entry.key);
    const forgotten = this.#entries.push(entry);
    if (forgotten) this.#known.delete(forgotten.key);
    if (entry.kind === 'alert') this.#alertsTaken += 1;
  }

  /** The past is read newest first and beside the feed; the stream is by time. */
  #inOrder(): void {
    const entries = this.#entries.toArray();
    if (entries.every((entry, index) => index === 0 || byTime(entries[index - 1]!, entry) <= 0)) return;
    this.#entries = new Ring(ENTRIES);
    for (const entry of entries.sort(byTime)) this.#entries.push(entry);
  }

  /** An alert tells how much is used: the list need not wait until the customer is read again. */
  #apply({ customerId, used, amount, percent }: Alert): void {
    const row = this.#rows.get(customerId);
    if (!row?.budget) return;
    const more = Number(used) - Number(row.budget.used);
    // Older than what is known: of a replay, or overtaken by a reading.
    if (more < 0 || amount !== row.budget.amount) return;
    this.#rows.set(customerId, {
      ...row,
      spent: row.spent + more,
      budget: { ...row.budget, used },
      percent: percent ?? percentOf(used, amount),
    });
  }

  #sample(now: number): void {
    const sums = new Map<string, number>([[EVERYBODY, 0]]);
    for (const { spent, reseller } of this.#rows.values()) {
      sums.set(EVERYBODY, (sums.get(EVERYBODY) ?? 0) + spent);
      if (reseller) sums.set(reseller.id, (sums.get(reseller.id) ?? 0) + spent);
    }
    for (const [whose, sum] of sums) {
      let series = this.#spent.get(whose);
      if (!series && this.#spent.size <= CURVES) this.#spent.set(whose, (series = new Series(POINTS)));
      series?.add(now, sum);
    }
    for (const whose of this.#spent.keys()) if (!sums.has(whose)) this.#spent.delete(whose);
  }
}

/** One charge can reach several thresholds in one moment: the lower ones come first. */
function byTime(a: Entry, b: Entry): number {
  return a.at - b.at || (a.kind === 'alert' ? a.threshold : 0) - (b.kind === 'alert' ? b.threshold : 0);
}

function marked(entry: Entry, gap: Gap | null): Entry {
  return gap !== null && entry.at >= gap.from && entry.at < gap.to ? { ...entry, missed: true } : entry;
}
