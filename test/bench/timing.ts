/**
 * Timing whole processes, from start to exit. bash's `time` is the clock, since Node cannot tell what CPU its children
 * used; contestants take turns, so that a busy machine is busy for all of them alike.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Command {
  readonly argv: readonly string[];
  readonly directory: string;
}

/** What one process took. */
export interface Sample {
  readonly wallMs: number;
  /** User and system time, of its children too. */
  readonly cpuMs: number;
}

export interface Contestant {
  readonly name: string;
  /** The command of a round; whatever it needs is made ready here, untimed. */
  readonly prepare: (round: number) => Command;
  /** Looks at what it printed. @throws for an answer that a figure would be worthless for */
  readonly check?: (printed: string) => void;
}

/** The samples of each contestant, by name, in the order of rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

const LIMIT_MS = 600_000;

/** Every contestant once a round. The first round warms disk and memory caches and does not count. */
export function takeTurns(contestants: readonly Contestant[], rounds: number): Samples {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, prepare, check } of contestants) {
      const { sample, printed } = time(prepare(round));
      check?.(printed);
      if (round > 0) samples.get(name)!.push(sample);
    }
  }
  return samples;
}

/** Runs a command and times it. @throws if it fails */
export function time({ argv, directory }: Command): { readonly sample: Sample; readonly printed: string } {
  const scratch = mkdtempSync(join(tmpdir(), 'restage-time-'));
  try {
    const output = join(scratch, 'output');
    const { status, signal, stderr } = spawnSync('bash', timed(argv, output), {
      cwd: directory,
      encoding: 'utf8',
      timeout: LIMIT_MS,
      env: { ...process.env, LC_ALL: 'C' },
    });
    const printed = readFileSync(output, 'utf8');
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status ?? signal}:\n${printed}${stderr}`);
    return { sample: sampleOf(stderr), printed };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Arguments of a bash that runs the command, its output in a file, and then says on stderr what `sampleOf` reads. */
export function timed(argv: readonly string[], output: string): readonly string[] {
  const script = 'TIMEFORMAT="%3R %3U %3S"; output=$1; shift; time "$@" >"$output" 2>&1';
  return ['-c', script, 'bash', output, ...argv];
}

export function sampleOf(said: string): Sample {
  const [wall, user, system] = said.trim().split(/\s+/).map(Number) as [number, number, number];
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000 };
}

/** Peak resident memory of a Node process in bytes, told by itself as it exits. */
export function peakMemory({ argv, directory }: Command): number {
  const scratch = mkdtempSync(join(tmpdir(), 'restage-peak-'));
  try {
    const file = join(scratch, 'peak');
    const hook = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(${JSON.stringify(file)}, String(process.resourceUsage().maxRSS)));`;
    const [node, ...rest] = argv;
    const { status, stderr } = spawnSync(
      node!,
      ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, ...rest],
      {
        cwd: directory,
        encoding: 'utf8',
        timeout: LIMIT_MS,
      },
    );
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
    return Number(readFileSync(file, 'utf8')) * 1024;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
