/** Which states on record a node is compared with, to say why it runs. */
import { expect, test } from 'vitest';
import { makeInProcessProject } from '../../../helpers/in-process-project.ts';

test('a node that goes back to earlier parameters with other code says that its code has changed, after ten other runs', async () => {
  const project = makeInProcessProject('lab');
  for (let digits = 1; digits <= 11; digits++) await project.run(['-S', `digits=${digits}`]);
  project.edit('stages.ts', 'toFixed(', 'toPrecision(');
  const { events } = await project.run(['-S', 'digits=1']);
  const reasons = events.flatMap((event) => (event.type === 'node-queued' ? [[event.node, event.reason]] : []));
  expect(reasons).toEqual([['note', 'code changed']]);
});
