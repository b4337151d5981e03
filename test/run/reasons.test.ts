/** What a plan gives as the reason of a node is what the record says after the run, whatever was edited in between. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlanReport } from '../../src/planning/plan/plan-report.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

type Reasons = Readonly<Record<string, string>>;

async function planned(project: InProcessProject, args: readonly string[]): Promise<PlanReport> {
  const { stdout, stderr } = await project.restage(['plan', project.root, '--cache', project.cache, '--json', ...args]);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as PlanReport;
}

/** The reasons of the nodes that ran, of the latest run. */
function recorded(project: InProcessProject): Reasons {
  const rows = project.query<{ node: string; reason: string }>(
    `SELECT n.text AS node, t.text AS reason FROM visit v JOIN name n ON n.id = v.node
     JOIN visit_outcome o ON o.id = v.outcome JOIN visit_reason q ON q.run = v.run AND q.node = v.node
     JOIN name t ON t.id = q.reason WHERE v.run = (SELECT max(id) FROM run) AND o.name = 'ran'`,
  );
  return Object.fromEntries(rows.map(({ node, reason }) => [node, reason]));
}

const toRun = ({ nodes }: PlanReport): Reasons =>
  Object.fromEntries(nodes.filter(({ status }) => status === 'run').map(({ node, reason }) => [node, reason]));

const pending = ({ nodes }: PlanReport): readonly string[] =>
  nodes.filter(({ status }) => status === 'pending').map(({ node }) => node);

const EDIT = fc.record({
  rows: fc.constantFrom(10, 20),
  digits: fc.constantFrom(1, 2, 3),
  factor: fc.constantFrom(5, 6),
  seed: fc.constantFrom(0, 1),
  force: fc.constantFrom([], [], ['-f']),
  target: fc.constantFrom([], [], ['scale']),
  code: fc.boolean(),
});

describe('the reason of a node', () => {
  test('is a first run, for all nodes of the first run, and in its record too', async () => {
    const project = makeInProcessProject('lab');
    const plan = await planned(project, []);
    expect(new Set(Object.values(toRun(plan)))).toEqual(new Set(['first run']));
    await project.run();
    // Also of the later ones of a fan-out, whose stage has states by then.
    expect(new Set(Object.values(recorded(project)))).toEqual(new Set(['first run']));
    expect(Object.keys(recorded(project))).toHaveLength(8);
  });

  test('says which of many inputs changed, where only the run can know it', async () => {
    const project = makeInProcessProject('lab');
    await project.run();
    const plan = await planned(project, ['-S', 'factor=7']);
    expect(pending(plan)).toEqual(['mix', 'note']);
    await project.run(['-S', 'factor=7']);
    expect(recorded(project)).toEqual({
      'scale@k=0': 'param.factor 1e-9 -> 7',
      mix: '1 of 3 inputs of "parts" changed',
      note: 'in.total changed',
    });
  });

  test('is that of the plan for a node that fails as well', async () => {
    const project = makeInProcessProject('twins');
    const ask = (...args: string[]) => project.restage([...args, '--cache', project.cache]);
    await ask('run', 'a');
    expect((await ask('run', 'a', '-S', 'fails=true')).code).toBe(1);
    expect((await ask('show', 'train')).stdout).toMatch(
      /^train: failed in run 2 \(param\.fails false -> true\); its latest/,
    );
    expect((await ask('get', 'run:2/train.network')).stderr).toContain('it failed (the loss is not finite)');
  });

  test('is the same in the plan and in the record, after any edits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(EDIT, { minLength: 3, maxLength: 4 }), async (edits) => {
        const project = makeInProcessProject('lab');
        for (const [step, { rows, digits, factor, seed, force, target, code }] of edits.entries()) {
          if (code)
            project.write('stages.ts', project.read('stages.ts').replace('factor * x', `factor * x * ${step + 2}`));
          const settings = [`rows=${rows}`, `digits=${digits}`, `factor=${factor}`].flatMap((each) => ['-S', each]);
          const args = [...target, ...settings, '--seed', String(seed), ...force];
          const plan = await planned(project, args);
          const { code: exit } = await project.run(args);
          expect(exit).toBe(0);
          const said = recorded(project);
          expect(said).toMatchObject(toRun(plan));
          for (const [node, reason] of Object.entries(said)) {
            if (node in toRun(plan)) continue;
            expect(pending(plan)).toContain(node);
            // A node below one that is forced may have other reasons than its inputs.
            if (force.length === 0) expect(reason).toMatch(/^first run|\bin\.|\d of \d inputs of /);
          }
        }
      }),
      { numRuns: 3 },
    );
  });
});
