/**
 * Runs that are killed at random moments, and crowds of runs on one cache. `npm run torture` kills 3,000 runs; KILLS
 * and CROWD say how many others.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fsck } from '../helpers/fsck.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { PROPERTY_SEED } from '../helpers/property-seed.ts';
import { randomNumbers } from './random.ts';

const KILLS = Number(process.env['KILLS'] ?? 300);
const CROWD = Number(process.env['CROWD'] ?? 16);
const PARAMS = ['-S', 'rows=20000', '-j', '2'];
const NODES = 8;

const random = randomNumbers(PROPERTY_SEED);

interface Truth {
  readonly outputs: Readonly<Record<string, string>>;
  readonly keys: readonly string[];
}

/** A project whose stages execute in workers, what it gives when nothing disturbs it, and how long that takes. */
async function undisturbed(): Promise<{ project: Project; truth: Truth; wallMs: number }> {
  const project = makeProject('lab').edit('index.ts', "{ executor: 'in-process' }", '{}');
  const startedAt = performance.now();
  expect(await project.run(PARAMS)).toMatchObject({ code: 0, stderr: '' });
  const wallMs = performance.now() - startedAt;
  return { project, truth: { outputs: project.outputs(), keys: project.stateKeys() }, wallMs };
}

test(`${KILLS} kills at random moments leave nothing wrong behind`, async () => {
  console.log(`${KILLS} kills, at the moments of seed ${PROPERTY_SEED}`);
  const { project, truth, wallMs } = await undisturbed();
  for (let kills = 0, caches = 0; kills < KILLS; caches++) {
    project.cache = project.beside(`killed-${caches}`);
    let states = 0;
    for (let complete = false; !complete;) {
      const live = await project.startRun(PARAMS);
      // Now and then a run is left alone, so that the next cache is begun.
      const delay = random() < 0.25 ? undefined : random() * wallMs;
      if (delay !== undefined && kills < KILLS) {
        await Promise.race([live.ended, new Promise((resolve) => setTimeout(resolve, delay))]);
        live.killGroup('SIGKILL');
        kills++;
      }
      const { code, stderr, signal } = await live.ended;
      if (signal === null) expect({ kills, code, stderr }).toEqual({ kills, code: 0, stderr: '' });
      complete = signal === null;
      if (!readdirSync(project.beside('.')).includes(`killed-${caches}`)) continue;
      if (!readdirSync(project.cache).includes('state.db')) continue;
      // What was begun there is rolled back by the next run: a look that may not write cannot.
      if (readdirSync(project.cache).includes('state.db-journal')) continue;
      // A database that was not finished has no tables yet.
      const tables = project.query<{ n: number }>("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'state'")[0]!.n;
      if (tables === 0) continue;
      const now = project.count('state');
      expect(now).toBeGreaterThanOrEqual(states);
      states = now;
      expect(project.complaints()).toEqual([]);
    }
    await expectWhole(project, truth);
    expect(leftovers(project.cache)).toEqual([]);
  }
});

test(`${CROWD} runs at once on one cache make each state once, and agree`, async () => {
  const { project, truth } = await undisturbed();
  project.cache = project.beside('crowded');
  const runs = await Promise.all(Array.from({ length: CROWD }, () => project.run(PARAMS)));
  for (const { code, stderr } of runs) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const ran = runs.reduce((sum, { report }) => sum + report!.counts.ran, 0);
  expect(ran).toBe(NODES);
  await expectWhole(project, truth);
});

test(`${CROWD} runs at once of which every second is killed leave nothing wrong behind`, async () => {
  const { project, truth, wallMs } = await undisturbed();
  project.cache = project.beside('crowded-and-killed');
  await Promise.all(
    Array.from({ length: CROWD }, async (_, i) => {
      const live = await project.startRun(PARAMS);
      if (i % 2 === 0) {
        await new Promise((resolve) => setTimeout(resolve, random() * wallMs * 3));
        live.killGroup('SIGKILL');
      }
      const { code, stderr, signal } = await live.ended;
      if (signal === null) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }),
  );
  expect(await project.run(PARAMS)).toMatchObject({ code: 0, stderr: '' });
  await expectWhole(project, truth);
});

async function expectWhole(project: Project, truth: Truth): Promise<void> {
  expect({ outputs: project.outputs(), keys: project.stateKeys() }).toEqual(truth);
  expect(project.complaints()).toEqual([]);
  expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
  // One on the use of bytes may be left of a dead process: whoever uses or evicts bytes next gives it back.
  expect(project.query('SELECT s.key FROM lease l JOIN state s ON s.key = l.key')).toEqual([]);
}

/** Files that only a process that is gone could have needed. */
function leftovers(cache: string): readonly string[] {
  return readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tmp$|(^|\/)tmp\/.+/.test(file))
    .map((file) => join(cache, file));
}
