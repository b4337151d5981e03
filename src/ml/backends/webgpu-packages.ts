/**
 * The packages of WebGPU, which users install if they want them: `webgpu` (Dawn, which reaches GPUs of all makers) and
 * TensorFlow.js on it. Finds both, and the binary that computes on this platform, and loads nothing.
 */
import { existsSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { join } from 'node:path';
import { type InstalledPackage, installedPackage, NotInstalledError, optionalPackage } from './backend-packages.ts';

/** With the versions that restage is tested with, its peer dependencies. */
const DAWN = 'webgpu';
const TENSORFLOW = '@tensorflow/tfjs-backend-webgpu';
const VERSIONS = { [DAWN]: '0.6.2', [TENSORFLOW]: '4.22.0' };

/** Dawn for Node. */
export interface DawnPackage extends InstalledPackage {
  /** Path of Dawn itself, for this platform. */
  readonly binary: string;
}

export interface WebGpuPackages {
  readonly dawn: DawnPackage;
  /** TensorFlow.js on WebGPU. */
  readonly backend: InstalledPackage;
  /** The tfjs-core that it loads. */
  readonly core: InstalledPackage;
}

/** @throws NotInstalledError, BackendError */
export function findWebGpu(projectRoot: string | undefined): WebGpuPackages {
  const [dawn, backend] = [DAWN, TENSORFLOW].map((name) => optionalPackage(name, projectRoot));
  if (dawn === undefined || backend === undefined)
    throw notInstalled(
      [dawn === undefined ? DAWN : undefined, backend === undefined ? TENSORFLOW : undefined],
      projectRoot,
    );
  const core = installedPackage('@tensorflow/tfjs-core', join(backend.directory, 'package.json'));
  if (core === undefined)
    throw new NotInstalledError(`The package ${TENSORFLOW} lacks @tensorflow/tfjs-core`, commandFor([TENSORFLOW]));
  return { dawn: withBinary(dawn), backend, core };
}

/** Dawn alone, which lists adapters. @throws NotInstalledError, BackendError */
export function findDawn(projectRoot: string | undefined): DawnPackage {
  const dawn = optionalPackage(DAWN, projectRoot);
  if (dawn === undefined) throw notInstalled([DAWN], projectRoot);
  return withBinary(dawn);
}

/** A package of this name may be for browsers alone, or be installed by another platform. */
export function withBinary(dawn: InstalledPackage, system: string = platform, processor: string = arch): DawnPackage {
  // As the package itself names its folders.
  const folder = `${system}-${system === 'darwin' ? 'universal' : processor}`;
  const binary = join(dawn.directory, 'dist', folder, 'dawn.node');
  if (existsSync(binary)) return { ...dawn, binary };
  const lack = `The package ${DAWN} ${dawn.version} in ${dawn.directory} has no Dawn for Node on ${folder}`;
  throw new NotInstalledError(lack, commandFor([DAWN]));
}

function notInstalled(names: readonly (string | undefined)[], projectRoot: string | undefined): NotInstalledError {
  const missing = names.filter((name) => name !== undefined);
  const place = projectRoot === undefined ? '' : ` in ${projectRoot}`;
  const lack =
    missing.length === 1
      ? `The package ${missing[0]!} is not installed${place}`
      : `The packages ${missing.join(' and ')} are not installed${place}`;
  return new NotInstalledError(lack, commandFor(missing));
}

function commandFor(names: readonly string[]): string {
  return `npm install ${names.map((name) => `${name}@${VERSIONS[name as keyof typeof VERSIONS]}`).join(' ')}`;
}
