import { texts } from '../texts.ts';
import { useLive } from './use-live.ts';
import type { Details } from './use-customer.ts';

/** The last changes of a customer, and its last alerts. */
export function History({ details: { customer, alerts } }: { details: Details }) {
  const { formats } = useLive();
  const words = texts.live.history;
  const changes = customer.adjustmentRecords.nodes;
  return (
    <>
      <h3>{words.changes}</h3>
      {changes.length === 0 && <p className="quiet">{words.none}</p>}
      <ol className="history">
        {changes.map(({ id, at, kind, after, reason, byAccount }) => (
          <li key={id}>
            <p>
              <strong>{words.kinds[kind] ?? kind}</strong> {byAccount && words.by(byAccount.accountName)}
            </p>
            <p className="quiet">{[formats.dateTime(at), after, reason].filter(Boolean).join(' · ')}</p>
          </li>
        ))}
      </ol>
      <h3>{words.alerts}</h3>
      {alerts.length === 0 && <p className="quiet">{words.none}</p>}
      <ol className="history">
        {alerts.map(({ id, threshold, raisedAt, used }) => (
          <li key={id}>
            <p>
              <strong>{formats.percent(threshold)}</strong> {formats.money(used)}
            </p>
            <p className="quiet">{formats.dateTime(raisedAt)}</p>
          </li>
        ))}
      </ol>
    </>
  );
}
