/**
 * Keeps a `LiveStore` true to the server for as long as somebody looks at it.
 *
 * Three sources: the feed, which tells what happens; readings of the past at each connection, because a feed that has told
 * nothing yet has no cursor to resume behind; and a walk through all customers, again and again, because charges that reach
 * no threshold are not told. What comes twice is taken once.
 */
import type { Post } from '../api/graphql.ts';
import { Refused, textOf } from '../api/operation.ts';
import type { Subscriptions } from '../api/socket.ts';
import { FEED, type ApiEvent } from './documents.ts';
import { AT_ONCE, Past, readChanged, readCustomers, type WalkOrder } from './reading.ts';
import type { Gap, LiveStore } from './store.ts';

/** A walk takes this share of the time at most: a large scope is read less often, and costs the server no more. */
const REST_FACTOR = 5;
/** What a walk rests at least. */
const REST_MS = 10_000;
/** After a reading that failed, e.g. while the server is away. */
const AGAIN_MS = 3_000;
/** The past is read once more when the feed is sure to flow: nothing falls between the two. */
const SETTLED_MS = 1_000;
/** Customers that changed are read together. */
const GATHER_MS = 200;

export interface FeedState {
  /** How many customers there are, once that is known. */
  total: number | null;
  /** Whether every customer has been read once. */
  complete: boolean;
  /** Why the last reading failed; null once one has succeeded. */
  failure: string | null;
  /** Not a matter of trying again: this viewer may not look. */
  forbidden: boolean;
}

export interface FeedOptions {
  post: Post;
  subscriptions: Subscriptions;
  store: LiveStore;
  /** Called whenever there is something new to show. */
  touch: () => void;
  now?: () => number;
}

export class LiveFeed {
  #options: Required<FeedOptions>;
  #past: Past;
  #state: FeedState = { total: null, complete: false, failure: null, forbidden: false };
  #gap: Gap | null = null;
  #changed = new Set<string>();
  #gathering = false;
  #stopped = false;
  #resting = false;
  #wake: (() => void) | null = null;
  #stopping: (() => void)[] = [];

  constructor(options: FeedOptions) {
    this.#options = { now: Date.now, ...options };
    this.#past = new Past(options.post);
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Follows until `stop`. */
  start(): void {
    const { subscriptions } = this.#options;
    let before = subscriptions.getState();
    this.#stopping.push(
      subscriptions.onState(() => {
        const state = subscriptions.getState();
        if (before === 'open' && state === 'waiting') this.#gap = { from: this.#options.now(), to: Infinity };
        if (state === 'open') this.#onOpen();
        before = state;
        this.#options.touch();
      }),
    );
    this.#follow();
    void this.#walkOnAndOn();
    void this.#readPast();
  }

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stopping.splice(0)) stop();
    this.#wake?.();
  }

  /** While nobody looks, nothing is read; the feed goes on, it costs next to nothing. */
  rest(resting: boolean): void {
    if (this.#resting === resting) return;
    this.#resting = resting;
    if (!resting) this.#wake?.();
  }

  /** Reads a customer again, after a change made here. */
  refresh(id: string): void {
    this.#changed.add(id);
    this.#gather();
  }

  /** Reads everybody again, now. */
  refreshAll(): void {
    this.#wake?.();
  }

  #onOpen(): void {
    this.#later(() => void this.#readPast(), SETTLED_MS);
    if (this.#gap?.to !== Infinity) return;
    this.#gap = { ...this.#gap, to: this.#options.now() };
    this.#wake?.();
  }

  #follow(): void {
    const { subscriptions, store, touch } = this.#options;
    let over = false;
    const again = (): void => {
      if (over || this.#stopped) return;
      over = true;
      // The cursor is no longer kept, or the server ended the stream: what was missed is read from the lists.
      this.#later(() => {
        this.#follow();
        void this.#readPast();
      }, AGAIN_MS);
    };
    const unsubscribe = subscriptions.subscribe(
      { query: textOf(FEED), variables: {} },
      {
        next: ({ data, errors }) => {
          if (this.#stopped || errors || !data) return;
          const changed = store.takeEvent((data as { events: ApiEvent }).events, this.#gap);
          if (changed !== null) this.refresh(changed);
          touch();
        },
        error: again,
        complete: again,
      },
    );
    this.#stopping.push(unsubscribe);
  }

  async #readPast(): Promise<void> {
    try {
      const entries = await this.#past.read();
      if (this.#stopped) return;
      this.#options.store.takePast(entries, this.#gap);
      this.#options.touch();
    } catch (error) {
      this.#failed(error);
      if (!this.#state.forbidden) this.#later(() => void this.#readPast(), AGAIN_MS);
    }
  }

  async #walkOnAndOn(): Promise<void> {
    let order: WalkOrder = 'USAGE_PERCENT';
    while (!this.#stopped && !this.#state.forbidden) {
      const began = performance.now();
      let rest = AGAIN_MS;
      try {
        await this.#walk(order);
        order = 'NAME';
        rest = Math.max(REST_MS, REST_FACTOR * (performance.now() - began));
      } catch (error) {
        this.#failed(error);
      }
      await this.#pause(rest);
      while (this.#resting && !this.#stopped) await this.#pause(REST_MS);
    }
  }

  async #walk(order: WalkOrder): Promise<void> {
    const { post, store, touch, now } = this.#options;
    store.beginWalk();
    let after: string | null = null;
    let room = true;
    do {
      const page = await readCustomers(post, order, after);
      if (this.#stopped) return;
      room = store.takeRows(page.rows);
      this.#become({ total: page.total ?? this.#state.total, failure: null });
      touch();
      after = page.next;
    } while (after !== null && room);
    store.endWalk(now(), after === null);
    this.#become({ complete: true });
    touch();
  }

  /** Reads the customers that changed, those of a moment in one request. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#later(async () => {
      this.#gathering = false;
      const ids = [...this.#changed].slice(0, AT_ONCE);
      for (const id of ids) this.#changed.delete(id);
      if (this.#changed.size > 0) this.#gather();
      try {
        const { rows, gone } = await readChanged(this.#options.post, ids);
        if (this.#stopped) return;
        this.#options.store.takeRows(rows);
        for (const id of gone) this.#options.store.dropRow(id);
        this.#options.touch();
      } catch (error) {
        // The next walk reads them.
        this.#failed(error);
      }
    }, GATHER_MS);
  }

  #failed(error: unknown): void {
    const forbidden = error instanceof Refused && error.code === 'FORBIDDEN';
    this.#become({ failure: (error as Error).message, forbidden: forbidden || this.#state.forbidden });
  }

  #become(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.touch();
  }

  /** Unless it has stopped by then. */
  #later(run: () => unknown, ms: number): void {
    setTimeout(() => {
      if (!this.#stopped) run();
    }, ms);
  }

  /** Until the time is over, or somebody wakes it. */
  #pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
