/** Panels that stages recorded, as figures. */
import type { Markish, ScaleOptions } from '@observablehq/plot';
import type { ReportPanel } from '../../audit/report/outputs.ts';
import { thinned } from '../../audit/report/thinned.ts';
import type { ChartPanel, PanelAxis, PanelMark, TablePanel } from '../../core/artifact/panel.ts';
import { plural } from '../../ui/text/format.ts';
import type { Anchors } from './anchors.ts';
import { type ChartMaker, colourOf } from './drawn.ts';
import { type DataTable, type Figure, figureHtml, type LegendEntry, tableHtml } from './figure.ts';
import { escaped, Html, markup } from './html.ts';
import { numberWord } from './words.ts';

const MOST_POINTS = 400;
const MOST_ROWS = 200;

export function panelFigure({ node, output, shown }: ReportPanel, maker: ChartMaker, anchors: Anchors): Html {
  const source = markup`made by ${anchors.made(node, `${node}.${output}`)}`;
  switch (shown.kind) {
    case 'lost':
      return figureHtml({ title: `${node}.${output}`, picture: markup`<p class="note">${shown.why}</p>`, source });
    case 'picture':
      return figureHtml({ title: `${node}.${output}`, picture: pictureHtml(shown.svg, `${node}.${output}`), source });
    case 'panel':
      return figureHtml(
        'rows' in shown.panel ? { ...tablePanel(shown.panel), source } : { ...chartPanel(shown.panel, maker), source },
      );
  }
}

/** As an image: nothing that is in the SVG can run, or load anything. */
function pictureHtml(svg: string, label: string): Html {
  return new Html(
    `<img alt="picture ${escaped(label)}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">`,
  );
}

type Drawn = Omit<Figure, 'source'>;

function tablePanel({ title, text, columns, rows }: TablePanel): Drawn {
  const shown = rows.slice(0, MOST_ROWS);
  const cells = shown.map((row) => row.map((cell) => (typeof cell === 'number' ? numberWord(cell) : (cell ?? '–'))));
  const notes = rows.length > MOST_ROWS ? [`The first ${MOST_ROWS} of ${rows.length} rows.`] : [];
  return { title, text, notes, picture: tableHtml({ columns, rows: cells }, title) };
}

function chartPanel({ title, text, x, y, marks }: ChartPanel, maker: ChartMaker): Drawn {
  const notes: string[] = [];
  const legend: LegendEntry[] = [];
  const isAlone = marks.filter(({ mark }) => mark !== 'rule').length === 1;
  let colours = 0;
  const drawn = marks.flatMap((mark): readonly Markish[] => {
    const colour = mark.mark === 'rule' ? 'currentColor' : colourOf(colours++);
    if (mark.name !== undefined && !(isAlone && mark.mark !== 'rule'))
      legend.push({ name: mark.name, colour, shape: SHAPES[mark.mark] });
    return drawnMark(mark, colour, { x, y }, maker, notes);
  });
  const names = marks.flatMap(({ name }) => name ?? []);
  const picture = maker.draw(
    { x: axisOf(x), y: { ...axisOf(y), grid: true }, marks: drawn },
    { label: title, description: `${y.label} against ${x.label}${names.length === 0 ? '' : `: ${names.join(', ')}`}` },
  );
  return { title, text, picture, legend, notes, table: numbersOf(marks, x, y) };
}

const SHAPES: Readonly<Record<PanelMark['mark'], LegendEntry['shape']>> = {
  line: 'line',
  dots: 'dot',
  histogram: 'area',
  rule: 'rule',
};

function axisOf({ label, scale = 'linear', domain }: PanelAxis): ScaleOptions {
  const log = {
    tickFormat: (tick: number) => (tick >= 0.01 && tick < 10_000 ? String(tick) : tick.toExponential()),
    ticks: 5,
  };
  return {
    label,
    labelArrow: 'none',
    type: scale,
    ...(domain === undefined ? { nice: scale !== 'log' } : { domain }),
    ...(scale === 'log' && log),
  };
}

