/**
 * A forest plot of an effect table (Lewis and Clarke, BMJ 322 (2001)): for each variant its mean difference with the
 * interval, and every pair as a dot. As an SVG of its own, made without a browser.
 */
import type { PlotOptions } from '@observablehq/plot';
import type { EffectTable } from '../core/statistics/effect-table.ts';

const ROW_HEIGHT = 34;

export async function forestPlot({ metric, base, rows, footer }: EffectTable): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { parseHTML } = await import('linkedom');
  const page: unknown = parseHTML('<html></html>');
  const shown = rows.filter(({ difference }) => difference !== null);
  const names = shown.map(({ variant }) => variant);
  const pairs = shown.flatMap(({ variant, pairs: own }) =>
    own.map(({ name, difference }) => ({ variant, name, difference })),
  );
  const intervals = shown.flatMap(({ variant, estimate }) =>
    estimate.kind === 'interval' ? [{ variant, low: estimate.low, high: estimate.high }] : [],
  );
  const means = shown.map(({ variant, difference }) => ({ variant, difference: difference! }));
  const title = `${metric.name}: difference to ${base}, with ${Math.round(100 * footer.level)} % intervals`;
  const options = {
    document: (page as { readonly document: unknown }).document,
    width: 760,
    height: 90 + ROW_HEIGHT * Math.max(1, names.length),
    marginLeft: 30 + 7 * Math.min(40, Math.max(6, ...names.map((name) => name.length))),
    marginTop: 40,
    marginBottom: 40,
    ariaLabel: attribute(title),
    ariaDescription: attribute(
      shown
        .map(({ variant, difference, estimate }) =>
          estimate.kind === 'interval'
            ? `${variant} ${difference} from ${estimate.low} to ${estimate.high}`
            : `${variant} ${difference}`,
        )
        .join('; '),
    ),
    x: { label: `${metric.name}, variant - base (${metric.better} is better)`, grid: true, nice: true },
    y: { domain: names, label: null },
    marks: [
      Plot.ruleX([0], { strokeDasharray: '3,3' }),
      Plot.ruleY(intervals, { y: 'variant', x1: 'low', x2: 'high', strokeWidth: 2 }),
      Plot.dot(pairs, { x: 'difference', y: 'variant', r: 3, fillOpacity: 0.35, fill: 'currentColor', title: 'name' }),
      Plot.dot(means, { x: 'difference', y: 'variant', r: 6, symbol: 'diamond', fill: 'currentColor' }),
      Plot.text([title], { frameAnchor: 'top', dy: -28, fontWeight: 'bold', text: (each: string) => each }),
    ],
  };
  const figure = Plot.plot(options as PlotOptions) as unknown as DrawnElement;
  figure.setAttribute('role', 'img');
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${figure.outerHTML}\n`;
}

/** For XML: linkedom writes these two signs into attributes as they are. */
function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** What is needed of an element: restage is compiled without the types of a browser. */
interface DrawnElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}
