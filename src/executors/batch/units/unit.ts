/** A unit: the tasks that one job executes, one after another, and what is written down of them for the other side. */
import { FrameReader, frameOf } from '../../frames.ts';
import type { ExecutorEvent, Task } from '../../contract.ts';
import { readIfThere } from '../../../store/files/shared-file.ts';
import type { UnitDirectory } from './unit-directory.ts';

/** What a job is given. A task in it has no secrets: those are never written down. */
export interface UnitManifest {
  readonly unit: string;
  readonly cacheDirectory: string;
  readonly projectRoot: string;
  readonly gracefulMs: number | null;
  readonly tasks: readonly Task[];
}

export type LastEvent = Extract<ExecutorEvent, { readonly type: 'succeeded' | 'failed' }>;
/** What a job reports about a task before its last event. */
export type EarlyEvent = Extract<
  ExecutorEvent,
  { readonly type: 'started' | 'progress' | 'metric' | 'log' | 'undeclared' }
>;

export type Started = Extract<ExecutorEvent, { readonly type: 'started' }>;

/**
 * All that a run has to know of a task that has ended, in one file. What it told before is in another one, and may be
 * late.
 */
export interface TaskResult {
  /** Null for a task that was cancelled before it began. */
  readonly started: Started | null;
  readonly last: LastEvent;
}

/** Longer than any task or event: values of more than 4 KiB are in the object store. */
const LONGEST = 1 << 30;

export function encoded(value: UnitManifest | TaskResult | EarlyEvent): Buffer {
  return frameOf(value);
}

/** The one value of a complete file; undefined for a file that is not one. */
export function decoded(bytes: Buffer): unknown {
  try {
    const [value] = new FrameReader(LONGEST).add(bytes);
    return value;
  } catch {
    return undefined;
  }
}

/** Undefined if the unit was never written, or is gone. */
export function manifestIn(directory: UnitDirectory): UnitManifest | undefined {
  const bytes = readIfThere(directory.manifest);
  return bytes && (decoded(bytes) as UnitManifest | undefined);
}

/** Reads the events of a task from a file that grows. */
export function eventReader(): (piece: Buffer) => Iterable<EarlyEvent> {
  const frames = new FrameReader(LONGEST);
  return (piece) => frames.add(piece) as Iterable<EarlyEvent>;
}

/** The event as one of the task that this run knows: the job may have been submitted by an earlier run. */
export function ofTask<E extends EarlyEvent | LastEvent>(event: E, task: string): E {
  return { ...event, task };
}

export function isTaskResult(value: unknown): value is TaskResult {
  const { started, last } = (value ?? {}) as Unchecked;
  const isEnd = last?.type === 'succeeded' || last?.type === 'failed';
  return isEnd && typeof last.usage?.endedAt === 'number' && (started === null || started?.type === 'started');
}

interface Unchecked {
  readonly started?: { readonly type?: unknown } | null;
  readonly last?: { readonly type?: unknown; readonly usage?: { readonly endedAt?: unknown } };
}
