/** Reads what the feed does not tell: who is there, and what was before. */
import { ask } from '../api/operation.ts';
import type { Post } from '../api/graphql.ts';
import { ALERTS, CHANGED, CUSTOMERS, OUTCOMES, type ApiRow } from './documents.ts';
import { outcomeOf, pastAlert, rowOf, type Entry, type Row } from './model.ts';

/** Most customers that the API tells of at once. */
export const AT_ONCE = 100;
/** Pages of review outcomes that are read at once; people decide so few that this is years. */
const OUTCOME_PAGES = 50;

export interface Page {
  rows: Row[];
  /** Of how many; with the first page only. */
  total: number | null;
  /** Where the next page begins; null after the last. */
  next: string | null;
}

/** In the order of usage what matters is there first; in the order of names nothing is passed over while usage changes. */
export type WalkOrder = 'USAGE_PERCENT' | 'NAME';

export async function readCustomers(post: Post, order: WalkOrder, after: string | null): Promise<Page> {
  const { customers } = await ask(post, CUSTOMERS, {
    after,
    counted: after === null,
    orderBy: { field: order, direction: order === 'NAME' ? 'ASC' : 'DESC' },
  });
  return {
    rows: customers.nodes.map(rowOf),
    total: customers.totalCount ?? null,
    next: customers.pageInfo.hasNextPage ? (customers.pageInfo.endCursor ?? null) : null,
  };
}

/** Customers as they are now, and the ids of those that are no longer in scope. */
export async function readChanged(post: Post, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[] }> {
  const { nodes } = await ask(post, CHANGED, { ids: [...ids] });
  const rows = nodes.filter((node) => node !== null && 'accountName' in node).map((node) => rowOf(node as ApiRow));
  const found = new Set(rows.map(({ id }) => id));
  return { rows, gone: ids.filter((id) => !found.has(id)) };
}

/** The past of the stream. Review outcomes are read behind where the last reading ended. */
export class Past {
  #post: Post;
  #outcomesAfter: string | null = null;

  constructor(post: Post) {
    this.#post = post;
  }

  async read(): Promise<Entry[]> {
    const [alerts, outcomes] = await Promise.all([this.#alerts(), this.#outcomes()]);
    return [...alerts, ...outcomes];
  }

  async #alerts(): Promise<Entry[]> {
    const { budgetAlerts } = await ask(this.#post, ALERTS, {});
    return budgetAlerts.nodes.map(pastAlert);
  }

  async #outcomes(): Promise<Entry[]> {
    let newest: Entry[] = [];
    for (let page = 0; page < OUTCOME_PAGES; page += 1) {
      const { events } = await ask(this.#post, OUTCOMES, { after: this.#outcomesAfter });
      const outcomes = events.nodes.flatMap((event) => (event.__typename === 'ReviewOutcome' ? [outcomeOf(event)] : []));
      newest = [...newest, ...outcomes].slice(-AT_ONCE);
      this.#outcomesAfter = events.pageInfo.endCursor ?? this.#outcomesAfter;
      if (!events.pageInfo.hasNextPage) break;
    }
    return newest;
  }
}
