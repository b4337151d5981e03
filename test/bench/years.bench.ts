/**
 * What a cache of years costs: 1,000 runs of 1,000 nodes and 100,000 states, against a fresh cache of the same project. Each
 * question takes turns with itself in the other cache. `--quick` takes few rounds.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeAblationProject } from './ablation-project.ts';
import { goal, goalTable, type Measured } from './goals.ts';
import { ratio, type Spread } from './statistics.ts';
import { type Command, type Contestant, type Sample, takeTurns, time } from './timing.ts';
import { growOld } from './years.ts';

const MOST = 1.2;
const MOST_BYTES_A_STATE = 800;
const CACHES = ['fresh', 'years'] as const;
type CacheName = (typeof CACHES)[number];

/** A question, by what it is called; with the number of the cache's latest run. */
const QUESTIONS: Readonly<Record<string, (latest: number) => readonly string[]>> = {
  'no-op run': () => ['run', '.'],
  status: () => ['status', '.'],
  log: () => ['log', '--limit', '2'],
  'log of a run': (latest) => ['log', String(latest)],
  compare: (latest) => ['compare', String(latest - 1), String(latest)],
  show: () => ['show', 'step@index=999'],
  'sql, a run': (latest) => ['sql', `SELECT node, outcome, key FROM nodes WHERE run = ${latest}`, '--csv'],
  'sql, how many runs': () => ['sql', 'SELECT max(run) FROM runs'],
};

export function yearsBench(options: readonly string[]): void {
  const project = makeAblationProject();
  const rounds = options.includes('--quick') ? 3 : 11;
  const command = (cache: CacheName, words: readonly string[]): Command => ({
    argv: [...project.restage, ...words, '--cache', join('caches', cache)],
    directory: project.directory,
  });
  try {
    for (const cache of CACHES) time(command(cache, ['run', '.']));
    const grown = growOld(join(project.directory, 'caches', 'years'));
    console.log(`Years: ${grown.runs} runs and ${grown.states} states more, in ${project.directory}`);
    for (const cache of CACHES) for (const leaf of [1, 0]) time(command(cache, ['run', '.', '-S', `leaf=${leaf}`]));
    const latest: Readonly<Record<CacheName, number>> = { fresh: 3, years: grown.runs + 3 };
    const contestants = Object.entries(QUESTIONS).flatMap(([name, words]) =>
      CACHES.map((cache): Contestant => ({
        name: `${name}, ${cache}`,
        prepare: () => command(cache, words(latest[cache])),
      })),
    );
    const samples = takeTurns(contestants, rounds);
    const measured = Object.keys(QUESTIONS).map((name): Measured => {
      const [fresh, years] = CACHES.map((cache) => samples.get(`${name}, ${cache}`)!) as [Taken, Taken];
      return {
        goal: goal('years', `${name}, years / fresh`, 'x', MOST, 1.05),
        wall: ratio(wall(years), wall(fresh)),
        cpu: ratio(cpu(years), cpu(fresh)),
      };
    });
    const perState = (bytes: number): Spread => exact(bytes / grown.states);
    const size = (what: string): Measured['goal'] => goal('years', what, ' B', MOST_BYTES_A_STATE, 500);
    console.log(
      `\n${goalTable([
        ...measured,
        { goal: size('database a state, without visits'), wall: perState(grown.bytes - grown.visitBytes) },
        { goal: size('database a state, with ten visits each'), wall: perState(grown.bytes) },
      ])}`,
    );
  } finally {
    rmSync(project.directory, { recursive: true, force: true });
  }
}

type Taken = readonly Sample[];

function wall(samples: Taken): readonly number[] {
  return samples.map(({ wallMs }) => wallMs);
}

function cpu(samples: Taken): readonly number[] {
  return samples.map(({ cpuMs }) => cpuMs);
}

function exact(value: number): Spread {
  return { median: value, low: value, high: value };
}
