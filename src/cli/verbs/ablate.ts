/**
 * `restage ablate`: runs an experiment's branches as one graph, and prints what each of them changes about its metrics.
 */
import { effectReference } from '../../core/reference/effect-reference.ts';
import type { ExperimentCost } from '../../core/statistics/fair-cost.ts';
import { EXIT, UsageError } from '../../errors.ts';
import type { PlannedStudy } from '../../study/definition/planned-study.ts';
import type { StudyReport, StudyRequest } from '../../study/running/run-study.ts';
import type { StudyForecast } from '../../study/running/forecast.ts';
import type { EffectForm, StudyEffects } from '../../study/results/record-effects.ts';
import { flag, list, text, wholeNumber } from '../arguments/options.ts';
import { LIMITS, limitsOf } from '../arguments/limits.ts';
import { COMMON, IDENTITY, REPORTING, THROUGH } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { throughRemote } from '../lookup/through-remote.ts';
import { writeCsvLines } from '../output/csv.ts';
import { writeJson, writeJsonLine } from '../output/json.ts';
import { writeExactly, writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';
import { screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';
import { reportedRun } from '../reporting/reported-run.ts';
import { costLines } from '../show/studies/branch-costs.ts';
import {
  EFFECT_CSV_COLUMNS,
  effectCsv,
  effectLatex,
  effectLines,
  effectMarkdown,
} from '../show/studies/effect-table.ts';
import { changesFrom } from '../../study/definition/branch-changes.ts';
import { studyPlanLines } from '../show/studies/study-plan.ts';

/** What a program reads has standard output for itself. */
const NOTATIONS = ['csv', 'markdown', 'latex', 'json'];

export const verb: Verb = {
  name: 'ablate',
  summary: 'run the branches of an experiment as one graph, and say what each changes',
  positionals: [
    {
      name: 'experiment',
      help: 'a file whose default export is an experiment; or a pipeline, with several values of a parameter by -S',
      complete: ['pipelines', 'files'],
    },
  ],
  options: [
    ...IDENTITY.filter(({ long }) => ['backend', 'device'].includes(long)),
    {
      long: 'set',
      short: 'S',
      value: 'path=value',
      many: true,
      help: 'set a parameter of the base; of a pipeline, several values (lr=0.1,0.2) make branches',
      complete: ['parameters'],
    },
    { long: 'seeds', value: 'N', help: 'how many seeds each branch runs with, or which: 0,2,5' },
    {
      long: 'metric',
      value: 'NAME:BETTER',
      many: true,
      help: 'what branches are judged by: score.ams:higher, loss:lower:cross-validation',
    },
    { long: 'yes', help: 'make any number of runs' },
    { long: 'plan', short: 'n', help: 'say what would run and what difference could be seen, and run nothing' },
    { long: 'jobs', short: 'j', value: 'N', least: 1, help: 'how many workers at once; default: the number of cores' },
    THROUGH,
    ...LIMITS,
    { long: 'csv', help: 'the effect tables as CSV, with numbers in full' },
    { long: 'markdown', help: 'the effect tables as Markdown' },
    { long: 'latex', help: 'the effect tables as LaTeX, with the package booktabs' },
    { long: 'forest', value: 'FILE', help: 'draw the first metric as a forest plot, an .svg', complete: ['files'] },
    ...REPORTING,
    ...COMMON,
  ],
  exclusive: [
    ['remote', 'plan'],
    ...NOTATIONS.flatMap((one, index) => NOTATIONS.slice(index + 1).map((other) => [one, other] as const)),
  ],
  examples: [
    'restage ablate pipelines/light/study.ts --plan',
    'restage ablate pipelines/light/study.ts --seeds 5 --forest cuts.svg',
    'restage ablate pipelines/light -S slowest=299000,299700 --seeds 3 --metric speed.inAir:lower',
  ],
  also: ['ablation', 'experiment', 'sweep', 'study'],
  async run(call) {
    const request = await studyRequest(call);
    if (flag(call, 'plan')) return planOnly(call, request);
    const { runStudy } = await import('../../study/running/run-study.ts');
    const openRemote = await throughRemote(call, request);
    let done: StudyReport | undefined;
    const code = await reportedRun(quietly(call), async (reported) => {
      const onPlanned: StudyRequest['onPlanned'] = (...planned) => tellPlan(call, ...planned);
      done = await runStudy({ ...request, ...reported, onPlanned }, undefined, { openRemote });
      return done.report;
    });
    if (done !== undefined) await tellEffects(call, done);
    return code;
  },
};

async function studyRequest(call: Call): Promise<StudyRequest> {
  const [pipeline] = call.positionals;
  if (pipeline === undefined)
    throw new UsageError(
      'restage ablate needs the file of an experiment; write for example: restage ablate pipelines/digits/study.ts',
    );
  const forest = text(call, 'forest');
  if (forest?.endsWith('.svg') === false)
    throw new UsageError(`A forest plot is an SVG; name a file that ends with .svg, not ${forest}.`);
  const { parseOverride } = await import('../../core/params/override.ts');
  const { parseMetric, parseSeeds } = await import('../../study/definition/sweep.ts');
  const jobs = wholeNumber(call, 'jobs');
  const cacheDirectory = text(call, 'cache');
  const [seeds, backend, device] = ['seeds', 'backend', 'device'].map((name) => text(call, name));
  return {
    pipeline,
    workingDirectory: call.io.cwd,
    sweep: {
      layers: [],
      overrides: list(call, 'set').map(parseOverride),
      seeds: seeds === undefined ? undefined : parseSeeds(seeds),
      metrics: Object.fromEntries(list(call, 'metric').map(parseMetric)),
      isConfirmed: flag(call, 'yes'),
    },
    ...(backend === undefined ? {} : { backend }),
    ...(device === undefined ? {} : { device }),
    ...(jobs === undefined ? {} : { jobs }),
    ...limitsOf(call),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
  };
}

async function planOnly(call: Call, given: StudyRequest): Promise<number> {
  const { resolveRun } = await import('../../run/request.ts');
  const { backendSearchIn } = await import('../../identity/compute/backend.ts');
  const { machineDevices } = await import('../../identity/compute/machine-devices.ts');
  const { rememberedCluster } = await import('../../run/remembered-cluster.ts');
  const { Cache } = await import('../../store/cache.ts');
  const { planStudy } = await import('../../study/running/run-study.ts');
  const { forecastStudy } = await import('../../study/running/forecast.ts');
  const request = resolveRun(given);
  await Cache.using(Cache.openToLook(request.cacheDirectory), async (cache) => {
    const here = backendSearchIn(cache, request.project, machineDevices);
    const search = { ...here, elsewhere: rememberedCluster(cache, request, request.executor) };
    const planned = await planStudy(given.sweep, cache, request, search);
    const forecast = forecastStudy(planned, cache.query.costs.onceEach());
    if (flag(call, 'json')) writeJson(call, { kind: 'ablation-plan', ...plannedBranches(planned), ...forecast });
    else writeLines(call.io, studyPlanLines(planned, forecast, screenOf(call.io)));
  });
  return EXIT.ok;
}

function plannedBranches({ study, runs }: PlannedStudy) {
  const base = runs[0]!.graph;
  const firsts = runs.filter(({ seed }) => seed === study.seeds[0]);
  return {
    study: study.name,
    pipeline: study.pipeline.name,
    seeds: study.seeds,
    branches: firsts.map(({ branch: { name, parent }, graph }) => ({
      name,
      parent,
      changes: changesFrom(base, graph),
    })),
  };
}

function isForPrograms(call: Call): boolean {
  return NOTATIONS.some((name) => flag(call, name));
}

/** Whether a program reads the events; the effects are the last line then. */
function tellsEvents(call: Call): boolean {
  return text(call, 'reporter') === 'json' && !isForPrograms(call);
}

/** The events of the run go nowhere where a program reads the table. */
function quietly(call: Call): Call {
  if (!isForPrograms(call)) return call;
  return { ...call, io: { ...call.io, writeOut: () => undefined, terminal: () => undefined } };
}

function tellPlan(call: Call, planned: PlannedStudy, forecast: StudyForecast): void {
  if (isForPrograms(call) || tellsEvents(call)) return;
  writeLines(call.io, [...studyPlanLines(planned, forecast, screenOf(call.io)), '']);
}

async function tellEffects(call: Call, { report }: StudyReport): Promise<void> {
  const { recordEffectFile, recordEffects } = await import('../../study/results/record-effects.ts');
  const { studyCosts, withCosts } = await import('../../study/results/costs.ts');
  const { Cache } = await import('../../store/cache.ts');
  await Cache.using(Cache.open(report.cacheDirectory), async (cache) => {
    const record = cache.query.studies.of(report.run)!;
    const effects = await recordEffects(cache, record);
    const costs = studyCosts(cache, record);
    const file = text(call, 'forest');
    if (file !== undefined) await recordEffectFile(cache, record.run, 'SVG', await drawForest(call, file, effects));
    const form = formOf(call);
    const told = { effects: { ...effects, tables: withCosts(effects.tables, costs) }, costs, file };
    if (form === undefined) writeLines(call.io, effectsLines(call, told));
    else {
      const written = writtenBy(call, (copied) => writeForm(copied, form, told));
      // A program redirects what it reads into a file, by which people ask later where its numbers are from. After the
      // events of the run, the effects are only the end of such a file.
      if (!tellsEvents(call)) await recordEffectFile(cache, record.run, form, written);
    }
  });
}

interface Told {
  readonly effects: StudyEffects;
  readonly costs: ExperimentCost;
  readonly file: string | undefined;
}

function formOf(call: Call): EffectForm | undefined {
  const forms: Readonly<Record<string, EffectForm>> = {
    json: 'JSON',
    csv: 'CSV',
    markdown: 'Markdown',
    latex: 'LaTeX',
  };
  return tellsEvents(call) ? 'JSON' : Object.entries(forms).find(([name]) => flag(call, name))?.[1];
}

function writeForm(call: Call, form: EffectForm, { effects, costs }: Told): void {
  const { tables } = effects;
  const facts = { ...effects, costs: { ...costs, branches: Object.fromEntries(costs.branches) } };
  if (form === 'JSON' && tellsEvents(call)) writeJsonLine(call, { type: 'ablation', ...facts });
  else if (form === 'JSON') writeJson(call, { kind: 'ablation', ...facts });
  else if (form === 'CSV') writeCsvLines(call, [EFFECT_CSV_COLUMNS, ...tables.flatMap(effectCsv)]);
  else if (form === 'Markdown')
    writeExactly(
      call.io,
      tables.flatMap((table) => [...effectMarkdown(table), '']),
    );
  else writeExactly(call.io, tables.flatMap(effectLatex));
}

/** Does it, and returns what it wrote. */
function writtenBy(call: Call, write: (copied: Call) => void): string {
  let written = '';
  const writeOut = (words: string): void => {
    written += words;
    call.io.writeOut(words);
  };
  write({ ...call, io: { ...call.io, writeOut } });
  return written;
}

function effectsLines(call: Call, { effects: { study, tables }, costs, file }: Told): readonly string[] {
  const screen = screenOf(call.io);
  const [first] = tables.flatMap(({ metric, rows }) =>
    rows.map(({ variant }) => effectReference({ study, variant, metric: metric.name })),
  );
  return [
    ...tables.flatMap((table) => ['', ...effectLines(table, screen)]),
    '',
    ...costLines(costs, screen),
    ...(file === undefined ? [] : ['', `The forest plot is in ${file}.`]),
    ...(first === undefined ? [] : ['', `How a number came about: ${suggest(call, 'how', first)}`]),
  ];
}

/** Draws it, and returns the drawing. */
async function drawForest(call: Call, file: string, { tables }: StudyEffects): Promise<string> {
  const { forestPlot } = await import('../../report/forest-plot.ts');
  const drawing = await forestPlot(tables[0]!);
  writeOutputFile(call.io, file, drawing);
  return drawing;
}
