/** GraphiQL's way to the API: subscriptions over the socket, everything else over HTTP. */
import type { Fetcher, FetcherOpts, FetcherParams, Observable } from '@graphiql/toolkit';
import { getOperationAST, parse, type ExecutionResult } from 'graphql';
import type { Post } from '../api/graphql.ts';
import type { Observer, Subscriptions } from '../api/socket.ts';
import type { Session } from '../session/session.ts';
import { texts } from '../texts.ts';

export function graphiqlFetcher(post: Post, subscriptions: Subscriptions, session: Session): Fetcher {
  return (params: FetcherParams, options?: FetcherOpts) => {
    if (!isSubscription(params)) {
      const answer: Promise<unknown> = post(params, { headers: options?.headers }).catch(failure);
      return answer as Promise<ExecutionResult>;
    }
    if (session.state.status === 'signed-out') {
      return failure(new Error(texts.explore.subscribeSignedOut)) as unknown as ExecutionResult;
    }
    return observable(subscriptions, params);
  };
}

/** Of several operations in a document only the chosen one counts; one that does not parse is for the server to refuse. */
function isSubscription({ query, operationName }: FetcherParams): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false;
  }
}

function observable(subscriptions: Subscriptions, params: FetcherParams): Observable<ExecutionResult> {
  // GraphiQL calls it with an observer only, though the type has it that functions would do, too.
  function subscribe(observer: Observer): { unsubscribe: () => void } {
    const unsubscribe = subscriptions.subscribe(params, {
      ...observer,
      error: (error) => observer.error(explained(error)),
    });
    return { unsubscribe };
  }
  return { subscribe } as Observable<ExecutionResult>;
}

/** As the API would say it. Thrown, an error would be shown with the stack of this page's code. */
function failure(error: Error): { errors: { message: string }[] } {
  return { errors: [{ message: error.message }] };
}

/** A closed socket says why in a code and a reason; GraphiQL would show an empty object. */
function explained(error: unknown): unknown {
  if (error instanceof Error) return { message: error.message };
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return error;
  if (!('code' in error)) return { message: texts.explore.socketFailed };
  const { code, reason } = error as { code: number; reason?: string };
  return { message: texts.explore.socketClosed(code, reason ?? '') };
}
