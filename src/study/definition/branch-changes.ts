/** What a branch changes of the base, for people. */
import type { Graph } from '../../core/graph/graph.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { changesOf } from '../../core/params/paste.ts';

/** `path=value` of the parameters in which it differs from the base. */
export function changesFrom(base: Graph, graph: Graph): readonly string[] {
  return changesOf(base.params, graph.params).map(({ path, after }) => `${path}=${shown(after)}`);
}

function shown(value: CanonicalValue | undefined): string {
  if (value === undefined) return '(not set)';
  return typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value);
}

/** Texts that need no quotes. */
const PLAIN = /^[\p{L}\p{N}._/:@+-]+$/u;
