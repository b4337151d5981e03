/**
 * Bytes that are missing behind an output on record: the state that made them is executed again, from the record alone.
 */
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type InProcessProject, inThisProcess } from '../helpers/in-process-project.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import type { RunResult } from '../helpers/run-result.ts';

let separate: Project;
/** The same, and its command lines are executed here. */
let project: InProcessProject;
let outputs: Readonly<Record<string, string>>;

const START = ['-S', 'start=run:1/reverse.words', '-S', 'scale=2'];

function objectOf(output: string): string {
  const digest = outputs[output]!;
  return join(project.cache, 'objects', digest.slice(0, 2), digest.slice(2));
}

function lose(...names: readonly string[]): void {
  for (const name of names) rmSync(objectOf(name));
}

const notices = ({ events }: RunResult): readonly string[] =>
  events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));

async function damaged(): Promise<unknown> {
  const { stdout } = await project.restage(['fsck', '--json', '--cache', project.cache]);
  return (JSON.parse(stdout) as { readonly damaged: unknown }).damaged;
}

const LAUNCH = { env: { AGAIN_WORD: 'variable' } };
/** One worker is enough, for the states that are executed again and for the node that takes their bytes. */
const run = async (...args: string[]): Promise<RunResult> => project.run(['-j', '1', ...args], LAUNCH);
/** Node loads a file of a package once, so a run with a changed package takes a process of its own. */
const runApart = async (...args: string[]): Promise<RunResult> => separate.run(['-j', '1', ...args], LAUNCH);

function install(version: string, shout: string): void {
  project.write(
    'node_modules/louder/package.json',
    JSON.stringify({ name: 'louder', version, type: 'module', exports: './index.js' }),
  );
  project.write('node_modules/louder/index.js', `export const shout = (text) => ${shout};\n`);
}

const SOURCES = ['index.ts', 'stages.ts', 'greeting.txt', 'seed.txt'];

beforeAll(async () => {
  separate = makeProject('again');
  project = inThisProcess(separate);
  install('1.0.0', 'text.toUpperCase()');
  const { code, stderr } = await run();
  expect([code, stderr]).toEqual([0, '']);
  cpSync(project.cache, project.beside('kept'), { recursive: true });
  for (const name of SOURCES) cpSync(project.path(name), project.beside(name));
});

beforeEach(() => {
  rmSync(project.cache, { recursive: true });
  cpSync(project.beside('kept'), project.cache, { recursive: true });
  for (const name of SOURCES) cpSync(project.beside(name), project.path(name));
  install('1.0.0', 'text.toUpperCase()');
  outputs = project.outputs();
});

