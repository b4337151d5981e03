/** `open`: reads the record from code. It returns as values what the command line shows. */

import type { Field } from '../core/identity/cache-key.ts';
import { decodeArtifact } from '../core/artifact/registry.ts';
import type { CacheKey, Digest } from '../core/identity/digest.ts';
import { UsageError } from '../errors.ts';
import { Cache } from '../store/cache.ts';
import type { AttemptRecord, LogRecord, MetricRecord } from '../store/query/attempts.ts';
import type { InputRecord } from '../store/query/lineage.ts';
import type { RunRecord } from '../store/query/runs.ts';
import type { VisitCounts } from '../store/query/visits.ts';

import type { CacheRequest } from '../planning/request/request.ts';
import { resolveCacheDirectory } from '../planning/request/resolve-request.ts';

/** Which cache; default: `cache/` beside the nearest package.json of the working directory. */
export type OpenRequest = CacheRequest;

/** Everything on record about a node's latest state. */
export interface NodeRecord {
  readonly node: string;
  readonly run: number;
  readonly state: CacheKey;
  readonly fields: readonly Field[];
  readonly inputs: readonly InputRecord[];
  readonly outputs: readonly {
    readonly name: string;
    readonly kind: string;
    readonly digest: Digest;
    readonly bytes: number;
  }[];
  readonly attempt: AttemptRecord | undefined;
  readonly metrics: readonly MetricRecord[];
  readonly log: readonly LogRecord[];
}

/** A cache opened for reading. Close it when done. */
export interface Reader extends Disposable {
  readonly directory: string;
  /** The latest runs, newest first. */
  runs(limit?: number): readonly (RunRecord & { readonly counts: VisitCounts })[];
  /** The latest state of a node; undefined if it never had one. */
  node(node: string): NodeRecord | undefined;
  /** The value of an output of a node's latest state, decoded. @throws UsageError, ArtifactCorruptError, DecodeError */
  read(node: string, output: string): unknown;
  close(): void;
}

/** @throws CacheError, UsageError */
export function openReader(request: OpenRequest = {}): Reader {
  const cache = Cache.openToLook(resolveCacheDirectory(request));
  const { query } = cache;
  const stateOf = (node: string) => query.visits.latest(node, { having: 'state' })?.state ?? undefined;
  return {
    directory: cache.directory,
    runs: (limit = 20) => query.runs.list({ limit }).map((run) => ({ ...run, counts: query.visits.counts(run.id) })),
    node(node) {
      const visit = query.visits.latest(node, { having: 'state' });
      if (visit === undefined || visit.state === null) return undefined;
      const { id, key } = visit.state;
      const made = query.states.get(id);
      const attempt = made === undefined ? undefined : query.attempts.get(made.attempt);
      return {
        node,
        run: visit.run,
        state: key,
        fields: cache.query.states.fields(id),
        inputs: query.lineage.inputs(id),
        outputs: cache.query.states.outputs(id).map(({ name, kind, digest, bytes }) => ({ name, kind, digest, bytes })),
        attempt,
        metrics: attempt === undefined ? [] : query.attempts.metrics(attempt.id),
        log: attempt === undefined ? [] : query.attempts.log(attempt.id),
      };
    },
    read(node, name) {
      const state = stateOf(node);
      if (state === undefined) throw new UsageError(`Node ${node} has no state in ${cache.directory}; run it first.`);
      const output = cache.query.states.outputs(state.id).find((candidate) => candidate.name === name);
      if (output === undefined) throw new UsageError(`Node ${node} has no output ${name}.`);
      return decodeArtifact(output.kind, cache.read(output), `${node}.${name}`);
    },
    close: () => cache.close(),
    [Symbol.dispose]: () => cache.close(),
  };
}
