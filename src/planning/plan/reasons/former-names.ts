/** What a node and its stage were called before (`renamedFrom`). */
import type { GraphNode } from '../../../core/graph/graph.ts';
import type { FormerNames } from './comparable-states.ts';

/** Undefined for a node whose names are what they were. */
export function formerNames(node: GraphNode): FormerNames | undefined {
  const { stage, formerStage, formerName } = node;
  if (formerStage === undefined && formerName === undefined) return undefined;
  return { node: formerId(node), stage: formerStage ?? stage };
}

/** The instance key stays. */
export function formerId({ id, formerName }: GraphNode): string {
  if (formerName === undefined) return id;
  return id.includes('@') ? formerName + id.slice(id.indexOf('@')) : formerName;
}
