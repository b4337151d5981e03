/**
 * Plain lines, for pipes, files and continuous integration: few and useful. Nodes that are up to date are not
 * mentioned, a stage of many nodes is summed up in totals, an experiment by its branches, and log lines are shown only
 * for nodes that fail.
 */
import type { MadeBy, NodeFailed, NodeProgress, NodeWaiting, RunEvent, RunStarted } from '../../events.ts';
import { failurePlace } from '../model/failure-place.ts';
import { pushingWords } from '../model/pushing-words.ts';
import { RunTally } from '../model/run-tally.ts';
import { heldWords } from '../model/waiting-words.ts';
import { summaryLines } from '../summary/run-summary.ts';
import { plainLine } from '../text/cells.ts';
import { formatSeconds, plural, runWord } from '../text/format.ts';
import type { Presentation } from '../text/presentation.ts';
import { wrapText } from '../text/wrap.ts';
import { ElsewhereLines } from './elsewhere-lines.ts';
import { ExperimentLines } from './experiment-lines.ts';
import type { Reporter } from './reporter.ts';

export interface PlainOptions {
  readonly write: (text: string) => void;
  readonly presentation: Presentation;
  /** Show every log line. */
  readonly verbose: boolean;
}

/** A stage of more nodes is summed up in totals. */
const CROWD = 20;
const PACE_MS = 5000;
const LOG_TAIL = 10;
const WORD = 8;
/** The columns of the time and the word, before the text of a line. */
const INDENT = 20;

