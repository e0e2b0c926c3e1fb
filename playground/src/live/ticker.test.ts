import { expect, test } from 'vitest';
import { Ticker } from './ticker.ts';

/** A clock that goes when it is told to. */
function clockwork() {
  let now = 0;
  let waiting: { at: number; run: () => void }[] = [];
  let frames: (() => void)[] = [];
  return {
    visible: true,
    clock: {
      now: () => now,
      later: (run: () => void, ms: number) => waiting.push({ at: now + ms, run }),
      frame: (run: () => void) => frames.push(run),
    },
    go(ms: number) {
      now += ms;
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { run } of due) run();
      if (!this.visible) return;
      for (const frame of frames.splice(0)) frame();
    },
  };
}

test('fifty changes a second are four drawings', () => {
  const works = clockwork();
  const ticker = new Ticker(250, works.clock);
  let drawn = 0;
  ticker.onTick(() => (drawn += 1));
  for (let ms = 0; ms < 10_000; ms += 20) {
    ticker.touch();
    works.go(20);
  }
  expect(drawn).toBeGreaterThanOrEqual(36);
  expect(drawn).toBeLessThanOrEqual(41);
});

test('the first change is drawn at once, the last one is not forgotten', () => {
  const works = clockwork();
  const ticker = new Ticker(250, works.clock);
  ticker.touch();
  works.go(0);
  expect(ticker.getTick()).toBe(1);
  ticker.touch();
  works.go(249);
  expect(ticker.getTick()).toBe(1);
  works.go(1);
  expect(ticker.getTick()).toBe(2);
  works.go(10_000);
  expect(ticker.getTick()).toBe(2);
});

test('a page that nobody sees draws nothing, and everything at once when it is seen again', () => {
  const works = clockwork();
  const ticker = new Ticker(250, works.clock);
  works.visible = false;
  for (let n = 0; n < 1_000; n += 1) {
    ticker.touch();
    works.go(20);
  }
  expect(ticker.getTick()).toBe(0);
  works.visible = true;
  works.go(20);
  expect(ticker.getTick()).toBe(1);
});
