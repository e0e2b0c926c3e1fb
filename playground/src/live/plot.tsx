/** A chart drawn by uPlot in the colours of the page. What it shows is told in words beside it. */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import uPlot, { type AlignedData, type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { usePlayground } from '../playground.ts';

export interface Colours {
  text: string;
  grid: string;
  mark: string;
  wash: string;
}

export type PlotOptions = Omit<Options, 'width' | 'height'>;

interface PlotProps {
  data: AlignedData;
  /** The same function as long as nothing but the data changes: another one draws the chart anew. */
  options: (colours: Colours) => PlotOptions;
}

export function Plot({ data, options }: PlotProps) {
  const { theme } = usePlayground();
  const dark = useSyncExternalStore(onScheme, isDark);
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const newest = useRef(data);
  newest.current = data;

  useEffect(() => {
    const element = box.current!;
    const size = (): { width: number; height: number } => ({
      width: Math.max(40, element.clientWidth),
      height: Math.max(40, element.clientHeight),
    });
    const drawn = new uPlot({ ...options(coloursOf(element)), ...size() }, newest.current, element);
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [options, theme, dark]);

  useEffect(() => plot.current?.setData(data), [data]);

  return <div ref={box} className="plot" aria-hidden="true" />;
}

/** The style sheet names the colours; only the browser knows what they are now. */
function coloursOf(element: HTMLElement): Colours {
  const { color, fill, stroke, backgroundColor } = getComputedStyle(element);
  return { text: color, mark: fill, grid: stroke, wash: backgroundColor };
}

const SCHEME = '(prefers-color-scheme: dark)';

function isDark(): boolean {
  return window.matchMedia(SCHEME).matches;
}

function onScheme(listener: () => void): () => void {
  const query = window.matchMedia(SCHEME);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** What the axes of all charts have in common. */
export function axis({ text, grid }: Colours): uPlot.Axis {
  return {
    stroke: text,
    font: '12px system-ui, sans-serif',
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    gap: 4,
  };
}
