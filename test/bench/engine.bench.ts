/**
 * What the engine costs beyond the stages themselves, as ratios to controls that take turns with it: Node's own start, a
 * control of 40 lines, ninja, dask and joblib. `--quick` takes few rounds, for a look while working on something.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AblationProject, editLeaf, makeAblationProject } from './ablation-project.ts';
import { type Goal, goal, goalTable, type Measured, table } from './goals.ts';
import { dask, joblib, ninjaNoOp } from './peers.ts';
import { ratio, type Spread, spread } from './statistics.ts';
import { type Command, type Contestant, peakMemory, type Sample, type Samples, takeTurns, time } from './timing.ts';

const NODES = 1000;
const MANY = 10_000;
const PEER_ABSENT = 'peer absent';

interface Bench {
  readonly project: AblationProject;
  readonly rounds: number;
}

export function engineBench(options: readonly string[]): void {
  const bench: Bench = { project: makeAblationProject(), rounds: options.includes('--quick') ? 3 : 11 };
  const { directory } = bench.project;
  try {
    console.log(`Engine, shape "ablation", in ${directory}`);
    const rows = [...noOps(bench), ...changes(bench), ...colds(bench), ...workers(bench), ...sizes(bench)];
    console.log(`\n${goalTable(rows)}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs in which nothing changed, and the two verbs that only look. */
function noOps(bench: Bench): readonly Measured[] {
  const ninja = ninjaNoOp(MANY);
  fill(bench, NODES);
  fill(bench, MANY);
  const joblibNoOp = joblib(NODES, cacheOf(bench, 'joblib'));
  const samples = turns(bench, 'no-op', [
    fixed('node -e 0', { argv: [process.execPath, '-e', '0'], directory: bench.project.directory }),
    fixed('restage --version', { argv: [...bench.project.restage, '--version'], directory: bench.project.directory }),
    fixed('restage status 1,000', verb(bench, 'status', NODES, 'filled-1000')),
    { ...fixed('restage no-op 1,000', run(bench, NODES, 'filled-1000')), check: saysUpToDate },
    { ...fixed('restage no-op 10,000', run(bench, MANY, 'filled-10000')), check: saysUpToDate },
    fixed('floor no-op 1,000', floor(bench, NODES, 'floor-1000')),
    fixed('floor no-op 10,000', floor(bench, MANY, 'floor-10000')),
    ...(ninja === undefined ? [] : [fixed('ninja no-op 10,000', ninja)]),
    ...(joblibNoOp === undefined ? [] : [fixed('joblib no-op 1,000', joblibNoOp)]),
  ]);
  if (ninja !== undefined) rmSync(ninja.directory, { recursive: true });
  const rows = [
    compare(samples, goal('G1', 'no-op 10,000 / ninja', 'x', 4, 2.5), 'restage no-op 10,000', 'ninja no-op 10,000'),
    compare(samples, goal('G3', 'no-op 1,000 / node -e 0', 'x', 2, 1.5), 'restage no-op 1,000', 'node -e 0'),
    compare(samples, goal('G15', '--version / node -e 0', 'x', 1.15, 1.05), 'restage --version', 'node -e 0'),
    compare(samples, goal('G15', 'status 1,000 / node -e 0', 'x', 2, 1.5), 'restage status 1,000', 'node -e 0'),
  ];
  const bytes = peakMemory(run(bench, MANY, 'filled-10000'));
  return [...rows, { goal: goal('G14', 'peak memory, no-op 10,000', ' MB', 120, 85), wall: exact(bytes / 1e6) }];
}

