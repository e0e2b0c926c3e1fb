/** The customers, those nearest to the end of their budget first: ten thousand of them, of which the page draws what is seen. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState, type KeyboardEvent } from 'react';
import { addressOf } from '../route.ts';
import { texts } from '../texts.ts';
import type { Row } from './model.ts';
import { UsageBar } from './usage-bar.tsx';
import { useLive } from './use-live.ts';
import { inOrderOf } from './view.ts';

/** As high as `live.css` makes a row, in pixels. */
const ROW_HEIGHT = 46;
/** Rows that are drawn beyond what is seen, so that scrolling shows no gaps. */
const OVERSCAN = 8;

interface BudgetsProps {
  rows: Row[];
  /** Whose panel is open. */
  current: string | null;
}

export function Budgets({ rows, current }: BudgetsProps) {
  const { feed, formats } = useLive();
  const scroller = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState(false);
  const shown = useHeldOrder(rows, held);
  const [active, setActive] = useState(0);

  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    getItemKey: (index) => shown[index]?.id ?? index,
  });

  /** The list is one stop for Tab; within it one goes by arrow keys. */
  function onKeyDown(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(shown.length - 1, Math.max(0, active + step));
    setActive(next);
    virtual.scrollToIndex(next);
    // The row may have to be drawn first.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"] a`)?.focus()),
    );
  }

  const { total, complete } = feed.state;
  const stop = Math.min(active, Math.max(0, shown.length - 1));
  return (
    <section className="card budgets" aria-labelledby="live-budgets">
      <div className="card-head">
        <h2 id="live-budgets">{texts.live.budgets.title}</h2>
        <p className="quiet" role="status">
          {!complete && total !== null && texts.live.budgets.reading(formats.count(rows.length), formats.count(total))}
          {!complete && total === null && texts.loading}
          {complete && shown.length === 0 && texts.live.budgets.empty}
        </p>
        {held && complete && <p className="quiet hint">{texts.live.budgets.held}</p>}
      </div>
      <div
        ref={scroller}
        className="scroller"
        onPointerEnter={(event) => setHeld(event.pointerType === 'mouse')}
        onPointerLeave={() => setHeld(false)}
        onKeyDown={onKeyDown}
      >
        <ol className="rows" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start, key }) => (
            <li
              key={key}
              data-index={index}
              aria-setsize={shown.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <BudgetRow
                row={shown[index]!}
                current={shown[index]!.id === current}
                stop={index === stop}
                onFocus={() => setActive(index)}
              />
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

/** While somebody points at a row, it stays under the pointer: what it tells goes on. */
function useHeldOrder(rows: Row[], held: boolean): Row[] {
  const order = useRef(rows);
  const shown = held ? inOrderOf(rows, order.current) : rows;
  order.current = shown;
  return shown;
}

interface BudgetRowProps {
  row: Row;
  current: boolean;
  /** Whether Tab stops here. */
  stop: boolean;
  onFocus: () => void;
}

function BudgetRow({ row, current, stop, onFocus }: BudgetRowProps) {
  const { formats } = useLive();
  const words = texts.live.budgets;
  const { budget, percent, freeze } = row;
  return (
    <a
      className="budget-row"
      href={addressOf('live', row.id)}
      aria-current={current ? 'true' : undefined}
      tabIndex={stop ? 0 : -1}
      onFocus={onFocus}
    >
      <span className="whose">
        <strong>{row.accountName}</strong>
        <span className="quiet">{row.reseller?.accountName ?? row.name}</span>
      </span>
      <span className="state">{freeze !== 'NONE' && <span className="badge frozen">{words.frozen[freeze]}</span>}</span>
      <UsageBar percent={percent} />
      <span className="percent">{percent === null ? '–' : formats.percent(percent)}</span>
      <span className="amounts quiet">
        {budget ? words.of(formats.money(budget.used), formats.money(budget.amount)) : words.none}
      </span>
    </a>
  );
}
