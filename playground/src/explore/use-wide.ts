import { useSyncExternalStore } from 'react';

/** The width at which `explore.css` puts the library beside the editors. */
const WIDE = '(min-width: 60rem)';

function onChange(listener: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

export function useWide(): boolean {
  return useSyncExternalStore(onChange, () => window.matchMedia(WIDE).matches);
}
