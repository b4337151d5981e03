/** Damage to the cache is a miss that heals itself. */
import { chmodSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fsck } from '../helpers/fsck.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

/** Ways to damage objects, and the nodes that made them: an input, one that several nodes need, one at the end. */
const DAMAGES: Readonly<
  Record<string, { readonly damage: (file: string) => void; readonly nodes: readonly string[] }>
> = {
  truncated: {
    damage: (file) => {
      chmodSync(file, 0o644);
      truncateSync(file, 100);
    },
    nodes: ['source', 'scale@k=1', 'mix'],
  },
  emptied: {
    damage: (file) => {
      chmodSync(file, 0o644);
      truncateSync(file, 0);
    },
    nodes: ['noise'],
  },
  deleted: { damage: (file) => rmSync(file), nodes: ['scale@k=0'] },
};

describe('a damaged object', () => {
  let project: InProcessProject;
  let outputs: Readonly<Record<string, string>>;
  /** Objects by the node that made them. */
  let objects: ReadonlyMap<string, string>;
  beforeAll(async () => {
    project = makeInProcessProject('lab');
    await project.run();
    outputs = project.outputs();
    objects = new Map(
      Object.entries(outputs).flatMap(([output, digest]) => {
        const file = join(project.cache, 'objects', digest.slice(0, 2), digest.slice(2));
        return project.objects().includes(file) ? [[output.split('.')[0]!, file]] : [];
      }),
    );
    expect([...objects.keys()].sort()).toEqual(['mix', 'noise', 'scale@k=0', 'scale@k=1', 'scale@k=2', 'source']);
    project.executed();
  });

  for (const [what, { damage, nodes }] of Object.entries(DAMAGES))
    test(`${what} is made again by the next run, and only its node runs`, async () => {
      for (const node of nodes) {
        const file = objects.get(node)!;
        const before = readFileSync(file);
        damage(file);
        if (what === 'truncated') expect(await fsck(project)).toEqual({ code: 5, kinds: ['corrupt'] });
        const healed = await project.run();
        expect(healed).toMatchObject({ code: 0, stderr: '' });
        expect(healed.report!.counts).toMatchObject({ ran: 1, failed: 0, skipped: 0 });
        expect(healed.outcomes[node]).toBe('ran');
        expect(project.executed()).toHaveLength(1);
        expect(readFileSync(file).equals(before)).toBe(true);
      }
      expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
      expect(project.outputs()).toEqual(outputs);
      expect(project.count('state')).toBe(8);
    });

  test('in all of these ways at once heals as well', async () => {
    for (const file of objects.values()) rmSync(file);
    expect((await fsck(project)).kinds).toEqual(Array(6).fill('missing'));
    const healed = await project.run();
    expect(healed.report!.counts).toMatchObject({ ran: 6, failed: 0 });
    expect(project.outputs()).toEqual(outputs);
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
    project.executed();
  });

  test('in one byte is noticed by the stage that reads it, and its maker runs again first', async () => {
    for (const node of ['noise', 'scale@k=1']) {
      const file = objects.get(node)!;
      const before = readFileSync(file);
      flip(file);
      expect(await fsck(project)).toEqual({ code: 5, kinds: ['corrupt'] });
      const healed = await project.run(['mix', '-f']);
      expect(healed).toMatchObject({ code: 0, stderr: '' });
      expect(healed.outcomes).toMatchObject({ [node]: 'ran', mix: 'ran' });
      expect(healed.report!.counts).toMatchObject({ ran: 2, failed: 0, skipped: 0 });
      expect(project.visits(healed.report!.run)).toEqual(healed.outcomes);
      expect(healed.events).toContainEqual(
        expect.objectContaining({
          type: 'notice',
          text: `An output of ${node} is missing or damaged in the cache; it is made again.`,
        }),
      );
      expect(readFileSync(file).equals(before)).toBe(true);
      expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
    }
    expect(project.outputs()).toEqual(outputs);
    project.executed();
  });

  test('in one byte is removed by fsck --repair, and made again by the next run', async () => {
    for (const node of ['source', 'mix']) {
      flip(objects.get(node)!);
      expect((await fsck(project, '--repair')).code).toBe(0);
      const healed = await project.run();
      expect(healed.report!.counts).toMatchObject({ ran: 1, failed: 0 });
      expect(healed.outcomes[node]).toBe('ran');
    }
    expect(project.outputs()).toEqual(outputs);
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
    project.executed();
  });

  test('heals under a changed parameter as well', async () => {
    rmSync(objects.get('source')!);
    flip(objects.get('noise')!);
    const healed = await project.run(['-S', 'factor=5']);
    expect(healed).toMatchObject({ code: 0, stderr: '' });
    expect(project.executed()).toEqual(['mix', 'mix', 'noise', 'note', 'scale 5', 'source']);
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
  });

  test('whose maker needs a pool that the run does not have fails with a sentence about the pool', async () => {
    project.edit(
      'index.ts',
      'params: { size: 2000 }, ...policy',
      'params: { size: 2000 }, ...policy, pools: { licence: 1 }',
    );
    const sized = ['--pool', 'licence=1'];
    expect((await project.run(sized)).code).toBe(0);
    project.executed();
    const damage = (): void => flip(objects.get('noise')!);
    damage();
    const stuck = await project.run(['mix', '-f']);
    expect(stuck).toMatchObject({ code: 1, outcomes: { noise: 'failed', mix: 'skipped' } });
    expect(stuck.report!.failures).toMatchObject([
      {
        node: 'noise',
        failure: {
          message: 'Node noise asks for pool licence, which has no size; give it one with --pool licence=N.',
          stack: null,
        },
      },
    ]);
    expect(project.count('lease')).toBe(0);
    const healed = await project.run(['mix', '-f', ...sized]);
    expect(healed).toMatchObject({ code: 0, outcomes: { noise: 'ran', mix: 'ran' } });
    project.executed();
  });

  test('that holds bundled code is bundled again', async () => {
    const code = join(project.cache, 'code');
    const scripts = readdirSync(code).map((name) => join(code, name));
    for (const [index, script] of scripts.entries()) {
      if (index % 3 === 0) rmSync(script);
      else if (index % 3 === 1) truncateSync(script, 10);
      else flip(script);
    }
    const { code: exit, report } = await project.run(['-S', 'factor=6']);
    expect(exit).toBe(0);
    expect(report!.counts).toMatchObject({ ran: 3 });
    expect(project.executed()).toEqual(['mix', 'note', 'scale 6']);
  });

  test('that records the code of a stage is stored again', async () => {
    // Long enough for the object store.
    project.edit(
      'stages.ts',
      '// scaled',
      `const words = ${JSON.stringify('word '.repeat(2000))}; if (words === '') return { data: tableOf({ x: [] as never }) };`,
    );
    await project.run();
    const files = project
      .query<{ digest: string }>(
        "SELECT lower(hex(a.digest)) AS digest FROM artifact a WHERE a.place = 'object' AND a.id NOT IN (SELECT artifact FROM state_output)",
      )
      .map(({ digest }) => join(project.cache, 'objects', digest.slice(0, 2), digest.slice(2)));
    expect(files.length).toBeGreaterThan(1);
    rmSync(files[0]!);
    flip(files[1]!);
    expect((await fsck(project)).code).toBe(5);
    expect((await fsck(project, '--repair')).code).toBe(0);
    expect((await project.run()).report!.counts).toMatchObject({ hit: 8 });
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
  });
});

/** Flips one bit in the middle, and keeps the length. */
function flip(file: string): void {
  chmodSync(file, 0o644);
  const content = readFileSync(file);
  content[content.length >> 1]! ^= 1;
  writeFileSync(file, content);
}
