import { useCallback, useEffect, useState } from 'react';
import { ask } from '../api/operation.ts';
import { usePlayground } from '../playground.ts';
import { CUSTOMER, type ApiCustomer, type CustomerAlert } from './documents.ts';
import { useLive } from './use-live.ts';

export interface Details {
  customer: ApiCustomer;
  alerts: CustomerAlert[];
}

interface Reading {
  /** `undefined` until the first answer; null where there is no such customer. */
  details: Details | null | undefined;
  failure: string | null;
  again: () => void;
}

/** A customer's details, read again whenever the list tells that something about it has changed. */
export function useCustomer(id: string): Reading {
  const { post } = usePlayground();
  const { store } = useLive();
  const [details, setDetails] = useState<Details | null | undefined>(undefined);
  const [failure, setFailure] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const row = store.rows.get(id);
  // What a walk reads anew without a change is no reason.
  const state = row && `${row.percent} ${row.spent} ${row.freeze} ${row.budget?.amount} ${row.budget?.type}`;

  useEffect(() => {
    let over = false;
    ask(post, CUSTOMER, { id }).then(
      ({ customer, budgetAlerts }) => {
        if (over) return;
        setDetails(customer && { customer, alerts: budgetAlerts.nodes });
        setFailure(null);
      },
      (error: Error) => !over && setFailure(error.message),
    );
    return () => {
      over = true;
    };
  }, [post, id, state, round]);

  return { details, failure, again: useCallback(() => setRound((now) => now + 1), []) };
}
