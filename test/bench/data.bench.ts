/**
 * What a file of the open data's size takes: time, and memory of all processes together. Beside it, in the same rounds,
 * a control that reads the same bytes and counts lines, restage's reader alone, and papaparse. `--quick`: a tenth,
 * once.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { WHOLE, writeRepeated } from '../helpers/repeated-events.ts';
import { table } from './goals.ts';
import { ratio, spread } from './statistics.ts';
import type { Command } from './timing.ts';
import { type Watched, watch } from './watch.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

const CONTROL = 'count lines';

export async function dataBench(options: readonly string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'restage-bench-data-'));
  try {
    const quick = options.includes('--quick');
    const { t, b, v, u } = WHOLE;
    const sizes = quick ? { t: t / 10, b: b / 10, v: v / 10, u: Math.round(u / 10) } : WHOLE;
    const rows = sizes.t + sizes.b + sizes.v + sizes.u;
    const reader = readerIn(directory);
    console.log(`Data: ${rows} events, rounds of ${CONTROL}, readCsv, papaparse and restage run --until preprocess`);
    for (const name of ['events.csv', 'events.csv.gz']) {
      const file = join(directory, name);
      await writeRepeated(file, sizes);
      const samples = await rounds(contestants(directory, reader, file), quick ? 1 : 3);
      console.log(`\n${report(name, rows, statSync(join(directory, 'events.csv')).size, samples)}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

type Contestants = Readonly<Record<string, () => Command>>;
type Rounds = Readonly<Record<string, readonly Watched[]>>;

function contestants(directory: string, reader: string, file: string): Contestants {
  const cache = join(directory, 'cache');
  const read = (way: string) => (): Command => ({ argv: [process.execPath, reader, way, file], directory });
  return {
    [CONTROL]: read('lines'),
    readCsv: read('restage'),
    papaparse: read('papaparse'),
    'read + preprocess': () => {
      rmSync(cache, { recursive: true, force: true });
      const cli = join(REPOSITORY, 'dist', 'cli', 'main.js');
      const asked = ['run', 'pipelines/higgs', '-S', `data=${file}`, '--until', 'preprocess', '--cache', cache];
      return { argv: [process.execPath, cli, ...asked, '--reporter', 'plain'], directory: REPOSITORY };
    },
  };
}

/** Takes turns, so that a busy machine is busy for all of them alike; the first round warms up and does not count. */
async function rounds(commands: Contestants, count: number): Promise<Rounds> {
  const samples = Object.fromEntries(Object.keys(commands).map((name) => [name, [] as Watched[]]));
  for (let round = 0; round <= count; round++)
    for (const [name, command] of Object.entries(commands)) {
      const watched = await watch(command());
      if (round > 0) samples[name]!.push(watched);
    }
  return samples;
}

function report(file: string, rows: number, bytes: number, samples: Rounds): string {
  const wall = (name: string): readonly number[] => samples[name]!.map(({ sample }) => sample.wallMs / 1000);
  const cpu = (name: string): readonly number[] => samples[name]!.map(({ sample }) => sample.cpuMs / 1000);
  const lines = Object.entries(samples).map(([name, taken]) => {
    const { median, low, high } = spread(wall(name));
    const peak = Math.max(...taken.map(({ peakBytes }) => peakBytes ?? Number.NaN));
    return [
      name,
      `${median.toFixed(2)} (${low.toFixed(2)}..${high.toFixed(2)})`,
      spread(cpu(name)).median.toFixed(2),
      Math.round(rows / median).toLocaleString('en'),
      (bytes / 1e6 / median).toFixed(0),
      Number.isNaN(peak) ? 'not known' : (peak / 1e6).toFixed(0),
      `${ratio(wall(name), wall(CONTROL)).median.toFixed(1)}x`,
      `${ratio(cpu(name), cpu(CONTROL)).median.toFixed(1)}x`,
    ];
  });
  const head = [file, 's, median (middle half)', 'CPU s', 'rows/s', 'MB/s of text', 'peak MB', 'x control', 'by CPU'];
  return table([head, ...lines]);
}

/** The reader of `fixtures/read-file.ts` as plain JavaScript, with the packages that it needs beside it. */
function readerIn(directory: string): string {
  const modules = join(directory, 'node_modules');
  const file = join(directory, 'read-file.mjs');
  mkdirSync(modules);
  symlinkSync(REPOSITORY, join(modules, 'restage'));
  symlinkSync(join(REPOSITORY, 'node_modules', 'papaparse'), join(modules, 'papaparse'));
  const source = readFileSync(fileURLToPath(new URL('fixtures/read-file.ts', import.meta.url)), 'utf8');
  writeFileSync(file, transformSync(source, { loader: 'ts', target: 'node20' }).code);
  return file;
}
