/** The nodes that a plan lets run, with the files that each is made from. */
import { isAbsolute, join, relative, sep } from 'node:path';
import type { Cache } from '../../store/cache.ts';
import type { PlanKey } from '../../core/identity/digest.ts';
import type { PreparedRun } from '../../planning/plan/prepared-run.ts';
import type { NodeToRun } from './causes.ts';

/** By node, the plan keys with which a round would have run it. */
export type Intended = ReadonlyMap<string, PlanKey>;

export function nodesToRun(cache: Cache, prepared: PreparedRun, root: string, left: Intended): readonly NodeToRun[] {
  const { graph, codes } = prepared.definition;
  const sources = new Map<string, readonly string[]>();
  const sourcesOf = (stage: string): readonly string[] => {
    const { digest } = codes.get(stage)!;
    const known = sources.get(stage) ?? cache.query.codes.origin(digest)?.sources.map(({ path }) => path) ?? [];
    sources.set(stage, known);
    return known;
  };
  return graph.nodes.flatMap(({ id, stage, inputs, reads }, index): NodeToRun[] => {
    const step = prepared.steps[index]!;
    if (step.status !== 'run') return [];
    const files = [
      ...sourcesOf(stage),
      ...inputs.flatMap(({ from }) =>
        'file' in from && from.remote === undefined ? [shownPath(from.file, root)] : [],
      ),
      ...reads.map((path) => shownPath(join(root, path), root)),
    ];
    return [{ node: id, reason: step.reason, files, isLeft: left.get(id) === step.planKey }];
  });
}

export function intended({ nodes, steps }: PreparedRun): Intended {
  return new Map(
    nodes.flatMap(({ id }, index) => {
      const step = steps[index]!;
      return step.status === 'run' || step.status === 'pending' ? [[id, step.planKey] as const] : [];
    }),
  );
}

/** Relative to the root, with forward slashes, where it is below it. */
export function shownPath(path: string, root: string): string {
  const below = relative(root, path);
  if (below === '') return '.';
  return below.startsWith('..') || isAbsolute(below) ? path : below.split(sep).join('/');
}
