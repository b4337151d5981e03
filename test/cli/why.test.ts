/** What `restage why` prints of a real history. */
import { beforeAll, expect, test } from 'vitest';
import { Workshop } from '../audit/why/workshop.ts';

let workshop: Workshop;

beforeAll(async () => {
  workshop = Workshop.make();
  await workshop.number();
  await workshop.number('-S', 'folds=12', '-S', 'rate=0.7');
  workshop.edit('lib/constants.ts', '0.001', '0.002');
  await workshop.number('-S', 'folds=12', '-S', 'rate=0.7', '-S', 'shift=0.6');
});

async function why(...words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await workshop.restage(['why', ...words, '--cache', workshop.cache]);
  return stderr === '' ? stdout : stderr;
}

test('why gives the root causes between the last two runs, with the lines of a source and the imports by which it came in', async () => {
  expect((await why()).trimEnd().split('\n')).toEqual([
    'run 3 against run 2 of workshop: 2 causes, 16 nodes differ, 4 the same',
    '',
    'code  lib/constants.ts',
    '    in mix, fit',
    '    in workshop/fit by stages/fit.ts > lib/math.ts > lib/constants.ts',
    '    in workshop/mix by stages/mix.ts > lib/math.ts > lib/constants.ts',
    expect.stringMatching(/^ {4}--- lib\/constants.ts {2}[0-9a-f]{8}$/),
    expect.stringMatching(/^ {4}\+\+\+ lib\/constants.ts {2}[0-9a-f]{8}$/),
    '    @@ -1,2 +1,2 @@',
    '     /** How much is added to a sum. */',
    '    -export const EPSILON = 0.001;',
    '    +export const EPSILON = 0.002;',
    '    invalidated with it: note, 12 fold',
    '',
    'param shift  0.5 -> 0.6',
    '    in prep',
    '    ended at prep: the same bytes for fit',
  ]);
});

test('why gives the nodes by which a graph grew, with the parameter of the pipeline that did it', async () => {
  const told = await why('1', '2');
  expect(told).toContain('2 causes, 15 nodes differ, 5 the same');
  expect(told).toContain('only in the later one\n    9 fold\n');
  expect(told).toContain('param rate  0.5 -> 0.7\n    in fit\n');
  expect(told).toContain('parameters of the pipeline that differ beside\n    folds  3 -> 12\n');
  expect(told).not.toContain('command');
  expect(await why('1', '2', '--verbose')).toContain('differs, and enters no key\n  command  ');
});

test('one run is compared with the one before it, and the first with none', async () => {
  expect(await why('run:2')).toBe(await why('1', '2'));
  expect(await why('1')).toBe(
    'restage: Run 1 is the first of workshop on record: there is none to compare it with; run it again with a change, or name two runs.\n',
  );
});

test('a node is told with the causes that reach it, and the way that they took', async () => {
  const told = await why('run:3/fold@k=2');
  expect(told).toMatch(/^fold@k=2 ran in run 3 \(in\.model changed\); its state [0-9a-f]{8} was made by run 3 at /);
  expect(told).toContain('compared with run 2');
  expect(told).toContain('reaches fold@k=2 by fit > fold@k=2');
  expect(told).not.toContain('shift');
  expect(await why('run:3/read')).toMatch(
    /^read was up to date in run 3; .*\nnothing that its key names differs from run 2\n$/,
  );
  expect(await why('run:1/read')).toContain('no earlier run had it');
});

test('of a node that would run now, why gives what was edited since', async () => {
  workshop.edit('stages/mix.ts', 'sum(numbers)', 'sum(numbers) * 2');
  const told = await why('note');
  expect(told).toContain('note depends on nodes that would run, and runs if its inputs change (waits for mix)');
  expect(told).toContain('compared with run 3');
  expect(told).toContain('code  stages/mix.ts');
  expect(told).toContain('reaches note by mix > note');
  workshop.edit('stages/mix.ts', 'sum(numbers) * 2', 'sum(numbers)');
});

