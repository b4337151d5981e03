/** What a run remembers for the next one is what the record says. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const INDEX = `import { pipeline } from 'restage';
import { z } from 'zod';
import { next, root } from './stages.ts';
export default pipeline({
  name: 'lab',
  params: z.strictObject({ salt: z.int().default(0), last: z.int().default(0) }),
  build(p, { salt, last }) {
    const executor = 'in-process';
    let from = p.add(root, { executor, params: { salt } }).out.x;
    for (const index of [1, 2, 3, 4])
      from = p.add(next, { executor, key: { index }, params: { salt: index === 4 ? last : 0 }, inputs: { from } }).out.x;
    return { last: from };
  },
});
`;

/** The root gives the same bytes whatever its salt. */
const STAGES = `import { json, stage } from 'restage';
import { z } from 'zod';
export const root = stage({
  name: 'lab/root', params: z.strictObject({ salt: z.int() }), inputs: {}, outputs: { x: json<number>() },
  run: () => ({ x: 1 }),
});
export const next = stage({
  name: 'lab/next', params: z.strictObject({ salt: z.int() }), inputs: { from: json<number>() },
  outputs: { x: json<number>() },
  run: async ({ inputs, params }) => ({ x: (await inputs.from.read()) + params.salt }),
});
`;

test('after early cutoffs, a run from memory visits the states that a run without memory finds', async () => {
  const project = makeInProcessProject();
  project.write('index.ts', INDEX).write('stages.ts', STAGES);
  const visits = (run: number) => {
    const db = new Database(join(project.cache, 'state.db'), { readonly: true });
    try {
      return db
        .prepare(
          `SELECT n.text AS node, o.name AS outcome, v.state FROM visit v JOIN name n ON n.id = v.node
           JOIN visit_outcome o ON o.id = v.outcome WHERE v.run = ? ORDER BY n.text`,
        )
        .all(run) as readonly { readonly node: string; readonly outcome: string; readonly state: number }[];
    } finally {
      db.close();
    }
  };
  const outcomes = (run: number) => visits(run).map(({ outcome }) => outcome);
  const states = (run: number) => visits(run).map(({ node, state }) => [node, state]);

  await project.run();
  await project.run(['-S', 'salt=1']);
  expect(outcomes(2)).toEqual(['cut-off', 'cut-off', 'cut-off', 'cut-off', 'ran']);
  expect(states(2).slice(0, 4)).toEqual(states(1).slice(0, 4));
  // One leaf runs, and the others keep the states of the early cutoffs.
  await project.run(['-S', 'salt=1', '-S', 'last=1']);
  expect(outcomes(3)).toEqual(['hit', 'hit', 'hit', 'ran', 'hit']);
  for (const [salt, last] of [
    [1, 0],
    [1, 1],
  ]) {
    const words = ['-S', `salt=${salt}`, '-S', `last=${last}`];
    const remembered = await project.run(words);
    const db = new Database(join(project.cache, 'state.db'));
    db.exec('DELETE FROM memo');
    db.close();
    const lookedUp = await project.run(words);
    expect(remembered.outcomes).toEqual(lookedUp.outcomes);
    const run = last === 0 ? 4 : 6;
    expect(outcomes(run)).toEqual(['hit', 'hit', 'hit', 'hit', 'hit']);
    expect(visits(run)).toEqual(visits(run + 1));
  }
});
