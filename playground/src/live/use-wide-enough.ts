import { useSyncExternalStore } from 'react';

/** The width from which the list, the charts and the stream have room beside each other. */
const WIDE = '(min-width: 64rem)';

function onChange(listener: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

export function useWideEnough(): boolean {
  return useSyncExternalStore(onChange, () => window.matchMedia(WIDE).matches);
}
