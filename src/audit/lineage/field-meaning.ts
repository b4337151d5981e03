/** The fields of a state's key by what they mean, without those of its inputs. */
import type { Field } from '../../core/identity/cache-key.ts';
import type { Digest } from '../../core/identity/digest.ts';

/** A field by its name without the prefix, such as `rate` of `param.rate`. */
export interface NamedField {
  readonly name: string;
  readonly digest: Digest;
  /** A parameter's JSON (cut after 80 characters), a package's version; of a variable only whether it is set. */
  readonly value: string;
}

export interface FieldsByMeaning {
  readonly params: readonly NamedField[];
  readonly packages: readonly NamedField[];
  /** Environment variables that the stage declares; their values are not on record. */
  readonly env: readonly NamedField[];
  /** Files and folders that the stage declares to read by itself. */
  readonly reads: readonly NamedField[];
  /** Such as `node 20`. */
  readonly runtime: string | null;
  /** The run's seed and whose streams were drawn, such as `0 for fit@fold=3`; null for a stage that draws none. */
  readonly seed: string | null;
  /** Null for a stage that computes on none. */
  readonly backend: string | null;
}

export function fieldsByMeaning(fields: readonly Field[]): FieldsByMeaning {
  const lists = { param: [], dep: [], env: [], reads: [] } as Record<string, NamedField[]>;
  const single = new Map<string, string>();
  for (const { name, digest, preview } of fields) {
    const dot = name.indexOf('.');
    const list = dot < 0 ? undefined : lists[name.slice(0, dot)];
    if (list === undefined) single.set(name, preview);
    else list.push({ name: name.slice(dot + 1), digest, value: preview });
  }
  const inOrder = (list: NamedField[]): readonly NamedField[] => list.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    params: inOrder(lists['param']!),
    packages: inOrder(lists['dep']!),
    env: inOrder(lists['env']!),
    reads: inOrder(lists['reads']!),
    runtime: single.get('runtime') ?? null,
    seed: single.get('seed') ?? null,
    backend: single.get('backend') ?? null,
  };
}
