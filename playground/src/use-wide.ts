import { useCallback, useSyncExternalStore } from 'react';

/** Whether the page is at least as wide as this, such as `64rem`; follows as it changes. */
export function useWide(from: string): boolean {
  const wide = `(min-width: ${from})`;
  const follow = useCallback(
    (listener: () => void) => {
      const query = window.matchMedia(wide);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    [wide],
  );
  return useSyncExternalStore(follow, () => window.matchMedia(wide).matches);
}
