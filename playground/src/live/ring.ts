/** The newest `capacity` items; what is older is forgotten. Memory does not grow with time. */
export class Ring<Item> {
  readonly capacity: number;
  #items: Item[] = [];
  /** Where the oldest is, once the ring is full. */
  #oldest = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Takes an item in, and tells which one had to go for it. */
  push(item: Item): Item | undefined {
    if (this.#items.length < this.capacity) {
      this.#items.push(item);
      return undefined;
    }
    const forgotten = this.#items[this.#oldest];
    this.#items[this.#oldest] = item;
    this.#oldest = (this.#oldest + 1) % this.capacity;
    return forgotten;
  }

  /** In the order in which they were taken in. */
  toArray(): Item[] {
    return [...this.#items.slice(this.#oldest), ...this.#items.slice(0, this.#oldest)];
  }
}
