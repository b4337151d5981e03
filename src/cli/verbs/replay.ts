/**
 * `restage replay`: makes the results of a bundle again, in a folder of its own; exits with 4 if one of them differs.
 */
import { resolve } from 'node:path';
import type { ReplayReport } from '../../bundle/replay/replay.ts';
import { jsonNumber } from '../../core/numeric/json-number.ts';
import { EXIT } from '../../errors.ts';
import { defaultJobs } from '../../identity/environment/default-jobs.ts';
import { temporaryFolder } from '../../store/files/temporary-folder.ts';
import { flag, text, wholeNumber } from '../arguments/options.ts';
import { OUTPUT } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';
import { interruptible } from '../reporting/interruptible.ts';

export const verb: Verb = {
  name: 'replay',
  summary: 'make the results of a bundle again, from its code and inputs, and compare them bit for bit',
  positionals: [{ name: 'file', help: 'a bundle, as restage bundle wrote it', complete: ['files'] }],
  options: [
    { long: 'yes', short: 'y', help: 'install and execute; without it, only say what would be installed and executed' },
    {
      long: 'into',
      value: 'DIR',
      help: 'an empty folder to do it in, which is kept; default: a temporary one',
      complete: ['folders'],
    },
    {
      long: 'data',
      value: 'DIR',
      help: 'a folder with the input files that are not in the bundle',
      complete: ['folders'],
    },
    { long: 'jobs', short: 'j', value: 'N', least: 1, help: 'how many states at once; default: the number of cores' },
    ...OUTPUT,
  ],
  examples: ['restage replay ams.zip', 'restage replay ams.zip --yes', 'restage replay ams.zip --yes --data downloads'],
  also: ['unbundle', 'unpack'],
  async run(call) {
    const { cwd } = call.io;
    const path = resolve(cwd, call.positionals[0]!);
    const { withBundleCache } = await import('../../bundle/bundle-cache.ts');
    const { examine, factsOf } = await import('../../bundle/facts.ts');
    const { findFiles, missingFiles } = await import('../../bundle/replay/lay-out.ts');
    return withBundleCache(path, async (cache, bundle) => {
      const lineage = examine(cache, bundle);
      const facts = factsOf(bundle, lineage);
      const [data, into] = [text(call, 'data'), text(call, 'into')];
      if (!flag(call, 'yes')) {
        const { bundleLines } = await import('../show/cache/bundle.ts');
        if (flag(call, 'json')) writeJson(call, { kind: 'replay-plan', ...facts });
        else
          writeLines(call.io, [
            ...bundleLines(facts, screenOf(call.io)),
            'Nothing was installed or executed: its code can do what you can do here. To go on, add --yes.',
          ]);
        return EXIT.ok;
      }
      const found = findFiles(missingFiles(bundle, lineage), data === undefined ? undefined : resolve(cwd, data));
      const folder = into === undefined ? temporaryFolder('restage-replay-') : resolve(cwd, into);
      return interruptible(
        call.io,
        () => 'interrupting',
        async ({ signal }) => {
          const { replayBundle } = await import('../../bundle/replay/replay.ts');
          const { replayedLine } = await import('../show/cache/replay.ts');
          const isJson = flag(call, 'json');
          const report = await replayBundle(bundle, lineage, {
            folder,
            isTemporary: into === undefined,
            found,
            jobs: wholeNumber(call, 'jobs') ?? defaultJobs(),
            onInstall: () => {
              if (!isJson && facts.packages.length > 0)
                writeLines(call.io, [
                  `installing ${facts.packages.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
                ]);
            },
            onState: (state) => {
              if (!isJson) writeLines(call.io, [replayedLine(state, screenOf(call.io).style)]);
            },
            signal,
          });
          return tell(call, report);
        },
      );
    });
  },
};

async function tell(call: Call, report: ReplayReport): Promise<number> {
  if (flag(call, 'json')) {
    const states = report.states.map(({ made, metrics, ...state }) => ({
      ...state,
      made: made.map(({ name, kind, digest, bytes }) => ({ name, kind, digest, bytes })),
      metrics: Object.fromEntries([...metrics].map(([name, value]) => [name, jsonNumber(value)])),
    }));
    writeJson(call, { kind: 'replay', ...report, states });
  } else {
    const { replayLines } = await import('../show/cache/replay.ts');
    writeLines(call.io, replayLines(report, screenOf(call.io)));
  }
  if (report.interrupted) return EXIT.interrupted;
  return report.subjects.every(({ stands }) => stands) ? EXIT.ok : EXIT.diverged;
}
