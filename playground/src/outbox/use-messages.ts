import { useCallback, useEffect, useState } from 'react';
import { endpoints } from '../api/endpoints.ts';
import { loadMessages, type Message } from './messages.ts';

/** Soon enough for somebody who waits for a code, and next to nothing for the server. */
const POLL_MS = 3_000;

interface Messages {
  /** `null` until the first answer. */
  messages: Message[] | null;
  failure: string | null;
  refresh: () => void;
}

/** Reads the outbox again and again while somebody can see it. */
export function useMessages(visible: boolean): Messages {
  const [messages, setMessages] = useState<Message[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  const refresh = useCallback(() => {
    loadMessages(endpoints.outbox).then(
      (loaded) => {
        setMessages(loaded);
        setFailure(null);
      },
      (error: Error) => setFailure(error.message),
    );
  }, []);

  useEffect(() => {
    if (!visible) return undefined;
    refresh();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') refresh();
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [visible, refresh]);

  return { messages, failure, refresh };
}
