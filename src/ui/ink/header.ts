/**
 * The first lines of the view: the command, the run and its time, how far it is, and what runs while a page is open.
 */
import { runEstimate } from '../model/estimate.ts';
import { nodePlace } from '../model/node-words.ts';
import type { RunModel } from '../model/run-model.ts';
import { doneOf } from '../model/stage-view.ts';
import { waitingWords } from '../model/waiting-words.ts';
import { cut, cutNode } from '../text/cells.ts';
import { clock } from '../text/format.ts';
import { cutLine, type Line, lineWidth, partedBar, span, type Span, spread } from '../text/view-line.ts';
import type { FrameInput } from './frame-input.ts';
import type { Page } from './navigation.ts';
import { progressWord } from './node-rows.ts';

const LEAST_COMMAND = 24;
const LEAST_BAR = 10;
const LEAST_NODE = 20;
const SEPARATOR = ' · ';

/**
 * The command at the left; the run, its time and its state at the right. A node's page shows the command of its log.
 */
export function titleLine(input: FrameInput, page: Page, width: number): Line {
  const { model, now, command, logCommand } = input;
  const { run } = model;
  const shown = page.kind === 'node' || page.kind === 'log' ? logCommand(page.node) : command;
  const right: Line =
    run === undefined
      ? []
      : [span(`run ${run.run}`, 'faint'), span(`  ${clock((now - run.at) / 1000)}`), ...stateWords(input)];
  return spread([span(shown, 'strong')], right, width, LEAST_COMMAND);
}

export function progressLine(model: RunModel, width: number): Line {
  const { nodes, failed, skipped, interrupted, detached, left, running } = model.totals;
  const words = countWords(model);
  const room = Math.max(LEAST_BAR, width - lineWidth(words) - 2);
  const parts = [
    { count: doneNodes(model), tone: model.paused ? 'warn' : running > 0 ? 'live' : 'good' },
    { count: failed, tone: 'bad' },
    { count: skipped + interrupted + detached + left, tone: 'warn' },
  ] as const;
  return cutLine([...partedBar(parts, nodes, room), span('  '), ...words], width);
}

/** What runs, in one line, for the pages that do not show the nodes. */
export function runningLine(model: RunModel, width: number): Line {
  const each = Math.max(LEAST_NODE, Math.floor((width - 9) / Math.max(1, model.running.length)) - SEPARATOR.length);
  const nodes = model.running.flatMap(({ node, attempt }, k): Line => {
    const progress = attempt?.progress ?? null;
    const word = progress === null ? '' : progressWord(progress);
    return [
      span(`${k === 0 ? '' : SEPARATOR}${cutNode(nodePlace(model, node).name, each - word.length - 1)}`),
      ...(word === '' ? [] : [span(` ${word}`, 'live')]),
    ];
  });
  return nodes.length === 0 ? [] : cutLine([span('running  ', 'faint'), ...nodes], width);
}

/** How far the run is, for a terminal without room for more: the most important first. */
export function singleLine(input: FrameInput): Line {
  const { nodes, failed } = input.model.totals;
  return [
    span(cut(`${doneNodes(input.model)}/${nodes}`, 20), 'strong'),
    ...(failed > 0 ? [span(` ${failed} failed`, 'bad')] : []),
    ...stateWords(input).map(({ text, tone }) => span(text.replace(/^ {2}/, ' ').replace(/ left$/, ''), tone)),
  ];
}

function countWords(model: RunModel): readonly Span[] {
  const { nodes, failed, skipped, interrupted, detached, left } = model.totals;
  return [
    span(`${doneNodes(model)}/${nodes} nodes`),
    ...(failed > 0 ? [span(`  ${failed} failed`, 'bad')] : []),
    ...(skipped > 0 ? [span(`  ${skipped} skipped`, 'warn')] : []),
    ...(interrupted > 0 ? [span(`  ${interrupted} interrupted`, 'warn')] : []),
    ...(detached + left > 0 ? [span(`  ${detached + left} left to the next run`, 'warn')] : []),
  ];
}

function doneNodes(model: RunModel): number {
  return [...model.stages.values()].reduce((sum, stage) => sum + doneOf(stage), 0);
}

/** What holds the run back; else how long it will still take. */
function stateWords({ model, now, isStopping }: FrameInput): readonly Span[] {
  if (isStopping) return [span('  stopping', 'warn')];
  if (model.paused) return [span('  paused', 'warn')];
  const [waiting] = model.waiting;
  if (waiting !== undefined && model.running.length === 0)
    return [span(`  waiting ${waitingWords(waiting, now)}`, 'warn')];
  const { queued, unknown } = model.elsewhere.summary();
  if (model.running.length === 0 && queued + unknown > 0)
    return [span(queued > 0 ? `  ${queued} queued elsewhere` : `  ${unknown} unknown elsewhere`, 'warn')];
  const estimate = runEstimate(model, now);
  if (estimate === null) return [];
  return [span(`  ${estimate.isLowerBound ? '>' : '~'}${clock(estimate.seconds)} left`, 'faint')];
}
