/** The messages that the system sent, newest first. */
import { useRef, useState } from 'react';
import type { PlaceProps } from '../places.ts';
import { texts } from '../texts.ts';
import { codeIn, type Message } from './messages.ts';
import { useMessages } from './use-messages.ts';

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export default function Outbox({ visible }: PlaceProps) {
  const { messages, failure, refresh } = useMessages(visible);
  return (
    <section className="outbox" aria-labelledby="outbox-title">
      <div className="heading">
        <h1 id="outbox-title">{texts.outbox.title}</h1>
        <button type="button" onClick={refresh}>
          {texts.outbox.refresh}
        </button>
      </div>
      <p className="quiet">{texts.outbox.what}</p>
      {failure && (
        <p className="refusal" role="alert">
          {texts.outbox.failed(failure)}
        </p>
      )}
      <p role="status" className="quiet">
        {messages?.length === 0 && texts.outbox.empty}
        {messages && messages.length > 0 && texts.outbox.count(messages.length)}
        {!messages && !failure && texts.loading}
      </p>
      <ol className="messages">
        {messages?.map((message) => (
          <Entry key={message.id} message={message} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ message }: { message: Message }) {
  const code = codeIn(message);
  return (
    <li className="message">
      <p className="envelope">
        <span className="channel">{texts.outbox.channel[message.channel] ?? message.channel}</span>
        <span className="to">{message.to}</span>
        <time dateTime={message.createdAt}>{TIME.format(new Date(message.createdAt))}</time>
      </p>
      {message.subject && <h2>{message.subject}</h2>}
      <p className="body">{message.body}</p>
      {code && <Code code={code} />}
    </li>
  );
}

function Code({ code }: { code: string }) {
  const text = useRef<HTMLElement>(null);
  const [done, setDone] = useState<string | null>(null);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(code);
      setDone(texts.outbox.copied);
    } catch {
      // Browsers give the clipboard to secure origins only; elsewhere the last step is the person's.
      if (text.current) window.getSelection()?.selectAllChildren(text.current);
      setDone(texts.outbox.selected);
    }
  }

  return (
    <p className="code">
      <span className="quiet">{texts.outbox.code}</span>
      <code ref={text}>{code}</code>
      <button type="button" aria-label={`${texts.outbox.copy} ${code}`} onClick={() => void copy()}>
        {texts.outbox.copy}
      </button>
      <span role="status" className="quiet">
        {done}
      </span>
    </p>
  );
}
