/**
 * What a cache of years costs: 1,000 runs of 1,000 nodes and 100,000 states, against a fresh cache of the same project.
 * Each question takes turns with itself in the other cache. `--quick` takes few rounds.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeAblationProject } from './ablation-project.ts';
import { goal, goalTable, type Measured } from './goals.ts';
import { ratio, type Spread } from './statistics.ts';
import { closePanes, noTmux } from '../helpers/pane.ts';
import { type Keys, timeInTerminal } from './terminal-timing.ts';
import { type Command, type Contestant, type Sample, type Samples, takeTurns, time } from './timing.ts';
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
  how: () => ['how', 'step@index=999'],
  uses: () => ['uses', 'step@index=999'],
  'sql, a run': (latest) => ['sql', `SELECT node, outcome, key FROM nodes WHERE run = ${latest}`, '--csv'],
  'sql, how many runs': () => ['sql', 'SELECT max(run) FROM runs'],
};

/** What is pressed in the console: along the list of runs, or into the latest of them. Then it is left. */
const VISITS: Readonly<Record<string, (latest: number) => readonly Keys[]>> = {
  'console, a move': (latest) => [
    { at: new RegExp(`^> +${latest} `), press: ['Down'] },
    { at: new RegExp(`^> +${latest - 1} `), press: ['q'] },
  ],
  'console, into a run': (latest) => [
    { at: new RegExp(`^> +${latest} `), press: ['Enter'] },
    { at: new RegExp(`^restage show run:${latest} --nodes`), press: ['q'] },
  ],
};

export async function yearsBench(options: readonly string[]): Promise<void> {
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
    const noOps = rounds + 1;
    const visits = await visitsInTurns({ fresh: latest.fresh + noOps, years: latest.years + noOps }, rounds, command);
    const measured = [...Object.keys(QUESTIONS), ...Object.keys(VISITS)].map((name): Measured => {
      const [fresh, years] = CACHES.map(
        (cache) => (samples.get(`${name}, ${cache}`) ?? visits.get(`${name}, ${cache}`))!,
      );
      const what = goal('years', `${name}, years / fresh`, 'x', MOST, 1.05);
      if (fresh === undefined || years === undefined) return { goal: what, wall: undefined, note: noTmux ?? '' };
      return { goal: what, wall: ratio(wall(years), wall(fresh)), cpu: ratio(cpu(years), cpu(fresh)) };
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

/**
 * The console in the fresh cache and in the old one, as `takeTurns` takes commands; nothing where there is no terminal.
 */
async function visitsInTurns(
  latest: Readonly<Record<CacheName, number>>,
  rounds: number,
  command: (cache: CacheName, words: readonly string[]) => Command,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>();
  if (noTmux !== undefined) return samples;
  try {
    for (let round = 0; round <= rounds; round++)
      for (const [name, keys] of Object.entries(VISITS))
        for (const cache of CACHES) {
          const sample = await timeInTerminal(command(cache, ['console']), keys(latest[cache]));
          const taken = samples.get(`${name}, ${cache}`) ?? [];
          if (round > 0) samples.set(`${name}, ${cache}`, [...taken, sample]);
        }
    return samples;
  } finally {
    closePanes();
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
