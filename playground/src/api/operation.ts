/**
 * The page's own operations, typed by the schema.
 *
 * gql.tada reads an operation's text in the type system and tells what its answer and its variables look like; at run time
 * an operation is its text and nothing else. The types of the API are written from `schema.graphql` by `npm run types`.
 */
import type { initGraphQLTada, ResultOf, TadaDocumentNode, VariablesOf } from 'gql.tada';
import type { GraphQLAnswer, Post } from './graphql.ts';
import type { introspection } from './schema.generated.d.ts';

type Declare = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  // Amounts are exact as text; they become numbers where they are drawn or ordered, not where they are read.
  scalars: { DateTime: string; Decimal: string };
}>;

/** An operation whose answer is `Data`. */
export type Operation<Data, Variables> = TadaDocumentNode<Data, Variables>;

/** What an operation answers, and what it asks for. */
export type { ResultOf, VariablesOf };

/** Declares an operation or a fragment; the fragments that it uses are given beside it. */
export const operation = ((text: string, fragments: readonly string[] = []) =>
  [text, ...fragments].join('\n')) as unknown as Declare;

/** An operation as it is sent. */
export function textOf(declared: Operation<never, never> | object): string {
  return declared as unknown as string;
}

/** Why an operation was refused as a whole: there is no data to go by. */
export class Refused extends Error {
  /** The code of the first error, for what a person cannot mend by reading. */
  readonly code: string | null;

  constructor(answer: GraphQLAnswer<unknown>) {
    super(answer.errors?.map(({ message }) => message).join(' ') || 'The server gave no reason.');
    this.code = answer.errors?.[0]?.extensions?.code ?? null;
  }
}

/** The data of an operation. Throws what the network says, or `Refused`. */
export async function ask<Data, Variables extends object>(
  post: Post,
  declared: Operation<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const answer = await post<Data>({ query: textOf(declared), variables: variables as Record<string, unknown> });
  if (!answer.data) throw new Refused(answer);
  return answer.data;
}
