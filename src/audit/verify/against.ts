/** Holds a run against a baseline: status, parameters, what states depend on, and outputs. Times only inform. */
import type { Output } from '../../core/artifact/artifact.ts';
import { diffFields, type Field, type FieldChange } from '../../core/identity/cache-key.ts';
import { type CanonicalValue, jsonText } from '../../core/identity/canonical.ts';
import { type Baseline, type BaselineNode, type BaselineOutput } from './baseline.ts';
import { judge, type OutputVerdict, type Tolerance } from './judge.ts';

/** What differs, or is within the tolerance; nothing that is the same. */
export interface AgainstBaseline {
  /** Whether the run is as the baseline says, within the tolerance. */
  readonly holds: boolean;
  readonly status: { readonly before: string; readonly after: string } | null;
  readonly params: readonly ParamDifference[];
  readonly nodes: readonly NodeDifference[];
  /** How many there are in the run. */
  readonly counts: { readonly nodes: number; readonly outputs: number };
  readonly seconds: { readonly before: number | null; readonly after: number | null };
}

export interface ParamDifference {
  readonly path: string;
  /** Absent where only one of the two has it. */
  readonly before?: CanonicalValue;
  readonly after?: CanonicalValue;
}

export interface NodeDifference {
  readonly node: string;
  /** Null where only one of the two has the node. */
  readonly before: BaselineNode['status'] | null;
  readonly after: BaselineNode['status'] | null;
  readonly identity: readonly FieldChange[];
  readonly outputs: readonly OutputVerdict[];
}

export function against(before: Baseline, after: Baseline, tolerance: Tolerance): AgainstBaseline {
  const status = before.status === after.status ? null : { before: before.status, after: after.status };
  const params = union(before.params, after.params).flatMap((path) => paramDifference(path, before, after));
  const nodes = union(before.nodes, after.nodes).flatMap((node) =>
    nodeDifference(node, own(before.nodes, node), own(after.nodes, node), tolerance),
  );
  const made = Object.values(after.nodes);
  return {
    holds: status === null && params.length === 0 && nodes.every(isWithin),
    ...{ status, params, nodes },
    counts: { nodes: made.length, outputs: made.reduce((sum, { outputs }) => sum + Object.keys(outputs).length, 0) },
    seconds: { before: before.seconds, after: after.seconds },
  };
}

/** Whether nothing about the node differs but numbers, within the tolerance. */
function isWithin({ before, after, identity, outputs }: NodeDifference): boolean {
  return before === after && identity.length === 0 && outputs.every(({ rung }) => rung !== 'diverged');
}

function paramDifference(path: string, before: Baseline, after: Baseline): readonly ParamDifference[] {
  const [old, now] = [before, after].map(({ params }) => own(params, path));
  if (old !== undefined && now !== undefined && jsonText(old) === jsonText(now)) return [];
  return [{ path, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) }];
}

function nodeDifference(
  node: string,
  before: BaselineNode | undefined,
  after: BaselineNode | undefined,
  tolerance: Tolerance,
): readonly NodeDifference[] {
  const statuses = { before: before?.status ?? null, after: after?.status ?? null };
  if (before === undefined || after === undefined) return [{ node, ...statuses, identity: [], outputs: [] }];
  // Of a node without a state there is nothing else to tell.
  const both = before.status === 'made' && after.status === 'made';
  const identity = both ? diffFields(fieldsOf(before), fieldsOf(after)) : [];
  const outputs = both ? outputDifferences(before, after, tolerance) : [];
  const differs = statuses.before !== statuses.after || identity.length > 0 || outputs.length > 0;
  return differs ? [{ node, ...statuses, identity, outputs }] : [];
}

function fieldsOf({ identity }: BaselineNode): readonly Field[] {
  return Object.entries(identity).map(([name, field]) => ({ name, ...field }));
}

function outputDifferences(before: BaselineNode, after: BaselineNode, tolerance: Tolerance): readonly OutputVerdict[] {
  return union(before.outputs, after.outputs).flatMap((name): readonly OutputVerdict[] => {
    const [old, now] = [own(before.outputs, name), own(after.outputs, name)];
    if (old === undefined || now === undefined)
      return [
        {
          name,
          rung: 'diverged',
          differences: [{ where: '', what: `only in the ${old === undefined ? 'run' : 'baseline'}` }],
        },
      ];
    if (old.digest === now.digest) return [];
    if (old.value === undefined || now.value === undefined)
      return [{ name, rung: 'diverged', differences: [{ where: '', what: 'other bytes' }] }];
    return judge([asOutput(name, old)], [asOutput(name, now)], tolerance, ({ inline }) => inline!);
  });
}

function asOutput(name: string, { kind, digest, bytes, value }: BaselineOutput): Output {
  return { name, kind, digest, bytes, inline: value === undefined ? null : Buffer.from(JSON.stringify(value)) };
}

/** The names of both, each once. */
function union(a: object, b: object): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function own<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
