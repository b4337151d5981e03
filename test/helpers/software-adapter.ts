/**
 * Where tests find a WebGPU adapter without a GPU: SwiftShader, out of Debian's package chromium-common, through npm's
 * `webgpu`. Tests that need it skip where it is not there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findWebGpu } from '../../src/ml/backends/webgpu-packages.ts';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** The environment of a process that sees this adapter and no other; undefined where it is missing. */
export const softwareAdapter: Readonly<Record<string, string>> | undefined =
  existsSync(DRIVER) && hasLoader() && isInstalled() ? { VK_ICD_FILENAMES: DRIVER } : undefined;

export const NO_SOFTWARE_ADAPTER =
  'no software adapter to test with; get it with: apt-get install chromium-common libvulkan1';

/** The environment of a process that sees no adapter at all. */
export const NO_ADAPTER: Readonly<Record<string, string>> = { VK_ICD_FILENAMES: '/nowhere/none.json' };

/** The loader of drivers, where the system looks for libraries. */
function hasLoader(): boolean {
  const { error, stdout } = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  return error === undefined && stdout.includes('libvulkan.so.1');
}

function isInstalled(): boolean {
  try {
    findWebGpu(undefined);
    return true;
  } catch {
    return false;
  }
}
