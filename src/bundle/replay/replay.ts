/** Replays a bundle in a folder of its own, and says whether what it was made for came out again, bit for bit. */
import { rmSync } from 'node:fs';
import { type JsonNumber, jsonNumber, numberOf } from '../../core/numeric/json-number.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Output } from '../../core/artifact/artifact.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { valueAt } from '../../audit/lineage/json-numbers.ts';
import type { Lineage } from '../../audit/lineage/lineage.ts';
import type { ExecutorParts } from '../../executors/registry.ts';
import { repeatingExecutor } from '../../executors/registry.ts';
import { backendSearchIn } from '../../identity/compute/backend.ts';
import { machineDevices } from '../../identity/compute/machine-devices.ts';
import { environmentWithout } from '../../identity/secrets.ts';
import { Cache } from '../../store/cache.ts';
import type { BundleFile } from '../bundle-file.ts';
import type { BundledSubject } from '../manifest.ts';
import { installPackages } from './install.ts';
import { layOut } from './lay-out.ts';
import { type ReplayedState, replayStates } from './replay-states.ts';

export interface ReplayRequest {
  /** Empty or not there yet. */
  readonly folder: string;
  /** Whether the folder is removed in the end. */
  readonly isTemporary: boolean;
  /** Files that are not in the bundle, by their content. */
  readonly found: ReadonlyMap<Digest, string>;
  readonly jobs: number;
  readonly onInstall: () => void;
  readonly onState: (state: ReplayedState) => void;
  readonly signal?: AbortSignal;
}

export interface SubjectVerdict {
  readonly name: string;
  readonly kind: BundledSubject['kind'];
  /** Of a value or a metric, as it was and as it came out; null where there is none. */
  readonly before: CanonicalValue;
  readonly now: CanonicalValue;
  /** Whether it is the same, bit for bit. */
  readonly stands: boolean;
}

export interface ReplayReport {
  readonly subjects: readonly SubjectVerdict[];
  readonly states: readonly ReplayedState[];
  readonly interrupted: boolean;
}

/** @throws BundleError, CacheError */
export async function replayBundle(
  bundle: BundleFile,
  lineage: Lineage,
  request: ReplayRequest,
): Promise<ReplayReport> {
  const { folder, isTemporary, found, jobs, onInstall, onState, signal } = request;
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  if (isTemporary) process.once('exit', remove);
  try {
    const place = layOut(bundle, lineage, folder, found);
    onInstall();
    await installPackages(folder, bundle.lock, signal);
    return await Cache.using(Cache.open(place.cache), async (cache) => {
      const make = await repeatingExecutor().load();
      const env = environmentWithout(cache.query.conditions.secretVariables());
      const directories = { cacheDirectory: place.cache, projectRoot: place.project };
      const parts: Omit<ExecutorParts, 'onEvent'> = { ...directories, jobs, env };
      const { states: rows } = cache.query;
      const records = lineage.states.map(({ state }) => rows.get(rows.byKey(state)!.id)!);
      const states = await replayStates(cache, records, {
        place: {
          root: place.project,
          search: backendSearchIn(cache, { root: place.project }, machineDevices),
          fileOf: (digest) => place.files.get(digest),
          isElsewhere: true,
        },
        jobs,
        open: (onEvent) => make({ ...parts, onEvent }),
        onState,
        ...(signal && { signal }),
      });
      const interrupted = states.length < records.length;
      const subjects = interrupted ? [] : bundle.manifest.subjects.map((subject) => verdictOn(cache, subject, states));
      return { subjects, states, interrupted };
    });
  } finally {
    if (isTemporary) {
      process.off('exit', remove);
      remove();
    }
  }
}

function verdictOn(cache: Cache, subject: BundledSubject, states: readonly ReplayedState[]): SubjectVerdict {
  const { name, kind, roots, path, value: before } = subject;
  const byKey = new Map(states.map((state) => [state.state, state]));
  const [root] = roots;
  const state = byKey.get(root!.state)!;
  switch (kind) {
    case 'metric': {
      const now = state.metrics.get(path!);
      // The record does not tell -0 from 0.
      const stands = now !== undefined && Object.is(now + 0, numberOf(before as JsonNumber) + 0);
      return { name, kind, before, now: now === undefined ? null : jsonNumber(now), stands };
    }
    case 'value': {
      if (state.verdict === 'same') return { name, kind, before, now: before, stands: true };
      const output = state.made.find((each) => each.name === root!.output);
      const now = output === undefined ? undefined : jsonIn(cache, output, path!);
      return { name, kind, before, now: now ?? null, stands: now !== undefined && isSame(now, before) };
    }
    case 'run':
      return { name, kind, before: null, now: null, stands: states.every(({ verdict }) => verdict === 'same') };
    case 'output':
    case 'state': {
      const stands = roots.every(({ state: key, output }) => {
        const { verdict, outputs } = byKey.get(key)!;
        return (
          verdict === 'same' ||
          (verdict === 'other' && output !== null && outputs.every((each) => each.name !== output))
        );
      });
      return { name, kind, before: null, now: null, stands };
    }
  }
}

function jsonIn(cache: Cache, output: Output, path: string): CanonicalValue | undefined {
  const whole = JSON.parse(Buffer.from(cache.read(output)).toString()) as CanonicalValue;
  return path === '' ? whole : valueAt(whole, path);
}

/** Canonical JSON writes each number in the one way that gives its bits back. */
function isSame(now: CanonicalValue, before: CanonicalValue): boolean {
  return JSON.stringify(now) === JSON.stringify(before);
}
