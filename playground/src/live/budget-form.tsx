/** Sets the budget of a customer. */
import { useState, type FormEvent } from 'react';
import { ask } from '../api/operation.ts';
import { texts } from '../texts.ts';
import { CodeField, Refusals } from './code-field.tsx';
import { SET_BUDGET, type ApiCustomer } from './documents.ts';
import { useChange } from './use-change.ts';
import { useLive } from './use-live.ts';

type Type = NonNullable<ApiCustomer['budget']>['type'];
type Policy = NonNullable<ApiCustomer['budget']>['exhaustionPolicy'];

const TYPES: readonly Type[] = ['MONTHLY', 'ONE_TIME'];
const POLICIES: readonly Policy[] = ['MANUAL', 'AUTOMATIC'];

export function BudgetForm({ customer, onDone }: { customer: ApiCustomer; onDone: (note: string) => void }) {
  const { viewer } = useLive();
  const change = useChange('SET_BUDGET');
  const [type, setType] = useState<Type>(customer.budget?.type ?? 'MONTHLY');
  const [amount, setAmount] = useState(customer.budget?.amount ?? '');
  const [policy, setPolicy] = useState<Policy>(customer.budget?.exhaustionPolicy ?? 'MANUAL');
  const [unfreeze, setUnfreeze] = useState(false);
  const words = texts.live.budget;
  // The API asks for a code of everybody who lets it freeze by itself.
  const needsCode = viewer.verificationEnabled || policy === 'AUTOMATIC' || change.codeDemanded;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const warnings = await change.submit(async (post, code) => {
      const input = {
        customerId: customer.id,
        type,
        amount: amount.trim(),
        exhaustionPolicy: policy,
        unfreezeNow: unfreeze && customer.freeze.level === 'ACCOUNT',
        verificationCode: code,
      };
      return (await ask(post, SET_BUDGET, { input })).setCustomerBudget;
    });
    if (warnings) onDone([words.done, ...warnings].join(' '));
  }

  return (
    <form className="change" onSubmit={(event) => void submit(event)}>
      <label>
        {words.type}
        <select value={type} onChange={({ target }) => setType(target.value as Type)}>
          {TYPES.map((option) => (
            <option key={option} value={option}>
              {words.types[option]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.amount(viewer.currency)}
        <input value={amount} onChange={({ target }) => setAmount(target.value)} inputMode="decimal" required />
      </label>
      <label>
        {words.policy}
        <select value={policy} onChange={({ target }) => setPolicy(target.value as Policy)}>
          {POLICIES.map((option) => (
            <option key={option} value={option}>
              {words.policies[option]}
            </option>
          ))}
        </select>
      </label>
      {customer.freeze.level === 'ACCOUNT' && (
        <label className="check">
          <input type="checkbox" checked={unfreeze} onChange={({ target }) => setUnfreeze(target.checked)} />
          {words.unfreeze}
        </label>
      )}
      {needsCode && <CodeField change={change} />}
      <Refusals refusals={change.refusals} />
      <button type="submit" className="primary" disabled={change.busy}>
        {change.busy ? texts.live.working : words.submit}
      </button>
    </form>
  );
}
