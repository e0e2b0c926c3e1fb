/** What the places of the page share, put together once. */
import { createContext, use, useSyncExternalStore } from 'react';
import { endpoints } from './api/endpoints.ts';
import { postTo, type Post } from './api/graphql.ts';
import { subscriptionsTo, type Subscriptions } from './api/socket.ts';
import { authorized } from './session/authorized.ts';
import type { PlaygroundConfig } from './session/config.ts';
import { Session, type SessionState } from './session/session.ts';
import type { Theme } from './theme.ts';

export interface Connection {
  session: Session;
  /** In the name of whoever is signed in. */
  post: Post;
  subscriptions: Subscriptions;
}

export interface Playground extends Connection {
  config: PlaygroundConfig;
  theme: Theme;
}

export function connect(): Connection {
  const post = postTo(endpoints.graphql);
  const session = new Session(post);
  return { session, post: authorized(post, session), subscriptions: subscriptionsTo(endpoints.socket, session) };
}

export const PlaygroundContext = createContext<Playground | null>(null);

export function usePlayground(): Playground {
  const playground = use(PlaygroundContext);
  if (!playground) throw new Error('a place was rendered outside of the page');
  return playground;
}

export function useSessionState(session: Session): SessionState {
  return useSyncExternalStore(session.onChange, session.getState);
}