describe('bytes that are missing behind an output on record', () => {
  test('are made again, with those that they were made of, though the code has moved on', async () => {
    lose('write.words', 'reverse.words');
    project.edit('stages.ts', '.reverse().join', '.sort().join');
    project.edit('stages.ts', "label: z.string(), 'a.b': z.strictObject({})", 'label: z.string()');
    project.edit('index.ts', "label: 'first', 'a.b': {}", "label: 'second'");
    project.write('greeting.txt', 'good bye\n');
    const { stdout } = await project.restage(['plan', project.root, ...START, '--cache', project.cache]);
    expect(stdout).toMatch(
      /run:1\/reverse\.words is words of reverse, state \w{8}, made by run 1; its bytes are missing and are made again from the record\n/,
    );
    const result = await runApart(...START);
    expect(result.outcomes).toEqual({ measure: 'ran' });
    expect(notices(result)).toEqual([
      expect.stringMatching(
        /^State \w{8} of write, made by run 1, is missing bytes in the cache; it is executed again from the record\.$/,
      ),
      expect.stringMatching(/^State \w{8} of reverse, made by run 1, /),
    ]);
    expect(await damaged()).toBe(0);
    // Restoring leaves no visit: the run has the nodes of its own graph.
    expect(project.visits(2)).toEqual({ measure: 'ran' });
    // Those who take them are up to date now.
    lose('write.words', 'reverse.words');
    const again = await run(...START);
    expect([again.outcomes, notices(again)]).toEqual([{ measure: 'hit' }, []]);
  });

  test('are made again when a reader finds them damaged, and what they were made of too', async () => {
    for (const name of ['write.words', 'reverse.words']) {
      chmodSync(objectOf(name), 0o644);
      const bytes = readFileSync(objectOf(name));
      bytes[10]! ^= 1;
      writeFileSync(objectOf(name), bytes);
    }
    const result = await run(...START);
    expect(result.outcomes).toEqual({ measure: 'ran' });
    expect(await damaged()).toBe(0);
  });

  test('come from a remote that has them, where nothing could make them again', async () => {
    const remote = ['remote', 'add', 'group', project.beside('remote'), '--cache', project.cache];
    expect(await project.restage(remote)).toMatchObject({ code: 0 });
    const push = ['push', 'run:1', '--remote', 'group', '--cache', project.cache];
    expect(await project.restage(push)).toMatchObject({ code: 0 });
    lose('write.words', 'reverse.words');
    install('2.0.0', '`${text}!`');
    const result = await runApart(...START, '--remote', 'group');
    expect(result).toMatchObject({ code: 0, outcomes: { measure: 'ran' } });
    expect(notices(result)).toEqual([
      expect.stringMatching(/^State \w{8} is missing bytes in the cache; they are taken from group, or made again\.$/),
    ]);
    expect(result.report?.remote).toMatchObject({ taken: { states: 1 } });
    // What nothing needed is still missing.
    expect(await damaged()).toBe(1);
  });

  test('are made again with another package if that gives the same bytes', async () => {
    lose('write.words', 'reverse.words');
    install('1.0.1', 'text.toLocaleUpperCase()');
    expect((await runApart(...START)).outcomes).toEqual({ measure: 'ran' });
    expect(await damaged()).toBe(0);
  });

  test('stay missing if other bytes come out, and the sentence says what has changed since', async () => {
    lose('write.words', 'reverse.words');
    install('2.0.0', '`${text}!`');
    const { code, events } = await runApart(...START);
    expect(code).toBe(1);
    expect(events.find((event) => event.type === 'node-failed')).toMatchObject({
      node: 'measure',
      failure: {
        class: 'error',
        message: expect.stringMatching(
          /^State \w{8} of write, made by run 1, is missing bytes in the cache; executed again from the record, it gave other bytes for words: since then, dep\.louder 1\.0\.0 -> 2\.0\.0; name another state\.$/,
        ) as string,
      },
    });
    // With the former package, it goes on.
    install('1.0.0', 'text.toUpperCase()');
    expect((await run(...START)).outcomes).toEqual({ measure: 'ran' });
  });

  test('stay missing if the stage is not deterministic', async () => {
    project.edit('stages.ts', 'reverse().join', 'reverse().concat(String(process.hrtime.bigint())).join');
    await run();
    outputs = project.outputs();
    lose('reverse.words');
    const { code, events } = await run('-S', 'start=run:2/reverse.words', '-S', 'scale=2');
    expect(code).toBe(1);
    expect(events.find((event) => event.type === 'node-failed')).toMatchObject({
      failure: { message: expect.stringContaining('stage again/reverse is not deterministic') as string },
    });
  });
});

describe('a state that cannot be executed again', () => {
  test.each<[string, () => void, RegExp]>([
    [
      'whose file has changed',
      () => void project.write('seed.txt', 'twice\n'),
      /input seed of node write was the file .*seed\.txt, which has other content now; put it back as it was\./,
    ],
    [
      'whose package is gone',
      () => {
        project.edit('stages.ts', "import { shout } from 'louder';", 'const shout = (text: string) => text;');
        rmSync(project.path('node_modules/louder'), { recursive: true });
      },
      /stage again\/write on record imports louder, which is not found from \S*\/project; install the package again\./,
    ],
    [
      'whose code is gone',
      () => {
        const db = new Database(join(project.cache, 'state.db'));
        db.prepare(
          "UPDATE artifact SET content = x'00' WHERE place = 'inline' AND id IN (SELECT bundle FROM code)",
        ).run();
        db.close();
      },
      /the code \w{8} of stage again\/reverse on record is missing from the cache or damaged; run the stage as it is now\./,
    ],
  ])('%s is refused before anything runs', async (_, change, sentence) => {
    lose('write.words', 'reverse.words');
    change();
    const { code, stderr, report } = await run(...START);
    expect([code, report]).toEqual([2, undefined]);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
