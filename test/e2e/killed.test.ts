/** A run that was killed leaves nothing behind that is wrong. `npm run test:nightly` kills it many times more. */
import { describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { fsck } from '../helpers/fsck.ts';
import { inThisProcess } from '../helpers/in-process-project.ts';
import { makeProject } from '../helpers/project.ts';
import { PROPERTY_SEED } from '../helpers/property-seed.ts';
import type { RunResult } from '../helpers/run-result.ts';

/** How often the run is killed. */
const KILLS = Number(process.env['KILLS'] ?? 4);

describe('a run that was killed', () => {
  test('at any point is completed by the next one, to the same bytes, with nothing wrong on record', async () => {
    const project = makeProject('lab').edit('index.ts', "{ executor: 'in-process' }", '{}');
    const params = ['-S', 'rows=40000', '-j', '2'];
    // Only the run that is killed needs processes: its own, and workers that end with it.
    const here = inThisProcess(project);
    const run = (): Promise<RunResult> => here.run([...params, '--executor', 'in-process']);
    await run();
    const undisturbed = { outputs: project.outputs(), keys: project.stateKeys() };
    const random = lehmer(PROPERTY_SEED);
    for (let repetition = 0; repetition < KILLS; repetition++) {
      project.cache = here.cache = project.beside(`killed-${repetition}`);
      const live = await project.startRun(params);
      // How many states are on record at least, when the run is killed.
      const kept = [0, 0, 1, 6][repetition % 4]!;
      if (repetition % 4 === 0) {
        // While the definition is bundled, or the database is made.
        const delay = 50 + (random() % 250);
        await Promise.race([live.ended, new Promise((resolve) => setTimeout(resolve, delay))]);
      } else if (kept === 0) {
        await live.events(1 + (random() % 24));
      } else {
        await live.events(1);
        await eventually(() => project.count('state') >= kept);
      }
      live.killGroup('SIGKILL');
      await live.ended;
      const next = await run();
      expect(next).toMatchObject({ code: 0, stderr: '' });
      const { counts } = next.report!;
      expect(counts).toMatchObject({ failed: 0, skipped: 0 });
      expect(counts.ran).toBeLessThanOrEqual(8 - kept);
      expect(project.complaints()).toEqual([]);
      expect(await fsck(here)).toEqual({ code: 0, kinds: [] });
      expect({ outputs: project.outputs(), keys: project.stateKeys() }).toEqual(undisturbed);
      // Who finds all up to date uses no bytes, and leaves the dead one's lease on their use to whoever does.
      expect(project.count('lease')).toBeLessThanOrEqual(counts.hit === 8 ? 1 : 0);
      expect((await run()).report!.counts).toMatchObject({ hit: 8 });
    }
  });

  test('is told from one that is running', async () => {
    const project = makeProject('lab').write('stages.ts', '');
    project.write(
      'index.ts',
      `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass } from './lab.ts';
export const wait = stage({ name: 'lab/wait', params: z.strictObject({}), inputs: {}, outputs: { x: json<number>() },
  async run({ signal }) { await pass('gate', signal); return { x: 1 }; } });
export default pipeline({ name: 'waiting', params: z.strictObject({}), build(p) { return { x: p.add(wait, { params: {} }).out.x }; } });
`,
    );
    const here = inThisProcess(project);
    const live = await project.startRun();
    await live.event(({ type }) => type === 'node-started');
    const during = await here.restage(['log', '--cache', project.cache]);
    live.killGroup('SIGKILL');
    await live.ended;
    const after = await here.restage(['log', '--cache', project.cache]);
    expect(during.stdout).toMatch(/running/);
    expect(after.stdout).toMatch(/died/);
  });
});

function lehmer(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647);
}
