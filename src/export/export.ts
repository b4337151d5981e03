/** Exports what is on record into the files and folders that are asked for. */
import { readFileSync } from 'node:fs';
import { type Digest, sha256 } from '../core/identity/digest.ts';
import { RestageError, UsageError } from '../errors.ts';
import { findSubject, nothingOnRecord, type SubjectSearch } from '../audit/lineage/find-subject.ts';
import type { Subject } from '../audit/lineage/subject.ts';
import type { Cache } from '../store/cache.ts';
import { blobsOf, type ExportFacts } from './facts.ts';
import { subjectFacts } from './gather.ts';

/** Where each format goes; folders and files are absolute. */
export interface ExportTargets {
  readonly roCrate?: string;
  readonly prov?: string;
  readonly openLineage?: string;
  readonly mlflow?: string;
}

export interface ExportOptions {
  /** Copies inputs and outputs into the crate. */
  readonly withData: boolean;
  readonly license: string | undefined;
  /** Writes a crate or a run again that is there. */
  readonly force: boolean;
  /** Writes a file completely or not at all. */
  readonly writeFile: (file: string, text: string) => void;
}

const NOTHING = { path: undefined, value: undefined, digest: undefined, file: undefined, others: [] } as const;

/**
 * What a word means. Unlike for `how`, a run may be without any state.
 * @throws UsageError for what is not on record, or is ambiguous
 */
export async function exportSubjectOf(cache: Cache, word: string, search: SubjectSearch): Promise<Subject> {
  const run = /^\d{1,15}$/.test(word) ? cache.query.runs.listed(Number(word)) : runNamed(word, search);
  if (run !== undefined) return { ...NOTHING, kind: 'run', asked: word, run: run.id, roots: [] };
  const subject = await findSubject(cache, word, search);
  if (subject === undefined) throw nothingOnRecord(cache, word);
  return subject;
}

/** Undefined for everything else, and for a word that another reading of it may explain. */
function runNamed(word: string, { find }: SubjectSearch): { readonly id: number } | undefined {
  try {
    const found = find(word);
    return found?.kind === 'run' ? found.run : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** What was written in one format, and how much. */
export interface Exported {
  readonly format: 'RO-Crate' | 'PROV-JSON' | 'OpenLineage' | 'MLflow';
  readonly where: string;
  /** Such as `12 files`. */
  readonly what: string;
}

/** @throws UsageError for a target that cannot be written, and for MLflow of what is not a run */
export async function exportSubject(
  cache: Cache,
  subject: Subject,
  targets: ExportTargets,
  { withData, license, force, writeFile }: ExportOptions,
): Promise<readonly Exported[]> {
  const { roCrate, prov, openLineage, mlflow } = targets;
  if (mlflow !== undefined && subject.kind !== 'run')
    throw new UsageError(`MLflow keeps runs, and ${subject.asked} is not one; name a run, such as run:3.`);
  const facts = subjectFacts(cache, subject);
  const contentOf = contentIn(cache, facts);
  const written: Exported[] = [];
  if (prov !== undefined) {
    const { provOf } = await import('./prov.ts');
    const document = provOf(facts);
    writeFile(prov, `${JSON.stringify(document, null, 2)}\n`);
    const count = Object.entries(document).filter(([kind]) => kind !== 'prefix');
    const statements = count.reduce((sum, [, each]) => sum + Object.keys(each).length, 0);
    written.push({ format: 'PROV-JSON', where: prov, what: `${statements} statements` });
  }
  if (openLineage !== undefined) {
    const { openLineageOf } = await import('./openlineage/events.ts');
    const events = openLineageOf(facts);
    writeFile(openLineage, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    written.push({ format: 'OpenLineage', where: openLineage, what: `${events.length} events` });
  }
  if (roCrate !== undefined) {
    const { writeCrate } = await import('./ro-crate/write-crate.ts');
    const { files, gone } = await writeCrate(facts, { folder: roCrate, force, withData, license, contentOf });
    const lost = gone === 0 ? '' : `; the bytes of ${gone} more are gone`;
    written.push({ format: 'RO-Crate', where: roCrate, what: `${files} files${lost}` });
  }
  if (mlflow !== undefined) {
    const { writeMlflow } = await import('./mlflow/write-store.ts');
    const metricsOf = metricsIn(cache);
    const { runs, run } = await writeMlflow(facts, { store: mlflow, force, contentOf, metricsOf });
    written.push({
      format: 'MLflow',
      where: mlflow,
      what: `${runs === 1 ? '1 run' : `${runs} runs`}, the whole as ${run}`,
    });
  }
  return written;
}

function metricsIn({ query }: Cache): (act: ExportFacts['acts'][number]) => ReturnType<typeof query.attempts.metrics> {
  return ({ state, node, run }) => {
    const id = state === null ? undefined : query.states.byKey(state)?.id;
    const attempt = id === undefined ? query.attempts.latest(node, { run })?.id : query.states.get(id)!.attempt;
    return attempt === undefined ? [] : query.attempts.metrics(attempt);
  };
}

/** Bytes by their digest: the cache's, or those of a file of the user's that is still the same. */
function contentIn(cache: Cache, facts: ExportFacts): (digest: Digest) => Uint8Array | undefined {
  const blobs = blobsOf(facts);
  return (digest) => {
    try {
      const [known] = cache.query.prefixes.artifacts(digest, 1);
      const path = blobs.get(digest)?.path;
      if (known?.place !== 'external' || path == null) return known === undefined ? undefined : cache.read(known);
      const content = readFileSync(path);
      return sha256(content) === digest ? content : undefined;
    } catch (error) {
      if (error instanceof RestageError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
      throw error;
    }
  };
}
