/**
 * Files of the challenge's formats and of any size, made of some events repeated: the same measurements again and
 * again, each time as an event of its own. Good for how large files are read, and for no physics.
 */
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import { writeCsv } from 'restage/io';
import { FILE_COLUMNS, MEASURED } from '../../pipelines/higgs/data/columns.ts';
import { simulate } from '../../pipelines/higgs/simulation/simulate.ts';
import { SLICE } from '../pipelines/higgs/slice.ts';
import { streams } from '../pipelines/streams.ts';

/** How many events of each KaggleSet, in this order. */
export type SetSizes = Readonly<Record<'t' | 'b' | 'v' | 'u', number>>;

/** Those of the open-data file: 818,238 events. */
export const WHOLE: SetSizes = { t: 250_000, b: 100_000, v: 450_000, u: 18_238 };

/** The open-data file, or Kaggle's `training.csv` (set t) or `test.csv` (sets b and v). */
export type Format = 'open-data' | 'training' | 'test';

/**
 * Writes such a file, as gzip if the name ends in .gz. EventIds count from 100000 in the order of the file, over all
 * sets, so that the three formats are of the same events. KaggleWeights are scaled so that each set stands for as much.
 */
export async function writeRepeated(path: string, sizes: SetSizes, format: Format = 'open-data'): Promise<void> {
  const file = createWriteStream(path);
  const lines = textOf(sizes, format);
  if (path.endsWith('.gz')) await pipeline(lines, createGzip(), file);
  else await pipeline(lines, file);
}

function* textOf(sizes: SetSizes, format: Format): Generator<string, void, void> {
  yield `${HEADERS[format].join(',')}\n`;
  const events = someEvents();
  let start = 0;
  for (const set of ['t', 'b', 'v', 'u'] as const) {
    const end = start + sizes[set];
    if (SETS_OF[format].includes(set))
      for (; start < end; start += LINES) {
        let text = '';
        for (let row = start; row < Math.min(end, start + LINES); row++)
          text += lineOf(100_000 + row, events[row % events.length]!, set, sizes.t / sizes[set], format);
        yield text;
      }
    start = end;
  }
}

function lineOf(id: number, event: Event, set: string, factor: number, format: Format): string {
  const { features, weight, label } = event;
  if (format === 'test') return `${id},${features}\n`;
  const kaggleWeight = factor === 1 ? event.kaggleWeight : (Number(event.kaggleWeight) * factor).toPrecision(12);
  if (format === 'training') return `${id},${features},${kaggleWeight},${label}\n`;
  return `${id},${features},${weight},${label},${set},${kaggleWeight}\n`;
}

const LINES = 1000;
const SETS_OF: Readonly<Record<Format, string>> = { 'open-data': 'tbvu', training: 't', test: 'bv' };
const HEADERS: Readonly<Record<Format, readonly string[]>> = {
  'open-data': FILE_COLUMNS,
  training: FILE_COLUMNS.slice(0, 33),
  test: FILE_COLUMNS.slice(0, 31),
};

interface Event {
  /** The 30 columns in the order of the file. */
  readonly features: string;
  readonly weight: string;
  readonly kaggleWeight: string;
  readonly label: string;
}

/** The 18,000 real ones where they are available, simulated ones elsewhere. */
function someEvents(): readonly Event[] {
  return existsSync(SLICE) ? parsed(gunzipSync(readFileSync(SLICE)).toString()) : simulated(5000);
}

function parsed(text: string): readonly Event[] {
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const fields = line.split(',');
      const [weight, label, , kaggleWeight] = fields.slice(31) as [string, string, string, string];
      return { features: fields.slice(1, 31).join(','), weight, label, kaggleWeight };
    });
}

function simulated(events: number): readonly Event[] {
  const { rows, columns } = simulate(events, streams(1));
  const { KaggleWeight, Label } = columns;
  const features = Object.fromEntries(MEASURED.map((name) => [name, columns[name]]));
  const lines = Buffer.concat([...writeCsv({ rows, columns: features })])
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1);
  return lines.map((line, row) => ({
    features: line,
    weight: String(KaggleWeight[row]!),
    kaggleWeight: String(KaggleWeight[row]!),
    label: Label[row] === 1 ? 's' : 'b',
  }));
}
