/**
 * What answers from a long history cost beyond Node's own start: 1,000 runs and 100,000 states. `--quick` takes few
 * rounds. Every question is asked of the built command line, and takes turns with `node -e 0`.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goal, goalTable, type Measured } from './goals.ts';
import { RUNS, writeLongHistory } from './long-history.ts';
import { type Spread, spread } from './statistics.ts';
import { type Command, type Contestant, peakMemory, type Sample, type Samples, takeTurns } from './timing.ts';

const DEEPEST = 'refine@step=999';
const MOST_MS = 100;
const DEEPEST_MS = 300;
const MOST_MB = 150;
const RESTAGE = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** A question as it is typed, and how long its answer may take. */
interface Question {
  readonly words: readonly string[];
  readonly mostMs: number;
}

const QUESTIONS: readonly Question[] = [
  ...[
    ['log'],
    ['log', String(RUNS)],
    ['log', '--where', 'rate<0.5'],
    ['show', `run:${RUNS}`],
    ['show', DEEPEST],
    ['compare'],
    ['compare', '--last', '10', '--sort', 'ams'],
    ['metrics', 'loss', '--last', '10'],
    ['why', `run:${RUNS - 2}`, `run:${RUNS - 1}`],
    ['diff', `run:${RUNS - 2}`, `run:${RUNS - 1}`],
    ['diff', 'run:500/evaluate', 'run:501/evaluate'],
    ['how', 'run:500/evaluate'],
    ['uses', 'run:500/prepare'],
    ['cost'],
    ['cost', `run:${RUNS}`],
  ].map((words) => ({ words, mostMs: MOST_MS })),
  { words: ['how', DEEPEST], mostMs: DEEPEST_MS },
];

export async function auditBench(options: readonly string[]): Promise<void> {
  const kept = options.find((option) => option.startsWith('--cache='))?.slice('--cache='.length);
  const directory = kept ?? join(mkdtempSync(join(tmpdir(), 'restage-audit-')), 'cache');
  const rounds = options.includes('--quick') ? 3 : 11;
  try {
    if (existsSync(join(directory, 'state.db'))) console.log(`Audit, the history in ${directory}`);
    else console.log(`Audit, ${await writeLongHistory(directory)} states in ${directory}`);
    const samples = takeTurns(
      [
        contestant('node -e 0', { argv: [process.execPath, '-e', '0'], directory: tmpdir() }),
        ...QUESTIONS.map(asked(directory)),
      ],
      rounds,
    );
    console.log(`\n${goalTable(QUESTIONS.flatMap((question) => measured(question, samples, directory)))}`);
  } finally {
    if (kept === undefined) rmSync(join(directory, '..'), { recursive: true, force: true });
  }
}

const nameOf = ({ words }: Question): string => words.join(' ');

function commandOf({ words }: Question, cache: string): Command {
  return { argv: [process.execPath, RESTAGE, ...words, '--cache', cache], directory: tmpdir() };
}

function asked(cache: string): (question: Question) => Contestant {
  return (question) => contestant(nameOf(question), commandOf(question, cache));
}

function contestant(name: string, command: Command): Contestant {
  return { name, prepare: () => command };
}

function measured(question: Question, samples: Samples, cache: string): readonly Measured[] {
  const name = nameOf(question);
  const bytes = peakMemory(commandOf(question, cache));
  const { mostMs } = question;
  return [
    {
      goal: goal('A8', name, ' ms', mostMs, mostMs / 2),
      wall: beyond(samples, name, ({ wallMs }) => wallMs),
      cpu: beyond(samples, name, ({ cpuMs }) => cpuMs),
    },
    { goal: goal('A8', `peak memory, ${name}`, ' MB', MOST_MB, MOST_MB / 2), wall: exact(bytes / 1e6) },
  ];
}

/** What a question took more than Node's start, round by round. */
function beyond(samples: Samples, name: string, of: (sample: Sample) => number): Spread {
  const node = samples.get('node -e 0')!;
  return spread(samples.get(name)!.map((sample, round) => of(sample) - of(node[round]!)));
}

function exact(value: number): Spread {
  return { median: value, low: value, high: value };
}
