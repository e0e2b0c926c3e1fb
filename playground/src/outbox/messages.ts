/** What the system sent to people; readable in demonstration mode only. */

export interface Message {
  id: string;
  channel: string;
  to: string;
  subject: string;
  body: string;
  createdAt: string;
}

/** Newest first, as the server answers. */
export async function loadMessages(url: string, fetcher: typeof fetch = fetch): Promise<Message[]> {
  const response = await fetcher(url, { credentials: 'omit', headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  const { messages } = (await response.json()) as { messages: Message[] };
  return messages;
}

/** Six digits that stand alone; amounts have a point or a comma beside their digits. */
const CODE = /(?<![\d.,])\d{6}(?![\d]|[.,]\d)/;

export function codeIn({ body, subject }: Pick<Message, 'body' | 'subject'>): string | null {
  return CODE.exec(body)?.[0] ?? CODE.exec(subject)?.[0] ?? null;
}

export function newestCode(messages: readonly Message[]): string | null {
  for (const message of messages) {
    const code = codeIn(message);
    if (code !== null) return code;
  }
  return null;
}
