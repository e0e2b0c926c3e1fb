/**
 * A subscription that goes on where it stopped.
 *
 * Every item of the feed carries a cursor. When a socket is lost, the client sends the same payload again; with the
 * last cursor put into `after` the server first sends what was missed, and nothing is lost or doubled. This works for
 * every subscription that declares `$after` and selects `cursor`; others simply start anew.
 */
import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import type { GraphQLRequest } from './graphql.ts';

export interface Resuming {
  /** The payload to subscribe with; it is read again at each reconnection, so it is changed in place. */
  payload: { query: string; operationName?: string | null; variables?: Record<string, unknown> | null };
  remember(result: { data?: unknown }): void;
  /** Another account has another feed: its cursors are not ours. */
  forget(): void;
}

export function resuming(request: GraphQLRequest): Resuming {
  const original = request.variables ?? null;
  const resumable = declaresAfter(request);
  const payload: Resuming['payload'] = {
    query: request.query,
    operationName: request.operationName ?? null,
    variables: original,
  };
  return {
    payload,
    remember({ data }) {
      if (!resumable) return;
      const cursor = cursorOf(data);
      if (cursor !== null) payload.variables = { ...original, after: cursor };
    },
    forget() {
      payload.variables = original;
    },
  };
}

function declaresAfter({ query, operationName }: GraphQLRequest): boolean {
  const operations = parse(query).definitions.filter(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const operation = operationName ? operations.find(({ name }) => name?.value === operationName) : operations[0];
  return operation?.variableDefinitions?.some(({ variable }) => variable.name.value === 'after') ?? false;
}

/** A subscription has exactly one root field. */
function cursorOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const [item] = Object.values(data);
  const cursor: unknown = (item as { cursor?: unknown } | null | undefined)?.cursor;
  return typeof cursor === 'string' ? cursor : null;
}
