/** Entry of the process that lists WebGPU's adapters: `node adapter-list.js [<project's root>]`. */
import { isRestageError } from '../../errors.ts';
import type { AdapterList } from './webgpu-devices.ts';

async function list(projectRoot: string | undefined): Promise<AdapterList> {
  const { findDawn } = await import('../../ml/backends/webgpu-packages.ts');
  const { NotInstalledError } = await import('../../ml/backends/backend-packages.ts');
  const { listAdapters, loadDawn } = await import('../../ml/backends/dawn.ts');
  try {
    return { type: 'adapters', adapters: await listAdapters(await loadDawn(findDawn(projectRoot))) };
  } catch (error) {
    if (error instanceof NotInstalledError) return { type: 'fails', why: clause(error.lack) };
    const said = (error as Error).message.split('\n', 1)[0]!;
    return { type: 'fails', why: isRestageError(error) ? clause(said) : `WebGPU does not load: ${clause(said)}` };
  }
}

function clause(sentence: string): string {
  return sentence.replace(/^The /, 'the ').replace(/[.\s]+$/, '');
}

const answer = await list(process.argv[2]);
process.send?.(answer, () => process.exit(0));
