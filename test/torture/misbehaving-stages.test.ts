/**
 * Stages that misbehave, each followed in the same worker by one that behaves: what is reported of the first is right,
 * the second sees nothing of it, and the record is whole.
 */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Failure, RunEvent } from '../../src/events.ts';
import { fsck } from '../helpers/fsck.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { PROPERTY_SEED } from '../helpers/property-seed.ts';
import type { RunResult } from '../helpers/run-result.ts';
import { DEEDS } from './fixtures/hostile/deeds.ts';
import { randomOrder } from './random.ts';

/** What a deed comes to: it runs, it fails with these words, or either is right. */
type Expected = 'ran' | 'either' | RegExp;

const EXPECTED: Readonly<Partial<Record<keyof typeof DEEDS, Expected>>> = {
  'throws an error': /plain words/,
  'throws text': /only text/,
  'throws null': /null/,
  'throws undefined': /undefined/,
  'throws a symbol': /sign/,
  'throws a number': /404/,
  'throws a frozen error': /frozen words/,
  'throws a circle of causes': /disk full/,
  'throws a long chain of causes': /number 9999/,
  'throws an aggregate that holds itself': /several at once/,
  'throws an error whose stack throws': /with words/,
  'throws ten megabytes of words': /^.{0,300}long long/s,
  'throws control characters': /red/,
  'throws in a timer': /in a timer/,
  'rejects in a corner': /in a corner/,
  'throws in the next tick': /in the next tick/,
  'overflows the stack': /call stack/i,
  'asks for too much memory': /allocation|length/i,
  'exits with 3': /3/,
  'kills itself': /SIGKILL/,
  'has a fault of memory': /SIGSEGV/,
  'sets an exit code': 'ran',
  disconnects: 'either',
  'sends a word to the parent': 'either',
  'sends null to the parent': 'either',
  'sends a false end': 'either',
  'sends a false event': 'either',
  'emits a message of the parent': 'either',
  'removes all listeners': 'either',
  'returns an empty object': /no output "?y/,
  'returns an output too many': /"?z"?/,
  'returns NaN': /NaN/,
  'returns half a surrogate': /surrogate/i,
  'returns an output whose getter throws': /no output/,
  'logs nothing': 'either',
  'logs an object': 'either',
  'logs twenty thousand lines': 'ran',
  'logs a line of ten megabytes': 'ran',
  'prints control characters': 'ran',
  'prints half a line': 'ran',
  'prints a circle': 'ran',
  'prints a proxy that throws': 'either',
  'writes to the descriptor of another': 'ran',
  'closes its standard output': 'either',
  'measures NaN': 'ran',
  'leaves a global': 'either',
  'patches Math': 'either',
  'patches lists': 'either',
  'patches all objects': 'either',
  'patches JSON': 'either',
  'patches text': 'either',
  'patches typed arrays': 'either',
  'patches dates': 'either',
  'patches the file system': 'either',
  'patches timers': 'either',
  'sets an environment variable': 'either',
  'changes the directory': 'either',
  'changes the mask': 'either',
  'counts in its module': 'ran',
  'prepares stack traces': 'either',
  'speaks after its end': 'ran',
  'throws after its end': 'ran',
  'rejects after its end': 'ran',
  'exits after its end': 'ran',
  'leaves an interval': 'ran',
  'leaves a busy interval': 'ran',
  'leaves a server': 'ran',
  'leaves a child process': 'ran',
  'leaves a thread': 'ran',
  'changes what it has returned': 'ran',
  'changes its parameters': 'either',
  'changes its context': 'either',
  'never ends, computing': /1 s|second/,
  'never ends, waiting': /1 s|second/,
  'never ends, with nothing to wait for': /1 s|second|nothing/,
  'never ends, and heeds no signal': /1 s|second/,
};

const SURROUNDINGS = {
  seen: 1,
  memo: 1,
  waited: 1,
  globals: 0,
  inherited: 0,
  most: 3,
  mapped: [2, 4, 6],
  text: '{"a":[1,"b"]}',
  upper: 'ABC',
  date: '1970-01-01T00:00:00.000Z',
  all: 2,
  env: 'none',
  here: true,
  read: true,
  mask: parseInt(execFileSync('sh', ['-c', 'umask'], { encoding: 'utf8' }), 8).toString(8),
  sorted: [1, 2, 3],
  raw: 1,
  error: 'string',
};

/**
 * These would end, or freeze, the process that executes them, or leave it as no other process should be. What is
 * written to the descriptor of standard output may fall into the middle of a line of restage's own.
 */
const NEEDS_A_WORKER =
  /^(writes to the descriptor|exits|aborts|kills|asks itself|has a fault|disconnects|closes|never|removes|emits|sends|leaves a|throws after|rejects after|changes the mask)/;

