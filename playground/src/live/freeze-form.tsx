/** Freezes a customer, or lifts its freeze. */
import { useState, type FormEvent } from 'react';
import { ask } from '../api/operation.ts';
import { texts } from '../texts.ts';
import { CodeField, Refusals } from './code-field.tsx';
import { FREEZE_ACCOUNT, FREEZE_ALL, UNFREEZE_ACCOUNT, UNFREEZE_ALL, type ApiCustomer } from './documents.ts';
import { useChange } from './use-change.ts';
import { useLive } from './use-live.ts';

/** As the API limits it. */
const MAX_REASON = 256;

type Level = 'ACCOUNT' | 'ACCOUNT_AND_RESOURCES';

const LEVELS: readonly Level[] = ['ACCOUNT', 'ACCOUNT_AND_RESOURCES'];

interface FreezeFormProps {
  customer: ApiCustomer;
  onDone: (note: string) => void;
}

export function FreezeForm({ customer, onDone }: FreezeFormProps) {
  const frozen = customer.freeze.level;
  return (
    <>
      {frozen !== 'NONE' && <LevelForm key={`lift ${frozen}`} customer={customer} lift={frozen} onDone={onDone} />}
      {frozen !== 'ACCOUNT_AND_RESOURCES' && <LevelForm key={`freeze ${frozen}`} customer={customer} lift={null} onDone={onDone} />}
    </>
  );
}

interface LevelFormProps extends FreezeFormProps {
  /** The freeze that is lifted; null to freeze. */
  lift: Level | null;
}

function LevelForm({ customer, lift, onDone }: LevelFormProps) {
  const { viewer } = useLive();
  const change = useChange(lift ? 'UNFREEZE' : 'FREEZE');
  const levels = LEVELS.filter((level) => level !== customer.freeze.level);
  const [level, setLevel] = useState<Level>(levels[0] ?? 'ACCOUNT');
  const [reason, setReason] = useState('');
  const [accepted, setAccepted] = useState(false);
  const words = texts.live.freeze;
  const withResources = (lift ?? level) === 'ACCOUNT_AND_RESOURCES';

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const warnings = await change.submit(async (post, code) => {
      const document = lift
        ? withResources ? UNFREEZE_ALL : UNFREEZE_ACCOUNT
        : withResources ? FREEZE_ALL : FREEZE_ACCOUNT;
      const input = { customerIds: [customer.id], reason: reason.trim(), agreementAccepted: accepted, verificationCode: code };
      return (await ask(post, document, { input })).change;
    });
    if (!warnings) return;
    setReason('');
    onDone([lift ? words.unfrozen : words.frozen, ...warnings].join(' '));
  }

  return (
    <form className="change" onSubmit={(event) => void submit(event)}>
      {!lift && (
        <label>
          {words.level}
          <select value={level} onChange={({ target }) => setLevel(target.value as Level)}>
            {levels.map((option) => (
              <option key={option} value={option}>
                {words.levels[option]}
              </option>
            ))}
          </select>
        </label>
      )}
      {!lift && withResources && (
        <label className="check">
          <input type="checkbox" checked={accepted} onChange={({ target }) => setAccepted(target.checked)} />
          {words.agreement}
        </label>
      )}
      <label>
        {words.reason}
        <input value={reason} onChange={({ target }) => setReason(target.value)} maxLength={MAX_REASON} required />
      </label>
      {(viewer.verificationEnabled || change.codeDemanded) && <CodeField change={change} />}
      <Refusals refusals={change.refusals} />
      <button type="submit" className={lift ? 'primary' : 'primary danger'} disabled={change.busy}>
        {change.busy ? texts.live.working : lift ? words.unfreeze : words.freeze}
      </button>
    </form>
  );
}
