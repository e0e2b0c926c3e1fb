/** How many alerts each of the last days had, as the server counts them. */
import { useEffect, useState } from 'react';
import { ask, type VariablesOf } from '../api/operation.ts';
import type { Post } from '../api/graphql.ts';
import { usePlayground } from '../playground.ts';
import { lastDays, type Day } from './days.ts';
import { ALERTS_OF_DAY, ALERTS_PER_DAY } from './documents.ts';
import { useLive } from './use-live.ts';

/** How often today is counted again while alerts come in. */
const COUNT_MS = 3_000;

export interface CountedDay extends Day {
  count: number;
}

type AlertFilter = VariablesOf<typeof ALERTS_OF_DAY>['day'];

export function useAlertDays(resellerId: string | null, minThreshold: number): CountedDay[] {
  const { post, subscriptions } = usePlayground();
  const { store } = useLive();
  const [days, setDays] = useState<CountedDay[]>([]);

  useEffect(() => {
    let over = false;
    let counted: CountedDay[] = [];
    let taken = -1;
    let busy = false;

    async function count(): Promise<void> {
      const now = Date.now();
      const wanted = lastDays(now);
      const today = wanted.at(-1)!;
      const sameDay = counted.at(-1)?.start === today.start;
      if (busy || (sameDay && taken === store.alertsTaken)) return;
      busy = true;
      const takenThen = store.alertsTaken;
      try {
        const filter = (day: Day): AlertFilter => filterOf(day, resellerId, minThreshold);
        counted = sameDay
          ? [...counted.slice(0, -1), { ...today, count: await countDay(post, filter(today)) }]
          : await countDays(post, wanted, filter);
        taken = takenThen;
        if (!over) setDays(counted);
      } catch {
        // The board says that readings fail; this one is tried again like the others.
      } finally {
        busy = false;
      }
    }

    // What was before may have changed while the connection was lost.
    const stop = subscriptions.onState(() => {
      if (subscriptions.getState() === 'open') counted = [];
    });
    void count();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void count();
    }, COUNT_MS);
    return () => {
      over = true;
      stop();
      clearInterval(timer);
    };
  }, [post, subscriptions, store, resellerId, minThreshold]);

  return days;
}

function filterOf(day: Day, resellerId: string | null, minThreshold: number): AlertFilter {
  return {
    raisedAt: { from: new Date(day.start).toISOString(), to: new Date(day.end).toISOString() },
    ...(resellerId === null ? {} : { resellerId }),
    ...(minThreshold > 0 ? { minThreshold } : {}),
  };
}

async function countDay(post: Post, day: AlertFilter): Promise<number> {
  return (await ask(post, ALERTS_OF_DAY, { day })).budgetAlerts.totalCount;
}

async function countDays(post: Post, days: Day[], filter: (day: Day) => AlertFilter): Promise<CountedDay[]> {
  const variables = Object.fromEntries(days.map((day, index) => [`d${index}`, filter(day)]));
  const counts = await ask(post, ALERTS_PER_DAY, variables as VariablesOf<typeof ALERTS_PER_DAY>);
  return days.map((day, index) => ({ ...day, count: counts[`d${index}` as keyof typeof counts].totalCount }));
}