function drawnMark(
  mark: PanelMark,
  colour: string,
  axes: { readonly x: PanelAxis; readonly y: PanelAxis },
  { Plot }: ChartMaker,
  notes: string[],
): readonly Markish[] {
  const isPlaced = (axis: 'x' | 'y', value: number): boolean => axes[axis].scale !== 'log' || value > 0;
  const y = (value: number | null): number => (value === null || !isPlaced('y', value) ? Number.NaN : value);
  switch (mark.mark) {
    case 'rule': {
      const options = { stroke: 'currentColor', strokeDasharray: '5,4', strokeWidth: 1.4 };
      if (!isPlaced(mark.axis, mark.at)) return [];
      return [mark.axis === 'x' ? Plot.ruleX([mark.at], options) : Plot.ruleY([mark.at], options)];
    }
    case 'histogram': {
      const bins = mark.heights.map((height, n) => ({ x1: mark.edges[n]!, x2: mark.edges[n + 1]!, y: height }));
      const steps = [
        ...bins.map((bin) => ({ x: bin.x1, y: y(bin.y) })),
        { x: mark.edges.at(-1)!, y: y(bins.at(-1)!.y) },
      ];
      return [
        Plot.areaY(steps, { x: 'x', y: 'y', curve: 'step-after', fill: colour, fillOpacity: 0.18 }),
        Plot.lineY(steps, { x: 'x', y: 'y', curve: 'step-after', stroke: colour, strokeWidth: 1.8 }),
      ];
    }
    case 'line':
    case 'dots': {
      const all = mark.x.map((at, n) => ({ x: at, y: y(mark.y[n]!) }));
      const placed = all.filter((point) => isPlaced('x', point.x));
      const gone = all.length - placed.length + placed.filter((p, n) => Number.isNaN(p.y) && mark.y[n] !== null).length;
      if (gone > 0)
        notes.push(`${mark.name ?? 'The series'} has ${plural(gone, 'value')} without a place on a logarithmic axis.`);
      if (placed.length === 0) return [];
      const { points, isThinned, values } = thinned(placed, MOST_POINTS);
      if (isThinned)
        notes.push(
          `${mark.name ?? 'The series'} is drawn with ${points.length} of its ${values} points; no extreme is left out.`,
        );
      const data = points.map(([at, value]) => ({ x: at, y: value ?? Number.NaN }));
      if (mark.mark === 'dots') return [Plot.dot(data, { x: 'x', y: 'y', r: 2.6, fill: colour, fillOpacity: 0.75 })];
      const line = Plot.lineY(data, { x: 'x', y: 'y', stroke: colour, strokeWidth: 1.8 });
      if (mark.low === undefined || mark.high === undefined) return [line];
      const stride = Math.ceil(mark.x.length / MOST_POINTS);
      const band = mark.x
        .map((at, n) => ({ x: at, low: y(mark.low![n]!), high: y(mark.high![n]!) }))
        .filter((point, n) => isPlaced('x', point.x) && n % stride === 0);
      return [Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.16 }), line];
    }
  }
}

/** A row for each point, with the mark's name where there are several; at most 200, evenly chosen. */
function numbersOf(marks: readonly PanelMark[], x: PanelAxis, y: PanelAxis): DataTable {
  const rows = marks.flatMap((mark): readonly (readonly (string | number | null)[])[] => {
    const name = mark.name ?? '';
    switch (mark.mark) {
      case 'rule':
        return [[name, mark.axis === 'x' ? mark.at : null, mark.axis === 'y' ? mark.at : null]];
      case 'histogram':
        return mark.heights.map((height, n) => [name, mark.edges[n]!, height]);
      case 'line':
      case 'dots':
        return mark.x.map((at, n) => [name, at, mark.y[n]!]);
    }
  });
  const stride = Math.ceil(rows.length / MOST_ROWS);
  const named = marks.some(({ name }) => name !== undefined);
  return {
    columns: [...(named ? ['series'] : []), x.label, y.label],
    rows: rows
      .filter((_, n) => n % stride === 0)
      .map((row) =>
        (named ? row : row.slice(1)).map((cell) => (typeof cell === 'number' ? numberWord(cell) : (cell ?? '–'))),
      ),
  };
}