const names = randomOrder(Object.keys(DEEDS) as (keyof typeof DEEDS)[], PROPERTY_SEED);
console.log(`${names.length} stages that misbehave, in the order of seed ${PROPERTY_SEED}`);

test('at least 60 stages misbehave', () => {
  expect(names.length).toBeGreaterThanOrEqual(60);
});

for (const jobs of ['1', '3'])
  test(`stages that misbehave in workers with -j ${jobs} are reported, and touch no other`, async () => {
    const project = makeProject('../../torture/fixtures/hostile');
    const result = await project.run(['-j', jobs, '-S', `deeds=${JSON.stringify(names)}`]);
    expect(await faults(project, result, names)).toEqual([]);
  });

test('stages that misbehave in restage’s own process are reported, and touch no other', async () => {
  const here = names.filter((name) => !NEEDS_A_WORKER.test(name));
  const project = makeProject('../../torture/fixtures/hostile');
  const result = await project.run(['-S', `deeds=${JSON.stringify(here)}`, '-S', 'executor=in-process']);
  expect(await faults(project, result, here)).toEqual([]);
});

async function faults(project: Project, result: RunResult, deeds: readonly (keyof typeof DEEDS)[]): Promise<unknown> {
  const { code, stderr, events, outcomes, report } = result;
  const found: string[] = [];
  if (code !== 1) found.push(`the run ended with ${code}: ${stderr.slice(-500)}`);
  if (report === undefined) return [...found, `the run has no report: ${stderr.slice(-500)}`];
  for (const [i, deed] of deeds.entries()) {
    const node = `bad@deed=${deed.replaceAll(/[^a-z0-9]+/gi, '-')}`;
    const expected = EXPECTED[deed] ?? /./;
    const failure = failureOf(events, node);
    const outcome = outcomes[node] ?? 'nothing';
    if (expected === 'ran' && outcome !== 'ran') found.push(`${deed}: ${outcome}: ${failure?.message ?? ''}`);
    if (expected instanceof RegExp) {
      if (outcome !== 'failed') found.push(`${deed}: ${outcome}`);
      else if (!expected.test(failure!.message)) found.push(`${deed}: said ${failure!.message.slice(0, 200)}`);
    }
    if (outcome === 'failed' && /internal error|please report/i.test(failure!.message))
      found.push(`${deed}: ${failure!.message.slice(0, 200)}`);
    if ((failure?.message.length ?? 0) > 100_000)
      found.push(`${deed}: a message of ${failure!.message.length} characters`);
    const innocent = outcomes[`good@n=${i}`];
    if (innocent !== 'ran')
      found.push(`after ${deed}: ${innocent}: ${failureOf(events, `good@n=${i}`)?.message ?? ''}`);
  }
  found.push(...surroundings(project, deeds));
  if ((await fsck(project)).kinds.length > 0) found.push('the cache is damaged');
  found.push(...project.complaints().map((complaint) => JSON.stringify(complaint)));
  if (project.count('lease') > 0) found.push('a lease is left');
  const again = await project.run(['-S', 'deeds=["sets an exit code"]', '-j', '1']);
  if (again.code !== 0) found.push(`a run afterwards ended with ${again.code}: ${again.stderr}`);
  return found;
}

/** What the innocent stages found in their place, held against what is there in a process of its own. */
function surroundings(project: Project, deeds: readonly string[]): readonly string[] {
  const values = valuesOf(project);
  return deeds.flatMap((deed, i) => {
    const value = values[`good@n=${i}`];
    if (value === undefined) return [`after ${deed}: the stage that behaves has no output`];
    return Object.entries({ ...SURROUNDINGS, n: i * 10 }).flatMap(([what, right]) =>
      JSON.stringify(value[what]) === JSON.stringify(right)
        ? []
        : [`after ${deed}: ${what} is ${JSON.stringify(value[what])}`],
    );
  });
}

function valuesOf(project: Project): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const rows = project.query<{ node: string; content: Buffer }>(
    `SELECT node.text AS node, a.content AS content FROM visit v JOIN name node ON node.id = v.node
     JOIN state_output so ON so.state = v.state JOIN artifact a ON a.id = so.artifact
     WHERE v.run = 1 AND node.text LIKE 'good@%'`,
  );
  return Object.fromEntries(
    rows.map(({ node, content }) => [node, JSON.parse(content.toString('utf8')) as Record<string, unknown>]),
  );
}

function failureOf(events: readonly RunEvent[], node: string): Failure | undefined {
  for (const event of events) if (event.type === 'node-failed' && event.node === node) return event.failure;
  return undefined;
}