export function plainReporter({ write, presentation, verbose }: PlainOptions): Reporter {
  const { style, directory, width } = presentation;
  let run: RunStarted | undefined;
  let headed = false;
  const tally = new RunTally();
  const reasons = new Map<string, string>();
  const toldAt = new Map<string, number>();
  const logs = new Map<string, string[]>();
  const crowds = new Map<string, Crowd>();
  const undeclared = new Set<string>();
  const held = new Set<string>();
  let experiment: ExperimentLines | undefined;

  const line = (at: number, word: string, text: string, paint: (word: string) => string = (plain) => plain): void => {
    if (run !== undefined && !headed) {
      headed = true;
      const [first = '', ...more] = wrapText(header(run), width(), 4);
      write([first, ...more].map((part) => `${style.bold(part)}\n`).join(''));
    }
    const elapsed = (Math.max(0, at - (run?.at ?? at)) / 1000).toFixed(1);
    const [first = '', ...more] = wrapText(`${' '.repeat(INDENT)}${plainLine(text)}`, width(), INDENT);
    write(`${style.dim(`${elapsed.padStart(8)} s`)}  ${paint(word.padEnd(WORD))}${first.slice(INDENT)}\n`);
    for (const part of more) write(`${part}\n`);
  };

  const elsewhere = new ElsewhereLines(line);

  /** True if the event is one of many and was only counted. */
  const counted = (event: Ended): boolean => {
    const crowd = crowds.get(event.stage);
    if (crowd === undefined) return false;
    if (experiment !== undefined) {
      experiment.ended(event.type, event.at);
      return true;
    }
    crowd.done++;
    if (event.type === 'node-failed') crowd.failed++;
    const complete = crowd.done === crowd.nodes;
    const due = event.at - crowd.toldAt >= PACE_MS;
    // Hits are not news.
    if (event.type !== 'node-hit' && (due || complete)) {
      crowd.toldAt = event.at;
      const failed = crowd.failed === 0 ? '' : `, ${crowd.failed} failed`;
      line(event.at, complete ? 'done' : '...', `${event.stage}: ${crowd.done} of ${crowd.nodes}${failed}`);
    }
    return true;
  };

  const waiting = ({ at, node, stage, run: other }: NodeWaiting): void => {
    const crowd = crowds.get(stage);
    if (crowd?.isToldWaiting === true) return;
    if (crowd !== undefined) crowd.isToldWaiting = true;
    line(at, 'waiting', `for ${runWord(other)}: ${crowd === undefined ? node : `nodes of ${stage}`}`);
  };

  const progress = ({ at, node, stage, done, total, note }: NodeProgress): void => {
    if (crowds.has(stage) || at - (toldAt.get(node) ?? at) < PACE_MS) return;
    toldAt.set(node, at);
    line(at, '...', `${node}: ${done}/${total}${note === null ? '' : ` ${note}`}`);
  };

  const failed = ({ at, node, failure }: NodeFailed): void => {
    const place = failurePlace(failure, directory);
    line(
      at,
      'failed',
      `${node} (${failure.class}): ${failure.message}${place === null ? '' : ` (${place})`}`,
      style.red,
    );
    if (!verbose) for (const text of logs.get(node) ?? []) write(`${' '.repeat(12)}| ${plainLine(text)}\n`);
  };

  const forget = (node: string): void => {
    for (const map of [reasons, toldAt, logs]) map.delete(node);
  };

  const event = (event: RunEvent): void => {
    tally.event(event);
    elsewhere.event(event, (stage) => crowds.has(stage));
    switch (event.type) {
      case 'run-preparing':
        // Elsewhere nobody looks at it in time.
        if (Number.isFinite(width())) write(`${style.dim(`${event.activity} ...`)}\n`);
        break;
      case 'run-started':
        run = event;
        if (event.experiment !== undefined) experiment = new ExperimentLines(event, event.experiment, line);
        for (const { stage, nodes } of event.stages)
          if (nodes > CROWD || experiment !== undefined)
            crowds.set(stage, { nodes, done: 0, failed: 0, toldAt: event.at, isToldWaiting: false });
        break;
      case 'node-hit':
        if (counted(event)) break;
        if (event.accepted !== undefined) line(event.at, 'hit', `${event.node}: ${event.accepted.text}`);
        else if (event.madeBy !== undefined)
          line(event.at, 'hit', `${event.node}: ${makerWords(event.madeBy, run?.run)}`);
        else if (event.from !== undefined) line(event.at, 'hit', `${event.node}: from ${event.from}`);
        else if (event.how === 'cut-off')
          line(event.at, 'hit', `${event.node}: unchanged (its inputs ran again, same bytes)`);
        break;
      case 'node-queued':
        if (!crowds.has(event.stage)) reasons.set(event.node, event.reason);
        break;
      case 'node-held':
        // The later counts are not news.
        if (held.has(event.node)) break;
        held.add(event.node);
        line(event.at, 'waiting', `${heldWords(event)}: ${event.node}`);
        break;
      case 'node-waiting':
        waiting(event);
        break;
      case 'node-started':
        toldAt.set(event.node, event.at);
        if (!crowds.has(event.stage)) line(event.at, 'start', started(event.node, reasons.get(event.node)));
        break;
      case 'node-progress':
        progress(event);
        break;
      case 'node-metric':
        break;
      case 'node-log':
        if (verbose) line(event.at, 'log', `${event.node}: ${event.text}`);
        else keepTail(logs, event.node, event.text);
        break;
      case 'node-undeclared': {
        // Each node of a stage reaches the same.
        if (undeclared.has(event.text)) break;
        undeclared.add(event.text);
        line(event.at, 'warning', `${event.node}: ${event.text}`, style.yellow);
        break;
      }
      case 'node-ran': {
        const peak = event.peakMiB === null ? '' : `, peak ${Math.round(event.peakMiB)} MiB`;
        if (!counted(event)) line(event.at, 'ran', `${event.node} in ${formatSeconds(event.seconds)}${peak}`);
        forget(event.node);
        break;
      }
      case 'node-attempt-failed': {
        const { node, attempt, failure } = event;
        line(event.at, 'retry', `${node}: attempt ${attempt} failed (${failure.class}): ${failure.message}`);
        break;
      }
      case 'node-failed':
        failed(event);
        counted(event);
        forget(event.node);
        break;
      case 'node-skipped':
        if (!counted(event) && event.because !== null)
          line(event.at, 'skipped', `${event.node}: ${event.because} failed`, style.yellow);
        break;
      case 'experiment-run':
        experiment?.completed(event);
        break;
      case 'run-pushing':
        line(event.at, 'push', pushingWords(event));
        break;
      case 'notice':
        line(event.at, 'note', event.text, style.yellow);
        break;
      case 'run-paused':
        line(event.at, event.paused ? 'pause' : 'resume', event.paused ? 'nothing new starts' : '');
        break;
      case 'node-observed':
      case 'run-finished':
        break;
    }
  };

  return {
    event,
    finish: (report) => {
      elsewhere.end();
      write(`${summaryLines(report, tally, presentation).join('\n')}\n`);
    },
  };
}

interface Crowd {
  readonly nodes: number;
  done: number;
  failed: number;
  toldAt: number;
  isToldWaiting: boolean;
}

type Ended = Extract<RunEvent, { readonly type: 'node-hit' | 'node-ran' | 'node-failed' | 'node-skipped' }>;

function header({ run, pipeline, nodes, jobs, backend, seed, experiment }: RunStarted): string {
  if (experiment !== undefined)
    return `run ${run} of ${pipeline}: ${plural(nodes, 'node')} of ${plural(experiment.runs.length, 'run')}, ${plural(jobs, 'job')}, backend ${backend}`;
  return `run ${run} of ${pipeline}: ${plural(nodes, 'node')}, ${plural(jobs, 'job')}, backend ${backend}, seed ${seed}`;
}

function started(node: string, reason: string | undefined): string {
  return reason === undefined || reason === '' ? node : `${node}: ${reason}`;
}

function keepTail(logs: Map<string, string[]>, node: string, text: string): void {
  const lines = logs.get(node) ?? [];
  lines.push(text);
  if (lines.length > LOG_TAIL) lines.shift();
  logs.set(node, lines);
}

function makerWords(madeBy: MadeBy, thisRun: number | undefined): string {
  return madeBy.run === thisRun ? `the same as ${madeBy.node}` : `made by ${runWord(madeBy.run)}`;
}
