/**
 * What `restage log` says about runs: a row each, with the numbers that were asked for or, where they fit, some
 * results.
 */
import { type ExperimentOfRun, experimentOf } from '../../../audit/runs/experiments-among.ts';
import { headline } from '../../../audit/runs/headline.ts';
import { columnsNamed, type RunColumn } from '../../../audit/runs/run-table.ts';
import type { RunValuesReader } from '../../../audit/runs/run-values.ts';
import { shortNames } from '../../../audit/runs/short-names.ts';
import type { Cache } from '../../../store/cache.ts';
import type { RunRecord } from '../../../store/query/runs.ts';
import { formatTime, plural } from '../../../ui/text/format.ts';
import { commandOf, commitWord, durationOf, outcomePaint, visitWord } from '../../output/run-words.ts';
import type { Screen } from '../../output/screen.ts';
import { type Cell, type Column, tableLines } from '../../output/table.ts';
import { runValueWord } from '../words/value-words.ts';

export type RunListFacts = ReturnType<typeof runListFacts>;

const RESULTS_OF_PIPELINE = 3;

/** @param names of columns that were asked for */
export function runListFacts(
  { query }: Cache,
  reader: RunValuesReader,
  runs: readonly RunRecord[],
  names: readonly string[],
) {
  const tags = query.tags.ofRuns(runs.map(({ id }) => id));
  const asked = columnsNamed(reader, runs, names);
  return {
    runs: runs.map((run) => ({
      ...run,
      counts: query.visits.counts(run.id),
      tags: tags.get(run.id) ?? [],
      experiment: experimentOf(query, run.id),
      values: Object.fromEntries(
        asked.flatMap(({ name, values }) => (run.id in values ? [[name, values[run.id]!] as const] : [])),
      ),
    })),
    isAsked: names.length > 0,
    columns: names.length > 0 ? asked : resultColumns(reader, runs),
  };
}

function resultColumns(reader: RunValuesReader, runs: readonly RunRecord[]): readonly RunColumn[] {
  const names = headlines(reader, runs);
  const titles = shortNames(names);
  return columnsNamed(
    reader,
    runs,
    names.map((name) => `result:${name}`),
  ).map((column, index) => ({ ...column, title: titles[index]! }));
}

/** Of each pipeline, some of the results of its latest run that has any. */
function headlines(reader: RunValuesReader, runs: readonly RunRecord[]): readonly string[] {
  const byPipeline = new Map<string, readonly string[]>();
  for (const run of runs) {
    const pipeline = `${run.pipeline} ${run.source}`;
    if ((byPipeline.get(pipeline) ?? []).length > 0) continue;
    const results = headline(reader.of(run).results(), RESULTS_OF_PIPELINE);
    byPipeline.set(
      pipeline,
      results.map(({ name }) => name),
    );
  }
  return [...new Set([...byPipeline.values()].flat())];
}

export function runListLines({ runs, columns, isAsked }: RunListFacts, { style, width }: Screen): readonly string[] {
  const layout: readonly (readonly [Column, (run: (typeof runs)[number]) => Cell])[] = [
    [{ title: 'run' }, ({ id }) => String(id)],
    // Cut behind the minutes.
    [{ title: 'when', least: 17 }, ({ startedAt }) => formatTime(startedAt)],
    [{ title: 'pipeline', least: 8 }, ({ pipeline }) => pipeline],
    [
      { title: 'branches', sparse: true, rank: 3.5 },
      ({ experiment }) => (experiment === null ? '' : branchWords(experiment)),
    ],
    [{ title: 'outcome' }, ({ outcome }) => [outcome, outcomePaint(outcome, style)]],
    [{ title: 'hit', rank: 4 }, ({ counts }) => String(counts.hit + counts['cut-off'])],
    [{ title: 'ran', rank: 4 }, ({ counts }) => String(counts.ran)],
    [
      { title: 'failed', sparse: true, rank: 5 },
      ({ counts: { failed } }) => [String(failed), failed > 0 ? (text) => style.red(text) : String],
    ],
    [{ title: 'skipped', sparse: true, rank: 0.2 }, (run) => unmadeCount(run, 'skipped')],
    [{ title: 'interrupted', sparse: true, rank: 0.2 }, (run) => unmadeCount(run, 'interrupted')],
    [{ title: 'left', sparse: true, rank: 0.2 }, (run) => unmadeCount(run, 'left to the next run')],
    [{ title: 'took', rank: 0.5 }, durationOf],
    [{ title: 'commit', rank: 0 }, commitWord],
    ...columns.map((column, index) => valueColumn(column, isAsked ? undefined : index)),
    [{ title: 'tags', least: 8, sparse: true, rank: 2 }, ({ tags }) => tags.join(' ')],
    [{ title: 'command', least: 14, rank: isAsked ? 0.4 : 1 }, commandOf],
  ];
  return tableLines(
    layout.map(([column]) => column),
    runs.map((run) => layout.map(([, cell]) => cell(run))),
    width,
  );
}

/** `3 x 2 seeds` */
function branchWords({ branches, seeds }: ExperimentOfRun): string {
  return `${branches} x ${plural(seeds, 'seed')}`;
}

/**
 * What was asked for stays; of the results that were not, the first stays longer than the command, and the others do
 * not.
 */
function valueColumn(
  { title, values }: RunColumn,
  place: number | undefined,
): readonly [Column, (run: RunRecord) => Cell] {
  const rank = place === undefined ? {} : { rank: place === 0 ? 3 : 0.9 - place / 100 };
  return [{ title, ...rank }, ({ id }) => (id in values ? runValueWord(values[id]!) : '')];
}

/**
 * How many nodes without a state the run calls so; of a run with a failure, those that were interrupted may be among
 * the skipped.
 */
function unmadeCount(run: RunListFacts['runs'][number], word: string): string {
  const called = visitWord('skipped', run.counts, run);
  return called === word || (word === 'skipped' && called.startsWith('skipped')) ? String(run.counts.skipped) : '0';
}
