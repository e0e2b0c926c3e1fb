/** The days of the chart of alerts: days of the person who looks, not of the server. */

/** How many days the chart shows; the operation that counts them has as many filters. */
export const DAYS = 14;

export interface Day {
  /** Milliseconds since the epoch; the day ends where the next one begins. */
  start: number;
  end: number;
}

/** The last days, oldest first, today last. Days with a change of clocks are longer or shorter than others. */
export function lastDays(now: number): Day[] {
  const today = new Date(now);
  const startOf = (back: number): number =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - back).getTime();
  return Array.from({ length: DAYS }, (_, index) => {
    const back = DAYS - 1 - index;
    return { start: startOf(back), end: startOf(back - 1) };
  });
}
