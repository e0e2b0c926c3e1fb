/** How the parts of Live lie together: beside each other where there is room, one at a time on a phone. */
import * as Tabs from '@radix-ui/react-tabs';
import { useMemo, useState, type ReactNode } from 'react';
import { addressOf } from '../route.ts';
import { texts } from '../texts.ts';
import { useWide } from '../use-wide.ts';
import { Budgets } from './budgets.tsx';
import { AlertChart, SpendChart } from './charts.tsx';
import { Panel } from './panel.tsx';
import { Stream } from './stream.tsx';
import { Toolbar } from './toolbar.tsx';
import { useLive, useTick } from './use-live.ts';
import { NO_FILTER, resellersOf, shownEntries, shownRows, summed, type Filter } from './view.ts';

/** From here on the list, the charts and the stream have room beside each other. */
const WIDE = '64rem';

interface BoardProps {
  /** Whose panel is open. */
  customerId: string | null;
  notOpen: ReactNode;
}

export function Board({ customerId, notOpen }: BoardProps) {
  const { store, feed } = useLive();
  const tick = useTick();
  const wide = useWide(WIDE);
  const [filter, setFilter] = useState<Filter>(NO_FILTER);

  // Not of `store.version`: a drawing shows one state of things, whatever comes while it is made.
  const rows = useMemo(() => shownRows(store.rows, filter), [store, filter, tick]);
  const entries = useMemo(() => shownEntries(store.entries(), filter), [store, filter, tick]);
  const resellers = useMemo(() => resellersOf(store.rows), [store, tick]);
  const summary = useMemo(() => summed(rows), [rows]);
  const reseller = resellers.find(({ id }) => id === filter.reseller) ?? null;

  if (feed.state.forbidden) return notOpen;

  const budgets = <Budgets rows={rows} current={customerId} />;
  const stream = <Stream key={Object.values(filter).join(' ')} entries={entries} filtered={filter !== NO_FILTER} />;
  const charts = (
    <div className="live-charts">
      <SpendChart reseller={reseller} />
      <AlertChart reseller={reseller} threshold={filter.threshold} />
    </div>
  );

  return (
    <section className="live" aria-label={texts.live.title} data-panel={customerId === null ? undefined : true}>
      <Toolbar filter={filter} onFilter={setFilter} resellers={resellers} summary={summary} />
      {wide ? (
        <div className="live-grid">
          {budgets}
          <div className="live-side">
            {charts}
            {stream}
          </div>
        </div>
      ) : (
        <Tabs.Root className="live-tabs" defaultValue="budgets">
          <Tabs.List className="tab-list" aria-label={texts.live.views.label}>
            <Tabs.Trigger value="budgets">{texts.live.views.budgets}</Tabs.Trigger>
            <Tabs.Trigger value="stream">{texts.live.views.stream}</Tabs.Trigger>
            <Tabs.Trigger value="charts">{texts.live.views.charts}</Tabs.Trigger>
          </Tabs.List>
          <Tabs.Content value="budgets" tabIndex={-1}>{budgets}</Tabs.Content>
          <Tabs.Content value="stream" tabIndex={-1}>{stream}</Tabs.Content>
          <Tabs.Content value="charts" tabIndex={-1}>{charts}</Tabs.Content>
        </Tabs.Root>
      )}
      <Panel customerId={customerId} onClose={() => (window.location.hash = addressOf('live'))} />
    </section>
  );
}
