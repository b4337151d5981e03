/** Undeclared inputs on the real command line: told, recorded with the state, shown, and a failure in a strict run. */
import { describe, expect, test } from 'vitest';
import type { NodeUndeclared } from '../../src/events.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { makeProject } from '../helpers/project.ts';
import type { RunResult } from '../helpers/run-result.ts';

const HEAD = `import { json, pipeline, stage } from 'restage';
import { readCsv } from 'restage/io';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
const params = z.strictObject({});
`;

/**
 * A pipeline of these stages: by name, the members of their definitions and the executor of their nodes. Only workers
 * have the project for their directory, and in a strict run they execute all nodes.
 */
function pipelineOf(stages: Readonly<Record<string, readonly [definition: string, executor?: string]>>): string {
  const entries = Object.entries(stages);
  return `${HEAD}${entries.map(([name, [definition]]) => `export const ${name} = stage({ name: 'lab/${name}', params, inputs: {}, outputs: { x: json() }, ${definition} });`).join('\n')}
export default pipeline({ name: 'lab', params, build: (p) => ({ ${entries.map(([name, [, executor = 'in-process']]) => `${name}: p.add(${name}, { executor: '${executor}' }).out.x`).join(', ')} }) });
`;
}

function projectOf(stages: Parameters<typeof pipelineOf>[0]): InProcessProject {
  const project = makeInProcessProject();
  project.write('index.ts', pipelineOf(stages));
  return project;
}

const undeclared = ({ events }: RunResult): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'node-undeclared' ? [`${event.node}: ${event.access.kind} ${event.access.detail}`] : [],
  );
const valueOf = ({ report }: RunResult, name: string): unknown =>
  report!.results.find((result) => result.name === name)!.value;

const CLOCK = 'run: () => ({ x: Date.now() > 0 })';
const FILE = "run: () => ({ x: JSON.parse(readFileSync('calibration.json', 'utf8')).gain })";

describe('a stage that reads what it does not declare', () => {
  const project = projectOf({ a: [FILE, 'worker'] });
  project.write('calibration.json', '{ "gain": 2 }');
  const SENTENCE =
    "Stage lab/a reads the file calibration.json, which it does not declare (readFileSync at index.ts:6:113); add reads: ['calibration.json'] to the stage, or wire it in as an input.";

  test('is reported, in the lines of the run, in the stream of events and in the log', async () => {
    const { code, stdout } = await project.restage(['run', '.', '--cache', project.cache]);
    expect(code).toBe(0);
    expect(stdout).toContain(`warning a: ${SENTENCE}`);
    expect(stdout).toContain('1 undeclared input of a: restage show a');
    expect((await project.restage(['log', 'a', '--cache', project.cache])).stdout).toContain(`[restage] ${SENTENCE}`);
    const again = await project.run(['-f']);
    const event = again.events.find((one): one is NodeUndeclared => one.type === 'node-undeclared')!;
    expect(event).toMatchObject({
      node: 'a',
      access: { kind: 'file', detail: 'calibration.json', call: 'readFileSync', place: 'index.ts:6:113' },
      text: SENTENCE,
    });
  });

  test('has that on record with its state, also when the state is a hit', async () => {
    expect((await project.run()).outcomes).toEqual({ a: 'hit' });
    const { stdout } = await project.restage(['show', 'a', '--cache', project.cache]);
    expect(stdout).toMatch(/undeclared inputs\n {2}reads the file calibration\.json {2}once {2}index\.ts:6:113\n/);
    const shown = await project.restage(['show', 'a', '--cache', project.cache, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      observed: true,
      accesses: [{ kind: 'file', detail: 'calibration.json', declared: false, count: 1 }],
    });
  });

  test('fails in a strict run, whether it would run or be a hit', async () => {
    const hit = await project.restage(['run', '.', '--cache', project.cache, '--strict']);
    expect([hit.code, hit.stderr]).toEqual([
      1,
      'restage: The state of node a was made with undeclared inputs: its stage reads the file calibration.json at index.ts:6:113; declare that, or make it again with -f.\n',
    ]);
    const forced = await project.run(['--strict', '-f']);
    expect(forced.code).toBe(1);
    expect(forced.report!.failures).toEqual([
      { node: 'a', failure: { class: 'error', message: SENTENCE, stack: null, exitCode: null, signal: null } },
    ]);
  });

  test('fails as well where the project is strict by its settings', async () => {
    const text = project.read('package.json');
    const settings = (restage: unknown) =>
      project.write('package.json', JSON.stringify({ ...(JSON.parse(text) as object), restage }));
    settings({ strict: true });
    expect((await project.run(['-f'])).code).toBe(1);
    settings({ strickt: true });
    expect((await project.restage(['run', '.', '--cache', project.cache])).stderr).toContain(
      'have a member "strickt" (did you mean "strict"?), which restage does not know; remove it.',
    );
    settings({ strict: 'yes' });
    expect((await project.restage(['run', '.', '--cache', project.cache])).stderr).toContain(
      'give "yes" for "strict"; give true or false.',
    );
    project.write('package.json', text);
  });
});

