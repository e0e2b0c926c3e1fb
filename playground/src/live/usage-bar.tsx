import { THRESHOLDS } from './model.ts';
import { levelOf } from './view.ts';

/** How far the bar reaches, in percent of the budget: a little beyond its end, so that what is too much can be seen. */
const REACH = 110;

/** How much of a budget is used, with marks where the API warns. What it shows is told in words beside it. */
export function UsageBar({ percent }: { percent: number | null }) {
  return (
    <span className="usage-bar" data-level={levelOf(percent)} aria-hidden="true">
      <span className="used" style={{ width: `${(100 * Math.min(percent ?? 0, REACH)) / REACH}%` }} />
      {THRESHOLDS.map((threshold) => (
        <span key={threshold} className="mark" style={{ left: `${(100 * threshold) / REACH}%` }} />
      ))}
    </span>
  );
}
