import { createContext, use, useEffect, useState, useSyncExternalStore } from 'react';
import { formatsOf, type Formats } from '../format.ts';
import { usePlayground } from '../playground.ts';
import type { Viewer } from '../session/documents.ts';
import { LiveFeed } from './feed.ts';
import { LiveStore } from './store.ts';
import { Ticker } from './ticker.ts';

/** Milliseconds between two drawings: quick enough to look immediate, slow enough to read. */
const DRAW_MS = 250;

/** What the parts of Live share. */
export interface Live {
  viewer: Viewer;
  store: LiveStore;
  feed: LiveFeed;
  ticker: Ticker;
  formats: Formats;
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = use(LiveContext);
  if (!live) throw new Error('a part of Live was rendered outside of it');
  return live;
}

/** Changes with every drawing: whoever calls this draws anew whenever there is something new. */
export function useTick(): number {
  const { ticker } = useLive();
  return useSyncExternalStore(ticker.onTick, ticker.getTick);
}

/** Follows what `viewer` may see, from the first drawing to the last. */
export function useFollowing(viewer: Viewer, visible: boolean): Live | null {
  const { post, subscriptions } = usePlayground();
  const [live, setLive] = useState<Live | null>(null);

  useEffect(() => {
    const store = new LiveStore();
    const ticker = new Ticker(DRAW_MS);
    const feed = new LiveFeed({ post, subscriptions, store, touch: ticker.touch });
    setLive({ viewer, store, feed, ticker, formats: formatsOf(viewer.currency) });
    feed.start();
    return () => feed.stop();
  }, [post, subscriptions, viewer]);

  useEffect(() => live?.feed.rest(!visible), [live, visible]);

  return live;
}
