/** Who is signed in, and the ways to become somebody else. */
import { useId, useRef, useState, type FormEvent } from 'react';
import { usePlayground, useSessionState } from '../playground.ts';
import { texts } from '../texts.ts';
import { accountsByKind, labelOf } from './config.ts';
import type { Credentials, SessionState } from './session.ts';
import { useSignIn, type SignInAttempt } from './use-sign-in.ts';

export function SignInBar({ trouble }: { trouble: string | null }) {
  const { session, config } = usePlayground();
  const state = useSessionState(session);
  const attempt = useSignIn();
  return (
    <section className="session" aria-label={texts.session.label}>
      <p className="who" role="status">
        <Who state={state} />
      </p>
      {config.accounts.length > 0 && <DemoSwitcher attempt={attempt} state={state} />}
      <PasswordForm />
      {state.status === 'signed-in' && (
        <button type="button" onClick={() => void session.signOut()}>
          {texts.session.signOut}
        </button>
      )}
      {(attempt.refusal ?? trouble) && (
        <p className="refusal" role="alert">
          {attempt.refusal ?? trouble}
        </p>
      )}
    </section>
  );
}

function Who({ state }: { state: SessionState }) {
  if (state.status === 'signed-out') {
    return state.reason === 'ended' ? texts.session.ended : texts.session.signedOut;
  }
  return (
    <>
      {texts.session.signedInAs} <strong>{ownLabel(state)}</strong>
    </>
  );
}

function ownLabel({ viewer, memberName }: SessionState & { status: 'signed-in' }): string {
  return labelOf({ accountName: viewer.account.accountName, memberName });
}

/** A list and a button, not a list that acts by itself: with the keyboard one passes many accounts on the way. */
function DemoSwitcher({ attempt, state }: { attempt: SignInAttempt; state: SessionState }) {
  const { config } = usePlayground();
  const signedOut = state.status === 'signed-out';
  const [chosen, setChosen] = useState('');
  const account = config.accounts.find((candidate) => labelOf(candidate) === chosen);

  // There are other ways to sign in than this list; it shows who came in by them, if they are on it.
  const own = state.status === 'signed-in' ? ownLabel(state) : null;
  const [seen, setSeen] = useState(own);
  if (own !== seen) {
    setSeen(own);
    if (own !== null) setChosen(config.accounts.some((candidate) => labelOf(candidate) === own) ? own : '');
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (account) void attempt.signInAs(account);
  }

  return (
    <form className="switcher" onSubmit={submit}>
      <select
        aria-label={texts.session.demoAccount}
        value={chosen}
        onChange={(event) => setChosen(event.target.value)}
        required
      >
        <option value="">{texts.session.choose}</option>
        {accountsByKind(config.accounts).map(([kind, accounts]) => (
          <optgroup key={kind} label={texts.kinds[kind]}>
            {accounts.map((candidate) => (
              <option key={labelOf(candidate)} value={labelOf(candidate)}>
                {labelOf(candidate)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <button type="submit" className={signedOut ? 'primary' : ''} disabled={attempt.busy}>
        {attempt.busy ? texts.session.signingIn : signedOut ? texts.session.signIn : texts.session.switchTo}
      </button>
    </form>
  );
}

function PasswordForm() {
  const attempt = useSignIn();
  const id = useId();
  const popover = useRef<HTMLFormElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    if (await attempt.signIn(credentialsIn(new FormData(form)))) {
      form.reset();
      popover.current?.hidePopover();
    }
  }

  return (
    <>
      <button type="button" popoverTarget={id}>
        {texts.session.otherAccount}
      </button>
      <form id={id} ref={popover} popover="auto" className="credentials" onSubmit={(event) => void submit(event)}>
        <label>
          {texts.session.accountName}
          <input name="accountName" autoComplete="username" autoCapitalize="none" spellCheck={false} required />
        </label>
        <label>
          {texts.session.memberName}
          <input name="memberName" autoComplete="off" autoCapitalize="none" spellCheck={false} />
        </label>
        <label>
          {texts.session.password}
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        {attempt.refusal && (
          <p className="refusal" role="alert">
            {attempt.refusal}
          </p>
        )}
        <button type="submit" className="primary" disabled={attempt.busy}>
          {attempt.busy ? texts.session.signingIn : texts.session.signIn}
        </button>
      </form>
    </>
  );
}

function credentialsIn(form: FormData): Credentials {
  const text = (name: string): string => String(form.get(name) ?? '');
  return {
    accountName: text('accountName').trim(),
    memberName: text('memberName').trim() || null,
    password: text('password'),
  };
}
