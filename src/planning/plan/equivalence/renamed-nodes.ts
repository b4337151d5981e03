/**
 * Nodes whose stage, or which themselves, had another name (`renamedFrom`). A name is in the key: as that of the stage,
 * in its code, and in the seed of random numbers. Under the earlier name, a node has the key that it had then; if there
 * is a state of it, an equivalence is put on record, and the node is a hit.
 */
import { cacheKey, type Field } from '../../../core/identity/cache-key.ts';
import { valueDigest } from '../../../core/identity/canonical.ts';
import { type Digest, sha256 } from '../../../core/identity/digest.ts';
import type { GraphNode } from '../../../core/graph/graph.ts';
import { seedOfStreams } from '../../../identity/node-fields.ts';
import type { Cache } from '../../../store/cache.ts';
import type { NewEquivalence } from '../../../store/record/equivalences.ts';
import { formerId } from '../reasons/former-names.ts';
import { type EquivalentNodes, newEquivalence } from './new-equivalence.ts';
import { stateMeant } from './state-meant.ts';

export interface Renamed extends EquivalentNodes {
  /** The run's seed. */
  readonly seed: number;
}

/** Puts on record what is found for nodes that would run. @returns these nodes */
export function takeOverRenamed(cache: Cache, renamed: Renamed): readonly GraphNode[] {
  const codeCalled = codesUnderOtherNames(cache);
  const found = renamed.graph.nodes.flatMap((node, index) => {
    const equivalence = equivalenceOf(cache, renamed, index, codeCalled);
    return equivalence === undefined ? [] : [{ node, equivalence }];
  });
  if (found.length === 0) return [];
  const ids = cache.record.equivalences.add(found.map(({ equivalence }) => equivalence));
  return found.flatMap(({ node }, at) => (ids[at] === undefined ? [] : [node]));
}

/** One sentence for each name that was another one. */
export function renamedSentences(nodes: readonly GraphNode[]): readonly string[] {
  const groups = new Map<string, number>();
  for (const { id, stage, formerStage, formerName } of nodes) {
    const words =
      formerStage === undefined
        ? `Node ${id.split('@', 1)[0]!} was called ${formerName!}`
        : `Stage ${stage} was called ${formerStage}`;
    groups.set(words, (groups.get(words) ?? 0) + 1);
  }
  return [...groups].map(
    ([words, count]) =>
      `${words}: ${count === 1 ? 'its state' : `${count} states`} on record ${count === 1 ? 'is' : 'are'} found.`,
  );
}

type CodeCalled = (digest: Digest, stage: string, former: string) => Digest | undefined;

function equivalenceOf(
  cache: Cache,
  renamed: Renamed,
  index: number,
  codeCalled: CodeCalled,
): NewEquivalence | undefined {
  const { graph, steps, seed } = renamed;
  const node = graph.nodes[index]!;
  const step = steps[index]!;
  const { formerStage, formerName } = node;
  if (step.status !== 'run' || (formerStage === undefined && formerName === undefined)) return undefined;
  const names = namesBefore(node);
  for (const [stage, id] of names) {
    const fields = fieldsUnder(step.fields, node, { stage, id, seed }, codeCalled);
    const key = fields && cacheKey(fields);
    const state = key && stateMeant(cache, step.key, key);
    if (state === undefined) continue;
    const message = `renamedFrom ${formerStage ?? formerName!}`;
    return newEquivalence(cache, renamed, index, state.id, {
      kind: 'renamed',
      message,
      tolerance: { relative: 0, ulp: 0 },
    });
  }
  return undefined;
}

/** Both names may be new, or one of them. */
function namesBefore(node: GraphNode): readonly (readonly [stage: string, id: string])[] {
  const { stage, id, formerStage = stage } = node;
  const before = formerId(node);
  return [
    [formerStage, before],
    [formerStage, id],
    [stage, before],
  ];
}

/** The fields that the node would have under other names; undefined if its code is not readable. */
function fieldsUnder(
  fields: readonly Field[],
  node: GraphNode,
  { stage, id, seed }: { readonly stage: string; readonly id: string; readonly seed: number },
  codeCalled: CodeCalled,
): readonly Field[] | undefined {
  const renamed: Field[] = [];
  for (const field of fields) {
    if (field.name === 'stage') renamed.push({ ...field, digest: valueDigest(stage) });
    else if (field.name === 'seed')
      renamed.push({ ...field, digest: seedOfStreams({ ...node, stage, id }, seed).digest });
    else if (field.name === 'code') {
      const digest = codeCalled(field.digest, node.stage, stage);
      if (digest === undefined) return undefined;
      renamed.push({ ...field, digest });
    } else renamed.push(field);
  }
  return renamed;
}

/** The digest that the code of a stage would have if the stage were called otherwise: each is worked out once. */
function codesUnderOtherNames(cache: Cache): CodeCalled {
  const known = new Map<string, Digest | undefined>();
  return (digest, stage, former) => {
    if (stage === former) return digest;
    const question = `${digest} ${former}`;
    if (!known.has(question)) known.set(question, codeUnder(cache, digest, stage, former));
    return known.get(question);
  };
}

function codeUnder(cache: Cache, digest: Digest, stage: string, former: string): Digest | undefined {
  const bundle = cache.query.codes.get(digest)?.bundle;
  const artifact = bundle === undefined ? undefined : cache.query.prefixes.artifacts(bundle, 1)[0];
  if (artifact === undefined) return undefined;
  if (artifact.inline === null && !cache.objects.has(artifact.digest, artifact.bytes)) return undefined;
  const text = Buffer.from(cache.read(artifact)).toString('utf8');
  return sha256(
    'restage/code/v1\0',
    text.replaceAll(JSON.stringify(stage), () => JSON.stringify(former)),
  );
}
