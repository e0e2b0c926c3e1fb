/**
 * Tells that something has changed, at most so often, and when the browser draws.
 *
 * Fifty alerts a second are fifty changes of what is known and four of what is shown. A page that nobody sees draws no
 * frames, and is not told at all until it is seen again.
 */
export interface Clock {
  now: () => number;
  later: (run: () => void, ms: number) => unknown;
  frame: (run: () => void) => unknown;
}

const CLOCK: Clock = {
  now: () => performance.now(),
  later: (run, ms) => setTimeout(run, ms),
  frame: (run) => requestAnimationFrame(run),
};

export class Ticker {
  #every: number;
  #clock: Clock;
  #listeners = new Set<() => void>();
  #tick = 0;
  #last = -Infinity;
  #scheduled = false;

  /** `every`: milliseconds between two ticks at least. */
  constructor(every: number, clock: Clock = CLOCK) {
    this.#every = every;
    this.#clock = clock;
  }

  readonly getTick = (): number => this.#tick;

  readonly onTick = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly touch = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = Math.max(0, this.#last + this.#every - this.#clock.now());
    this.#clock.later(() => this.#clock.frame(this.#ring), wait);
  };

  readonly #ring = (): void => {
    this.#scheduled = false;
    this.#last = this.#clock.now();
    this.#tick += 1;
    for (const listener of [...this.#listeners]) listener();
  };
}
