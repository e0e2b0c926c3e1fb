/** The session's own operations. The unit tests check them against the schema, like every example. */

const VIEWER = /* GraphQL */ `
  fragment SessionViewer on Viewer {
    account { id kind accountName name }
    member { id name roles }
    verificationEnabled
    currency
  }
`;

export const SIGN_IN = /* GraphQL */ `
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      accessToken
      refreshToken
      expiresAt
      viewer { ...SessionViewer }
      userErrors { code message field }
    }
  }
  ${VIEWER}
`;

export const REFRESH_SESSION = /* GraphQL */ `
  mutation RefreshSession($input: RefreshSessionInput!) {
    refreshSession(input: $input) {
      accessToken
      refreshToken
      expiresAt
      viewer { ...SessionViewer }
      userErrors { code message field }
    }
  }
  ${VIEWER}
`;

export const SIGN_OUT = /* GraphQL */ `
  mutation SignOut {
    signOut { userErrors { code message field } }
  }
`;

export type AccountKind = 'PLATFORM' | 'DISTRIBUTOR' | 'CLOUD_SOLUTION_PROVIDER' | 'RESELLER' | 'CUSTOMER';

export interface Viewer {
  account: { id: string; kind: AccountKind; accountName: string; name: string };
  member: { id: string; name: string; roles: string[] };
  verificationEnabled: boolean;
  currency: string;
}

interface SignInPayload {
  accessToken: string | null;
  refreshToken: string | null;
  expiresAt: string | null;
  viewer: Viewer | null;
  userErrors: { code: string; message: string; field: string[] | null }[];
}

export interface SignIn {
  signIn: SignInPayload;
}

export interface RefreshSession {
  refreshSession: SignInPayload;
}
