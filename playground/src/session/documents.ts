/** The session's own operations. */
import { operation, type ResultOf } from '../api/operation.ts';

const VIEWER = operation(`
  fragment SessionViewer on Viewer {
    account { id kind accountName name }
    member { id name roles }
    permissions
    verificationEnabled
    currency
  }
`);

export const SIGN_IN = operation(
  `
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      accessToken
      refreshToken
      expiresAt
      viewer { ...SessionViewer }
      userErrors { code message field }
    }
  }
`,
  [VIEWER],
);

export const REFRESH_SESSION = operation(
  `
  mutation RefreshSession($input: RefreshSessionInput!) {
    refreshSession(input: $input) {
      accessToken
      refreshToken
      expiresAt
      viewer { ...SessionViewer }
      userErrors { code message field }
    }
  }
`,
  [VIEWER],
);

export const SIGN_OUT = operation(`
  mutation SignOut {
    signOut { userErrors { code message field } }
  }
`);

export type SignIn = ResultOf<typeof SIGN_IN>;
export type RefreshSession = ResultOf<typeof REFRESH_SESSION>;
export type Viewer = ResultOf<typeof VIEWER>;
export type AccountKind = Viewer['account']['kind'];
