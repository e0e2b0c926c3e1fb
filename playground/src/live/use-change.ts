/** A change that is asked for in a form: the code it may need, how it went, what to mend. */
import { useState } from 'react';
import { ask } from '../api/operation.ts';
import type { Post } from '../api/graphql.ts';
import { endpoints } from '../api/endpoints.ts';
import { loadMessages, newestCode } from '../outbox/messages.ts';
import { usePlayground } from '../playground.ts';
import { texts } from '../texts.ts';
import { SEND_CODE, type UserError } from './documents.ts';

export type Guarded = 'SET_BUDGET' | 'FREEZE' | 'UNFREEZE';

interface Answer {
  userErrors: UserError[];
  warnings?: string[];
}

export interface Change {
  busy: boolean;
  /** What was refused, or failed, in words. */
  refusals: string[];
  /** Whether a code was asked for, whatever the page expected. */
  codeDemanded: boolean;
  code: string;
  setCode: (code: string) => void;
  /** Where the code went, or why it did not. */
  codeNote: string | null;
  sendCode: () => Promise<void>;
  codeFromOutbox: () => Promise<void>;
  /** Runs the change; resolves to what the API warns of where it was carried out, and to null where it was not. */
  submit: (run: (post: Post, code: string | null) => Promise<Answer>) => Promise<string[] | null>;
}

export function useChange(operation: Guarded): Change {
  const { post } = usePlayground();
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<string[]>([]);
  const [codeDemanded, setCodeDemanded] = useState(false);
  const [code, setCode] = useState('');
  const [codeNote, setCodeNote] = useState<string | null>(null);

  async function sendCode(): Promise<void> {
    try {
      const { sendVerificationCode } = await ask(post, SEND_CODE, { input: { operation } });
      const { sentTo, userErrors } = sendVerificationCode;
      setCodeNote(sentTo ? texts.live.code.sentTo(sentTo) : userErrors.map(({ message }) => message).join(' '));
    } catch (error) {
      setCodeNote((error as Error).message);
    }
  }

  async function codeFromOutbox(): Promise<void> {
    try {
      const found = newestCode(await loadMessages(endpoints.outbox));
      if (found === null) setCodeNote(texts.live.code.noneInOutbox);
      else setCode(found);
    } catch (error) {
      setCodeNote(texts.outbox.failed((error as Error).message));
    }
  }

  const submit: Change['submit'] = async (run) => {
    setBusy(true);
    setRefusals([]);
    try {
      const { userErrors, warnings = [] } = await run(post, code.trim() || null);
      if (userErrors.some(({ code: why }) => why.startsWith('VERIFICATION_CODE_'))) setCodeDemanded(true);
      setRefusals(userErrors.map(({ message }) => message));
      if (userErrors.length > 0) return null;
      // A code is good for one change.
      setCode('');
      setCodeNote(null);
      setCodeDemanded(false);
      return warnings;
    } catch (error) {
      setRefusals([texts.live.notDone((error as Error).message)]);
      return null;
    } finally {
      setBusy(false);
    }
  };

  return { busy, refusals, codeDemanded, code, setCode, codeNote, sendCode, codeFromOutbox, submit };
}
