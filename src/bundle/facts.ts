/**
 * What is in a bundle and what a replay of it would do, as facts: nothing is executed, installed or fetched for them.
 */
import { valueDigest } from '../core/identity/canonical.ts';
import type { Digest } from '../core/identity/digest.ts';
import { mayHaveMark, sourcesIn } from '../core/secret/mark.ts';
import { type Lineage, lineageOf, type LineageState } from '../audit/lineage/lineage.ts';
import type { Root, Subject } from '../audit/lineage/subject.ts';
import { codeDigest } from '../identity/code/bundles/code-digest.ts';
import { environmentFacts } from '../identity/environment/environment.ts';
import { isSecretVariable } from '../identity/secret-fields.ts';
import type { Cache } from '../store/cache.ts';
import type { BundleFile } from './bundle-file.ts';
import type { Manifest } from './manifest.ts';

export interface BundleFacts {
  readonly file: string;
  readonly bytes: number;
  readonly restage: string;
  readonly subjects: Manifest['subjects'];
  readonly data: Manifest['data'];
  readonly outputs: Manifest['outputs'];
  /** In the order in which they are first executed. */
  readonly stages: readonly {
    readonly stage: string;
    readonly states: number;
    /** That it took when they were made. */
    readonly seconds: number;
  }[];
  readonly packages: readonly { readonly name: string; readonly version: string; readonly hasScript: boolean }[];
  readonly inputs: readonly {
    readonly path: string;
    readonly digest: Digest;
    readonly bytes: number;
    readonly included: boolean;
  }[];
  readonly reads: readonly string[];
  /** Where the secrets of stages are, such as `env:TOKEN`: a replay takes those that are there here. */
  readonly secrets: readonly string[];
  /** Environment variables that stages declare; their values are on no record. */
  readonly variables: readonly { readonly name: string; readonly now: 'same' | 'other' }[];
  /** Such as `node 20` and `portable 2 on cpu`. */
  readonly runtimes: readonly string[];
  readonly backends: readonly string[];
  /** What the stages declare to depend on besides, such as `network`. */
  readonly effects: readonly string[];
  readonly machine: { readonly then: Machine; readonly now: Machine };
}

export type Machine = Readonly<Record<string, unknown>>;

/**
 * Reads all of a bundle, before anything of it is executed, and checks that code is what its digest says, with which
 * the states name it.
 * @returns the lineage of all that was bundled
 * @throws BundleError
 */
export function examine(cache: Cache, bundle: BundleFile): Lineage {
  bundle.verify();
  const lineage = lineageOfBundle(cache, bundle);
  for (const { digest, stage } of lineage.codes) {
    const [artifact] = cache.query.prefixes.artifacts(cache.query.codes.origin(digest)!.bundle, 1);
    if (artifact!.inline === null && !bundle.has(artifact!.digest))
      throw bundle.refusal(new Error(`the code of stage ${stage} is missing from it`));
    if (codeDigest(Buffer.from(cache.read(artifact!)).toString()) !== digest)
      throw bundle.refusal(new Error(`the code of stage ${stage} is not what its digest says`));
  }
  return lineage;
}

function lineageOfBundle(cache: Cache, bundle: BundleFile): Lineage {
  const { query } = cache;
  const roots = bundle.manifest.subjects.flatMap(({ kind, run, roots: own }): readonly Root[] => {
    const states = kind === 'run' && run !== null ? query.visits.ofRun(run).map(({ state }) => state?.key) : [];
    return [...own.map(({ state }) => state), ...states].flatMap((key) => {
      if (key === undefined) return [];
      const row = query.states.byKey(key);
      if (row === undefined) throw bundle.refusal(new Error('what it was made for is not in its record'));
      return [{ id: row.id, state: key, node: '', output: undefined, result: undefined }];
    });
  });
  const subject: Subject = {
    ...{ kind: 'state', asked: '', run: undefined, roots, path: undefined, value: undefined, digest: undefined },
    ...{ file: undefined, others: [] },
  };
  return lineageOf(cache, subject);
}

export function factsOf(bundle: BundleFile, lineage: Lineage): BundleFacts {
  const { manifest, lock, path, bytes } = bundle;
  const { states, files, runs } = lineage;
  const stages = new Map<string, { stage: string; states: number; seconds: number }>();
  for (const { stage, seconds } of states) {
    const known = stages.get(stage) ?? { stage, states: 0, seconds: 0 };
    stages.set(stage, { stage, states: known.states + 1, seconds: known.seconds + seconds });
  }
  const declared = states.flatMap(({ accesses }) => accesses.filter((access) => access.declared));
  const unique = (list: readonly (string | null)[]): readonly string[] => [
    ...new Set(list.filter((each) => each !== null)),
  ];
  return {
    file: path,
    bytes,
    restage: manifest.restage,
    subjects: manifest.subjects,
    data: manifest.data,
    outputs: manifest.outputs,
    stages: [...stages.values()],
    packages: Object.entries(lock.packages).map(([place, entry]) => ({
      name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version,
      hasScript: entry['hasInstallScript'] === true,
    })),
    inputs: files.map((file) => ({ ...file, included: bundle.has(file.digest) })),
    reads: manifest.reads.map((read) => read.path),
    secrets: unique(states.flatMap(secretSources)),
    variables: [...new Map(states.flatMap(openVariables).map(({ name, digest }) => [name, digest]))].map(
      ([name, digest]) => ({ name, now: valueDigest(process.env[name] ?? null) === digest ? 'same' : 'other' }),
    ),
    runtimes: unique(states.map(({ runtime }) => runtime)),
    backends: unique(states.map(({ backend }) => backend)),
    effects: unique(declared.map(({ kind }) => kind).filter((kind) => kind !== 'file' && kind !== 'env')),
    machine: { then: runs.at(-1)?.environment ?? {}, now: JSON.parse(environmentFacts().facts) as Machine },
  };
}

function openVariables({ env }: LineageState): LineageState['env'] {
  return env.filter(({ value }) => !isSecretVariable({ preview: value }));
}

function secretSources({ params, env }: LineageState): readonly string[] {
  const marked = params.filter(({ value }) => mayHaveMark(value));
  return [
    ...marked.flatMap(({ value }) => [...sourcesIn(JSON.parse(value))].map(({ source }) => source)),
    ...env.filter(({ value }) => isSecretVariable({ preview: value })).map(({ name }) => `env:${name}`),
  ];
}
