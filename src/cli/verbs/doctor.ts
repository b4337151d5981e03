/** `restage doctor`: says whether restage can run here, what it can compute with, and whether the cache is sound. */
import type { DoctorReport } from '../../doctor/examine.ts';
import { cacheDirectoryOf } from '../../planning/request/project.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import { EXIT } from '../../errors.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'doctor',
  summary: 'say whether restage can run here, what it can compute with, and how the cache is',
  positionals: [],
  options: [{ long: 'quick', help: 'start every backend, but do not measure its speed' }, ...COMMON],
  examples: ['restage doctor', 'restage doctor --quick --json'],
  async run(call) {
    const { examine } = await import('../../doctor/examine.ts');
    const { cwd } = call.io;
    const root = projectRoot(cwd);
    const asked = text(call, 'cache');
    const report = await examine({
      projectRoot: root,
      cacheDirectory: root === undefined && asked === undefined ? undefined : cacheDirectoryOf(root ?? cwd, asked, cwd),
      seconds: flag(call, 'quick') ? 0 : PROBE_SECONDS,
    });
    const exitCode = exitCodeOf(report);
    if (flag(call, 'json')) writeJson(call, { ...report, ok: exitCode === EXIT.ok });
    else {
      const { doctorLines } = await import('../show/doctor.ts');
      writeLines(call.io, doctorLines(report, screenOf(call.io).style));
    }
    return exitCode;
  },
};

const PROBE_SECONDS = 2.5;

/** That restage cannot run at all counts for more than a cache that is unusable. */
function exitCodeOf({ diagnostics }: DoctorReport): number {
  if (diagnostics.some((diagnostic) => diagnostic.of === 'restage')) return EXIT.stageFailed;
  return diagnostics.length > 0 ? EXIT.cache : EXIT.ok;
}