test('what would run is told before anything is touched, with a forecast', async () => {
  const told = await why('--if', 'rate=0.9');
  expect(told).toContain(
    'workshop as in run 3, with rate=0.9: 1 would run, 14 depend on that and run if their inputs change, 5 the same',
  );
  expect(told).toContain('param rate  0.7 -> 0.9\n    in fit\n    invalidated with it: 12 fold, mix, note');
  expect(told).toMatch(/forecast\n.*workshop\/fold +12 nodes +/s);
  expect(told).toMatch(/about .* of work, .* at least/);
  expect(await why('--if', 'rate=0.7')).toBe(
    'workshop as in run 3, with rate=0.7: nothing differs; all states are there\n',
  );
});

test('of a source it is told which stages reach it, by which imports, and what is below them', async () => {
  const told = await why('--if', `code:${workshop.path('lib/math.ts')}`);
  expect(told).toContain('an edit of lib/math.ts can run 3 stages of workshop');
  expect(told).toContain('workshop/fit\n    by stages/fit.ts > lib/math.ts\n    in fit\n');
  expect(told).toContain('invalidated with it: 12 fold');
  expect(await why('--if', 'code:data/points.csv')).toContain('is in the code of no stage of workshop');
  expect(await why('--if', 'code:index.ts')).toContain('index.ts defines the pipeline');
  expect(await why('--if', 'code:lib/maths.ts')).toContain(
    'There is no file lib/maths.ts (did you mean "lib/math.ts"?)',
  );
});

test.each([
  [['1', '2', '3'], 'restage why compares two runs, and 3 are named; name two of them.'],
  [['fit', '2'], 'Two words after "restage why" name two runs, such as 3 7; name one node, or two runs.'],
  [['9'], 'There is no run 9: the latest is 3'],
  [['fitt'], 'Nothing in the cache'],
  [['--if', 'rate'], '-S rate is not of the form path=value'],
  [['--if', 'code:lib/math.ts', '--if', 'rate=2'], '--if code:FILE stands alone'],
  [['fit', '--if', 'rate=2'], '--if starts from one run'],
])('%j is refused in one sentence', async (words, sentence) => {
  expect(await why(...words)).toContain(`restage: ${sentence}`);
});

test('two runs of different pipelines are not compared', async () => {
  workshop.edit('index.ts', "name: 'workshop'", "name: 'garage'");
  await workshop.number();
  workshop.restore();
  expect(await why('1', '4')).toBe(
    'restage: Run 1 is of workshop (index.ts) and run 4 of garage (index.ts); name two runs of one pipeline.\n',
  );
});

test('of a node that failed before it had a state, what differs since is said to be unknown', async () => {
  const other = Workshop.make();
  const whyMix = async (...words: readonly string[]): Promise<string> =>
    (await other.restage(['why', ...words, '--cache', other.cache])).stdout.replace(/\s+/g, ' ');
  other.edit('stages/mix.ts', 'sum(numbers)', 'sum(nombers)');
  expect((await other.restage(['run', other.root, '--cache', other.cache])).code).toBe(1);
  other.edit('stages/mix.ts', 'sum(nombers)', 'sum(numbers)');
  const unknown =
    'it has no state in run 1, where it failed, so what differs since is not known; details: restage log run:1/mix';
  expect(await whyMix('mix')).toContain(`mix would run now (first run) ${unknown}`);
  await other.number();
  expect(await whyMix('mix')).toContain(unknown);
  // Once it has a state, a later failure does not hide what differs from that.
  other.edit('stages/mix.ts', 'sum(numbers)', 'sum(nombers)');
  expect((await other.restage(['run', other.root, '--cache', other.cache])).code).toBe(1);
  other.edit('stages/mix.ts', 'sum(nombers)', 'sum(numbers) * 3');
  const told = await whyMix('mix');
  expect(told).toContain('mix would run now (code changed) compared with run 2 ');
  expect(told).toContain('code stages/mix.ts');
});
