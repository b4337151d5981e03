/** The files of a crate: inputs and outputs of the executions, and the sources of the stages, each content once. */
import type { Digest } from '../../core/identity/digest.ts';
import { blobsOf, type ExportFacts } from '../facts.ts';
import { fileId } from './file-id.ts';
import { type Entities, references } from './entities.ts';
import { inputId, outputId, type Workflow } from './workflow.ts';

export interface CrateFiles {
  /** `@id`s of all files, for the root's `hasPart`. */
  readonly parts: readonly string[];
  readonly idOf: (digest: Digest) => string;
  /** `@id`s of the files that no stage made. */
  readonly given: readonly string[];
}

export function addFiles(
  entities: Entities,
  facts: ExportFacts,
  workflow: Workflow,
  pathOf: (digest: Digest) => string | undefined,
): CrateFiles {
  const idOf = (digest: Digest): string => fileId(digest, pathOf);
  const examples = examplesOf(facts, workflow);
  const blobs = [...blobsOf(facts).values()];
  for (const { digest, bytes, kind, name, path } of blobs)
    entities.add({
      '@id': idOf(digest),
      '@type': 'File',
      name: path === null ? name : path.slice(path.lastIndexOf('/') + 1),
      description: path === null ? `Output ${name} (${kind ?? 'bytes'})` : `A file that no stage made: ${path}`,
      alternateName: path ?? undefined,
      contentUrl: path !== null && /^https?:/.test(path) ? path : undefined,
      contentSize: String(bytes),
      encodingFormat: mediaType(kind),
      sha256: digest,
      exampleOfWork: references(examples.get(digest) ?? []),
    });
  const sources = new Map(
    facts.codes.flatMap((code) => code.sources.map((source) => [source.digest, source] as const)),
  );
  for (const { path, digest, bytes } of sources.values())
    entities.add({
      '@id': idOf(digest),
      '@type': ['File', 'SoftwareSourceCode'],
      name: path.slice(path.lastIndexOf('/') + 1),
      description: `Source of a stage: ${path}`,
      alternateName: path,
      version: digest,
      contentSize: String(bytes),
      encodingFormat: 'text/plain',
      sha256: digest,
    });
  return {
    parts: [...blobs.map(({ digest }) => idOf(digest)), ...[...sources.keys()].map(idOf)],
    idOf,
    given: blobs.filter(({ path }) => path !== null).map(({ digest }) => idOf(digest)),
  };
}

/** Which formal parameters each content stood for. */
function examplesOf(
  { acts, steps }: ExportFacts,
  { toolOf, results }: Workflow,
): ReadonlyMap<Digest, ReadonlySet<string>> {
  const examples = new Map<Digest, Set<string>>();
  const add = (digest: Digest, parameter: string): void => {
    const known = examples.get(digest);
    if (known === undefined) examples.set(digest, new Set([parameter]));
    else known.add(parameter);
  };
  for (const act of acts) {
    for (const { slot, digest } of act.inputs) add(digest, inputId(toolOf(act), slot));
    for (const { name, digest } of act.outputs) add(digest, outputId(toolOf(act), name));
  }
  for (const { node, act } of steps)
    for (const { name, digest } of acts[act]!.outputs)
      for (const parameter of results.get(`${node}.${name}`) ?? []) add(digest, parameter);
  return examples;
}

function mediaType(kind: string | null): string {
  switch (kind) {
    case 'json':
      return 'application/json';
    case 'text':
      return 'text/plain';
    case null:
    default:
      return 'application/octet-stream';
  }
}
