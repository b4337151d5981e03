import { expect, test } from 'vitest';
import { transform } from '../../../../src/identity/code/text/esbuild.ts';
import { childProcesses } from '../../../helpers/child-processes.ts';
import { isOf, kill } from '../../../helpers/other-processes.ts';

test('a bundler that is killed is an error of one sentence, and the next call starts another', async () => {
  await transform('1');
  const answer = transform('const x = 1;\n'.repeat(100_000));
  for (const pid of childProcesses(process.pid)) if (isOf(pid, 'esbuild')) kill(pid, 'SIGKILL');
  await expect(answer).rejects.toMatchObject({
    code: 'DEFINITION',
    message: expect.stringMatching(/was killed; look/) as unknown,
  });
  expect((await transform('2')).code).toBe('2;\n');
});
