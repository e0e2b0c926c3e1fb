/** Finding what an example needs of what was done before: an id in a list, or a code in the outbox. */
import type { Post } from '../api/graphql.ts';
import { loadMessages, type Message } from '../outbox/messages.ts';
import type { LookUp } from './examples/example.ts';

/** The value, or `null` where there is none yet. A failure is thrown in words. */
export async function lookUp(wanted: LookUp, post: Post, outbox: string): Promise<string | null> {
  if (wanted.inOutbox) return readIn(await loadMessages(outbox), wanted.inOutbox);
  const { data, errors } = await post({ query: wanted.list ?? '' });
  if (errors?.[0]) throw new Error(errors[0].message);
  return firstIdIn(data);
}

/** What the newest message with the pattern has in its first group. */
export function readIn(messages: readonly Pick<Message, 'body'>[], pattern: RegExp): string | null {
  for (const { body } of messages) {
    const found = pattern.exec(body)?.[1];
    if (found) return found;
  }
  return null;
}

/** The id of the first node of the only list in an answer. */
export function firstIdIn(data: Record<string, unknown> | null | undefined): string | null {
  const [list] = Object.values(data ?? {}) as ({ nodes?: { id: string }[] } | null)[];
  return list?.nodes?.[0]?.id ?? null;
}
