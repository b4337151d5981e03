/** A run's parameters beside the values that the pipeline gives them today, where nothing is set. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { changesOf, leavesOf } from '../../core/params/paste.ts';
import { RestageError } from '../../errors.ts';
import { loadGraph } from '../../planning/definition/load-graph.ts';
import { findProject } from '../../planning/request/project.ts';
import type { Cache } from '../../store/cache.ts';
import type { Standing, TodayFact, TodaysPlace } from './today-facts.ts';

/** `changed` where today's default is another value: `-S` set it then, or the default changed since. */
export async function parametersToday(
  cache: Cache,
  { source, params }: { readonly source: string; readonly params: CanonicalValue },
  { root, workingDirectory }: TodaysPlace,
): Promise<readonly TodayFact[]> {
  const then = leavesOf(params);
  try {
    if (root === undefined) return then.map(({ path, value }) => fact(path, 'unknown', value, undefined));
    const project = findProject(source, root);
    const { graph } = await loadGraph(cache, { project, layers: [], workingDirectory });
    const changes = new Map(changesOf(params, graph.params).map((change) => [change.path, change]));
    const added = [...changes.values()].filter(({ before }) => before === undefined);
    return [
      ...then.map(({ path, value }) => {
        const change = changes.get(path);
        if (change === undefined) return fact(path, 'same', value, value);
        return fact(path, change.after === undefined ? 'gone' : 'changed', value, change.after);
      }),
      ...added.map(({ path, after }) => fact(path, 'changed', undefined, after, 'there was no such parameter then')),
    ];
  } catch (error) {
    if (!(error instanceof RestageError)) throw error;
    const note = `today's defaults are not known: ${error.message}`;
    return then.map(({ path, value }) => fact(path, 'unknown', value, undefined, note));
  }
}

function fact(
  name: string,
  standing: Standing,
  then: CanonicalValue | undefined,
  now: CanonicalValue | undefined,
  note: string | null = null,
): TodayFact {
  return { kind: 'parameter', name, standing, then: json(then), now: json(now), note };
}

function json(value: CanonicalValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
