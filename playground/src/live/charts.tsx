/** Spend over time, and alerts per day. */
import { useMemo } from 'react';
import uPlot, { type AlignedData } from 'uplot';
import type { Formats } from '../format.ts';
import { texts } from '../texts.ts';
import { axis, Plot, type Colours, type PlotOptions } from './plot.tsx';
import { EVERYBODY } from './store.ts';
import { useAlertDays, type CountedDay } from './use-alert-days.ts';
import { useLive, useTick } from './use-live.ts';
import type { ResellerChoice } from './view.ts';

/** Room for the words of the axis of values, in pixels. */
const VALUE_AXIS = 62;
const COUNT_AXIS = 34;
/** Room for the name of a day. */
const DAY_NAME = 56;
/** Room for the words below a chart. */
const DAY_AXIS = 24;
/** How far from the ends of the axis its times stand, as a share of it. */
const EDGE = 0.15;
/** Below this many seconds from one time to the other, minutes do not tell them apart. */
const MINUTES = 120;

export function SpendChart({ reseller }: { reseller: ResellerChoice | null }) {
  const { store, formats } = useLive();
  useTick();
  const series = store.spent(reseller?.id ?? EVERYBODY);
  const last = series?.times.at(-1);
  // A new point always has a new time.
  const data = useMemo<AlignedData>(
    () => [(series?.times ?? []).map((time) => time / 1_000), [...(series?.values ?? [])]],
    [series, last],
  );
  const options = useMemo(() => (colours: Colours) => spendOptions(colours, formats), [formats]);
  const [from, to] = [series?.values[0], series?.values.at(-1)];
  const words = texts.live.charts;
  return (
    <figure className="card chart">
      <figcaption>
        <span className="title">{reseller ? words.spentOf(reseller.accountName) : words.spent}</span>
        <strong>{to !== undefined && formats.money(to.toFixed(2))}</strong>
      </figcaption>
      {series && series.size > 1 ? <Plot data={data} options={options} /> : <p className="quiet plot-wait">{words.waiting}</p>}
      {series && from !== undefined && to !== undefined && (
        <p className="quiet note">
          {words.since(formats.clock(series.times[0]!))}
          <span className="unseen"> {words.spentFrom(formats.money(from.toFixed(2)), formats.money(to.toFixed(2)))}</span>
        </p>
      )}
    </figure>
  );
}

function spendOptions(colours: Colours, formats: Formats): PlotOptions {
  return {
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: { y: { range: (_, low, high) => roomAround(low, high) } },
    axes: [
      {
        ...axis(colours),
        grid: { show: false },
        size: DAY_AXIS,
        // Two times are enough to tell how long it has been, and fit however narrow the chart is.
        splits: (_, __, from, to) => [from + (to - from) * EDGE, to - (to - from) * EDGE],
        values: (_, times) => times.map(clockFor(times, formats)),
      },
      { ...axis(colours), size: VALUE_AXIS, values: (_, values) => values.map(formats.shortMoney), space: 36 },
    ],
    series: [{}, { stroke: colours.mark, fill: colours.wash, width: 2, points: { show: false } }],
  };
}

function clockFor(times: readonly number[], formats: Formats): (time: number) => string {
  const apart = (times[1] ?? Infinity) - (times[0] ?? 0);
  return (time) => (apart < MINUTES ? formats.time : formats.clock)(time * 1_000);
}

/** Never flat at the edge: a spend that does not move is a line in the middle. */
function roomAround(low: number, high: number): [number, number] {
  const room = Math.max((high - low) * 0.15, Math.abs(high) * 0.01, 1);
  return [Math.max(0, low - room), high + room];
}

interface AlertChartProps {
  reseller: ResellerChoice | null;
  /** Those of this threshold and above; 0 for all. */
  threshold: number;
}

export function AlertChart({ reseller, threshold }: AlertChartProps) {
  const { formats } = useLive();
  const days = useAlertDays(reseller?.id ?? null, threshold);
  const data = useMemo<AlignedData>(() => [days.map((_, index) => index), days.map(({ count }) => count)], [days]);
  const first = days[0]?.start;
  const options = useMemo(() => (colours: Colours) => dayOptions(colours, formats, days), [formats, first]);
  const words = texts.live.charts;
  return (
    <figure className="card chart">
      <figcaption>
        <span className="title">{threshold > 0 ? words.perDayFrom(formats.percent(threshold)) : words.perDay}</span>
        <strong>{days.length > 0 && words.today(formats.count(days.at(-1)!.count))}</strong>
      </figcaption>
      {days.length > 0 ? <Plot data={data} options={options} /> : <p className="quiet plot-wait">{texts.loading}</p>}
      <table className="unseen">
        <caption>{words.perDay}</caption>
        <thead>
          <tr>
            <th scope="col">{words.day}</th>
            <th scope="col">{words.alerts}</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ start, count }) => (
            <tr key={start}>
              <th scope="row">{formats.day(start)}</th>
              <td>{formats.count(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** The places of the days that are named. */
function daysNamed(count: number, width: number): number[] {
  const step = Math.max(1, Math.ceil((count * DAY_NAME) / Math.max(1, width - COUNT_AXIS)));
  return Array.from({ length: count }, (_, index) => index).filter((index) => (count - 1 - index) % step === 0);
}

function dayOptions(colours: Colours, formats: Formats, days: readonly CountedDay[]): PlotOptions {
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.6, days.length - 0.4] },
      y: { range: (_, __, high) => [0, Math.max(4, high * 1.1)] },
    },
    axes: [
      {
        ...axis(colours),
        grid: { show: false },
        size: DAY_AXIS,
        // Counted from today; as many as there is room for their names.
        splits: ({ width }) => daysNamed(days.length, width),
        values: (_, indices) => indices.map((index) => (days[index] ? formats.day(days[index].start) : '')),
      },
      {
        ...axis(colours),
        size: COUNT_AXIS,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6],
        values: (_, values) => values.map(formats.count),
        space: 30,
      },
    ],
    series: [{}, { stroke: colours.mark, fill: colours.mark, width: 0, paths: uPlot.paths.bars!({ size: [0.7, 40] }), points: { show: false } }],
  };
}
