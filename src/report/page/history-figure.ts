/** Metrics over steps, as figures: a line for each node, or how many lie where there are too many to be told apart. */
import type { ReportHistory } from '../../audit/report/histories.ts';
import { plural } from '../../ui/text/format.ts';
import type { Anchors } from './anchors.ts';
import { type ChartMaker, colourOf, DASHES, roundOf } from './drawn.ts';
import { type Figure, figureHtml, type LegendEntry } from './figure.ts';
import { type Html, markup } from './html.ts';
import { numberWord } from './words.ts';

const MOST_ROWS = 400;

export function historyFigure(history: ReportHistory, maker: ChartMaker, anchors: Anchors): Html {
  const { group, metric, series } = history;
  const rows = series
    .slice(0, MOST_ROWS)
    .map(({ node, values, first, last, least, greatest, notFinite }) => [
      anchors.named(node),
      values,
      anchors.made(node, numberWord(first)),
      anchors.made(node, numberWord(last)),
      least === null ? '–' : numberWord(least),
      greatest === null ? '–' : numberWord(greatest),
      notFinite,
    ]);
  return figureHtml({
    title: `${metric} of ${group}`,
    ...(history.band === null ? lines(history, maker, anchors) : band(history, maker)),
    notes: notesOf(history, rows.length),
    table: { columns: ['node', 'values', 'first', 'last', 'least', 'greatest', 'not finite'], rows },
    source: markup`recorded by ${anchors.grouped(series.map(({ node }) => node))}`,
  });
}

function axesOf({ metric, hasSteps }: ReportHistory) {
  return {
    x: { label: hasSteps ? 'step' : 'place in the series', labelArrow: 'none' },
    y: { label: metric, labelArrow: 'none', grid: true, nice: true },
  } as const;
}

/** As `DASHES`. */
const LINES = ['line', 'dashed', 'dotted'] as const;

type Drawn = Pick<Figure, 'picture' | 'legend'>;

function lines(history: ReportHistory, maker: ChartMaker, anchors: Anchors): Drawn {
  const { series, metric, group } = history;
  const data = series.flatMap(({ node, points }, index) =>
    points.map(([x, y]) => ({ x, y: y ?? Number.NaN, node, colour: colourOf(index), round: roundOf(index) })),
  );
  const legend = series.map(({ node }, index): LegendEntry => {
    const key = node.slice(node.indexOf('@') + 1);
    return { name: anchors.made(node, key), colour: colourOf(index), shape: LINES[roundOf(index)]! };
  });
  const picture = maker.draw(
    {
      ...axesOf(history),
      marks: DASHES.flatMap((strokeDasharray, round) => {
        const own = data.filter((point) => point.round === round);
        if (own.length === 0) return [];
        const strokeWidth = series.length > 12 ? 1.1 : 1.6;
        return [
          maker.Plot.line(own, {
            x: 'x',
            y: 'y',
            z: 'node',
            stroke: 'colour',
            strokeWidth,
            title: 'node',
            ...(round > 0 && { strokeDasharray }),
          }),
        ];
      }),
    },
    { label: `${metric} of ${group}`, description: `${plural(series.length, 'line')} over steps` },
  );
  return { picture, legend: series.length === 1 ? [] : legend };
}

function band(history: ReportHistory, maker: ChartMaker): Drawn {
  const { band: spread, metric, group, series } = history;
  const { Plot } = maker;
  const picture = maker.draw(
    {
      ...axesOf(history),
      marks: [
        Plot.areaY(spread!, { x: 'x', y1: 'least', y2: 'greatest', fill: colourOf(0), fillOpacity: 0.18 }),
        Plot.lineY(spread!, { x: 'x', y: 'median', stroke: colourOf(0), strokeWidth: 1.8 }),
      ],
    },
    { label: `${metric} of ${group}`, description: `median and range of ${series.length} series over steps` },
  );
  return {
    picture,
    legend: [
      { name: `median of ${series.length} nodes`, colour: colourOf(0), shape: 'line' },
      { name: 'least to greatest', colour: colourOf(0), shape: 'area' },
    ],
  };
}

function notesOf({ series, band: spread }: ReportHistory, shown: number): readonly string[] {
  const values = series.reduce((sum, each) => sum + each.values, 0);
  const drawn = series.reduce((sum, { points }) => sum + points.length, 0);
  const notFinite = series.reduce((sum, each) => sum + each.notFinite, 0);
  const isThinned = spread === null && series.some((each) => each.isThinned);
  return [
    ...(isThinned
      ? [`Drawn with ${drawn} of ${values} values: of each stretch the first, the least, the greatest and the last.`]
      : []),
    ...(notFinite > 0
      ? [`${notFinite} of ${values} values are not finite (NaN or infinite): the lines have gaps there.`]
      : []),
    ...(shown < series.length ? [`The table has the first ${shown} of ${series.length} nodes.`] : []),
  ];
}