/** One parameter changed: of the last leaf, or of the root so that its output stays what it was. */
function changes(bench: Bench): readonly Measured[] {
  const cache = 'filled-1000';
  // Values that no earlier round had.
  const samples = turns(bench, 'change', [
    { ...fixed('restage no-op 1,000', run(bench, NODES, cache)), check: saysUpToDate },
    {
      name: 'leaf, by -S',
      prepare: (round) => run(bench, NODES, cache, ['-S', `leaf=${round + 1}`]),
      check: saysOneRan,
    },
    {
      name: 'root same, by -S',
      prepare: (round) => run(bench, NODES, cache, ['-S', `root=${round + 1}`]),
      check: saysOneRan,
    },
    {
      name: 'leaf, by an edit',
      prepare: (round) => {
        editLeaf(bench.project, 1000 + round);
        return run(bench, NODES, cache);
      },
      check: saysOneRan,
    },
    {
      // So that the next round's no-op is one.
      name: 'the edit undone',
      prepare: () => {
        editLeaf(bench.project, 0);
        return run(bench, NODES, cache);
      },
    },
  ]);
  const target = (what: string): Goal => goal('G12', `${what} / no-op 1,000`, 'x', 1.15, 1.05);
  const note = 'exactly 1 stage ran';
  return ['leaf, by -S', 'root same, by -S', 'leaf, by an edit'].map((name) => ({
    ...compare(samples, target(name), name, 'restage no-op 1,000'),
    note,
  }));
}

/** Everything runs, in this process. */
function colds(bench: Bench): readonly Measured[] {
  const daskCold = dask(NODES);
  const joblibCold = joblib(NODES, cacheOf(bench, 'joblib-cold'));
  const samples = turns(bench, 'cold', [
    emptied(bench, 'restage cold 1,000', (cache) => run(bench, NODES, cache)),
    emptied(bench, 'restage cold 3,000', (cache) => run(bench, 3 * NODES, cache)),
    emptied(bench, 'floor cold 1,000', (cache) => floor(bench, NODES, cache)),
    ...(daskCold === undefined ? [] : [fixed('dask.delayed 1,000', daskCold)]),
    ...(joblibCold === undefined ? [] : [emptied(bench, 'joblib cold 1,000', () => joblibCold, 'joblib-cold')]),
  ]);
  return [
    compare(
      samples,
      goal('G7', 'cold 1,000 / dask.delayed', 'x', 1.5, 0.7),
      'restage cold 1,000',
      'dask.delayed 1,000',
    ),
    compare(
      samples,
      goal('G8', 'cold 1,000 / joblib.Memory', 'x', 0.2, 0.1),
      'restage cold 1,000',
      'joblib cold 1,000',
    ),
    slope(
      samples,
      goal('G9', 'overhead a stage, in-process', ' us', 100, 40),
      ['restage cold 1,000', 'restage cold 3,000'],
      2 * NODES,
      1000,
    ),
  ];
}

/** Everything runs, in one worker process that is started once. */
function workers(bench: Bench): readonly Measured[] {
  const settings = ['-S', 'executor=worker', '-j', '1'];
  const samples = turns(bench, 'worker', [
    emptied(bench, 'workers cold 100', (cache) => run(bench, 100, cache, settings)),
    emptied(bench, 'workers cold 1,100', (cache) => run(bench, 1100, cache, settings)),
  ]);
  const target = goal('G10', 'overhead a stage, warm worker', ' ms', 1, 0.2);
  return [slope(samples, target, ['workers cold 100', 'workers cold 1,100'], 1000, 1)];
}

/** What lies on disk after a run of a cache of its own. */
function sizes(bench: Bench): readonly Measured[] {
  const [small, large] = [NODES, 3 * NODES].map((nodes) => {
    const cache = `sizes-${nodes}`;
    time(run(bench, nodes, cache));
    return diskUse(cacheOf(bench, cache));
  }) as [number, number];
  const again = 10;
  for (let i = 0; i < again; i++) time(run(bench, NODES, `sizes-${NODES}`));
  const grown = diskUse(cacheOf(bench, `sizes-${NODES}`)) - small;
  const target = (what: string): Goal => goal('G13', what, ' KB', 1.5, 0.5);
  return [
    { goal: target('state a stage, cold 1,000'), wall: exact(small / NODES / 1000) },
    { goal: target('state a stage, 1,000 to 3,000'), wall: exact((large - small) / (2 * NODES) / 1000) },
    { goal: goal('G13', 'state a stage of a no-op run', ' B', 60, 20), wall: exact(grown / NODES / again) },
  ];
}

