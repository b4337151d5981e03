/** What verbs print on a terminal of 80 columns: prose breaks between words, and commands stay whole. */
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { Command, restage } from '../helpers/command.ts';
import { makeInProcessProject } from '../helpers/in-process-project.ts';
import { TOY } from './toy.ts';

const COLUMNS = 80;

const PIPELINE = `
import { json, many, pipeline, stage } from 'restage';
import { z } from 'zod';

export const measureWithCare = stage({
  name: 'lab/measure-with-care',
  params: z.strictObject({ detector: z.int() }),
  inputs: {},
  outputs: { counts: json() },
  run({ params, metric }) {
    console.log('the detector ' + params.detector + ' was read with the settings of the night before, and then once more');
    metric('counts of the detector', params.detector);
    return { counts: [1, 2, 3].map((at) => ({ at, 'a long name of a column': at * params.detector })) };
  },
});

export const judgeTheDetectors = stage({
  name: 'lab/judge-the-detectors',
  params: z.strictObject({ limit: z.int() }),
  inputs: { counts: many(json()) },
  outputs: { verdict: json() },
  async run({ params: { limit }, inputs }) {
    if (limit < 100) throw new Error('The limit ' + limit + ' is too low for the number of events that were given; take at least 100.');
    return { verdict: { score: { value: 3.1415, error: 0.05 }, detectors: inputs.counts.length } };
  },
});

const policy = { executor: 'in-process' };

export default pipeline({
  name: 'detectors-of-the-night',
  params: z.strictObject({ limit: z.int().default(3), detectors: z.int().default(2), note: z.string().default('') }),
  build(p, { limit, detectors }) {
    const counts = Array.from({ length: detectors }, (_, detector) =>
      p.add(measureWithCare, { key: { detector }, params: { detector }, ...policy }).out.counts);
    return { verdict: p.add(judgeTheDetectors, { params: { limit }, inputs: { counts }, ...policy }).out.verdict, first: counts[0] };
  },
});
`;

const STUDY = `
import { experiment } from 'restage';
import lab from './lab/index.ts';

export default experiment({
  name: 'limits-of-the-night',
  pipeline: lab,
  file: './lab/index.ts',
  branches: (base) => [base.with({ limit: 300 }), base.with({ limit: 400, detectors: 3 })],
  base: { limit: 200 },
  seeds: 2,
  metrics: { score: { of: 'verdict.score.value', better: 'higher', design: 'fixed-test-set' } },
});
`;

const lab = makeInProcessProject();
const NOTE = ['-S', 'note=a note of several words that was written down for the sake of a long command'];

beforeAll(async () => {
  lab.write('lab/index.ts', PIPELINE);
  lab.write('study.ts', STUDY);
  for (const settings of [[], ['-S', 'limit=200', ...NOTE], ['-S', 'limit=300', '-S', 'detectors=3']])
    await lab.restage(['run', 'lab', ...settings, '--cache', lab.cache]);
  await lab.restage(['ablate', 'study.ts', '--cache', lab.cache]);
});

const CALLS: readonly (readonly string[])[] = [
  ['run', 'lab', '-S', 'limit=300', '-S', 'detectors=3', '--reporter', 'plain'],
  ['run', 'lab', '--reporter', 'plain'],
  ['plan', 'lab', '-S', 'detectors=30'],
  ['plan', 'lab', '-S', 'limit=300', '-S', 'detectors=3'],
  ['status', 'lab'],
  ['status', 'study.ts'],
  ['log'],
  ['log', 'run:1'],
  ['log', 'run:2'],
  ['log', 'run:1/judge-the-detectors'],
  ['log', 'measure-with-care@detector=0'],
  ['log', 'limits-of-the-night'],
  ['show', 'run:1'],
  ['show', 'run:2', '--nodes'],
  ['show', 'judge-the-detectors'],
  ['show', 'lab'],
  ['show', 'run:1/judge-the-detectors'],
  ['show', 'nothing-of-this-name'],
  ['why'],
  ['why', '2', '3'],
  ['why', '1', '2'],
  ['why', 'judge-the-detectors'],
  ['why', '--if', 'limit=500'],
  ['why', '--if', 'code:lab/index.ts'],
  ['compare', '2', '3'],
  ['compare', '1', '2', '3', '--columns', 'limit'],
  ['diff', '1', '3'],
  ['how', 'verdict'],
  ['how', 'judge-the-detectors'],
  ['how', 'effect:limits-of-the-night/limit=300/score'],
  ['uses', 'measure-with-care@detector=0'],
  ['tree'],
  ['cost'],
  ['metrics', 'counts of the detector'],
  ['sql'],
  ['accept', '--list'],
  ['accept', 'judge-the-detectors', '-n', '--pipeline', 'lab', '-S', 'limit=500'],
  ['du'],
  ['fsck'],
  ['gc', '-n'],
  ['tag', '--list'],
  ['pin'],
  ['unpin', 'run:1'],
  ['remote'],
  ['get', 'judge-the-detectors.verdict'],
  ['get', 'lab', 'judge-the-detectors.verdict'],
  ['ablate', 'study.ts', '--plan'],
  ['ablate', 'study.ts', '--reporter', 'plain'],
  ['run', 'no/such/pipeline'],
  ['pull'],
];

