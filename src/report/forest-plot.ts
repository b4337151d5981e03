/**
 * A forest plot of an effect table (Lewis and Clarke, BMJ 322 (2001)): for each variant its mean difference with the
 * interval, in words as well, and every pair as a dot. As an SVG of its own, made without a browser. It brings its
 * background, so it looks the same on a dark page.
 */
import type { PlotOptions } from '@observablehq/plot';
import type { EffectRow, EffectTable } from '../core/statistics/effect-table.ts';

const ROW_HEIGHT = 34;
const HEAD = 64;
const FOOT = 44;
const PLOT_WIDTH = 440;
const WORDS_WIDTH = 170;
/** Of a character of the labels, in the widest of the usual fonts. */
const CHARACTER = 6.6;
const LONGEST_NAME = 44;

/** Colours: of better, of worse, and of an interval with 0 in it. */
export interface ForestTheme {
  readonly better: string;
  readonly worse: string;
  readonly open: string;
  readonly ink: string;
  readonly band: string;
  /** Null where the page has one. */
  readonly background: string | null;
}

/** Apart for people who see few colours, and on white. */
const ON_WHITE: ForestTheme = {
  better: '#1f6fb2',
  worse: '#b3470c',
  open: '#33383f',
  ink: '#1b1f24',
  band: '#e9edf2',
  background: 'white',
};

/** Those of the page around it. */
export const PAGE_THEME: ForestTheme = {
  better: 'var(--c1)',
  worse: 'var(--c2)',
  open: 'currentColor',
  ink: 'currentColor',
  band: 'var(--band)',
  background: null,
};

