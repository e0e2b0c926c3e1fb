/** Alerts and review outcomes as they happen, newest first. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { addressOf } from '../route.ts';
import { texts } from '../texts.ts';
import type { Alert, Entry, Outcome } from './model.ts';
import { useLive } from './use-live.ts';
import { levelOf } from './view.ts';

/** As high as `live.css` makes an entry, in pixels. */
const ENTRY_HEIGHT = 46;
const OVERSCAN = 6;
/** How often new alerts are told to those who listen: not fifty times a second. */
const TELL_MS = 5_000;

interface StreamProps {
  entries: Entry[];
  filtered: boolean;
}

export function Stream({ entries, filtered }: StreamProps) {
  const { formats } = useLive();
  const scroller = useRef<HTMLDivElement>(null);
  // Whoever has scrolled down reads: what is new waits above until it is asked for.
  const [reading, setReading] = useState<Entry[] | null>(null);
  const shown = reading ?? entries;
  const fresh = reading ? newerThan(reading[0], entries) : 0;

  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ENTRY_HEIGHT,
    overscan: OVERSCAN,
    getItemKey: (index) => shown[index]?.key ?? index,
  });

  function onScroll(): void {
    const atTop = (scroller.current?.scrollTop ?? 0) <= ENTRY_HEIGHT / 2;
    if (atTop && reading) setReading(null);
    if (!atTop && !reading) setReading(entries);
  }

  function showFresh(): void {
    setReading(null);
    scroller.current?.scrollTo({ top: 0 });
  }

  return (
    <section className="card stream" aria-labelledby="live-stream">
      <div className="card-head">
        <h2 id="live-stream">{texts.live.stream.title}</h2>
        {fresh > 0 && (
          <button type="button" className="fresh" onClick={showFresh}>
            {texts.live.stream.fresh(fresh, formats.count(fresh))}
          </button>
        )}
      </div>
      {shown.length === 0 && (
        <p className="quiet empty">{filtered ? texts.live.stream.nothingFits : texts.live.stream.empty}</p>
      )}
      <div ref={scroller} className="scroller" onScroll={onScroll} tabIndex={0} role="group" aria-labelledby="live-stream">
        <ol className="rows" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start, key }) => (
            <li
              key={key}
              aria-setsize={shown.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <StreamEntry entry={shown[index]!} />
            </li>
          ))}
        </ol>
      </div>
      <Told />
    </section>
  );
}

/** How many entries there are before the one that was the newest. */
function newerThan(newest: Entry | undefined, entries: Entry[]): number {
  const index = entries.findIndex(({ key }) => key === newest?.key);
  return index === -1 ? entries.length : index;
}

function StreamEntry({ entry }: { entry: Entry }) {
  return entry.kind === 'alert' ? <AlertEntry alert={entry} /> : <OutcomeEntry outcome={entry} />;
}

function AlertEntry({ alert }: { alert: Alert }) {
  const { formats } = useLive();
  return (
    <a className="entry" href={addressOf('live', alert.customerId)} data-key={alert.key} data-level={levelOf(alert.threshold)}>
      <span className="what">
        <strong>{alert.accountName}</strong> {texts.live.stream.reached(formats.percent(alert.threshold))}
      </span>
      <When entry={alert} />
      <span className="more quiet">
        {texts.live.stream.of(formats.money(alert.used), formats.money(alert.amount))}
        {alert.resellerName && ` · ${alert.resellerName}`}
      </span>
    </a>
  );
}

function OutcomeEntry({ outcome }: { outcome: Outcome }) {
  const words = texts.live.stream;
  const application = words.application[outcome.application ?? ''] ?? words.someApplication;
  return (
    <div className="entry" data-key={outcome.key} data-decision={outcome.decision}>
      <span className="what">
        <strong>{words.decided(words.decision[outcome.decision], application)}</strong>
      </span>
      <When entry={outcome} />
      <span className="more quiet">{[outcome.subjectName, outcome.stage, outcome.comment].filter(Boolean).join(' · ')}</span>
    </div>
  );
}

function When({ entry }: { entry: Entry }) {
  const { formats } = useLive();
  return (
    <span className="when quiet">
      {entry.missed && (
        <span className="badge" title={texts.live.stream.missedTitle}>
          {texts.live.stream.missed}
        </span>
      )}
      <time dateTime={new Date(entry.at).toISOString()}>
        {isToday(entry.at) ? formats.time(entry.at) : formats.dateTime(entry.at)}
      </time>
    </span>
  );
}

function isToday(at: number): boolean {
  return new Date(at).toDateString() === new Date().toDateString();
}

/** For screen readers: how many alerts came, now and then. */
function Told() {
  const { store } = useLive();
  const [words, setWords] = useState('');
  useEffect(() => {
    let told: number | null = null;
    const timer = setInterval(() => {
      const taken = store.alertsTaken;
      if (told !== null && taken > told) setWords(texts.live.stream.arrived(taken - told));
      told = taken;
    }, TELL_MS);
    return () => clearInterval(timer);
  }, [store]);
  return (
    <p className="unseen" role="status">
      {words}
    </p>
  );
}