/** The words of a command that a sentence ends with. */
const COMMAND = /(?:(?<!^restage): |^ *)((?:npx )?restage .*)$/;

async function printed(args: readonly string[], columns?: number): Promise<readonly string[]> {
  const { stdout, stderr } = await lab.restage(
    [...args, '--cache', lab.cache],
    columns === undefined ? {} : { columns },
  );
  return stripVTControlCharacters(stdout + stderr)
    .trimEnd()
    .split('\n')
    .filter((line) => !/^(?:bundling|planning) \.\.\.$/.test(line));
}

describe('on a terminal of 80 columns', () => {
  test.each(CALLS.map((args) => [args.join(' '), args] as const))('restage %s', async (_, args) => {
    const lines = await printed(args, COLUMNS);
    const commands = lines.flatMap((line) => COMMAND.exec(line)?.[1] ?? []);
    // A command may be longer than the line that it has for itself, and so may a word such as a path.
    const long = lines.filter((line) => line.length > COLUMNS);
    expect(long.filter((line) => /\S \S/.test(line) && !isOfCommand(line))).toEqual([]);
    // What a pipe gets has each line whole: the words are the same, except for what differs by the time of day.
    // A run in which nothing changed shows its results there, and names them in a pipe.
    const inPipe = lines[0]!.includes('are up to date (') ? lines : await printed(args);
    const words = new Set(inPipe.join(' ').split(/\s+/));
    const isKnown = (word: string): boolean => words.has(word) || /[\d…]/.test(word);
    expect(
      lines
        .join(' ')
        .split(/\s+/)
        .filter((word) => !isKnown(word)),
    ).toEqual([]);
    for (const line of inPipe) {
      const command = COMMAND.exec(line)?.[1];
      if (command !== undefined && !/  |…/.test(command) && line.length > COLUMNS) expect(commands).toContain(command);
    }
    for (const [at, line] of lines.entries())
      expect(/[\d.]$/.test(lines[at - 1] ?? '') && /^ *(?:s|ms|min|h|%|B|[KMGT]iB|±)(?![\w-])/.test(line)).toBe(false);
  });

  test('a notice of an interrupt', async () => {
    const running = new Command(
      ['run', TOY.replace('toy.ts', 'slow.ts'), '--cache', `${lab.cache}-slow`, '--reporter', 'plain'],
      {
        columns: COLUMNS,
      },
    );
    await running.said('start   wait');
    running.interrupt();
    const { stderr } = await running.outcome;
    expect(stderr).toContain('Ctrl-C again');
    expect(stderr.split('\n').filter((line) => line.length > COLUMNS)).toEqual([]);
  });

  test('an error of a command line that is wrong', async () => {
    const { stderr } = await restage(['accept', 'fit', '--list', '--revoke'], { columns: COLUMNS });
    expect(stderr.split('\n').filter((line) => line.length > COLUMNS)).toEqual([]);
    const long = await restage(['metrics', '--run', '1', '--last', '3', '--cache', lab.cache], { columns: COLUMNS });
    expect(long.stderr.trimEnd().split('\n').length).toBeGreaterThan(1);
  });
});

test('a failure is told as the summary of its run tells it, whoever is asked', async () => {
  const told = (lines: readonly string[]): readonly string[] => {
    const from = lines.findLastIndex((line) => line.startsWith('failed judge-the-detectors'));
    return lines.slice(from, lines.findIndex((line, at) => at > from && /^ *at /.test(line)) + 2);
  };
  const summary = told(await printed(['run', 'lab', '--reporter', 'plain'], COLUMNS));
  expect(summary.join('\n')).toMatch(
    /^failed judge-the-detectors \(error\): The limit 3 is .*\n.*100\.\n {4}at Object\.run\n/,
  );
  for (const args of [
    ['log', 'run:latest'],
    ['show', 'run:latest'],
    ['log', 'judge-the-detectors'],
  ])
    expect(told(await printed(args, COLUMNS))).toEqual(summary);
});

function isOfCommand(line: string): boolean {
  return /^ *(?:npx |npm |\(?restage |-S |--\w)/.test(line) || COMMAND.test(line);
}
