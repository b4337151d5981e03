/**
 * A flipped bit, in an object or in a value of the database, is found by whoever reads it, and healed by the next run.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, test } from 'vitest';
import { fsck } from '../helpers/fsck.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

let project: InProcessProject;
let outputs: Readonly<Record<string, string>>;

beforeEach(async () => {
  project = makeInProcessProject('lab');
  await project.run();
  outputs = project.outputs();
  project.executed();
});

function flip(bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes);
  // A digit of a number stays a digit.
  damaged[damaged.findIndex((byte) => byte >= 0x30 && byte <= 0x39)]! ^= 1;
  return damaged;
}

function flipObject(output: string): void {
  const file = join(project.cache, 'objects', outputs[output]!.slice(0, 2), outputs[output]!.slice(2));
  chmodSync(file, 0o644);
  const bytes = readFileSync(file);
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(file, bytes);
}

function flipInline(output: string): void {
  const db = new Database(join(project.cache, 'state.db'));
  const digest = Buffer.from(outputs[output]!, 'hex');
  const { content } = db
    .prepare<[Buffer], { content: Buffer }>('SELECT content FROM artifact WHERE digest = ?')
    .get(digest)!;
  db.prepare('UPDATE artifact SET content = ? WHERE digest = ?').run(flip(content), digest);
  db.close();
}

async function get(output: string): Promise<{ code: number | null; stderr: string }> {
  const { code, stderr } = await project.restage([
    'get',
    output,
    '-o',
    project.beside('out'),
    '--cache',
    project.cache,
  ]);
  return { code, stderr };
}

describe('an object in which a bit has flipped', () => {
  test('is refused by get, and the next run makes it again', async () => {
    flipObject('noise.values');
    const refused = await get('noise.values');
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(
      /does not hold what was stored; "restage verify [0-9a-f]{8}" makes it again from the record, and so does a run that needs it\.$/m,
    );
    const healed = await project.run();
    expect(healed.report!.counts).toMatchObject({ ran: 1, failed: 0 });
    expect(project.executed()).toEqual(['noise']);
    expect(await get('noise.values')).toMatchObject({ code: 0 });
    expect(project.outputs()).toEqual(outputs);
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
  });

  test('is healed by a run that makes everything again', async () => {
    flipObject('noise.values');
    await project.run(['-f']);
    expect(await get('noise.values')).toMatchObject({ code: 0 });
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
  });
});

describe('a value of the database in which a bit has flipped', () => {
  test('is refused by get, and the next run makes it again', async () => {
    flipInline('mix.total');
    const refused = await get('mix.total');
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(/run again, and it will be made again\.$/m);
    const healed = await project.run();
    expect(healed.report!.counts).toMatchObject({ ran: 1, failed: 0 });
    expect(healed.report!.results.find(({ name }) => name === 'total')?.digest).toBe(outputs['mix.total']);
    expect(await get('mix.total')).toMatchObject({ code: 0 });
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
  });

  test('is not used by a stage that reads it: its maker runs first', async () => {
    const before = project.outputs()['note.text'];
    flipInline('mix.total');
    // Another parameter of the reader alone.
    const changed = await project.run(['-S', 'digits=3']);
    expect(changed).toMatchObject({ code: 0 });
    expect(project.executed()).toEqual(['mix', 'note']);
    const back = await project.run();
    expect(back.report!.counts).toMatchObject({ ran: 0 });
    expect(project.outputs()['note.text']).toBe(before);
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
  });

  test('is removed by fsck --repair together with what was made of it, and all of it is made again', async () => {
    flipInline('mix.total');
    const { stdout } = await project.restage(['fsck', '--repair', '--cache', project.cache]);
    expect(stdout).toMatch(/1 state made of it will be made again too/);
    const healed = await project.run();
    expect(project.executed()).toEqual(['mix', 'note']);
    expect(healed.report!.counts).toMatchObject({ ran: 2, failed: 0 });
    expect(project.outputs()).toEqual(outputs);
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
    expect((await project.run()).report!.counts).toMatchObject({ hit: 8 });
  });
});
