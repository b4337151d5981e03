/**
 * What the engine costs beyond the stages themselves, as ratios to controls that take turns with it: Node's own start,
 * a control of 40 lines, ninja, dask and joblib. `--quick` takes few rounds, for a look while working on something;
 * `--against=DIRECTORY` measures another built restage in the same run, such as the one before a change.
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
const SIZES = [NODES, MANY];
const PEER_ABSENT = 'not installed';

/** One built restage, in a project of its own. */
interface Build {
  /** Before the names of its figures. */
  readonly label: string;
  readonly project: AblationProject;
}

interface Bench extends Build {
  readonly builds: readonly Build[];
  readonly rounds: number;
}

export function engineBench(options: readonly string[]): void {
  const against = options.find((option) => option.startsWith('--against='))?.slice('--against='.length);
  const now: Build = { label: '', project: makeAblationProject() };
  const before = against === undefined ? [] : [{ label: 'before: ', project: makeAblationProject(against) }];
  const builds = [now, ...before];
  const bench: Bench = { ...now, builds, rounds: options.includes('--quick') ? 3 : 11 };
  try {
    console.log(`Engine, shape "ablation", in ${builds.map(({ project }) => project.directory).join(' and ')}`);
    const rows = [...noOps(bench), ...changes(bench), ...colds(bench), ...workers(bench), ...sizes(bench)];
    console.log(`\n${goalTable(rows)}`);
  } finally {
    for (const { project } of builds) rmSync(project.directory, { recursive: true, force: true });
  }
}

/** Runs in which nothing changed, and the two verbs that only look. */
function noOps(bench: Bench): readonly Measured[] {
  const ninja = ninjaNoOp(MANY);
  for (const build of bench.builds) for (const nodes of SIZES) fill(build, nodes);
  const joblibNoOp = joblib(NODES, cacheOf(bench, 'joblib'));
  const samples = turns(bench, 'no-op', [
    fixed('node -e 0', { argv: [process.execPath, '-e', '0'], directory: bench.project.directory }),
    ...bench.builds.flatMap((build) => [
      fixed(`${build.label}--version`, {
        argv: [...build.project.restage, '--version'],
        directory: build.project.directory,
      }),
      fixed(`${build.label}status 1,000`, verb(build, 'status', NODES, 'filled-1000')),
      ...SIZES.map((nodes) => noOp(build, nodes)),
    ]),
    fixed('floor no-op 1,000', floor(bench, NODES, 'floor-1000')),
    fixed('floor no-op 10,000', floor(bench, MANY, 'floor-10000')),
    ...(ninja === undefined ? [] : [fixed('ninja no-op 10,000', ninja)]),
    ...(joblibNoOp === undefined ? [] : [fixed('joblib no-op 1,000', joblibNoOp)]),
  ]);
  if (ninja !== undefined) rmSync(ninja.directory, { recursive: true });
  return bench.builds.flatMap((build) => {
    const { label } = build;
    const bytes = peakMemory(run(build, MANY, 'filled-10000'));
    const no = (nodes: number): string => noOp(build, nodes).name;
    return [
      compare(samples, goal('G1', `${label}no-op 10,000 / ninja`, 'x', 4, 2.5), no(MANY), 'ninja no-op 10,000'),
      compare(samples, goal('G3', `${label}no-op 1,000 / node -e 0`, 'x', 2, 1.5), no(NODES), 'node -e 0'),
      compare(samples, goal('G15', `${label}--version / node -e 0`, 'x', 1.15, 1.05), `${label}--version`, 'node -e 0'),
      compare(
        samples,
        goal('G15', `${label}status 1,000 / node -e 0`, 'x', 2, 1.5),
        `${label}status 1,000`,
        'node -e 0',
      ),
      { goal: goal('G14', `${label}peak memory, no-op 10,000`, ' MB', 120, 85), wall: exact(bytes / 1e6) },
    ];
  });
}

function noOp(build: Build, nodes: number): Contestant {
  return {
    ...fixed(`${build.label}no-op ${count(nodes)}`, run(build, nodes, `filled-${nodes}`)),
    check: saysUpToDate,
  };
}

/** One parameter changed: of the last leaf, or of the root so that its output stays what it was. */
function changes(bench: Bench): readonly Measured[] {
  const samples = turns(
    bench,
    'change',
    bench.builds.flatMap((build) => SIZES.flatMap((nodes) => changesOf(build, nodes))),
  );
  const note = 'exactly 1 stage ran';
  return SIZES.flatMap((nodes) =>
    bench.builds.flatMap((build) => {
      const compared = (what: string, most: number, stretch: number): Measured => {
        const name = `${build.label}${what} ${count(nodes)}`;
        const target = goal('G12', `${name} / no-op ${count(nodes)}`, 'x', most, stretch);
        return { ...compare(samples, target, name, noOp(build, nodes).name), note };
      };
      return [
        compared('leaf, by -S', 1.5, 1.15),
        compared('leaf, by an edit', 1.5, 1.15),
        compared('root same, by -S', 2, 1.15),
      ];
    }),
  );
}

