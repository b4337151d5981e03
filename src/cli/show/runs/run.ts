/** What `restage show run:N` says: how the run was started, where, and how it ended. */
import type { CanonicalValue } from '../../../core/identity/canonical.ts';
import { leavesOf, overrideText } from '../../../core/params/paste.ts';
import type { Cache } from '../../../store/cache.ts';
import type { RunRecord } from '../../../store/query/runs.ts';
import { formatTime, shellWord } from '../../../ui/text/format.ts';
import { whole } from '../../../ui/text/wrap.ts';
import type { Style } from '../../../ui/text/style.ts';
import { failedLines } from './attempt.ts';
import { resultFacts, resultLines } from './run-results.ts';
import { nodeGroupLines, nodeLines } from './run-nodes.ts';
import { indent } from '../words/section.ts';
import type { Screen } from '../../output/screen.ts';
import { commandOf, commitWord, countWords, durationOf, outcomeWord, phaseWords } from '../../output/run-words.ts';

export type RunFacts = ReturnType<typeof runFacts>;

/** The same for `restage log N`, in JSON. */
export function runFacts(cache: Cache, run: RunRecord) {
  const { query } = cache;
  return {
    kind: 'run' as const,
    ...run,
    tags: cache.query.tags.of({ run: run.id }),
    counts: query.visits.counts(run.id),
    phases: query.runs.phases(run.id),
    groups: query.visits.groups(run.id),
    failures: query.attempts.failed(run.id),
    results: resultFacts(cache, run.id),
    nodes: query.visits.ofRun(run.id).map(({ node, outcome, reason, state }) => ({
      node,
      outcome,
      reason,
      state: state?.key ?? null,
    })),
    environment: query.runs.environment(run.id),
  };
}

/** @param allNodes whether each node has a line of its own. @param directory paths in stacks are relative to it */
export function runLines(run: RunFacts, allNodes: boolean, screen: Screen, directory: string): readonly string[] {
  const { style } = screen;
  const took = durationOf(run);
  const facts: readonly (readonly [string, string])[] = [
    ['pipeline', `${run.pipeline} (${run.source})`],
    ['command', whole(commandOf(run))],
    ['started', formatTime(run.startedAt)],
    ['outcome', `${outcomeWord(run, style)}${took === '' ? '' : ` after ${took}`}`],
    ['before', phaseWords(run.phases)],
    ['nodes', countWords(run.counts, run)],
    [
      'commit',
      run.commit === null
        ? 'not in a git repository'
        : `${commitWord(run)}${run.dirty === true ? ' (with uncommitted changes)' : ''}`,
    ],
    ['seed', String(run.seed)],
    ['jobs', String(run.jobs)],
    ['backend', run.backend],
    ['tags', run.tags.join(', ')],
  ];
  return [
    `run ${run.id}`,
    ...facts.filter(([, value]) => value !== '').map(([name, value]) => `  ${name.padEnd(9)} ${value}`),
    ...resultLines(run.results, screen),
    ...(allNodes ? nodeLines(run, screen) : nodeGroupLines(run, screen).map(headed(style))),
    ...parameterLines(run, style),
    ...environmentLines(run.environment, style),
    ...run.failures.flatMap((failure) => failedLines(failure, screen, directory)),
  ];
}

/** The first line of a table is its heading. */
function headed(style: Style): (line: string, index: number) => string {
  return (line, index) => (index === 0 ? style.bold(line) : indent(line));
}

/** Lines to paste behind `restage run <pipeline>`, each of them whole: a cut line could not be pasted. */
function parameterLines({ id, params, seed, source, argv }: RunFacts, style: Style): readonly string[] {
  const words = leavesOf(params as CanonicalValue).map((leaf) => `-S ${shellWord(overrideText(leaf))}`);
  if (words.length === 0) return [];
  const all = [
    ...(lacksSomething(argv) ? [`--like run:${id}`] : []),
    ...words,
    ...(seed === 0 ? [] : [`--seed ${seed}`]),
  ];
  const command = `restage run ${shellWord(source)}`;
  return [
    `${style.bold('parameters')} (to paste; "${command} --like run:${id}" takes them all)`,
    ...all.map((word, index) => whole(`  ${word}${index === all.length - 1 ? '' : ' \\'}`)),
  ];
}

/** Values cannot say what is not there: parameters that were removed, maybe of the run that this one was like. */
function lacksSomething(argv: readonly string[]): boolean {
  return argv.some((word, index) => {
    if (/^--like(=|$)/.test(word)) return true;
    const option = /^(-S|--set)(=?)(.*)$/s.exec(word);
    return option !== null && (option[3] === '' ? argv[index + 1] : option[3])?.startsWith('~') === true;
  });
}

function environmentLines(environment: unknown, style: Style): readonly string[] {
  const members = membersOf(environment);
  const widest = Math.max(...members.map(([name]) => name.length));
  return members.length === 0
    ? []
    : [style.bold('environment'), ...members.map(([name, value]) => indent(`${name.padEnd(widest)}  ${value}`))];
}

/** Variables of workers as a shell takes them. */
function membersOf(value: unknown): readonly (readonly [name: string, value: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([key, member]): readonly [string, string] => [
    key,
    typeof member === 'string'
      ? member
      : typeof member === 'object' && member !== null && !Array.isArray(member)
        ? membersOf(member)
            .map((each) => each.join('='))
            .join(', ')
        : JSON.stringify(member),
  ]);
}
