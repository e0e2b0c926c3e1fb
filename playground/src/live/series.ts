/**
 * A value over time in bounded memory.
 *
 * When it is full, every other point goes and points are taken half as often from then on: an hour and a day both have
 * the shape they had, the day with fewer points.
 */
export class Series {
  readonly capacity: number;
  #times: number[] = [];
  #values: number[] = [];
  /** Milliseconds that two points lie apart at least. */
  #apart = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#times.length;
  }

  get times(): readonly number[] {
    return this.#times;
  }

  get values(): readonly number[] {
    return this.#values;
  }

  /** The last point always tells the present: one that comes too soon takes the place of the last. */
  add(time: number, value: number): void {
    const before = this.#times.at(-2);
    if (before !== undefined && time - before < this.#apart) {
      this.#times.pop();
      this.#values.pop();
    }
    this.#times.push(time);
    this.#values.push(value);
    if (this.#times.length > this.capacity) this.#thin();
  }

  #thin(): void {
    // The last point is kept, whatever its place.
    const kept = (_: number, index: number): boolean => index % 2 === 0 || index === this.#times.length - 1;
    const first = this.#times[0] ?? 0;
    const last = this.#times.at(-1) ?? 0;
    this.#values = this.#values.filter(kept);
    this.#times = this.#times.filter(kept);
    this.#apart = (last - first) / (this.capacity / 2);
  }
}
