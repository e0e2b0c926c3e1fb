/** The address within the page: `#/place/detail`. A hash, because the server serves this page at one address only. */
import { useSyncExternalStore } from 'react';

export interface Route {
  place: string;
  /** What is open in the place, if anything. */
  detail: string | null;
}

export function routeOf(hash: string): Route {
  const [place, detail] = hash.replace(/^#\/?/, '').split('/');
  return { place: place ?? '', detail: detail ? decoded(detail) : null };
}

/** People cut addresses short; half an escape is no reason to show nothing. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export function addressOf(place: string, detail?: string | null): string {
  return detail ? `#/${place}/${encodeURIComponent(detail)}` : `#/${place}`;
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(onHashChange, () => window.location.hash));
}
