/** The order in which Node evaluates modules: what a module imports comes before it, in the order of its imports. */
import type { LinkGraph } from './link-graph.ts';

/** The modules that these reach without an import(), each once. */
export function evaluationOrder(graph: LinkGraph, entries: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const order: string[] = [];
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const { requests, targets } = graph.get(file)!;
    for (const { specifier } of requests) {
      const target = targets.get(specifier)!;
      if (target.kind === 'module') visit(target.file);
    }
    order.push(file);
  };
  for (const entry of entries) visit(entry);
  return order;
}
