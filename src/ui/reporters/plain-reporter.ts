/**
 * Plain lines, for pipes, files and continuous integration: few and useful. A node that was simply there is not
 * mentioned, a stage of many nodes is told in totals, and of log lines one sees those of nodes that failed.
 */
import type { NodeFailed, NodeProgress, RunEvent, RunStarted } from '../../events.ts';
import type { Commands } from '../text/commands.ts';
import { formatSeconds, plural } from '../text/format.ts';
import type { Reporter } from './reporter.ts';
import { summaryLines } from '../text/run-summary.ts';
import type { Style } from '../text/style.ts';

export interface PlainOptions {
  readonly write: (text: string) => void;
  readonly style: Style;
  /** Show every log line. */
  readonly verbose: boolean;
  readonly commands: Commands;
}

/** A stage of more nodes than this is told in totals. */
const CROWD = 20;
const PACE_MS = 5000;
const LOG_TAIL = 10;

export function plainReporter({ write, style, verbose, commands }: PlainOptions): Reporter {
  let run: RunStarted | undefined;
  let headed = false;
  const reasons = new Map<string, string>();
  const told = new Map<string, number>();
  const logs = new Map<string, string[]>();
  const crowds = new Map<string, { readonly nodes: number; done: number; failed: number; toldAt: number }>();

  const line = (at: number, word: string, text: string): void => {
    if (run !== undefined && !headed) {
      headed = true;
      write(`${style.bold(header(run))}\n`);
    }
    const elapsed = (Math.max(0, at - (run?.at ?? at)) / 1000).toFixed(1);
    write(`${style.dim(`${elapsed.padStart(8)} s`)}  ${word.padEnd(8)}${text}\n`);
  };

  /** True if the event is one of many and was only counted. */
  const counted = (event: Ended): boolean => {
    const crowd = crowds.get(event.stage);
    if (crowd === undefined) return false;
    crowd.done++;
    if (event.type === 'node-failed') crowd.failed++;
    const complete = crowd.done === crowd.nodes;
    // A stage that is simply there, or not yet slow, is no news.
    const due = event.at - crowd.toldAt >= PACE_MS;
    if (event.type !== 'node-hit' && (due || complete)) {
      crowd.toldAt = event.at;
      const failed = crowd.failed === 0 ? '' : `, ${crowd.failed} failed`;
      line(event.at, complete ? 'done' : '...', `${event.stage}: ${crowd.done} of ${crowd.nodes}${failed}`);
    }
    return true;
  };

  const progress = ({ at, node, stage, done, total, note }: NodeProgress): void => {
    if (crowds.has(stage) || at - (told.get(node) ?? at) < PACE_MS) return;
    told.set(node, at);
    line(at, '...', `${node}: ${done}/${total}${note === null ? '' : ` ${note}`}`);
  };

  const failed = (event: NodeFailed): void => {
    line(event.at, style.red('failed'.padEnd(8)), `${event.node} (${event.failure.class}): ${event.failure.message}`);
    if (!verbose) for (const text of logs.get(event.node) ?? []) write(`${' '.repeat(12)}| ${text}\n`);
  };

  const forget = (node: string): void => {
    for (const map of [reasons, told, logs]) map.delete(node);
  };

  const event = (event: RunEvent): void => {
    switch (event.type) {
      case 'run-preparing':
        write(`${style.dim(`${event.activity} ...`)}\n`);
        break;
      case 'run-started':
        run = event;
        for (const { stage, nodes } of event.stages)
          if (nodes > CROWD) crowds.set(stage, { nodes, done: 0, failed: 0, toldAt: event.at });
        break;
      case 'node-hit':
        if (!counted(event) && event.how === 'cut-off')
          line(event.at, 'cut off', `${event.node}: its inputs ran again, to the same bytes`);
        break;
      case 'node-queued':
        if (!crowds.has(event.stage)) reasons.set(event.node, event.reason);
        break;
      case 'node-waiting':
        line(event.at, 'waiting', `for ${event.run === null ? 'another run' : `run ${event.run}`}: ${event.node}`);
        break;
      case 'node-observed':
        line(event.at, event.state, event.note === null ? event.node : `${event.node}: ${event.note}`);
        break;
      case 'node-started':
        told.set(event.node, event.at);
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
          line(event.at, 'skipped', `${event.node}: it needs ${event.because}, which failed`);
        break;
      case 'notice':
        line(event.at, style.yellow('note'.padEnd(8)), event.text);
        break;
      case 'run-paused':
        line(event.at, event.paused ? 'pause' : 'resume', event.paused ? 'nothing new is started' : '');
        break;
      case 'run-finished':
        break;
    }
  };

  return {
    event,
    finish: (report) => write(`${summaryLines(report, style, commands).join('\n')}\n`),
  };
}

type Ended = Extract<RunEvent, { readonly type: 'node-hit' | 'node-ran' | 'node-failed' | 'node-skipped' }>;

function header({ run, pipeline, nodes, jobs, backend, seed }: RunStarted): string {
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
