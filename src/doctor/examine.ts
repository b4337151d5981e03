/**
 * Everything that `restage doctor` reports: about Node, the machine, the project, its cache, and every backend. It
 * changes nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, freemem, platform, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { BackendError, RestageError } from '../errors.ts';
import type { CacheHealth } from '../store/upkeep/health.ts';
import { fileSystemOf } from '../store/files/file-system.ts';
import { type Device, type DeviceProbe, type Devices, slotOf } from '../identity/compute/devices.ts';
import { machineDevices } from '../identity/compute/machine-devices.ts';
import type { Adapter } from '../ml/backends/adapter.ts';
import type { DeviceFamily } from '../ml/backends/backend-entry.ts';
import { type GitState, gitState, gitVersion } from '../identity/environment/environment.ts';
import { restageVersion } from '../identity/environment/package-root.ts';
import { tryBackend } from '../identity/compute/try-backend.ts';

export interface DoctorReport {
  readonly restage: string;
  readonly node: { readonly version: string; readonly needed: string; readonly supported: boolean };
  readonly machine: {
    readonly system: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly freeMemoryBytes: number;
    /** In NVIDIA's list. */
    readonly gpus: readonly Device[];
    /** Why there are no GPUs; empty where there are. */
    readonly noGpus: string;
    /** In WebGPU's list, which has GPUs of all makers. */
    readonly adapters: readonly AdapterReport[];
    /** Why no GPU is among them; empty where one is. */
    readonly noAdapters: string;
  };
  readonly project: {
    /** Null outside a project. */
    readonly root: string | null;
    /** Null where git is not installed. */
    readonly gitVersion: string | null;
    /** Null if the project is not in a repository. */
    readonly git: GitState | null;
  };
  /** Of better-sqlite3's SQLite; null where it cannot be loaded. */
  readonly sqlite: string | null;
  /** Null outside a project without --cache. */
  readonly cache: CacheReport | null;
  readonly backends: readonly BackendReport[];
  /** Why restage cannot run, or cannot use this cache. Missing optional parts are not among them. */
  readonly diagnostics: readonly DoctorDiagnostic[];
}

export interface AdapterReport extends Adapter {
  /** `gpu:N`, or `software:N` for one that computes on the CPU. */
  readonly id: string;
}

export interface CacheReport {
  readonly directory: string;
  readonly fileSystem: string;
  readonly network: 'yes' | 'no' | 'maybe';
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Null if there is no cache yet, or it cannot be examined. */
  readonly health: CacheHealth | null;
}

export type BackendReport =
  | {
      readonly name: string;
      readonly status: 'works';
      readonly version: string;
      readonly device: string;
      readonly stepsPerSecond: number | null;
      readonly note: string;
    }
  /** Not installed, or without a device; with the command that installs it, if there is one. */
  | { readonly name: string; readonly status: 'missing'; readonly reason: string; readonly command: string | null }
  /** Installed, and does not start. */
  | { readonly name: string; readonly status: 'broken'; readonly reason: string };

export interface DoctorDiagnostic {
  /** One sentence. */
  readonly text: string;
  readonly of: 'restage' | 'cache';
}

export interface DoctorRequest {
  readonly projectRoot: string | undefined;
  readonly cacheDirectory: string | undefined;
  /** For how many seconds the speed of each backend is measured; 0: not at all. */
  readonly seconds: number;
  readonly probe?: DeviceProbe;
  /** Backends to look at; default: all. */
  readonly only?: readonly string[];
}

/**
 * Besides the measured time, a backend may take this long to start, even on a busy machine; the limit only ends those
 * that hang.
 */
const START_SECONDS = 120;
const LEAST_SPACE = 64 * 2 ** 20;

