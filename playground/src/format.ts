/** Numbers, money and times in the way of the person's language and country. The words of the page are English. */

/** What `Intl` makes of the browser's languages; the tests name one. */
export type Locale = string | undefined;

export interface Formats {
  count: (value: number) => string;
  /** 74.99 → 74.99 %; more digits than the API's two are cut, so that nothing reaches a threshold by being rounded. */
  percent: (value: number) => string;
  /** Exact: an amount as text loses nothing. */
  money: (amount: string | number) => string;
  /** For axes and tiles: 1.2M. */
  shortMoney: (amount: number) => string;
  time: (at: number) => string;
  /** Hours and minutes. */
  clock: (at: number) => string;
  dateTime: (at: number | string) => string;
  day: (at: number) => string;
}

export function formatsOf(currency: string, locale: Locale = undefined): Formats {
  const count = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 });
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const shortMoney = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    notation: 'compact',
    maximumFractionDigits: 1,
  });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' });
  return {
    count: (value) => count.format(value),
    percent: (value) => percent.format(Math.floor(value * 100 + 1e-6) / 10_000),
    money: (amount) => money.format(amount as number),
    shortMoney: (amount) => shortMoney.format(amount),
    time: (at) => time.format(at),
    clock: (at) => clock.format(at),
    dateTime: (at) => dateTime.format(new Date(at)),
    day: (at) => day.format(at),
  };
}