function turns(bench: Bench, title: string, contestants: readonly Contestant[]): Samples {
  const samples = takeTurns(contestants, bench.rounds);
  const rows = [...samples].map(([name, taken]) => [name, ...[wall(taken), cpu(taken)].map(milliseconds)]);
  console.log(`\n${table([[`${title}, median (middle half), ms`, 'wall', 'CPU'], ...rows])}`);
  return samples;
}

function compare(samples: Samples, target: Goal, name: string, control: string): Measured {
  const [ours, theirs] = [samples.get(name)!, samples.get(control)];
  if (theirs === undefined) return { goal: target, wall: undefined, note: PEER_ABSENT };
  return { goal: target, wall: ratio(wall(ours), wall(theirs)), cpu: ratio(cpu(ours), cpu(theirs)) };
}

/** What each further stage costs, in milliseconds times `unit`. */
function slope(
  samples: Samples,
  target: Goal,
  [few, many]: readonly [string, string],
  stages: number,
  unit: number,
): Measured {
  const rise = (of: (taken: readonly Sample[]) => readonly number[]): Spread => {
    const base = of(samples.get(few)!);
    return spread(of(samples.get(many)!).map((value, round) => ((value - base[round]!) / stages) * unit));
  };
  return { goal: target, wall: rise(wall), cpu: rise(cpu) };
}

function wall(samples: readonly Sample[]): readonly number[] {
  return samples.map(({ wallMs }) => wallMs);
}

function cpu(samples: readonly Sample[]): readonly number[] {
  return samples.map(({ cpuMs }) => cpuMs);
}

function milliseconds(values: readonly number[]): string {
  const { median, low, high } = spread(values);
  return `${median.toFixed(0)} (${low.toFixed(0)}..${high.toFixed(0)})`;
}

function exact(value: number): Spread {
  return { median: value, low: value, high: value };
}

function fixed(name: string, command: Command): Contestant {
  return { name, prepare: () => command };
}

/** A contestant whose cache is emptied before each round. */
function emptied(bench: Bench, name: string, command: (cache: string) => Command, cache = 'emptied'): Contestant {
  return {
    name,
    prepare: () => {
      rmSync(cacheOf(bench, cache), { recursive: true, force: true });
      return command(cache);
    },
  };
}

function run(bench: Bench, nodes: number, cache: string, rest: readonly string[] = []): Command {
  return verb(bench, 'run', nodes, cache, rest);
}

function verb({ project }: Bench, name: string, nodes: number, cache: string, rest: readonly string[] = []): Command {
  const size = nodes === NODES ? [] : ['-S', `nodes=${nodes}`];
  return {
    argv: [...project.restage, name, '.', '--cache', join('caches', cache), ...size, ...rest],
    directory: project.directory,
  };
}

function floor(bench: Bench, nodes: number, cache: string): Command {
  const directory = cacheOf(bench, cache);
  mkdirSync(directory, { recursive: true });
  return {
    argv: [...bench.project.floor, String(nodes), join(directory, 'floor.db')],
    directory: bench.project.directory,
  };
}

/** A cache in which every state is there. */
function fill(bench: Bench, nodes: number): void {
  time(run(bench, nodes, `filled-${nodes}`));
}

function cacheOf({ project }: Bench, name: string): string {
  return join(project.directory, 'caches', name);
}

function diskUse(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  return bytes;
}

function saysUpToDate(printed: string): void {
  if (!/all \d+ nodes are up to date/.test(printed)) throw new Error(`This was to be a no-op:\n${printed}`);
}

function saysOneRan(printed: string): void {
  if (!/\b1 ran\b/.test(printed)) throw new Error(`Exactly one stage was to run:\n${printed}`);
}
