/**
 * Who is signed in, and the tokens that prove it.
 *
 * Tokens live in this object and nowhere else: not in storage, not in the address, not in what is shown. Closing the
 * page forgets them.
 */
import { isUnauthenticated, type GraphQLAnswer, type Post } from '../api/graphql.ts';
import { textOf } from '../api/operation.ts';
import { REFRESH_SESSION, SIGN_IN, SIGN_OUT, type RefreshSession, type SignIn, type Viewer } from './documents.ts';

export interface Credentials {
  accountName: string;
  memberName: string | null;
  password: string;
}

export interface SignedIn {
  status: 'signed-in';
  viewer: Viewer;
  /** As it was typed; the API masks personal names, and revealing one leaves an access record. */
  memberName: string | null;
}

export interface SignedOut {
  status: 'signed-out';
  /** `ended`: the server did not accept the session any longer. */
  reason: 'by-choice' | 'ended';
}

export type SessionState = SignedIn | SignedOut;

/** What a person can mend, in words to be shown; `null` when the sign-in succeeded. */
export type Refusal = string | null;

interface Tokens {
  access: string;
  refresh: string | null;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  lifetime: number;
}

/** A token is renewed this long before its end, so that it does not run out on the way to the server … */
const RENEWAL_MARGIN_MS = 30_000;
/** … but never earlier than in the last fifth of its life, or a very short one would be renewed on every request. */
const RENEWAL_SHARE = 0.2;

export class Session {
  #post: Post;
  #now: () => number;
  #state: SessionState = { status: 'signed-out', reason: 'by-choice' };
  #tokens: Tokens | null = null;
  #renewal: Promise<string | null> | null = null;
  #attempt = 0;
  #listeners = new Set<() => void>();

  constructor(post: Post, now: () => number = Date.now) {
    this.#post = post;
    this.#now = now;
  }

  /** A new object whenever the person changes, and only then: renewed tokens are not a change. */
  get state(): SessionState {
    return this.#state;
  }

  /** Arrow functions, because React and the socket take them along without the object. */
  readonly getState = (): SessionState => this.#state;

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Replaces whoever was signed in, if the credentials hold; otherwise nothing changes. */
  async signIn(credentials: Credentials): Promise<Refusal> {
    const attempt = ++this.#attempt;
    const answer = await this.#post<SignIn>({ query: textOf(SIGN_IN), variables: { input: credentials } });
    // The person has meanwhile chosen somebody else: the later choice wins, in whatever order the answers come.
    if (attempt !== this.#attempt) return null;
    const payload = answer.data?.signIn;
    const tokens = this.#tokensOf(payload);
    if (!tokens || !payload?.viewer) return reasonOf(answer, payload?.userErrors);
    this.#become({ status: 'signed-in', viewer: payload.viewer, memberName: credentials.memberName }, tokens);
    return null;
  }

  /** The page forgets the session at once; telling the server is a courtesy that may fail. */
  async signOut(): Promise<void> {
    this.#attempt++;
    const token = this.#tokens?.access ?? null;
    this.#become({ status: 'signed-out', reason: 'by-choice' }, null);
    if (token) await this.#post({ query: textOf(SIGN_OUT) }, { token }).catch(() => undefined);
  }

  /** A token that is good for a while yet, or `null` when nobody is signed in. */
  async token(): Promise<string | null> {
    const tokens = this.#tokens;
    if (!tokens) return null;
    const margin = Math.min(RENEWAL_MARGIN_MS, tokens.lifetime * RENEWAL_SHARE);
    return this.#now() < tokens.expiresAt - margin ? tokens.access : this.renew(tokens.access);
  }

  /**
   * Another token in place of `stale`, or `null` when the session is over.
   *
   * Many requests may find out at once that a token has run out; they share one renewal, because a refresh token is
   * good for one use.
   */
  async renew(stale: string): Promise<string | null> {
    if (!this.#tokens) return null;
    if (this.#tokens.access !== stale) return this.#tokens.access;
    this.#renewal ??= this.#exchange(this.#tokens).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #exchange(old: Tokens): Promise<string | null> {
    const answer = old.refresh
      ? await this.#post<RefreshSession>({ query: textOf(REFRESH_SESSION), variables: { input: { refreshToken: old.refresh } } })
      : null;
    // Signed in as somebody else, or out, while the answer was on its way.
    if (this.#tokens !== old) return this.#tokens?.access ?? null;
    const tokens = this.#tokensOf(answer?.data?.refreshSession);
    if (tokens) {
      this.#tokens = { ...tokens, refresh: tokens.refresh ?? old.refresh };
      return tokens.access;
    }
    if (answer && isTransient(answer)) throw new Error(reasonOf(answer, undefined));
    this.#become({ status: 'signed-out', reason: 'ended' }, null);
    return null;
  }

  #tokensOf(payload: SignIn['signIn'] | null | undefined): Tokens | null {
    if (!payload?.accessToken || !payload.expiresAt) return null;
    const expiresAt = Date.parse(payload.expiresAt);
    return {
      access: payload.accessToken,
      refresh: payload.refreshToken,
      expiresAt,
      lifetime: Math.max(0, expiresAt - this.#now()),
    };
  }

  #become(state: SessionState, tokens: Tokens | null): void {
    this.#tokens = tokens;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A limit or a fault says nothing about the session; only a refusal ends it. */
function isTransient(answer: GraphQLAnswer<unknown>): boolean {
  return Boolean(answer.errors?.length) && !isUnauthenticated(answer);
}

function reasonOf(answer: GraphQLAnswer<unknown>, userErrors: { message: string }[] | undefined): string {
  const said = [...(userErrors ?? []), ...(answer.errors ?? [])].map(({ message }) => message);
  return said.join(' ') || 'The server gave no reason.';
}