describe('a file that a stage declares to read', () => {
  const STRICT = ['--strict', '-j', '1'];

  test('enters the key by its content, and so does a folder', async () => {
    const folder =
      "reads: ['./tables/'], run: () => ({ x: readdirSync('tables').map((name) => readFileSync('tables/' + name, 'utf8')) })";
    const project = projectOf({
      a: [`reads: ['calibration.json'], ${FILE}`],
      b: [folder],
      c: ['run: () => ({ x: 1 })'],
    });
    project.write('calibration.json', '{ "gain": 2 }');
    project.write('tables/one.txt', '1');
    project.age();
    const first = await project.run(STRICT);
    expect(first).toMatchObject({ code: 0, outcomes: { a: 'ran', b: 'ran', c: 'ran' } });
    expect((await project.run(STRICT)).outcomes).toEqual({ a: 'hit', b: 'hit', c: 'hit' });
    project.write('calibration.json', '{ "gain": 3 }');
    const second = await project.run(STRICT);
    expect(second.outcomes).toEqual({ a: 'ran', b: 'hit', c: 'hit' });
    expect(valueOf(second, 'a')).toBe(3);
    project.write('tables/two.txt', '2');
    expect((await project.run(STRICT)).outcomes).toEqual({ a: 'hit', b: 'ran', c: 'hit' });
    project.write('tables/one.txt', '7');
    expect((await project.run(STRICT)).outcomes).toEqual({ a: 'hit', b: 'ran', c: 'hit' });
    project.write('calibration.json', '{ "gain": 2 }');
    expect((await project.run(STRICT)).outcomes).toEqual({ a: 'hit', b: 'hit', c: 'hit' });
    const { stdout } = await project.restage(['show', 'a', '--cache', project.cache]);
    expect(stdout).toContain('reads.calibration.json');
  });

  test('that is not there, or named from the root of the disk, is an error of the definition', async () => {
    const project = projectOf({ a: [`reads: ['calibration.json'], ${FILE}`] });
    const missing = await project.restage(['run', '.', '--cache', project.cache]);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      `restage: Stage lab/a declares to read calibration.json, which does not exist in ${project.root}; correct reads, or make the file.\n`,
    ]);
    project.write('index.ts', pipelineOf({ a: [`reads: ['/etc/hosts'], ${FILE}`] }));
    expect((await project.restage(['run', '.', '--cache', project.cache])).stderr).toContain(
      'Stage lab/a declares to read /etc/hosts, which is not the same on every machine',
    );
  });
});

test('what a stage declares besides is allowed, and marks its state as not reproducible', async () => {
  const project = projectOf({ a: [`clock: true, ${CLOCK}`] });
  const result = await project.run(['--strict']);
  expect([result.code, undeclared(result)]).toEqual([0, []]);
  expect((await project.run(['--strict'])).outcomes).toEqual({ a: 'hit' });
  const { stdout } = await project.restage(['show', 'a', '--cache', project.cache]);
  expect(stdout).toContain('not reproducible: it depends on clock, as its stage declares');
});

