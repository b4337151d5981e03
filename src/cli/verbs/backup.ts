/** `restage backup`: a copy of the cache as of this moment, also while runs write to it. */
import { resolve } from 'node:path';
import { EXIT } from '../../errors.ts';
import { flag } from '../arguments/options.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import { cacheDirectoryOfVerb, requireCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { stopped } from '../reporting/stopped.ts';

export const verb: Verb = {
  name: 'backup',
  summary: 'copy the cache, also while runs write to it',
  positionals: [
    { name: 'directory', help: 'where the backup is or will be; it is a cache itself', complete: ['folders'] },
  ],
  options: [...COMMON],
  examples: ['restage backup /mnt/backup/higgs', 'restage log --cache /mnt/backup/higgs'],
  also: ['copy', 'save', 'snapshot', 'move'],
  async run(call) {
    const { backUp } = await import('../../store/upkeep/backup.ts');
    const { backupLines } = await import('../show/cache/backup.ts');
    const { interruptible } = await import('../reporting/interruptible.ts');
    const { transferLines } = await import('../reporting/transfer-lines.ts');
    const cache = cacheDirectoryOfVerb(call);
    await requireCache(cache, call.io);
    const target = resolve(call.io.cwd, call.positionals[0]!);
    const sentence = (): string => 'the backup ends; what was copied stays, and the next one goes on from there';
    return interruptible(call.io, sentence, ({ signal }) =>
      stopped(signal, async () => {
        const tell = flag(call, 'json') ? undefined : transferLines(call.io);
        const report = await backUp(cache, target, {
          signal,
          ...(tell && { onProgress: (progress) => tell({ name: 'backup', ...progress }) }),
        });
        if (flag(call, 'json')) writeJson(call, { kind: 'backup', ...report });
        else writeLines(call.io, backupLines(report));
        return report.damaged.length > 0 ? EXIT.cache : EXIT.ok;
      }),
    );
  },
};