export async function examine(request: DoctorRequest): Promise<DoctorReport> {
  const { projectRoot, cacheDirectory, probe = machineDevices } = request;
  const [gpus, adapters, version, git] = await Promise.all([
    probe('nvidia', projectRoot),
    probe('webgpu', projectRoot),
    gitVersion(),
    projectRoot === undefined ? null : gitState(projectRoot),
  ]);
  const diagnostics: DoctorDiagnostic[] = [];
  const node = nodeReport();
  if (!node.supported)
    diagnostics.push({ of: 'restage', text: `Node ${node.version} is too old; restage needs ${node.needed}.` });
  const sqlite = await sqliteReport(diagnostics);
  const cache = cacheDirectory === undefined ? null : await cacheReport(cacheDirectory, sqlite !== null, diagnostics);
  const backends = await backendReports(request, { nvidia: gpus, webgpu: adapters });
  for (const backend of backends)
    if (backend.name === 'portable' && backend.status !== 'works')
      diagnostics.push({ of: 'restage', text: backend.reason });
  return {
    restage: restageVersion(),
    node,
    machine: {
      system: `${platform()} ${release()} ${arch()}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      freeMemoryBytes: freemem(),
      gpus: gpus.list,
      noGpus: gpus.absence,
      adapters: adapters.list.flatMap(({ id, adapter }) => (adapter === undefined ? [] : [{ id, ...adapter }])),
      noAdapters: adapters.absence,
    },
    project: { root: projectRoot ?? null, gitVersion: version, git },
    sqlite,
    cache,
    backends,
    diagnostics,
  };
}

function nodeReport(): DoctorReport['node'] {
  const file = new URL('../../package.json', import.meta.url);
  const { engines } = JSON.parse(readFileSync(file, 'utf8')) as { readonly engines: { readonly node: string } };
  const { version } = process;
  return { version, needed: engines.node, supported: isAtLeast(version, engines.node) };
}

/** For ranges of the form `>=20.19`, which is what restage's package.json has. */
export function isAtLeast(version: string, range: string): boolean {
  const numbers = (text: string): readonly number[] => [...text.matchAll(/\d+/g)].map(Number);
  const [found, least] = [numbers(version), numbers(range)];
  const differing = least.findIndex((number, i) => found[i] !== number);
  return differing < 0 || (found[differing] ?? 0) > least[differing]!;
}

/** Loaded only here: where better-sqlite3 does not load, the rest is still reported. */
async function sqliteReport(diagnostics: DoctorDiagnostic[]): Promise<string | null> {
  try {
    const { isSqliteUnsafe } = await import('../store/database/sqlite.ts');
    const { sqliteVersion } = await import('../store/upkeep/health.ts');
    if (isSqliteUnsafe)
      diagnostics.push({
        of: 'restage',
        text: `better-sqlite3 12 can end restage at random on Node ${process.version}; install the optional dependency better-sqlite3-node-api: npm install --include=optional.`,
      });
    return sqliteVersion();
  } catch (error) {
    const said = error instanceof Error ? error.message.split('\n', 1)[0]! : String(error);
    diagnostics.push({
      of: 'restage',
      text: `better-sqlite3 does not load (${said}); get it compiled for this Node with: npm rebuild better-sqlite3.`,
    });
    return null;
  }
}

async function cacheReport(
  directory: string,
  hasSqlite: boolean,
  diagnostics: DoctorDiagnostic[],
): Promise<CacheReport> {
  const diagnostic = (text: string): void => void diagnostics.push({ of: 'cache', text });
  const { name, network, freeBytes, totalBytes } = fileSystemOf(nearest(directory));
  if (freeBytes < LEAST_SPACE)
    diagnostic(
      `The file system of the cache ${directory} is full; free some space, or use another cache with --cache DIR.`,
    );
  let health: CacheHealth | null = null;
  if (hasSqlite) {
    const { cacheHealth } = await import('../store/upkeep/health.ts');
    try {
      health = cacheHealth(directory);
    } catch (error) {
      if (!(error instanceof RestageError)) throw error;
      diagnostic(error.message);
    }
  }
  if (health !== null && health.quickCheck !== null && health.quickCheck !== 'ok')
    diagnostic(
      `The database of the cache ${directory} is damaged (${health.quickCheck}); run restage fsck for details.`,
    );
  if (health !== null && health.missing > 0)
    diagnostic(
      `${health.missing} of ${health.sampled} checked artifacts of the cache ${directory} are missing or truncated; restage fsck --repair sets them aside, so that the next run makes them again.`,
    );
  return { directory, fileSystem: name, network, freeBytes, totalBytes, health };
}

/** The directory, or its nearest existing parent. */
function nearest(directory: string): string {
  return existsSync(directory) || dirname(directory) === directory ? directory : nearest(dirname(directory));
}

/**
 * One after the other if they are measured, so that each has a core to itself; all at once if they are only started.
 */
async function backendReports(request: DoctorRequest, devices: DeviceLists): Promise<readonly BackendReport[]> {
  const { backendNames } = await import('../ml/backends/registry.ts');
  const names = request.only ?? backendNames();
  const report = (name: string): Promise<BackendReport> => backendReport(request, name, devices);
  if (request.seconds === 0) return Promise.all(names.map(report));
  const reports: BackendReport[] = [];
  for (const name of names) reports.push(await report(name));
  return reports;
}

async function backendReport(
  { projectRoot, seconds }: DoctorRequest,
  name: string,
  lists: DeviceLists,
): Promise<BackendReport> {
  const { findBackend } = await import('../ml/backends/backends.ts');
  const { NotInstalledError } = await import('../ml/backends/backend-packages.ts');
  const { backendEntry } = await import('../ml/backends/registry.ts');
  const { device, family = 'nvidia' } = backendEntry(name);
  const { list, absence } = device === 'gpu' ? lists[family] : NO_DEVICES;
  // A software adapter is tried too, if there is nothing else: it can be asked for.
  const tried = list.find(({ adapter }) => adapter?.isSoftware !== true) ?? list[0];
  const lacks = device === 'gpu' && tried === undefined ? [`There is no GPU (${absence}).`] : [];
  let command: string | null = null;
  try {
    findBackend(name, projectRoot);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (!(error instanceof NotInstalledError)) return { name, status: 'broken', reason: error.message };
    // Without Dawn nobody knows which adapters there are.
    if (family === 'webgpu') lacks.pop();
    lacks.push(`${error.lack}.`);
    command = error.command;
  }
  if (lacks.length > 0) return { name, status: 'missing', reason: lacks.join(' '), command };
  const isSoftware = tried?.adapter?.isSoftware === true;
  const finding = await tryBackend({
    backend: name,
    seconds: isSoftware ? 0 : seconds,
    limitSeconds: START_SECONDS + 2 * seconds,
    projectRoot,
    devices: tried === undefined ? [] : [slotOf(tried)],
  });
  if (finding.type === 'fails') return { name, status: 'broken', reason: finding.message };
  const { version, stepsPerSecond } = finding;
  const note = isSoftware ? 'no GPU: computes in software, and only for --device software' : finding.note;
  return { name, status: 'works', version, device: tried?.id ?? finding.device, stepsPerSecond, note };
}

type DeviceLists = Readonly<Record<DeviceFamily, Devices>>;
const NO_DEVICES: Devices = { list: [], absence: '' };
