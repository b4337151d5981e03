/** Stages that fail in a command line of their own: what a worker's end means, and what the end of the run says. */
import { expect, test } from 'vitest';
import { inThisProcess } from '../helpers/in-process-project.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { EXPLOSION, expectBadAlone, FAILING, failureOf } from '../run/failing.ts';

function failingProject(): Project {
  return makeProject('lab').write('index.ts', FAILING);
}

test('a stage that takes all the memory of its worker fails alone', async () => {
  const project = failingProject();
  const result = await project.run(['-S', 'how=memory', '-j', '2'], {
    env: { NODE_OPTIONS: '--max-old-space-size=64' },
  });
  expect(failureOf(result)).toMatchObject({
    class: 'oom',
    message: expect.stringMatching(/ran out of JavaScript heap while running node bad/) as string,
  });
  expectBadAlone(project, result);
});

test('the end says what failed, where, and how to continue; the next run continues from what is finished', async () => {
  const project = failingProject();
  const here = inThisProcess(project);
  const words = ['run', project.root, '--cache', project.cache, '-S', 'how=throw', '-S', 'executor=in-process'];
  const failed = await project.restage(words);
  expect(failed.code).toBe(1);
  const end = failed.stdout.slice(failed.stdout.lastIndexOf('run 1 of failing'));
  expect(end).toMatch(/^run 1 of failing: 2 ran, 1 failed, 2 skipped in /);
  expect(end).toContain('failed bad (error): TypeError: it went\n');
  expect(end).toMatch(new RegExp(`at explode \\(index\\.ts:${EXPLOSION}:\\d+\\)\n`));
  const [recorded] = project.query<{ stack: string }>('SELECT stack FROM attempt_failure');
  expect(recorded!.stack).toContain(`${project.path('index.ts')}:${EXPLOSION}:`);
  expect(end).toContain(`restage log bad --cache ${project.cache}\n`);
  expect(end).toMatch(/^2 nodes skipped/m);
  expect(end).toContain(`: restage ${words.join(' ')}\n`);

  const log = await here.restage(['log', 'bad', '--cache', project.cache]);
  expect(log.stdout).toMatch(/about to go wrong/);

  project.executed();
  project.edit('index.ts', 'return explode();', 'return { x: 5 };');
  const fixed = await here.run(words.slice(4));
  expect(fixed.code).toBe(0);
  expect(project.executed()).toEqual(['bad', 'below', 'last']);
  expect(fixed.outcomes).toEqual({ bad: 'ran', below: 'ran', last: 'ran', root: 'hit', beside: 'hit' });
  expect(fixed.report!.results[0]!.value).toBe(7);
});

test('where a pipeline throws while it is imported, the place in the source is told as well', async () => {
  const project = makeProject().write(
    'index.ts',
    `// One line before it.
const unlucky = (): number => { throw new TypeError('worse'); };
export const bad = unlucky();
`,
  );
  const { code, stderr } = await project.run();
  expect(code).toBe(2);
  expect(stderr).toMatch(/TypeError: worse \(\S+index\.ts:2\)/);
});
