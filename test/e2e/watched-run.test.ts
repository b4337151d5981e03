/** `run --watch` with workers: an edit in the middle of a run, and Ctrl-C there. */
import { expect, test } from 'vitest';
import { makeProject } from '../helpers/project.ts';

const stages = (gate: string): string => `import { json, stage } from 'restage';
import { z } from 'zod';
import { pass, tally } from './lab.ts';
export const hold = stage({
  name: 'lab/hold',
  params: z.strictObject({}),
  inputs: {},
  outputs: { x: json<string>() },
  async run({ signal }) {
    tally('${gate}');
    await pass('${gate}', signal);
    return { x: '${gate}' };
  },
});
`;
const PIPELINE = `import { pipeline } from 'restage';
import { z } from 'zod';
import { hold } from './held.ts';
export default pipeline({
  name: 'held',
  params: z.strictObject({}),
  build: (p) => p.add(hold, { params: {} }).out,
});
`;

test('an edit in the middle of a run is told, and planned for when the run has ended; Ctrl-C in one interrupts it', async () => {
  const project = makeProject('lab').write('held.ts', stages('one')).write('index.ts', PIPELINE);
  const live = await project.start(['run', '.', '--watch', '--cache', project.cache]);
  await live.until(() => project.tally().includes('one'));
  project.write('held.ts', stages('two'));
  await live.said('held.ts changed: planned again when this run has ended');
  project.open('one');
  await live.until(() => project.tally().includes('two'));
  live.kill('SIGINT');
  const { code, stdout } = await live.ended;
  expect(code).toBe(130);
  expect(stdout).toContain('\nheld.ts changed: 1 node\n');
  const runs = project.query<{ outcome: string }>('SELECT outcome FROM run_end ORDER BY run');
  expect(runs.map(({ outcome }) => outcome)).toEqual(['ok', 'interrupted']);
});
