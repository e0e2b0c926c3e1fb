/** What the open example shows, whom it is written for, and the way to its code. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { endpoints } from '../api/endpoints.ts';
import { loadMessages, newestCode } from '../outbox/messages.ts';
import { usePlayground, useSessionState } from '../playground.ts';
import { useSignIn } from '../session/use-sign-in.ts';
import { addressOf } from '../route.ts';
import { texts } from '../texts.ts';
import { accountLabelled, castOf, type Found } from './cast.ts';
import { asksForCode, performerFor, SEND_CODE, writtenFor, type Example, type LookUp } from './examples/example.ts';
import { guide } from './examples/index.ts';
import { lookUp } from './look-up.ts';
import type { Editors } from './use-editors.ts';

/** What was looked up so far. It outlives the example that looked it up: the steps of the guide share it. */
export interface Memory {
  found: Found;
}

interface Props {
  example: Example | undefined;
  editors: Editors;
  memory: Memory;
}

export function ExampleBar({ example, editors, memory }: Props) {
  if (!example) return <p className="example-bar quiet">{texts.explore.choose}</p>;
  return <OpenExample example={example} editors={editors} memory={memory} />;
}

function OpenExample({ example, editors, memory }: Props & { example: Example }) {
  const { config } = usePlayground();
  const { ready, open } = editors;
  const lastCode = useRef('');

  const fill = useCallback(
    (code: string) => {
      lastCode.current = code;
      const cast = castOf(config.accounts, code, new Date(), memory.found);
      open(example.document, example.variables?.(cast) ?? null);
    },
    [config, example, open, memory],
  );

  const remember = useCallback(
    (name: string, value: string) => {
      memory.found = { ...memory.found, [name]: value };
      fill(lastCode.current);
    },
    [memory, fill],
  );

  useEffect(() => {
    if (ready) fill('');
  }, [ready, fill]);

  return (
    <section className="example-bar" aria-label={example.title}>
      <Steps example={example} />
      <h1>{example.title}</h1>
      <p className="quiet">{example.shows}</p>
      {example.anonymous && <p className="quiet">{texts.explore.anybody}</p>}
      <SignInOffer example={example} />
      {example.looksUp && <LookUpStep wanted={example.looksUp} editors={editors} remember={remember} />}
      {example.code && <CodeSteps example={example} editors={editors} fill={fill} />}
    </section>
  );
}

/** Where in the guide one is, and the ways on. */
function Steps({ example }: { example: Example }) {
  const index = guide.indexOf(example);
  if (index < 0) return null;
  const [previous, next] = [guide[index - 1], guide[index + 1]];
  return (
    <nav className="steps" aria-label={texts.explore.steps}>
      <span>
        {texts.explore.guide}: {texts.explore.step(index + 1, guide.length)}
        {!example.anonymous && texts.explore.stepAs(writtenFor(example))}
      </span>
      {previous && <a href={addressOf('explore', previous.id)}>{texts.explore.previousStep}</a>}
      {next && <a href={addressOf('explore', next.id)}>{texts.explore.nextStep}</a>}
    </nav>
  );
}

interface LookUpStepProps {
  wanted: LookUp;
  editors: Editors;
  remember: (name: string, value: string) => void;
}

/** One click to put in what an earlier step made. */
function LookUpStep({ wanted, editors, remember }: LookUpStepProps) {
  const { config, post } = usePlayground();
  const [said, setSaid] = useState<string | null>(null);

  async function search(): Promise<void> {
    if (wanted.inOutbox && !config.demo) {
      setSaid(texts.explore.codeSentOutside);
      return;
    }
    setSaid(null);
    try {
      const value = await lookUp(wanted, post, endpoints.outbox);
      if (value !== null) remember(wanted.name, value);
      setSaid(value === null ? texts.explore.notFound : texts.explore.lookedUp);
    } catch (error) {
      setSaid((error as Error).message);
    }
  }

  return (
    <p className="step">
      {texts.explore.needsFound(wanted.name)}
      <button type="button" disabled={!editors.ready} onClick={() => void search()}>
        {texts.explore.lookUp}
      </button>
      <span role="status">{said}</span>
    </p>
  );
}

/** One click to become the account that the example is written for, where everybody may. */
function SignInOffer({ example }: { example: Example }) {
  const { session, config } = usePlayground();
  const state = useSessionState(session);
  const attempt = useSignIn();
  const performer = performerFor(example, state);
  if (performer === null) return null;
  const { password } = example;
  const account = accountLabelled(config.accounts, performer);

  // The guide's own accounts are not on the list of the demonstration's.
  function signInAs(accountName: string): void {
    if (account) void attempt.signInAs(account);
    else if (password) void attempt.signIn({ accountName, memberName: null, password });
  }

  return (
    <p className="step">
      {texts.explore.writtenFor} <strong>{performer}</strong>
      {(account ?? (config.demo && password)) && (
        <button type="button" className="primary" disabled={attempt.busy} onClick={() => signInAs(performer)}>
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
