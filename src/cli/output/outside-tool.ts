/** Two things from the cache, in files for a program of the user's own to compare. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startRefusal } from '../../core/diagnostics/system-refusal.ts';
import type { Comparable } from '../../audit/diff/diff.ts';
import { codeSources } from '../../audit/change/code-sources.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { temporaryFolder } from '../../store/files/temporary-folder.ts';
import { convertedTo } from './converted-file.ts';

/** What a file is called, so that a program knows what is in it. */
const ENDINGS: Readonly<Record<string, string>> = { json: 'json', table: 'csv', text: 'txt' };

/**
 * Runs `command`, whose words are apart by spaces, with two paths behind them; or in place of `{a}` and `{b}`.
 * Artifacts are files, a table as CSV, and code is a folder of its sources. Both are gone when the program has ended.
 * @returns the program's exit code
 * @throws UsageError for what has no content of its own, and for a program that cannot be started
 */
export async function runTool(cache: Cache, command: string, before: Comparable, after: Comparable): Promise<number> {
  const folder = temporaryFolder('restage-diff-');
  try {
    const paths = {
      '{a}': await write(cache, before, join(folder, 'a')),
      '{b}': await write(cache, after, join(folder, 'b')),
    };
    const [program = '', ...words] = command.trim().split(/\s+/);
    const isPlaced = words.some((word) => word in paths);
    const args = isPlaced
      ? words.map((word) => (word in paths ? paths[word as keyof typeof paths] : word))
      : [...words, ...Object.values(paths)];
    const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
    if (error !== undefined)
      throw new UsageError(
        `${program} cannot be started: ${startRefusal(error)}, or give another program with --tool.`,
      );
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function write(cache: Cache, from: Comparable, path: string): Promise<string> {
  switch (from.kind) {
    case 'artifacts': {
      const { kind } = from.side;
      const stored = cache.read(from.side);
      const file = `${path}.${ENDINGS[kind] ?? 'bin'}`;
      writeFileSync(
        file,
        kind === 'table' ? await convertedTo(stored, from.name, 'csv') : kind === 'json' ? pretty(stored) : stored,
      );
      return file;
    }
    case 'codes':
      for (const [source, text] of codeSources(cache, from.digest)) {
        mkdirSync(dirname(join(path, source)), { recursive: true });
        writeFileSync(join(path, source), text);
      }
      return path;
    case 'runs':
    case 'states':
      throw new UsageError('--tool compares two outputs or two codes; name an output, such as run:3/score.result.');
  }
}

/** On lines of its own, or a program that compares lines would find one. */
function pretty(bytes: Uint8Array): string {
  return `${JSON.stringify(JSON.parse(Buffer.from(bytes).toString()), null, 2)}\n`;
}
