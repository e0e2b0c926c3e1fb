import { useMemo } from 'react';
import type { AlignedData } from 'uplot';
import { texts } from '../texts.ts';
import type { ApiCustomer, CustomerAlert } from './documents.ts';
import { axis, Plot, type Colours, type PlotOptions } from './plot.tsx';
import { usagePoints } from './usage-points.ts';
import { useLive } from './use-live.ts';

/** How the budget of a customer was used, as far as that is known. */
export function UsageChart({ customer, alerts }: { customer: ApiCustomer; alerts: CustomerAlert[] }) {
  const { formats } = useLive();
  const { budget } = customer;
  const points = useMemo(() => (budget ? usagePoints(budget, alerts, Date.now()) : []), [budget, alerts]);
  const data = useMemo<AlignedData>(() => [points.map(({ at }) => at / 1_000), points.map(({ used }) => used)], [points]);
  const top = Number(budget?.amount ?? 0);
  const options = useMemo(
    () =>
      (colours: Colours): PlotOptions => ({
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_, __, high) => [0, Math.max(top, high) * 1.1 || 1] } },
        axes: [
          { ...axis(colours), grid: { show: false }, values: (_, times) => times.map((at) => formats.day(at * 1_000)), space: 60, size: 24 },
          { ...axis(colours), size: 58, values: (_, values) => values.map(formats.shortMoney), space: 30 },
        ],
        series: [{}, { stroke: colours.mark, dash: [4, 4], width: 1.5, points: { show: true, size: 5, fill: colours.mark } }],
      }),
    [formats, top],
  );
  if (!budget) return null;
  return (
    <figure className="chart usage-chart">
      <figcaption className="quiet">{texts.live.panel.usage}</figcaption>
      <Plot data={data} options={options} />
    </figure>
  );
}
