/** What the open example shows, whom it is written for, and the way to its code. */
import { useCallback, useEffect, useState } from 'react';
import { endpoints } from '../api/endpoints.ts';
import { loadMessages, newestCode } from '../outbox/messages.ts';
import { usePlayground, useSessionState } from '../playground.ts';
import { useSignIn } from '../session/use-sign-in.ts';
import { texts } from '../texts.ts';
import { accountLabelled, castOf } from './cast.ts';
import { asksForCode, performerFor, SEND_CODE, type Example } from './examples/example.ts';
import type { Editors } from './use-editors.ts';

interface Props {
  example: Example | undefined;
  editors: Editors;
}

export function ExampleBar({ example, editors }: Props) {
  if (!example) return <p className="example-bar quiet">{texts.explore.choose}</p>;
  return <OpenExample example={example} editors={editors} />;
}

function OpenExample({ example, editors }: { example: Example; editors: Editors }) {
  const { config } = usePlayground();
  const { ready, open } = editors;

  const fill = useCallback(
    (code: string) => {
      const cast = castOf(config.accounts, code, new Date());
      open(example.document, example.variables?.(cast) ?? null);
    },
    [config, example, open],
  );

  useEffect(() => {
    if (ready) fill('');
  }, [ready, fill]);

  return (
    <section className="example-bar" aria-label={example.title}>
      <h1>{example.title}</h1>
      <p className="quiet">{example.shows}</p>
      <SignInOffer example={example} />
      {example.code && <CodeSteps example={example} editors={editors} fill={fill} />}
    </section>
  );
}

/** One click to become the account that the example is written for, where everybody may. */
function SignInOffer({ example }: { example: Example }) {
  const { session, config } = usePlayground();
  const state = useSessionState(session);
  const attempt = useSignIn();
  const performer = performerFor(example, state);
  if (performer === null) return null;
  const account = accountLabelled(config.accounts, performer);
  return (
    <p className="step">
      {texts.explore.writtenFor} <strong>{performer}</strong>
      {account && (
        <button type="button" className="primary" disabled={attempt.busy} onClick={() => void attempt.signInAs(account)}>
          {texts.explore.signInAs(performer)}
        </button>
      )}
      {attempt.refusal && (
        <span className="refusal" role="alert">
          {attempt.refusal}
        </span>
      )}
    </p>
  );
}

interface CodeStepsProps {
  example: Example;
  editors: Editors;
  fill: (code: string) => void;
}

function CodeSteps({ example, editors, fill }: CodeStepsProps) {
  const { config, session } = usePlayground();
  const asked = asksForCode(example, useSessionState(session));
  const [said, setSaid] = useState<string | null>(null);

  function send(): void {
    setSaid(null);
    editors.open(SEND_CODE, { input: { operation: example.code, channel: 'EMAIL' } });
    editors.run();
  }

  async function fillIn(): Promise<void> {
    if (!config.demo) {
      fill('');
      setSaid(texts.explore.codeSentOutside);
      return;
    }
    try {
      const code = newestCode(await loadMessages(endpoints.outbox));
      fill(code ?? '');
      setSaid(code ? texts.explore.codeFilledIn : texts.explore.noCode);
    } catch (error) {
      setSaid(texts.outbox.failed((error as Error).message));
    }
  }

  return (
    <p className="step">
      {asked ? texts.explore.needsCode : texts.explore.codeOptional}
      <button type="button" disabled={!editors.ready} onClick={send}>
        {texts.explore.sendCode}
      </button>
      <button type="button" disabled={!editors.ready} onClick={() => void fillIn()}>
        {texts.explore.fillInCode}
      </button>
      <span role="status">{said}</span>
    </p>
  );
}
