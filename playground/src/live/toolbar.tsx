/** The connection light, the filters, and the sums of what they leave. */
import { useSyncExternalStore } from 'react';
import { usePlayground } from '../playground.ts';
import { texts } from '../texts.ts';
import { THRESHOLDS } from './model.ts';
import { useLive } from './use-live.ts';
import { NO_FILTER, type Filter, type ResellerChoice, type Summary } from './view.ts';

interface ToolbarProps {
  filter: Filter;
  onFilter: (filter: Filter) => void;
  resellers: readonly ResellerChoice[];
  summary: Summary;
}

export function Toolbar({ filter, onFilter, resellers, summary }: ToolbarProps) {
  const { formats, feed } = useLive();
  const { failure } = feed.state;
  // The one object, where nothing is filtered: it tells a filter that leaves nothing from nothing to be left.
  const change = (part: Partial<Filter>): void => {
    const next = { ...filter, ...part };
    const filtered = next.reseller !== null || next.threshold > 0 || next.search !== '';
    onFilter(filtered ? next : NO_FILTER);
  };
  return (
    <header className="live-bar">
      <h1>{texts.live.title}</h1>
      <ConnectionLight />
      <div className="filters" role="group" aria-label={texts.live.filters}>
        {resellers.length > 1 && (
          <select
            aria-label={texts.live.reseller}
            value={filter.reseller ?? ''}
            onChange={({ target }) => change({ reseller: target.value || null })}
          >
            <option value="">{texts.live.allResellers}</option>
            {resellers.map(({ id, accountName }) => (
              <option key={id} value={id}>
                {accountName}
              </option>
            ))}
          </select>
        )}
        <select
          aria-label={texts.live.threshold}
          value={filter.threshold}
          onChange={({ target }) => change({ threshold: Number(target.value) })}
        >
          <option value={0}>{texts.live.anyThreshold}</option>
          {THRESHOLDS.map((threshold) => (
            <option key={threshold} value={threshold}>
              {texts.live.atLeast(formats.percent(threshold))}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label={texts.live.search}
          placeholder={texts.live.search}
          value={filter.search}
          onChange={({ target }) => change({ search: target.value })}
        />
      </div>
      <Sums summary={summary} />
      {failure && (
        <p className="refusal" role="status">
          {texts.live.failed(failure)}
        </p>
      )}
    </header>
  );
}

function ConnectionLight() {
  const { subscriptions } = usePlayground();
  const state = useSyncExternalStore(subscriptions.onState, subscriptions.getState);
  return (
    <p className="light" role="status" aria-label={texts.live.connection.label} data-state={state}>
      {texts.live.connection[state]}
    </p>
  );
}

function Sums({ summary }: { summary: Summary }) {
  const { formats } = useLive();
  const names = texts.live.summary;
  const sums: [string, string][] = [
    [names.customers, formats.count(summary.customers)],
    [names.near(formats.percent(75)), formats.count(summary.at75)],
    [names.near(formats.percent(90)), formats.count(summary.at90)],
    [names.over, formats.count(summary.at100)],
    [names.frozen, formats.count(summary.frozen)],
    [names.spent, formats.money(summary.spent.toFixed(2))],
  ];
  return (
    <dl className="sums">
      {sums.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