function changesOf(build: Build, nodes: number): readonly Contestant[] {
  const cache = `filled-${nodes}`;
  const name = (what: string): string => `${build.label}${what} ${count(nodes)}`;
  // Values that no earlier round had.
  return [
    noOp(build, nodes),
    {
      name: name('leaf, by -S'),
      prepare: (round) => run(build, nodes, cache, ['-S', `leaf=${round + 1}`]),
      check: saysOneRan,
    },
    {
      name: name('root same, by -S'),
      prepare: (round) => run(build, nodes, cache, ['-S', `root=${round + 1}`]),
      check: saysOneRan,
    },
    {
      name: name('leaf, by an edit'),
      prepare: (round) => {
        editLeaf(build.project, 1000 + round);
        return run(build, nodes, cache);
      },
      check: saysOneRan,
    },
    {
      // So that the next round's no-op is one.
      name: name('the edit undone'),
      prepare: () => {
        editLeaf(build.project, 0);
        return run(build, nodes, cache);
      },
    },
  ];
}

/** Everything runs, in this process. */
function colds(bench: Bench): readonly Measured[] {
  const daskCold = dask(NODES);
  const joblibCold = joblib(NODES, cacheOf(bench, 'joblib-cold'));
  const cold = (build: Build, nodes: number): Contestant =>
    emptied(build, `${build.label}cold ${count(nodes)}`, (cache) => run(build, nodes, cache));
  const floorCold = (nodes: number): Contestant =>
    emptied(bench, `floor cold ${count(nodes)}`, (cache) => floor(bench, nodes, cache), 'emptied-floor');
  const samples = turns(bench, 'cold', [
    ...bench.builds.flatMap((build) => [cold(build, NODES), cold(build, 3 * NODES)]),
    floorCold(NODES),
    floorCold(3 * NODES),
    ...(daskCold === undefined ? [] : [fixed('dask.delayed 1,000', daskCold)]),
    ...(joblibCold === undefined ? [] : [emptied(bench, 'joblib cold 1,000', () => joblibCold, 'joblib-cold')]),
  ]);
  return bench.builds.flatMap(({ label }) => {
    const pair = (who: string): readonly [string, string] => [`${who}cold 1,000`, `${who}cold 3,000`];
    const dearer = goal('G7', `${label}cold 1,000 / dask.delayed`, 'x', 2, 1);
    const cheaper = goal('G8', `${label}cold 1,000 / joblib.Memory`, 'x', 0.2, 0.1);
    const overhead = goal('G9', `${label}overhead a stage, in-process`, ' us', 100, 40);
    const controlled = goal('G9', `${label}overhead a stage, in-process / the control's`, 'x', 2, 1);
    return [
      compare(samples, dearer, `${label}cold 1,000`, 'dask.delayed 1,000'),
      compare(samples, cheaper, `${label}cold 1,000`, 'joblib cold 1,000'),
      slope(samples, overhead, pair(label), 2 * NODES, 1000),
      {
        goal: controlled,
        wall: ratio(rises(samples, pair(label), wall), rises(samples, pair('floor '), wall)),
        cpu: ratio(rises(samples, pair(label), cpu), rises(samples, pair('floor '), cpu)),
      },
    ];
  });
}

/** Everything runs, in one worker process that is started once. */
function workers(bench: Bench): readonly Measured[] {
  const settings = ['-S', 'executor=worker', '-j', '1'];
  const pair = ({ label }: Build): readonly [string, string] => [
    `${label}workers cold 100`,
    `${label}workers cold 1,100`,
  ];
  const samples = turns(
    bench,
    'worker',
    bench.builds.flatMap((build) =>
      [100, 1100].map((nodes, index) =>
        emptied(build, pair(build)[index]!, (cache) => run(build, nodes, cache, settings)),
      ),
    ),
  );
  return bench.builds.map((build) =>
    slope(samples, goal('G10', `${build.label}overhead a stage, warm worker`, ' ms', 1, 0.2), pair(build), 1000, 1),
  );
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
  pair: readonly [string, string],
  stages: number,
  unit: number,
): Measured {
  const rise = (of: (taken: readonly Sample[]) => readonly number[]): Spread =>
    spread(rises(samples, pair, of).map((value) => (value / stages) * unit));
  return { goal: target, wall: rise(wall), cpu: rise(cpu) };
}

/** What the second of two takes more than the first, round by round. */
function rises(
  samples: Samples,
  [few, many]: readonly [string, string],
  of: (taken: readonly Sample[]) => readonly number[],
): readonly number[] {
  const base = of(samples.get(few)!);
  return of(samples.get(many)!).map((value, round) => value - base[round]!);
}

function count(nodes: number): string {
  return nodes.toLocaleString('en');
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
function emptied(bench: Build, name: string, command: (cache: string) => Command, cache = 'emptied'): Contestant {
  return {
    name,
    prepare: () => {
      rmSync(cacheOf(bench, cache), { recursive: true, force: true });
      return command(cache);
    },
  };
}

function run(bench: Build, nodes: number, cache: string, rest: readonly string[] = []): Command {
  return verb(bench, 'run', nodes, cache, rest);
}

function verb({ project }: Build, name: string, nodes: number, cache: string, rest: readonly string[] = []): Command {
  const size = nodes === NODES ? [] : ['-S', `nodes=${nodes}`];
  return {
    argv: [...project.restage, name, '.', '--cache', join('caches', cache), ...size, ...rest],
    directory: project.directory,
  };
}

function floor(bench: Build, nodes: number, cache: string): Command {
  const directory = cacheOf(bench, cache);
  mkdirSync(directory, { recursive: true });
  return {
    argv: [...bench.project.floor, String(nodes), join(directory, 'floor.db')],
    directory: bench.project.directory,
  };
}

/** A cache in which every state is there. */
function fill(bench: Build, nodes: number): void {
  time(run(bench, nodes, `filled-${nodes}`));
}

function cacheOf({ project }: Build, name: string): string {
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