export async function forestPlot(
  { metric, base, rows, footer }: EffectTable,
  theme: ForestTheme = ON_WHITE,
): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { parseHTML } = await import('linkedom');
  const { document } = parseHTML('<html></html>') as unknown as { readonly document: DrawnDocument };
  const names = rows.map(({ variant }) => variant);
  const pairs = rows.flatMap(({ variant, pairs: own }) =>
    own.map(({ name, difference }) => ({ variant, name, difference })),
  );
  const means = rows.flatMap((row) =>
    row.difference === null
      ? []
      : [{ variant: row.variant, difference: row.difference, colour: colourOf(row, metric.better, theme) }],
  );
  const intervals = rows.flatMap((row) =>
    row.estimate.kind === 'interval'
      ? [
          {
            variant: row.variant,
            low: row.estimate.low,
            high: row.estimate.high,
            colour: colourOf(row, metric.better, theme),
          },
        ]
      : [],
  );
  const words = rows.map((row) => ({ variant: row.variant, words: wordsOf(row) }));
  const title = `${metric.name}: difference to ${base}, with ${Math.round(100 * footer.level)} % intervals`;
  const rope = metric.rope ?? 0;
  const key = [
    '◆ mean and interval, ● a pair; blue: better, orange: worse',
    ...(rope > 0 ? [`shaded: differences up to ${rope} make no difference`] : []),
  ].join('; ');
  const longest = Math.max(6, ...names.map((name) => shortened(name).length));
  const options = {
    document,
    width: Math.round(30 + CHARACTER * longest + PLOT_WIDTH + WORDS_WIDTH),
    height: HEAD + FOOT + ROW_HEIGHT * Math.max(1, names.length),
    marginLeft: Math.round(30 + CHARACTER * longest),
    marginRight: WORDS_WIDTH,
    marginTop: HEAD,
    marginBottom: FOOT,
    style: { color: theme.ink, background: theme.background ?? 'none' },
    ariaLabel: attribute(title),
    ariaDescription: attribute(
      rows
        .filter(({ difference }) => difference !== null)
        .map(described)
        .join('; '),
    ),
    x: {
      label: `${metric.name}, variant - base (${metric.better} is better)`,
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
      nice: true,
    },
    y: { domain: names, label: null, tickFormat: shortened, tickSize: 0 },
    marks: [
      ...(rope > 0 ? [Plot.rect([rope], { x1: -rope, x2: rope, fill: theme.band })] : []),
      Plot.ruleX([0], { strokeDasharray: '3,3' }),
      Plot.ruleY(intervals, { y: 'variant', x1: 'low', x2: 'high', strokeWidth: 2, stroke: 'colour' }),
      Plot.dot(means, { x: 'difference', y: 'variant', r: 5, symbol: 'diamond', fill: 'colour' }),
      // Below the interval, where the mean does not cover them.
      Plot.dot(pairs, {
        x: 'difference',
        y: 'variant',
        dy: 9,
        r: 2.5,
        fill: theme.ink,
        fillOpacity: 0.45,
        title: 'name',
      }),
      Plot.text(words, { y: 'variant', text: 'words', frameAnchor: 'right', textAnchor: 'start', dx: 12 }),
      Plot.text([title], { frameAnchor: 'top-left', dy: 22 - HEAD, fontWeight: 'bold', fontSize: 12, text: same }),
      Plot.text([key], { frameAnchor: 'top-left', dy: 40 - HEAD, text: same }),
    ],
    color: { type: 'identity' },
  };
  const figure = Plot.plot(options as unknown as PlotOptions) as unknown as DrawnElement;
  if (theme.background !== null) paintBackground(figure, document, theme.background);
  figure.setAttribute('role', 'img');
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${figure.outerHTML}\n`;
}

function same(text: string): string {
  return text;
}

/** An element, since viewers other than browsers ignore the background in an SVG's style. */
function paintBackground(figure: DrawnElement, document: DrawnDocument, fill: string): void {
  const background = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ width: '100%', height: '100%', fill }))
    background.setAttribute(name, value);
  figure.insertBefore(background, figure.firstChild);
}

/** As the table colours it: by the interval, where it does not hold 0. */
function colourOf({ estimate, difference }: EffectRow, better: 'higher' | 'lower', theme: ForestTheme): string {
  if (estimate.kind === 'none' || difference === null || (estimate.low <= 0 && estimate.high >= 0)) return theme.open;
  return difference > 0 === (better === 'higher') ? theme.better : theme.worse;
}

function wordsOf({ estimate, difference, n, missing }: EffectRow): string {
  if (difference === null) return 'no pair';
  const pairs = missing.length === 0 ? '' : ` (${n} of ${n + missing.length})`;
  if (estimate.kind === 'none') return `${signed(difference, 4)}, no interval${pairs}`;
  const half = (estimate.high - estimate.low) / 2;
  // Two digits of half the interval, and so many that no bound is written as 0 that is not.
  const least = Math.min(
    half,
    ...[estimate.low, estimate.high].map((bound) => 10 * Math.abs(bound)).filter((bound) => bound > 0),
  );
  const decimals = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(least))));
  return `${signed(difference, decimals)} [${signed(estimate.low, decimals)}, ${signed(estimate.high, decimals)}]${pairs}`;
}

function signed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return value > 0 ? `+${text}` : text;
}

function described({ variant, difference, estimate }: EffectRow): string {
  return estimate.kind === 'interval'
    ? `${variant} ${difference} from ${estimate.low} to ${estimate.high}`
    : `${variant} ${difference}`;
}

/** The start and the end of a long name tell more than its middle. */
function shortened(name: string): string {
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, LONGEST_NAME / 2)}…${name.slice(1 - LONGEST_NAME / 2)}`;
}

/** For XML: linkedom writes these two signs into attributes as they are. */
function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** What is needed of an element: restage is compiled without the types of a browser. */
interface DrawnElement {
  readonly outerHTML: string;
  readonly firstChild: unknown;
  insertBefore(element: DrawnElement, before: unknown): void;
  setAttribute(name: string, value: string): void;
}

interface DrawnDocument {
  createElementNS(space: string, name: string): DrawnElement;
}
