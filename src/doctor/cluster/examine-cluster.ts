/**
 * Looks at a batch system as a run would use it: asks its commands, then submits one probe for each partition and waits
 * for what they tell. It leaves no job and no file behind.
 */
import { mkdirSync, rmdirSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type BatchPolicy, optionsFor } from '../../core/authoring/batch-options.ts';
import { unreachable, UsageError } from '../../errors.ts';
import { type Answer, systemCommand } from '../../executors/batch/command.ts';
import type { BatchSystem } from '../../executors/batch/contract.ts';
import { paceFor } from '../../executors/batch/pace.ts';
import { probe } from '../../executors/batch/probe/probe-job.ts';
import { batchEntryOf } from '../../executors/registry.ts';
import { fileSystemOf } from '../../store/files/file-system.ts';
import { storageError } from '../../store/files/storage-error.ts';
import type { ClusterReport, CommandReport, Here, ProbeReport } from './cluster-report.ts';
import { commandProblems, leftBehindSentence, probeNotes, probeProblems } from './findings.ts';

export interface ClusterRequest {
  readonly executor: string;
  readonly cacheDirectory: string;
  /** What every job asks for, unless it says otherwise. */
  readonly batch: BatchPolicy;
  /** Those to try; empty: the one of `batch`, or else the one that the system chooses. */
  readonly partitions: readonly string[];
  /** How long a probe may wait for a host. */
  readonly waitSeconds: number;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The process ends at once, whatever goes on. */
  readonly leaving?: AbortSignal | undefined;
  /** Hears what has to be said though there is no report: a sentence on a job that an interrupt has not ended. */
  readonly tell?: ((sentence: string) => void) | undefined;
  /** For tests: the path of Node on the hosts. */
  readonly node?: string | undefined;
}

const COMMAND_MS = 20_000;
/** A system is asked about it only to see whether it answers. */
const NO_UNIT = '0'.repeat(16);

/**
 * @throws UsageError for an executor that has no batch system; CacheError if nothing can be written; the signal's
 * reason
 */
export async function examineCluster(request: ClusterRequest): Promise<ClusterReport> {
  const { executor, cacheDirectory, batch, partitions, env } = request;
  const { commands, hasPartitions, load } = batchEntryOf(executor);
  if (partitions.length > 0 && !hasPartitions)
    throw new UsageError(`The executor "${executor}" has no partitions; leave --partition out.`);
  const open = await load();
  const asked = await Promise.all(commands.map((command) => commandReport(command, env)));
  const topmost = makeDirectory(cacheDirectory);
  try {
    const system = open({ cacheDirectory, batch, ...(env && { env }) });
    const here = hereOf(cacheDirectory);
    const about = { executor, system: system.title, commands: asked, here };
    const problems = commandProblems(about);
    if (problems.length > 0) return { ...about, probes: [], problems, notes: [] };
    if ((await system.observe([NO_UNIT])) === undefined)
      return {
        ...about,
        probes: [],
        problems: [`${system.title} does not answer; try again when it does.`],
        notes: [],
      };
    const wanted =
      partitions.length > 0 ? [...new Set(partitions)] : [optionsFor(executor, batch)['partition'] ?? null];
    const probes = await probeAll(system, here, wanted, request);
    return {
      ...about,
      probes,
      problems: [
        ...probes.flatMap((each) => probeProblems(each, about)),
        ...probes.flatMap(({ leftBehind }) => (leftBehind === null ? [] : [leftBehindSentence(leftBehind, system)])),
      ],
      notes: probes.flatMap((each) => probeNotes(each, about)),
    };
  } finally {
    if (topmost !== undefined) removeMade(cacheDirectory, topmost);
  }
}

/** All at once. Each ends its job before this returns, also where another one fails. */
async function probeAll(
  system: BatchSystem,
  { cacheDirectory, graceMs, node }: Here,
  partitions: readonly (string | null)[],
  { waitSeconds, signal, leaving, tell, node: asked = node }: ClusterRequest,
): Promise<readonly ProbeReport[]> {
  const ended = await Promise.allSettled(
    partitions.map(async (partition): Promise<ProbeReport> => {
      const options: Readonly<Record<string, string>> = partition === null ? {} : { partition };
      const waitMs = waitSeconds * 1000;
      const onLeftBehind = (job: string): void => tell?.(leftBehindSentence(job, system, leaving));
      const about = { system, cacheDirectory, options, waitMs, graceMs, signal, leaving, node: asked, onLeftBehind };
      return { partition, ...(await probe(about)) };
    }),
  );
  return ended.map((each) => {
    if (each.status === 'fulfilled') return each.value;
    throw signal?.aborted === true ? signal.reason : storageError(each.reason, 'A probe', cacheDirectory);
  });
}

async function commandReport(
  [name, ...words]: readonly [name: string, ...words: string[]],
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandReport> {
  const answer = await systemCommand(name, words, { timeoutMs: COMMAND_MS, env });
  return answer.type === 'said'
    ? { name, version: firstLine(answer.text), trouble: null }
    : { name, version: null, trouble: troubleOf(answer) };
}

function troubleOf(answer: Exclude<Answer, { readonly type: 'said' }>): string {
  switch (answer.type) {
    case 'failed':
      return firstLine(answer.text) || `it ended with ${answer.code}`;
    case 'silent':
      return `no answer in ${COMMAND_MS / 1000} s`;
    case 'missing':
      return 'not found';
    default:
      return unreachable(answer);
  }
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? ''
  );
}

function hereOf(cacheDirectory: string): Here {
  const { name: fileSystem, freeBytes } = fileSystemOf(cacheDirectory);
  return {
    cacheDirectory,
    ...{ fileSystem, freeBytes, arch: arch(), cpu: cpus()[0]?.model.trim() ?? 'unknown' },
    ...{ node: process.execPath, nodeVersion: process.version, graceMs: paceFor(cacheDirectory).graceMs },
  };
}

/** The topmost directory that had to be made for it; undefined if it was there. */
function makeDirectory(directory: string): string | undefined {
  try {
    return mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw storageError(error, 'The directory of the probes', directory);
  }
}

/** Removes the directory and those above it, up to the topmost one that was made, unless something is in them. */
function removeMade(directory: string, topmost: string): void {
  try {
    for (let path = resolve(directory); path.length >= topmost.length; path = dirname(path)) rmdirSync(path);
  } catch {
    // A run has begun to use it.
  }
}
