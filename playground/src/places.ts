/** The places of the page. Each is loaded when it is first visited; a new one is one entry here. */
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { PlaygroundConfig } from './session/config.ts';
import { texts } from './texts.ts';

export interface PlaceProps {
  /** False while another place is shown; a place stays as it was left, and should rest meanwhile. */
  visible: boolean;
  /** What is open in it, from the address. */
  detail: string | null;
}

export interface Place {
  id: string;
  title: string;
  content: LazyExoticComponent<ComponentType<PlaceProps>>;
  offered: (config: PlaygroundConfig) => boolean;
}

export const places: readonly Place[] = [
  {
    id: 'explore',
    title: texts.places.explore,
    content: lazy(() => import('./explore/place.tsx')),
    offered: () => true,
  },
  {
    id: 'live',
    title: texts.places.live,
    content: lazy(() => import('./live/place.tsx')),
    offered: () => true,
  },
  {
    id: 'outbox',
    title: texts.places.outbox,
    content: lazy(() => import('./outbox/place.tsx')),
    offered: (config) => config.demo,
  },
];
