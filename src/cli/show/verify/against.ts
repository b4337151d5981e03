/** What `restage verify --against` says: what of a run is not as its baseline says. */
import { changeClause } from '../../../identity/change-clause.ts';
import type { AgainstBaseline, NodeDifference, ParamDifference } from '../../../audit/verify/against.ts';
import { formatSeconds, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { indent, section } from '../words/section.ts';
import { paramWord } from '../words/value-words.ts';
import { outputLines } from './verify.ts';

export interface Held extends AgainstBaseline {
  readonly run: number;
  readonly file: string;
}

/** A fault at the root of a large graph changes all below it; `--json` has the rest. */
const MOST_NODES = 20;

export function againstLines(held: Held, screen: Screen): readonly string[] {
  const { style } = screen;
  const { run, file, holds, status, params, nodes, counts, seconds } = held;
  const more = nodes.length - MOST_NODES;
  const told = nodes.slice(0, MOST_NODES).flatMap((node) => nodeLines(node, screen));
  const head = `run ${run} ${holds ? `is as ${file} says` : `differs from ${file}`}`;
  const size = `${plural(counts.nodes, 'node')}, ${plural(counts.outputs, 'output')}`;
  return [
    holds ? style.green(`${head}: ${size}`) : style.red(head),
    ...(status === null ? [] : [`status: ${status.before} -> ${status.after}`]),
    ...section('parameters', params.map(paramRow), screen),
    ...told,
    ...(more > 0 ? [`and ${plural(more, 'node')} more; --json tells all`] : []),
    ...timeLines(seconds),
  ];
}

function paramRow(difference: ParamDifference): readonly string[] {
  const { path, before, after } = difference;
  return [path, `${paramWord(before)} -> ${paramWord(after)}`];
}

function nodeLines({ node, before, after, identity, outputs }: NodeDifference, { style }: Screen): readonly string[] {
  if (before === null || after === null)
    return [`${style.bold(node)}: only in the ${before === null ? 'run' : 'baseline'}`];
  return [
    `${style.bold(node)}${before === after ? '' : `: ${before} -> ${after}`}`,
    ...(identity.length === 0 ? [] : [indent(`depends on: ${identity.map(changeClause).join(', ')}`)]),
    ...outputs.flatMap(({ rung, ...output }) => {
      const lines = outputLines({ rung, ...output });
      return rung === 'diverged' ? lines : lines.map((line) => `${line} (within tolerance)`);
    }),
  ];
}

function timeLines({ before, after }: Held['seconds']): readonly string[] {
  if (before === null || after === null) return [];
  return [`It took ${formatSeconds(after)}, and ${formatSeconds(before)} in the baseline; times decide nothing.`];
}
