/** Writes runs into a file store of MLflow: a new one, or one that is there. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeRefusal } from '../../core/diagnostics/system-refusal.ts';
import { UsageError } from '../../errors.ts';
import type { Digest } from '../../core/identity/digest.ts';
import type { ExportFacts } from '../facts.ts';
import { isVacant, writeFileWhole, writeFolder } from '../whole.ts';
import { experimentOf, type MetricsOf, mlflowRuns } from './runs.ts';

export interface MlflowTarget {
  /** Absolute. */
  readonly store: string;
  /** Writes the run again if the store has it. */
  readonly force: boolean;
  readonly metricsOf: MetricsOf;
  /** Undefined where the bytes are gone. */
  readonly contentOf: (digest: Digest) => Uint8Array | undefined;
}

export interface MlflowWritten {
  readonly experiment: string;
  readonly run: string;
  /** How many runs were written: the run, and those of its nodes. */
  readonly runs: number;
}

/** @throws UsageError for a folder that is not a store, and for a run that the store has */
export async function writeMlflow(
  facts: ExportFacts,
  { store, force, metricsOf, contentOf }: MlflowTarget,
): Promise<MlflowWritten> {
  if (!isVacant(store) && !isStore(store))
    throw new UsageError(`${store} is not empty and no MLflow store; name another folder.`);
  const { id, meta } = experimentOf(facts, store);
  const experiment = join(store, id);
  const run = facts.run.identity.slice(0, 32);
  if (existsSync(join(experiment, run)) && !force)
    throw new UsageError(`${store} has run ${facts.run.run} already, as ${run}; write it again with --force.`);
  makeExperiment(experiment, meta);
  const added: string[] = [];
  let runs = 0;
  try {
    // The run itself comes last: without it, nobody sees those of its nodes.
    for (const each of mlflowRuns(facts, metricsOf, { store, experiment: id })) {
      const place = join(experiment, each.id);
      const isNew = !existsSync(place);
      await writeFolder(place, (folder) => {
        for (const part of ['params', 'metrics', 'tags', 'artifacts']) mkdirSync(join(folder, part));
        for (const [path, text] of each.files) writeAt(join(folder, path), text);
        for (const [path, digest] of each.artifacts) {
          const content = contentOf(digest);
          if (content !== undefined) writeAt(join(folder, path), content);
        }
      });
      if (isNew) added.push(place);
      runs++;
    }
  } catch (error) {
    for (const place of added) rmSync(place, { recursive: true, force: true });
    throw error;
  }
  return { experiment: id, run, runs };
}

/** First of all, so that an export that was killed leaves a store, which takes the run again. @throws UsageError */
function makeExperiment(folder: string, meta: string): void {
  const file = join(folder, 'meta.yaml');
  if (existsSync(file)) return;
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new UsageError(`${folder} cannot be written: ${writeRefusal(cause)}.`, { cause });
  }
  writeFileWhole(file, meta);
}

function writeAt(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Folders of experiments, each with its own `meta.yaml`, and nothing else that is not MLflow's. */
function isStore(store: string): boolean {
  return readdirSync(store).every(
    (name) => ['.trash', 'models', 'tags'].includes(name) || existsSync(join(store, name, 'meta.yaml')),
  );
}
