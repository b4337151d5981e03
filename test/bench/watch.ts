/** Running a command while looking at what all of its processes together hold in memory. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, type Sample, sampleOf, timed } from './timing.ts';

export interface Watched {
  readonly sample: Sample;
  readonly printed: string;
  /**
   * The largest sum of resident memory of the command and all of its children at any look, in bytes; what they share
   * counts for each. Null where there is no /proc to look into.
   */
  readonly peakBytes: number | null;
}

const LOOK_EVERY_MS = 50;
/** Linux's page on all machines that Node has prebuilt binaries for. */
const PAGE_BYTES = 4096;

/** Runs a command, times it as `time` does, and adds up its processes' memory as it goes. @throws if it fails */
export async function watch({ argv, directory }: Command): Promise<Watched> {
  const scratch = mkdtempSync(join(tmpdir(), 'restage-watch-'));
  const output = join(scratch, 'output');
  // In a process group of its own, which is what tells its processes from all others.
  const child = spawn('bash', timed(argv, output), {
    cwd: directory,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  let peakBytes: number | null = existsSync('/proc/self/stat') ? 0 : null;
  const timer = setInterval(() => {
    if (peakBytes !== null) peakBytes = Math.max(peakBytes, groupMemory(child.pid!));
  }, LOOK_EVERY_MS);
  try {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    const printed = readFileSync(output, 'utf8');
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}:\n${printed}${said}`);
    return { sample: sampleOf(said), printed, peakBytes };
  } finally {
    clearInterval(timer);
    rmSync(scratch, { recursive: true });
  }
}

/** Resident memory of a process group without its leader, which is the shell. */
function groupMemory(group: number): number {
  let bytes = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === group) continue;
    try {
      // After the name in parentheses: state, parent, group; resident pages are the 22nd from there.
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) === group) bytes += Number(fields[21]) * PAGE_BYTES;
    } catch {
      // It has ended meanwhile.
    }
  }
  return bytes;
}
