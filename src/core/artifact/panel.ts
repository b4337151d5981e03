/**
 * Panels: charts and tables that a stage adds to reports of its run, as data. A report draws them from the record
 * alone, so a panel is the same in ten years, whatever the code is then.
 */

/** A chart or a table, with a sentence or two about it. */
export type Panel = ChartPanel | TablePanel;

interface PanelHead {
  /** A few words: `ROC curve`. */
  readonly title: string;
  /** A sentence or two for the reader, below the title. */
  readonly text?: string;
}

export interface ChartPanel extends PanelHead {
  readonly x: PanelAxis;
  readonly y: PanelAxis;
  /** Drawn in this order. A mark with a name has a colour of its own, and a place in the legend. */
  readonly marks: readonly PanelMark[];
}

export interface TablePanel extends PanelHead {
  readonly columns: readonly string[];
  /** Each as long as `columns`. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export interface PanelAxis {
  /** What it shows, with the unit. */
  readonly label: string;
  /** Default `linear`. Values that are not above 0 have no place on a logarithmic axis. */
  readonly scale?: 'linear' | 'log';
  /** From, to; default: as far as the marks reach. */
  readonly domain?: readonly [number, number];
}

/** Numbers are finite; null is a gap. */
export type PanelMark = LineMark | DotsMark | HistogramMark | RuleMark;

export interface LineMark {
  readonly mark: 'line';
  readonly name?: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  /** A band around the line, such as one standard deviation. */
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
}

export interface DotsMark {
  readonly mark: 'dots';
  readonly name?: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export interface HistogramMark {
  readonly mark: 'histogram';
  readonly name?: string;
  /** Ascending; one more than there are heights. */
  readonly edges: readonly number[];
  readonly heights: readonly number[];
}

/** A straight line at one value of an axis, such as a cut. */
export interface RuleMark {
  readonly mark: 'rule';
  readonly name?: string;
  readonly axis: 'x' | 'y';
  readonly at: number;
}

/** Numbers and cells of one panel: more than that nobody sees, and reports stay small. */
export const MOST_PANEL_VALUES = 50_000;

/** What is wrong with a value that should be a panel, as a clause such as `has no title`; undefined if it is one. */
export function panelFlaw(value: unknown): string | undefined {
  if (!isRecord(value)) return 'is not an object with a title';
  if (typeof value['title'] !== 'string' || value['title'].trim() === '') return 'has no title';
  if (value['text'] !== undefined && typeof value['text'] !== 'string') return 'has a text that is not a string';
  const flaw = 'marks' in value ? chartFlaw(value) : tableFlaw(value);
  if (flaw !== undefined) return flaw;
  const values = sizeOf(value as unknown as Panel);
  return values > MOST_PANEL_VALUES
    ? `has ${values} values, and a panel has ${MOST_PANEL_VALUES} at most; thin them, or count them in bins`
    : undefined;
}

/** How many numbers and cells a panel has. */
function sizeOf(panel: Panel): number {
  if ('rows' in panel) return panel.rows.length * panel.columns.length;
  return panel.marks.reduce((sum, mark) => sum + pointsOf(mark), 0);
}

function pointsOf(mark: PanelMark): number {
  switch (mark.mark) {
    case 'line':
    case 'dots':
      return 2 * mark.x.length;
    case 'histogram':
      return 2 * mark.heights.length;
    case 'rule':
      return 1;
  }
}

function chartFlaw(value: Readonly<Record<string, unknown>>): string | undefined {
  const { x, y, marks } = value;
  for (const [name, axis] of Object.entries({ x, y })) {
    if (!isRecord(axis) || typeof axis['label'] !== 'string') return `has no label of its ${name} axis`;
    if (axis['scale'] !== undefined && axis['scale'] !== 'linear' && axis['scale'] !== 'log')
      return `has a ${name} axis whose scale is neither linear nor log`;
    const { domain } = axis;
    if (domain !== undefined && !(isNumbers(domain) && domain.length === 2 && domain[0]! < domain[1]!))
      return `has a ${name} axis whose domain is not two ascending numbers`;
  }
  if (!Array.isArray(marks)) return 'has marks that are not a list';
  for (const [index, mark] of marks.entries()) {
    const flaw = markFlaw(mark);
    if (flaw !== undefined) return `has a mark ${index} that ${flaw}`;
  }
  return undefined;
}

function markFlaw(mark: unknown): string | undefined {
  if (!isRecord(mark)) return 'is not an object';
  if (mark['name'] !== undefined && typeof mark['name'] !== 'string') return 'has a name that is not a string';
  switch (mark['mark']) {
    case 'line':
    case 'dots':
      return pointsFlaw(mark);
    case 'histogram': {
      const { edges, heights } = mark;
      if (!isNumbers(edges) || !isNumbers(heights)) return 'has edges or heights that are not finite numbers';
      if (edges.length !== heights.length + 1) return 'does not have one edge more than heights';
      return edges.some((edge, n) => n > 0 && edge <= edges[n - 1]!) ? 'has edges that do not ascend' : undefined;
    }
    case 'rule':
      if (mark['axis'] !== 'x' && mark['axis'] !== 'y') return 'has an axis that is neither x nor y';
      return Number.isFinite(mark['at']) ? undefined : 'is not at a finite number';
    default:
      return 'is neither line, dots, histogram nor rule';
  }
}

function pointsFlaw({ x, y, low, high }: Readonly<Record<string, unknown>>): string | undefined {
  if (!isNumbers(x)) return 'has an x that is not a list of finite numbers';
  for (const [name, values] of Object.entries({ y, low, high })) {
    if (values === undefined && name !== 'y') continue;
    if (!Array.isArray(values) || !values.every((each) => each === null || Number.isFinite(each)))
      return `has ${name} with something else than finite numbers and nulls`;
    if (values.length !== x.length) return `has ${values.length} values of ${name} for ${x.length} of x`;
  }
  return (low === undefined) === (high === undefined) ? undefined : 'has only one of low and high';
}

function tableFlaw({ columns, rows }: Readonly<Record<string, unknown>>): string | undefined {
  if (!Array.isArray(columns) || !columns.every((each) => typeof each === 'string'))
    return 'has neither marks nor columns';
  if (!Array.isArray(rows)) return 'has columns and no rows';
  for (const [index, row] of rows.entries()) {
    if (!Array.isArray(row) || row.length !== columns.length)
      return `has a row ${index} that is not as long as the columns`;
    if (!row.every((cell) => cell === null || typeof cell === 'string' || Number.isFinite(cell)))
      return `has a row ${index} with something else than texts, finite numbers and nulls`;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isFinite(each));
}
