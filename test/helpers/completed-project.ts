/** A project for completion: it has a pipeline with parameters and several nodes of one stage. */
import { mkdirSync } from 'node:fs';
import { type InProcessProject, makeInProcessProject } from './in-process-project.ts';

const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
export const fit = stage({
  name: 'lab/fit', params: z.strictObject({ fold: z.int() }), inputs: {}, outputs: { line: json<number>() },
  run: ({ params }) => ({ line: params.fold }),
});
export default pipeline({
  name: 'lab',
  params: z.strictObject({ folds: z.int().default(2), deep: z.strictObject({ rate: z.number().default(1) }).prefault({}) }),
  build(p, { folds }) {
    for (let fold = 0; fold < folds; fold++) p.add(fit, { key: { fold }, params: { fold }, executor: 'in-process' });
    return {};
  },
});
`;

export function completedProject(): InProcessProject {
  const project = makeInProcessProject().write('pipelines/line/index.ts', PIPELINE);
  mkdirSync(project.path('results'));
  return project;
}
