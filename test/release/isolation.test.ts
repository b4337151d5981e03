/**
 * Whatever stages do to what they share, each node's result is the same: in any order, in workers or in one process.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeProject, type Project } from '../helpers/project.ts';
import { type RunResult, runResultOf } from '../helpers/run-result.ts';

/** What a hostile stage does; each leaves a mark where `look` would see it. */
const ACTS = {
  inputs: 'for (const { columns } of tables) columns.x.sort().fill(-1);',
  variable: 'count++;',
  memo: 'memo.set(memo.size, 1);',
  global: 'globalThis.left = 1 + (globalThis.left ?? 0);',
  prototype: 'Array.prototype.left = 1;',
  hidden: "Object.defineProperty(String.prototype, 'left', { value: 1, configurable: true });",
  polluted: "const at: any = {}; at[['__pro', 'to__'].join('')].left = 1;",
  math: 'const sin = Math.sin; Math.sin = (x) => sin(x) + 1;',
  json: 'const { parse } = JSON; JSON.parse = (text) => [parse(text)];',
  files: 'const { existsSync } = fs; fs.existsSync = (path) => !existsSync(path);',
  environment: "process.env['LEFT'] = '1';",
  directory: "process.chdir('/');",
  timer: 'setTimeout(() => { globalThis.left = 9; }, 5);',
  interval: 'setInterval(() => { Math.cos = () => 7; }, 5).unref();',
  sleep: 'void sleep(5).then(() => { Math.tan = () => 7; });',
  exit: 'setTimeout(() => process.exit(3), 20);',
  listener: "process.on('beforeExit', () => undefined);",
  later: 'setImmediate(() => out.fill(7)); setTimeout(() => out.fill(8), 2);',
} as const;

type Act = keyof typeof ACTS;

interface Node {
  readonly acts: readonly Act[];
  /** Numbers of earlier nodes. */
  readonly takes: readonly number[];
}

interface Variant {
  readonly jobs: number;
  readonly executor: 'worker' | 'in-process';
  readonly reversed: boolean;
}

const VARIANTS: readonly Variant[] = [
  { jobs: 1, executor: 'worker', reversed: false },
  { jobs: 3, executor: 'worker', reversed: false },
  { jobs: 1, executor: 'worker', reversed: true },
  { jobs: 2, executor: 'in-process', reversed: false },
  { jobs: 2, executor: 'in-process', reversed: true },
];

/** After these, a worker is used again. */
const QUIET: readonly Act[] = ['inputs', 'variable', 'memo'];

const graphs = fc
  .array(
    fc.record({
      acts: fc.oneof(
        fc.uniqueArray(fc.constantFrom(...QUIET), { minLength: 1 }),
        fc.uniqueArray(fc.constantFrom(...(Object.keys(ACTS) as Act[])), { minLength: 1, maxLength: 5 }),
      ),
      takes: fc.uniqueArray(fc.nat(6), { maxLength: 2 }),
    }),
    { minLength: 5, maxLength: 8 },
  )
  .map((nodes): readonly Node[] =>
    nodes.map(({ acts, takes }, i) => ({ acts, takes: takes.filter((taken) => taken < i) })),
  );

const pipeline = (nodes: readonly Node[], { executor, reversed }: Variant): string => `
import { json, many, pipeline, stage, table } from 'restage';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

declare global { var left: number; interface Array<T> { left: number } }
let count = 0;
const memo = new Map<number, number>();
const started = process.cwd();
const look = () => [
  count, memo.size, globalThis.left ?? null, [].left ?? null, Object('').left ?? null, Object({}).left ?? null,
  Math.sin(0), Math.cos(0), Math.tan(0), JSON.parse('1'), fs.existsSync('/'), process.env['LEFT'] ?? null,
  process.cwd() === started, process.cwd() === '/', process.listenerCount('beforeExit') > 1,
];

export const step = stage({
  name: 'iso/step',
  params: z.strictObject({ node: z.int(), acts: z.array(z.string()) }),
  inputs: { from: many(table()) },
  outputs: { t: table(), big: table(), seen: json<unknown>() },
  async run({ params, inputs }) {
    const tables: any[] = await Promise.all(inputs.from.map((input) => input.read()));
    const seen = [look(), tables.map(({ columns }) => [...columns.x])];
    const out = Float64Array.of(params.node, ...tables.map(({ columns }) => columns.x[0] + 0.5));
    if (params.node % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const act of params.acts) {
      switch (act) {
${Object.entries(ACTS)
  .map(([act, code]) => `        case '${act}': { ${code} break; }`)
  .join('\n')}
      }
    }
    return { t: { rows: out.length, columns: { x: out } }, big: { rows: 1000, columns: { x: new Float64Array(1000).fill(out[0]!) } }, seen };
  },
});

export default pipeline({
  name: 'iso',
  params: z.strictObject({}),
  build(p) {
    const nodes: any[] = [];
    const results: any = {};
    for (const [node, { acts, takes }] of ${JSON.stringify(nodes)}.entries()) {
      const made = p.add(step, {
        as: 'n' + node,
        params: { node, acts },
        inputs: { from: takes.map((taken: number) => nodes[taken].t) },
        executor: '${executor}',
        priority: ${reversed ? '' : '-'}node,
      });
      nodes.push(made.out);
      results['seen' + node] = made.out.seen;
      results['t' + node] = made.out.t;
      results['big' + node] = made.out.big;
    }
    return results;
  },
});
`;

async function runVariant(project: Project, nodes: readonly Node[], variant: Variant): Promise<RunResult> {
  project.write('index.ts', pipeline(nodes, variant));
  const cache = project.beside(`cache-${variant.jobs}-${variant.executor}-${variant.reversed}`);
  const args = ['run', project.root, '--reporter', 'json', '--cache', cache, '-j', String(variant.jobs)];
  return runResultOf(await project.restage(args, { env: { LEFT: undefined } }));
}

test('the results of stages that leave behind whatever they can are the same with one job and with three, in workers and in-process, in order and reversed', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (nodes) => {
      const project = makeProject('lab');
      const all: unknown[] = [];
      for (const variant of VARIANTS) {
        const { report, code, stdout } = await runVariant(project, nodes, variant);
        expect({ variant, code, said: code === 0 ? '' : stdout }).toEqual({ variant, code: 0, said: '' });
        all.push(report!.results);
      }
      for (const results of all) expect(results).toEqual(all[0]);
    }),
    { numRuns: 2, endOnFailure: true },
  );
});
