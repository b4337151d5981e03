/** Entry of the process that lists WebGPU's adapters: `node adapter-list.js [<project's root>]`. */
import { isRestageError } from '../../errors.ts';
import type { AdapterList } from './webgpu-devices.ts';

/** It finds the drivers. Dawn is silent without it, and no driver brings it. */
const NO_LOADER =
  "WebGPU finds no adapter: Vulkan's loader libvulkan.so.1 is not installed; get it with: apt-get install libvulkan1";

async function list(projectRoot: string | undefined): Promise<AdapterList> {
  const { findDawn } = await import('../../ml/backends/webgpu-packages.ts');
  const { NotInstalledError } = await import('../../ml/backends/backend-packages.ts');
  const { listAdapters, loadDawn } = await import('../../ml/backends/dawn.ts');
  try {
    const adapters = await listAdapters(await loadDawn(findDawn(projectRoot)));
    const lacksLoader = adapters.length === 0 && process.platform === 'linux' && !loads('libvulkan.so.1');
    return lacksLoader ? { type: 'fails', why: NO_LOADER } : { type: 'adapters', adapters };
  } catch (error) {
    if (error instanceof NotInstalledError) return { type: 'fails', why: clause(error.lack) };
    const said = (error as Error).message.split('\n', 1)[0]!;
    return { type: 'fails', why: isRestageError(error) ? clause(said) : `WebGPU does not load: ${clause(said)}` };
  }
}

/** A library that is there loads, and is then refused, since Node loads add-ons alone. */
function loads(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (error) {
    return !(error as Error).message.includes('cannot open shared object file');
  }
}

function clause(sentence: string): string {
  return sentence.replace(/^The /, 'the ').replace(/[.\s]+$/, '');
}

const answer = await list(process.argv[2]);
process.send?.(answer, () => process.exit(0));
