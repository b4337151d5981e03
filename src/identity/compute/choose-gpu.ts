/** The backend that `auto` stands for on a GPU: the first that computes, each tried in a process of its own. */
import { BackendError } from '../../errors.ts';
import { NoDeviceError } from './choose-devices.ts';

/**
 * Tries a backend on a device, by its slot, with a real step. The answer is why it does not work, as a clause, if so.
 */
export type BackendTrial = (
  backend: string,
  slot: string,
  projectRoot: string | undefined,
) => Promise<string | undefined>;

/**
 * A driver that compiles for the first time, on a busy machine, takes its time; the limit only ends those that hang.
 */
const LIMIT_SECONDS = 120;

/** Of this process: a run plans several times, and a study for each branch. */
const tried = new Map<string, Promise<string | undefined>>();

export const tryOnDevice: BackendTrial = (backend, slot, projectRoot) => {
  const key = JSON.stringify([backend, slot, projectRoot]);
  let trial = tried.get(key);
  if (trial === undefined) tried.set(key, (trial = tryNow(backend, slot, projectRoot)));
  return trial;
};

async function tryNow(backend: string, slot: string, projectRoot: string | undefined): Promise<string | undefined> {
  const { tryBackend } = await import('./try-backend.ts');
  const finding = await tryBackend({
    backend,
    seconds: 0,
    limitSeconds: LIMIT_SECONDS,
    projectRoot,
    devices: [slot],
  });
  return finding.type === 'works' ? undefined : clauseOf(finding.message);
}

/**
 * @param names of the backends, in the order in which they are tried
 * @param find the backend with its devices, or the error that says what it lacks
 * @throws BackendError that says what each of them lacks
 */
export async function firstThatWorks<Found extends { readonly devices: readonly string[] }>(
  names: readonly string[],
  find: (name: string) => Promise<Found>,
  fault: (name: string, slot: string) => Promise<string | undefined>,
): Promise<Found> {
  const lacks: string[] = [];
  for (const name of names) {
    let lack: string | undefined;
    try {
      const found = await find(name);
      lack = await fault(name, found.devices[0]!);
      if (lack === undefined) return found;
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      lack = await lackOf(error);
    }
    lacks.push(`${name}: ${lack}`);
  }
  throw new BackendError(
    `No backend computes on a GPU here (${lacks.join('; ')}); get what is missing, or use --device cpu.`,
  );
}

async function lackOf(error: BackendError): Promise<string> {
  const { NotInstalledError } = await import('../../ml/backends/backend-packages.ts');
  if (error instanceof NotInstalledError) return `${clauseOf(error.lack)}, get it with: ${error.command}`;
  return error instanceof NoDeviceError ? error.lack : clauseOf(error.message);
}

/** A sentence inside of another one. */
function clauseOf(sentence: string): string {
  return sentence.replace(/^(?:The|There|No)\b/, (word) => word.toLowerCase()).replace(/[.\s]+$/, '');
}
