/**
 * How many lines each part of the view gets. Together they are always fewer than the rows of the terminal: a taller
 * frame would scroll, and could not be redrawn.
 */
import type { Size } from '../terminal/size.ts';

/** How many lines each part can fill. */
export interface Demand {
  /** Rows of the table of stages or of branches. */
  readonly table: number;
  /** Places for running nodes. */
  readonly nodes: number;
  /** Lines that the feed and blank lines keep where the table is long. */
  readonly feed: number;
}

export type Layout = LineLayout | PanelLayout;

/** A terminal so small that there is one line. */
export interface LineLayout {
  readonly kind: 'line';
  readonly width: number;
}

/** From top to bottom: title, progress, table, nodes, chart, feed, footer. */
export interface PanelLayout {
  readonly kind: 'panels';
  readonly width: number;
  /** Lines between progress and footer. */
  readonly body: number;
  /** Without the heading; a part of 0 lines has no heading either. */
  readonly table: number;
  readonly nodes: number;
  readonly chart: number;
  readonly feed: number;
  /** Blank lines before table, nodes, feed and chart: as many as there is room for. */
  readonly gaps: number;
}

/** Wider lines are hard to read across. */
const WIDEST = 132;
/** A smaller terminal gets one line. */
export const SMALLEST: Size = { columns: 40, rows: 8 };
const FRAME_LINES = 3;
const MOST_NODES = 16;
const MOST_FEED = 10;
const ROOMY = 18;
const CHART = { least: 6, most: 10 };

export function layoutFor({ columns, rows }: Size, demand: Demand): Layout {
  // A line that fills the last column makes some terminals wrap.
  const width = Math.max(0, Math.min(columns - 1, WIDEST));
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) return { kind: 'line', width };
  const body = rows - 1 - FRAME_LINES;
  let left = body;
  const take = (lines: number): number => {
    const taken = Math.max(0, Math.min(lines, left));
    left -= taken;
    return taken;
  };
  const wanted = Math.min(demand.nodes, MOST_NODES);
  // A part comes with its heading, or not at all.
  const headed = (lines: number): number => (lines === 0 || left < 2 ? 0 : take(lines + 1) - 1);
  let nodes = headed(Math.min(wanted, 2));
  let table = headed(Math.min(demand.table, 3));
  // Blank lines and a few lines of the feed are worth more than the rest of a long table.
  const kept = body >= ROOMY ? Math.min(left, demand.feed) : 0;
  left -= kept;
  if (table > 0) table += take(demand.table - table);
  if (nodes > 0) nodes += take(wanted - nodes);
  left += kept;
  let gaps = take(Math.min(3, Math.floor(left * 0.6)));
  const feed = take(Math.min(MOST_FEED, left > 16 ? left - CHART.least - 1 : left));
  const chart = left > CHART.least ? take(Math.min(CHART.most, left - 1)) : 0;
  if (chart > 0) gaps += take(1);
  return { kind: 'panels', width, body, table, nodes, chart, feed, gaps };
}
