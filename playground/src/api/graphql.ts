/**
 * One GraphQL request over HTTP, and what its answer means.
 * Knows nothing of sessions: the caller brings the token.
 */

export interface GraphQLRequest {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

export interface GraphQLFault {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; [key: string]: unknown };
}

export interface GraphQLAnswer<Data = Record<string, unknown>> {
  data?: Data | null;
  errors?: GraphQLFault[];
  extensions?: Record<string, unknown>;
}

export interface PostOptions {
  token?: string | null;
  /** Sent as they are; they win over what this module would send. */
  headers?: Record<string, string> | undefined;
}

export type Post = <Data = Record<string, unknown>>(
  request: GraphQLRequest,
  options?: PostOptions,
) => Promise<GraphQLAnswer<Data>>;

/**
 * The way to the API at `url`.
 *
 * The function that is returned throws when there is no GraphQL answer at all: the network failed, or something in
 * between answered in its place. A refusal by the API is an answer, whatever its HTTP status.
 */
export function postTo(url: string, fetcher: typeof fetch = fetch): Post {
  return async (request, options = {}) => {
    const headers = new Headers({
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    });
    if (options.token) headers.set('authorization', `Bearer ${options.token}`);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);

    // Cookies would only add a way in for other sites; the token is the whole of the authority.
    const response = await fetcher(url, { method: 'POST', credentials: 'omit', headers, body: JSON.stringify(request) });
    try {
      return await response.json();
    } catch {
      throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
    }
  };
}

export function isUnauthenticated(answer: GraphQLAnswer<unknown>): boolean {
  return answer.errors?.some((fault) => fault.extensions?.code === 'UNAUTHENTICATED') ?? false;
}
