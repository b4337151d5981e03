/** `restage doctor`: says whether restage can run here, what it can compute with, and whether the cache is sound. */
import type { DoctorReport } from '../../doctor/examine.ts';
import { cacheDirectoryOf } from '../../planning/request/project.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import { projectSettings } from '../../planning/request/settings.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { flag, list, text, wholeNumber } from '../arguments/options.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { writeJson } from '../output/json.ts';
import { complain, writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';
import { interruptible } from '../reporting/interruptible.ts';
import { stopped } from '../reporting/stopped.ts';

const PROBE_SECONDS = 2.5;
const WAIT_SECONDS = 120;

export const verb: Verb = {
  name: 'doctor',
  summary: 'say whether restage can run here, what it can compute with, and whether the cache is sound',
  positionals: [],
  options: [
    { long: 'quick', help: 'start every backend, but do not measure its speed' },
    {
      long: 'executor',
      value: 'NAME',
      help: 'look at a cluster instead, such as slurm: submit a job that reports what its host is and sees',
    },
    {
      long: 'partition',
      value: 'NAME',
      many: true,
      help: 'with --executor: the partition to try; default: the one of the settings, or of the site',
    },
    {
      long: 'wait',
      value: 'SECONDS',
      least: 1,
      help: `with --executor: how long the job may wait for a host; default ${WAIT_SECONDS}`,
    },
    ...COMMON,
  ],
  exclusive: [['quick', 'executor']],
  examples: ['restage doctor', 'restage doctor --quick --json', 'restage doctor --executor slurm --partition long'],
  async run(call) {
    if (text(call, 'executor') !== undefined) return examineCluster(call, text(call, 'executor')!);
    for (const option of ['partition', 'wait'])
      if (call.options[option] !== undefined)
        throw new UsageError(`--${option} is for a cluster; name it with --executor, such as --executor slurm.`);
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
      const { doctorLines } = await import('../show/machine/doctor.ts');
      writeLines(call.io, doctorLines(report, screenOf(call.io).style));
    }
    return exitCode;
  },
};

async function examineCluster(call: Call, executor: string): Promise<number> {
  const { cwd } = call.io;
  const root = projectRoot(cwd);
  const asked = text(call, 'cache');
  if (root === undefined && asked === undefined)
    throw new UsageError(
      `There is no package.json above ${cwd}; run doctor in a project, or name a cache with --cache DIR.`,
    );
  const sentence = (): string => 'cancelling the job';
  return interruptible(call.io, sentence, ({ signal, leaving }) =>
    stopped(signal, async () => {
      const { examineCluster: examine } = await import('../../doctor/cluster/examine-cluster.ts');
      const report = await examine({
        executor,
        cacheDirectory: cacheDirectoryOf(root ?? cwd, asked, cwd),
        batch: root === undefined ? {} : projectSettings(root).batch,
        partitions: list(call, 'partition'),
        waitSeconds: wholeNumber(call, 'wait') ?? WAIT_SECONDS,
        env: call.io.env,
        tell: (sentence) => complain(call.io, sentence),
        signal,
        leaving,
      });
      const ok = report.problems.length === 0;
      if (flag(call, 'json')) writeJson(call, { ...report, ok });
      else {
        const { clusterLines } = await import('../show/machine/cluster.ts');
        writeLines(call.io, clusterLines(report, screenOf(call.io).style));
      }
      return ok ? EXIT.ok : EXIT.stageFailed;
    }),
  );
}

/** That restage cannot run at all counts for more than a cache that is unusable. */
function exitCodeOf({ diagnostics }: DoctorReport): number {
  if (diagnostics.some((diagnostic) => diagnostic.of === 'restage')) return EXIT.stageFailed;
  return diagnostics.length > 0 ? EXIT.cache : EXIT.ok;
}
