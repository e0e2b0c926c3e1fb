import { useState } from 'react';
import { usePlayground } from '../playground.ts';
import { texts } from '../texts.ts';
import type { DemoAccount } from './config.ts';
import type { Credentials } from './session.ts';

export interface SignInAttempt {
  busy: boolean;
  /** Why the last attempt failed; gone with the next one. */
  refusal: string | null;
  /** Resolves to whether it succeeded. */
  signIn: (credentials: Credentials) => Promise<boolean>;
  /** With the password that everybody knows in the demonstration. */
  signInAs: (account: DemoAccount) => Promise<boolean>;
}

export function useSignIn(): SignInAttempt {
  const { session, config } = usePlayground();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  async function signIn(credentials: Credentials): Promise<boolean> {
    setBusy(true);
    setRefusal(null);
    try {
      const refused = await session.signIn(credentials);
      setRefusal(refused);
      return refused === null;
    } catch (error) {
      setRefusal(texts.session.unreachable((error as Error).message));
      return false;
    } finally {
      setBusy(false);
    }
  }

  return {
    busy,
    refusal,
    signIn,
    signInAs: ({ accountName, memberName }) =>
      signIn({ accountName, memberName, password: config.password ?? '' }),
  };
}
