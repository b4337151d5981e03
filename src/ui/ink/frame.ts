/** The whole view as lines, from the run's model, the reader's place and the terminal's size: pure. */
import { BLANK, cutLine, type Line } from '../text/view-line.ts';
import { branchRows, branchTable } from './branch-table.ts';
import { lossChart } from './chart.ts';
import { feedLines } from './feed.ts';
import { footer, helpLines } from './footer.ts';
import type { FrameInput } from './frame-input.ts';
import { progressLine, runningLine, singleLine, titleLine } from './header.ts';
import { layoutFor, type PanelLayout } from './layout.ts';
import { type Page, pageOf } from './navigation.ts';
import { logPage, nodePage } from './node-page.ts';
import { nodeRows } from './node-rows.ts';
import { stageTable } from './stage-table.ts';

/** Lines for the feed and blank ones, where the table is long. */
const STAGE_FEED = 5;
const BRANCH_FEED = 2;
/** Terminals with so many rows have room for the meaning of the signs. */
const ROOMY = 28;

/** Fewer lines than the terminal has rows; each is narrower than the terminal. */
export function drawFrame(input: FrameInput): readonly Line[] {
  const { model, place, size } = input;
  const { experiment } = model;
  const demand = {
    table: experiment === undefined ? model.stages.size : branchRows(experiment, size.rows >= ROOMY),
    nodes: Math.max(model.run?.jobs ?? 1, model.places.length) + (model.elsewhere.isUsed ? 1 : 0),
    // Of an experiment, the rows of its branches tell most.
    feed: experiment === undefined ? STAGE_FEED : BRANCH_FEED,
  };
  const layout = layoutFor(size, demand);
  if (layout.kind === 'line') return size.rows < 2 ? [] : [cutLine(singleLine(input), layout.width)];
  const { width, body } = layout;
  const page = pageOf(place);
  const middle = page.kind === 'overview' ? overview(input, layout) : pageLines(input, page, body, width);
  // Always of one height, so that nothing jumps.
  const height = page.kind === 'overview' ? overviewHeight(layout) : body;
  const filled = Array.from({ length: height }, (_, row) => middle[row] ?? BLANK);
  const lines = [titleLine(input, page, width), progressLine(model, width), ...filled, footer(input, page, width)];
  return lines.map((line) => cutLine(line, width));
}

function overviewHeight({ table, nodes, chart, feed, gaps }: PanelLayout): number {
  return (table > 0 ? table + 1 : 0) + (nodes > 0 ? nodes + 1 : 0) + chart + feed + gaps;
}

function overview({ model, place, now, directory }: FrameInput, layout: PanelLayout): readonly Line[] {
  const { width, table, nodes, chart, feed } = layout;
  const { experiment } = model;
  // While the reader selects a node, the list takes the lines of the feed.
  const isSelecting = place.selected !== null;
  const gap = (which: number): readonly Line[] => (layout.gaps > which ? [BLANK] : []);
  const nodeCount = isSelecting ? nodes + feed + (feed > 0 && layout.gaps > 2 ? 1 : 0) : nodes;
  return [
    ...gap(0),
    ...(table > 0
      ? experiment === undefined
        ? stageTable(model, table, width)
        : branchTable(experiment, table, width)
      : []),
    ...gap(1),
    ...(nodes > 0 ? nodeRows(model, place, nodeCount, width, now) : []),
    ...(chart > 0 ? [...gap(3), ...padded(lossChart(model, place.selected, chart, width), chart)] : []),
    ...(isSelecting ? [] : [...gap(2), ...feedLines(model, feed, width, directory)]),
  ];
}

function padded(lines: readonly Line[], count: number): readonly Line[] {
  return Array.from({ length: count }, (_, row) => lines[row] ?? BLANK);
}

/** A page other than the overview keeps one line for what runs meanwhile. */
function pageLines(input: FrameInput, page: Page, rows: number, width: number): readonly Line[] {
  const { model, keys, now, directory } = input;
  const inner = rows - 2;
  const head = [runningLine(model, width), BLANK];
  switch (page.kind) {
    case 'overview':
      return [];
    case 'node':
      return [...head, ...nodePage(model, page.node, inner, width, now, directory)];
    case 'log':
      return [...head, ...logPage(model, page.node, page.scroll, inner, width)];
    case 'help':
      return [...head, ...helpLines(keys, model.experiment !== undefined)].slice(0, rows);
  }
}
