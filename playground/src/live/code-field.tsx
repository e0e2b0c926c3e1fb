/** Asks for a verification code, where a change needs one. */
import { usePlayground } from '../playground.ts';
import { texts } from '../texts.ts';
import type { Change } from './use-change.ts';

export function CodeField({ change }: { change: Change }) {
  const { config } = usePlayground();
  const words = texts.live.code;
  return (
    <fieldset className="code-field">
      <legend>{words.needed}</legend>
      <button type="button" onClick={() => void change.sendCode()}>
        {words.send}
      </button>
      <p role="status" className="quiet">
        {change.codeNote}
      </p>
      <label>
        {words.label}
        <input
          value={change.code}
          onChange={({ target }) => change.setCode(target.value)}
          inputMode="numeric"
          autoComplete="one-time-code"
          spellCheck={false}
        />
      </label>
      {config.demo && (
        <button type="button" onClick={() => void change.codeFromOutbox()}>
          {words.fromOutbox}
        </button>
      )}
    </fieldset>
  );
}

export function Refusals({ refusals }: { refusals: readonly string[] }) {
  if (refusals.length === 0) return null;
  return (
    <ul className="refusal" role="alert">
      {refusals.map((refusal) => (
        <li key={refusal}>{refusal}</li>
      ))}
    </ul>
  );
}
