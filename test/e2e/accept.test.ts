/**
 * Equivalences that verify discharges or refutes in worker processes, and of which several processes of one cache know.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { chainProject, chainText } from '../audit/equivalence/chain-project.ts';
import { admitNobody, NOBODY } from '../helpers/other-user.ts';
import { type InProcessProject, inThisProcess } from '../helpers/in-process-project.ts';
import { makeProject } from '../helpers/project.ts';

describe('verify of a state that was accepted for another key', () => {
  let project: InProcessProject;
  beforeAll(async () => {
    project = chainProject();
    await project.run();
  });
  const ask = async (...args: readonly string[]) => project.restage([...args, '--cache', project.cache]);

  test('executes what the key stands for: the same bytes discharge it', async () => {
    project.write('index.ts', chainText({ part: 'start + k + 0' }));
    await ask('accept', 'part@k=0', '-m', 'adds nothing');
    // What is in the files by then does not matter: the accepted code is on record.
    project.write('index.ts', chainText({ part: 'start + k + 1000' }));
    const { code, stdout } = await ask('verify', 'run:1/part@k=0');
    expect(stdout).toMatch(/equivalence 1 of part@k=0: .*: same bytes; it is discharged/);
    expect(code).toBe(0);
    expect((await ask('accept', '--list')).stdout).toContain('discharged: the same bytes');
    expect((await ask('show', 'run:1/part@k=0')).stdout.replaceAll(/\s+/g, ' ')).toContain(
      'discharged: the same bytes',
    );
  });

  test('exits with 4 where it is further away than what was accepted', async () => {
    project.write('index.ts', chainText({ part: 'start + k + 1e-9' }));
    await ask('accept', 'part@k=1', '-m', 'near', '--rtol', '1e-6');
    await ask('accept', 'part@k=2', '-m', 'nearer', '--rtol', '1e-12');
    const near = await ask('verify', 'run:1/part@k=1', '--json');
    const { equivalences } = JSON.parse(near.stdout) as { readonly equivalences: readonly unknown[] };
    expect(equivalences).toMatchObject([{ equivalence: 2, verdict: 'tolerance', tolerance: { relative: 1e-6 } }]);
    expect(near.code).toBe(0);
    const far = await ask('verify', 'run:1/part@k=2');
    expect(far.code).toBe(4);
    expect(far.stdout).toMatch(/equivalence 3 of part@k=2: .*: diverged/);
    expect((await ask('how', 'run:1/sum', '--without-today')).stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /verify: diverged.* Verified of 3: 3 same bytes|Verified of 3: 3 same bytes.*verify: diverged/,
    );
  });
});

test('a run that is in progress while an equivalence is revoked leaves nothing that later runs find', async () => {
  const project = makeProject().write('index.ts', chainText());
  const here = inThisProcess(project);
  await here.run();
  const text = chainText({ part: 'start + k + 10' }).replace("tally('sum');", "tally('sum'); await pass();");
  const gated = text.replace(
    'export const base',
    `import { existsSync } from 'node:fs';
const pass = async () => { while (!existsSync((process.env['LAB_GATES'] ?? '') + '/go')) await new Promise((r) => setTimeout(r, 5)); };
export const base`,
  );
  project.write('index.ts', gated);
  const ask = async (...args: readonly string[]) => project.restage([...args, '--cache', project.cache]);
  expect((await ask('accept', 'part', '-m', 'harmless, I think')).code).toBe(0);
  const running = await project.startRun();
  await running.event((event) => event.type === 'node-started' && event.node === 'sum');
  await ask('accept', '--revoke', 'part', '-m', 'it was not');
  project.open('go');
  expect((await running.result).report?.results[0]).toMatchObject({ value: 9 });
  const { outcomes, report } = await here.run();
  expect(outcomes).toMatchObject({ base: 'hit', 'part@k=0': 'ran', sum: 'ran' });
  expect(report?.results[0]).toMatchObject({ value: 39 });
});

test('in a cache that cannot be written nothing is accepted, and what was accepted is listed', async ({ skip }) => {
  const project = makeProject().write('index.ts', chainText());
  const hindrance = await admitNobody(project);
  skip(hindrance !== undefined, hindrance);
  const here = inThisProcess(project);
  await here.run();
  project.write('index.ts', chainText({ part: 'start + k + 0' }));
  const args = ['--cache', project.cache];
  await here.restage(['accept', 'part@k=0', '-m', 'adds nothing', ...args]);
  const launch = { uid: NOBODY, env: { HOME: '/nonexistent' } };
  const { code, stderr } = await project.restage(['accept', 'part', '-m', 'adds nothing', ...args], launch);
  expect(stderr).toMatch(/The cache directory \S+ cannot be written: permission is denied/);
  expect(code).toBe(5);
  expect((await project.restage(['accept', '--list', ...args], launch)).stdout).toContain('adds nothing');
});