test('a reader of restage/io reads on behalf of its stage', async () => {
  const project = projectOf({
    a: ["run: async () => ({ x: (await readCsv('data.csv', { n: 'float64' })).rows })", 'worker'],
  });
  project.write('data.csv', 'n\n1\n2\n');
  const result = await project.run();
  expect([result.code, undeclared(result)]).toEqual([0, ['a: file data.csv']]);
});

describe('time zone and locale', () => {
  const WHERE =
    'x: [Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).getHours(), (1234.5).toLocaleString(), new Date(0).toLocaleDateString()]';
  const env = { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', LC_ALL: undefined, LC_TIME: undefined };

  test("are fixed, and the user's where a stage declares them, in whatever order stages run", async () => {
    const project = makeProject();
    const text = pipelineOf({
      fixed: [`run: () => ({ ${WHERE} })`],
      zone: [`env: ['TZ'], run: () => ({ ${WHERE} })`],
      language: [`env: ['LANG'], run: () => ({ ${WHERE} })`],
      again: [`run: () => ({ ${WHERE} })`],
    });
    project.write('index.ts', text);
    const result = await project.run(['-j', '1', '--strict'], { env });
    expect(result.code).toBe(0);
    const fixed = ['UTC', 0, '1,234.5', '1/1/1970'];
    expect(valueOf(result, 'fixed')).toEqual(fixed);
    expect(valueOf(result, 'again')).toEqual(fixed);
    expect(valueOf(result, 'zone')).toEqual(['Asia/Tokyo', 9, '1,234.5', '1/1/1970']);
    expect(valueOf(result, 'language')).toEqual(['UTC', 0, '1.234,5', '1.1.1970']);
    const elsewhere = await project.run(['--strict'], { env: { ...env, TZ: 'Europe/Berlin', LC_ALL: 'fr_FR.UTF-8' } });
    expect(elsewhere.outcomes).toEqual({ fixed: 'hit', zone: 'ran', language: 'hit', again: 'hit' });
  });
});

describe('a stage in the process of the run', () => {
  const stages = { a: [CLOCK, 'in-process'] } as const;

  test('is observed as one in a worker is', async () => {
    const project = projectOf(stages);
    expect(undeclared(await project.run())).toEqual(['a: clock Date.now']);
    const { stdout } = await project.restage(['show', 'a', '--cache', project.cache]);
    expect(stdout).toContain('reads the clock with Date.now');
    expect((await project.restage(['run', '.', '--cache', project.cache, '--strict'])).stderr).toMatch(
      /^restage: The state of node a was made with undeclared inputs/,
    );
  });

  test('executes in a worker if the run is strict', async () => {
    const project = projectOf(stages);
    const result = await project.run(['--strict']);
    expect([result.code, undeclared(result)]).toEqual([1, ['a: clock Date.now']]);
  });
});

test('a strict run does not take a state that it finds by its inputs', async () => {
  const project = makeInProcessProject();
  const text = (gain: number) => `${HEAD}
export const a = stage({ name: 'lab/a', params: z.strictObject({ by: z.number() }), inputs: {}, outputs: { x: json<number>() }, run: ({ params }) => ({ x: params.by > 0 ? 1 : 0 }) });
export const b = stage({ name: 'lab/b', params, inputs: { x: json<number>() }, outputs: { x: json() }, ${CLOCK} });
export default pipeline({ name: 'lab', params, build: (p) => ({ x: p.add(b, { inputs: { x: p.add(a, { params: { by: ${gain} } }).out.x } }).out.x }) });
`;
  project.write('index.ts', text(1));
  expect((await project.run()).code).toBe(0);
  project.write('index.ts', text(2));
  const result = await project.run(['--strict']);
  expect(result).toMatchObject({ code: 1, outcomes: { a: 'ran', b: 'failed' } });
  expect(result.report!.failures[0]!.failure.message).toContain('The state of node b was made with undeclared inputs');
});
