/** Which secrets a graph needs: those of its nodes' parameters, and those of the variables that its stages declare. */
import type { Graph } from '../../../core/graph/graph.ts';
import { mayHaveMark, sourcesIn } from '../../../core/secret/mark.ts';
import { UsageError } from '../../../errors.ts';
import type { SecretNeed } from '../../../identity/secrets.ts';

/**
 * @param texts of the graph's nodes, by `nodeTexts`: a search of each tells whether its parameters are looked through
 * @throws UsageError for a variable that one stage declares as a secret and another one does not
 */
export function secretsNeeded({ nodes }: Graph, texts: readonly string[]): readonly SecretNeed[] {
  const needs = new Map<string, SecretNeed>();
  for (let index = 0; index < nodes.length; index++) {
    const { id, stage, params, secrets } = nodes[index]!;
    if (mayHaveMark(texts[index]!))
      for (const { source, path } of sourcesIn(params))
        if (needs.get(source)?.isOptional !== false)
          needs.set(source, { source, user: `parameter ${path} of node ${id}`, isOptional: false });
    if (secrets === undefined) continue;
    for (const name of secrets) {
      const source = `env:${name}`;
      if (!needs.has(source)) needs.set(source, { source, user: `a variable of stage ${stage}`, isOptional: true });
    }
  }
  if (needs.size === 0) return [];
  for (const { stage, env, secrets = [] } of nodes)
    for (const name of env) {
      const need = secrets.includes(name) ? undefined : needs.get(`env:${name}`);
      if (need !== undefined)
        throw new UsageError(
          `Stage ${stage} declares the variable ${name} in env, and it is a secret, ${need.user}; declare it in secrets of the stage.`,
        );
    }
  return [...needs.values()];
}
