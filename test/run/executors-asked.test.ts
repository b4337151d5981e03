import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from 'restage';
import type { NodePolicy } from '../../src/core/authoring/policy.ts';
import { UsageError } from '../../src/errors.ts';
import { registerExecutor } from '../../src/executors/registry.ts';
import { checkDetachable, checkExecutorName } from '../../src/run/executors-asked.ts';
import { graphNode } from '../helpers/graph-node.ts';
import { makeProjectDirectory } from '../helpers/project-directory.ts';

const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
export const one = stage({
  name: 'lab/one', params: z.strictObject({}), inputs: {}, outputs: { x: json<number>() }, run: () => ({ x: 1 }),
});
export default pipeline({
  name: 'lab', params: z.strictObject({}),
  build: (p) => p.add(one, { params: {}, executor: 'in-process' }).out,
});
`;

const NODE = graphNode('fit', 'test/fit');

function registerElsewhere(name: string): void {
  const load = () => Promise.reject(new Error('never loaded'));
  onTestFinished(registerExecutor({ name, isolates: true, observes: true, isElsewhere: true, load }));
}

describe('the executor that a run asks for', () => {
  test('may be one that the process has registered itself', async () => {
    await expect(checkExecutorName('farm')).rejects.toThrow(UsageError);
    registerElsewhere('farm');
    await expect(checkExecutorName('farm')).resolves.toBeUndefined();
    await expect(checkExecutorName('frm')).rejects.toThrow(
      'There is no executor "frm" (did you mean "farm"?); give one of worker, in-process, slurm, condor, farm.',
    );
  });

  test('is refused by the file that names it, if that is the settings of the project', async () => {
    const project = makeProjectDirectory().write('index.ts', PIPELINE);
    const request = { pipeline: project.root, cacheDirectory: project.cache };
    await run(request);
    project.write('package.json', JSON.stringify({ type: 'module', restage: { executor: 'slrum' } }));
    await expect(run(request)).rejects.toThrow(
      `The settings of restage in ${join(project.root, 'package.json')} name the executor "slrum", which does not exist (did you mean "slurm"?); give one of worker, in-process, slurm, condor.`,
    );
    await expect(run({ ...request, executor: 'worker' })).resolves.toMatchObject({ outcome: 'ok' });
  });
});

describe('a run can be detached', () => {
  const asked = { strict: false, isolate: false };

  test('from one node that executes elsewhere, by its policy or by the request', async () => {
    const policy: NodePolicy = { executor: 'slurm' };
    const nodes = [NODE, { ...NODE, id: 'far', policy }];
    await expect(checkDetachable('lab', { nodes }, { ...asked, executor: undefined })).resolves.toBeUndefined();
    await expect(checkDetachable('lab', { nodes: [NODE] }, { ...asked, executor: 'slurm' })).resolves.toBeUndefined();
    registerElsewhere('farm');
    await expect(checkDetachable('lab', { nodes: [NODE] }, { ...asked, executor: 'farm' })).resolves.toBeUndefined();
  });

  test('from none that executes here', async () => {
    const nodes = [NODE, { ...NODE, id: 'near', policy: { executor: 'in-process' } as const }];
    await expect(checkDetachable('lab', { nodes }, { ...asked, executor: undefined })).rejects.toThrow(
      '--detach ends a run whose nodes execute elsewhere, and all nodes of lab execute on this machine; ',
    );
  });
});
