import { isUnauthenticated, type Post } from '../api/graphql.ts';
import type { Session } from './session.ts';

/**
 * `post` in the name of whoever is signed in.
 *
 * An answer that the token is not accepted is worth one other try with a new token: the server may have lost patience
 * with the old one before its time. UNAUTHENTICATED is said before anything runs, so nothing is done twice.
 */
export function authorized(post: Post, session: Session): Post {
  return async (request, options = {}) => {
    const token = await session.token();
    const answer = await post<never>(request, { ...options, token });
    if (token === null || !isUnauthenticated(answer)) return answer;
    const renewed = await session.renew(token);
    return renewed === null ? answer : post(request, { ...options, token: renewed });
  };
}
