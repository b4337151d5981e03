/**
 * A project to accept edits in: a number, three that are made of it, of which one draws random numbers, and their sum.
 */
import { type InProcessProject, makeInProcessProject } from '../../helpers/in-process-project.ts';
import type { RunResult } from '../../helpers/run-result.ts';

export interface Chain {
  readonly base?: string;
  readonly part?: string;
  readonly partName?: string;
  readonly sum?: string;
  /** Further members of the stage of the parts, and further options of their nodes. */
  readonly former?: string;
  readonly more?: string;
}

export function chainText({
  base = '{ value: 2 }',
  part = 'start + k',
  partName = 'lab/part',
  sum = 'all.reduce((a, b) => a + b, 0)',
  former = '',
  more = '',
}: Chain = {}): string {
  return `import { json, many, type NodePolicy, pipeline, stage } from 'restage';
import { z } from 'zod';
import { appendFileSync } from 'node:fs';

const tally = (name: string) => {
  const file = process.env['LAB_TALLY'];
  if (file !== undefined) appendFileSync(file, name + '\\n');
};
export const base = stage({ name: 'lab/base', params: z.strictObject({}), inputs: {}, outputs: { value: json<number>() },
  run() { tally('base'); return ${base}; } });
export const part = stage({ name: '${partName}', ${former} params: z.strictObject({ k: z.int(), rate: z.number() }),
  inputs: { start: json<number>() }, outputs: { value: json<number>() }, random: true,
  async run({ params: { k }, inputs, rng }) {
    tally('part');
    const start = await inputs.start.read();
    return { value: ${part} + 0 * rng('draw').uniform() };
  } });
export const sum = stage({ name: 'lab/sum', params: z.strictObject({}), inputs: { parts: many(json<number>()) },
  outputs: { total: json<number>() },
  async run({ inputs }) {
    tally('sum');
    const all = await Promise.all(inputs.parts.map((each) => each.read()));
    return { total: ${sum} };
  } });
const policy: NodePolicy = { executor: 'in-process' };
export default pipeline({
  name: 'chain',
  params: z.strictObject({ rate: z.number().default(0.5) }),
  build(p, { rate }) {
    const start = p.add(base, { params: {}, ...policy }).out.value;
    const parts = [0, 1, 2].map((k) => p.add(part, { key: { k }, params: { k, rate }, inputs: { start }, ${more} ...policy }));
    return { total: p.add(sum, { params: {}, inputs: { parts: parts.map(({ out }) => out.value) }, ...policy }).out.total };
  },
});
`;
}

export function chainProject(): InProcessProject {
  const project = makeInProcessProject();
  edit(project, {});
  return project;
}

export function edit(project: InProcessProject, chain: Chain): void {
  project.write('index.ts', chainText(chain));
}

/** Any verb, with the project's cache. */
export async function ask(project: InProcessProject, ...args: readonly string[]) {
  return project.restage([...args, '--cache', project.cache]);
}

/** How often each stage was executed, outside of the record. */
export function executed(project: InProcessProject): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of project.tally()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export function sumOf(report: RunResult['report']): unknown {
  return report?.results[0]?.value;
}
