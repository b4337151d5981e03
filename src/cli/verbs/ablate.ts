/** `restage ablate`: runs an experiment's branches as one graph, and prints what each of them changes about its metrics. */
import { EXIT, UsageError } from '../../errors.ts';
import type { PlannedStudy } from '../../study/run-study.ts';
import { flag, text, wholeNumber } from '../arguments/options.ts';
import { COMMON, REPORTING } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { writeLines } from '../output/lines.ts';
import { studyPlanLines } from '../show/study-plan.ts';

export const verb: Verb = {
  name: 'ablate',
  summary: 'run the branches of an experiment as one graph, and say what each changes',
  positionals: [
    { name: 'experiment', help: 'a file whose default export is an experiment', complete: ['files'] },
  ],
  options: [
    { long: 'plan', short: 'n', help: 'say what would run and what difference could be seen, and run nothing' },
    { long: 'jobs', short: 'j', value: 'N', least: 1, help: 'how many workers at once; default: the number of cores' },
    ...REPORTING,
    ...COMMON,
  ],
  examples: ['restage ablate pipelines/orbit/study.ts', 'restage ablate pipelines/orbit/study.ts --plan'],
  also: ['ablation', 'experiment', 'sweep', 'study'],
  async run(call) {
    const request = studyRequest(call);
    if (flag(call, 'plan')) return planOnly(call, request);
    const { runStudy } = await import('../../study/run-study.ts');
    const { reportedRun } = await import('../reporting/reported-run.ts');
    return reportedRun(call, async (reported) => {
      const report = await runStudy({ ...request, ...reported, onPlanned: (planned) => tellPlan(call, planned) });
      return report.report;
    });
  },
};

function studyRequest(call: Call) {
  const [pipeline] = call.positionals;
  if (pipeline === undefined)
    throw new UsageError('restage ablate needs the file of an experiment; write for example: restage ablate pipelines/digits/study.ts');
  const jobs = wholeNumber(call, 'jobs');
  const cacheDirectory = text(call, 'cache');
  return {
    pipeline,
    workingDirectory: call.io.cwd,
    ...(jobs === undefined ? {} : { jobs }),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
  };
}

async function planOnly(call: Call, given: ReturnType<typeof studyRequest>): Promise<number> {
  const { resolveRun } = await import('../../run/request.ts');
  const { backendSearchIn } = await import('../../identity/compute/backend.ts');
  const { nvidiaDevices } = await import('../../identity/compute/devices.ts');
  const { planStudy } = await import('../../study/run-study.ts');
  const { Cache } = await import('../../store/cache.ts');
  const request = resolveRun(given);
  await Cache.using(Cache.openToLook(request.cacheDirectory), async (cache) => {
    const planned = await planStudy(cache, request, backendSearchIn(cache, request.project, nvidiaDevices));
    tellPlan(call, planned);
  });
  return EXIT.ok;
}

function tellPlan(call: Call, planned: PlannedStudy): void {
  if (!flag(call, 'json')) writeLines(call.io, studyPlanLines(planned));
}
