/** `restage verify`: executes recorded states again and compares; exits with 4 if something does not come out again. */
import { readFileSync } from 'node:fs';
import { defaultJobs } from '../../identity/environment/default-jobs.ts';
import { resolve } from 'node:path';
import { readRefusal } from '../../core/diagnostics/system-refusal.ts';
import type { Tolerance } from '../../audit/verify/judge.ts';
import type { VerifyReport } from '../../audit/verify/verify.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { pipelinesCalled } from '../../store/reference/pipelines.ts';
import { type Found, FOUND_WORDS } from '../../store/reference/found.ts';
import { flag, text, wholeNumber } from '../arguments/options.ts';
import { share } from '../arguments/share.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import { TOLERANCE, toleranceOf } from '../arguments/tolerance.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { lookUp } from '../lookup/look-up.ts';
import { withCache, withWritableCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { complain, writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';
import { interruptible } from '../reporting/interruptible.ts';
import { verdictLine, verifyLines } from '../show/verify/verify.ts';
import { plural } from '../../ui/text/format.ts';

export const verb: Verb = {
  name: 'verify',
  summary: 'execute recorded states again, from their stored code and inputs, and compare what comes out',
  positionals: [
    {
      name: 'what',
      help: 'a run (run:3), a node, also in a run (run:3/score), a state or a tag; default: the latest run',
      optional: true,
      complete: ['recorded nodes', 'tags'],
    },
  ],
  options: [
    { long: 'sample', value: 'P%', help: 'only this share of the states, drawn at random, and at least one' },
    ...TOLERANCE,
    {
      long: 'seeds',
      value: 'N',
      least: 3,
      help: 'execute what diverged with N other seeds too, and see whether its numbers are within their range',
    },
    { long: 'save', value: 'FILE', complete: ['files'], help: 'execute nothing: write the run as a baseline' },
    { long: 'against', value: 'FILE', complete: ['files'], help: 'execute nothing: compare the run with a baseline' },
    {
      long: 'attest',
      value: 'FILE',
      complete: ['files'],
      help: 'write what was reproduced as an in-toto statement (Simple Verification Result)',
    },
    { long: 'jobs', short: 'j', value: 'N', least: 1, help: 'how many states at once; default: the number of cores' },
    OF_PIPELINE,
    ...COMMON,
  ],
  exclusive: [
    ['save', 'against'],
    ['save', 'sample'],
    ['against', 'sample'],
    ['save', 'jobs'],
    ['against', 'jobs'],
    ['save', 'seeds'],
    ['against', 'seeds'],
    ['save', 'attest'],
    ['against', 'attest'],
    ['save', 'ulp'],
    ['save', 'rtol'],
  ],
  examples: [
    'restage verify',
    'restage verify run:3/score',
    'restage verify run:3 --sample 10% --rtol 1e-6',
    'restage verify run:3 --attest run-3.intoto.json',
    'restage verify --save baseline.json',
    'restage verify --against baseline.json',
  ],
  also: ['check', 'reproduce', 'repeat', 'rerun'],
  async run(call) {
    const sample = share(call, 'sample');
    const tolerance = toleranceOf(call);
    const [save, file] = [text(call, 'save'), text(call, 'against')];
    if (save !== undefined) return withCache(call, async (cache) => saveBaseline(cache, call, save));
    if (file !== undefined) return withCache(call, async (cache) => holdAgainst(cache, call, file, tolerance));
    const root = projectRoot(call.io.cwd);
    if (root === undefined)
      throw new UsageError(
        `No package.json was found above ${call.io.cwd}; change to the folder of the project: its packages are needed.`,
      );
    return interruptible(call.io, INTERRUPTING, ({ signal }) =>
      withWritableCache(call, async (cache) => {
        const { statesOf, sampleOf } = await import('../../audit/verify/choose-states.ts');
        const { verifyStates } = await import('../../audit/verify/verify.ts');
        const all = statesOf(cache.query, await whatIsMeant(cache, call));
        const states = sample === undefined ? all : sampleOf(all, sample, Math.random);
        const isJson = flag(call, 'json');
        const screen = screenOf(call.io);
        const report = await verifyStates(cache, states, {
          root,
          tolerance,
          seeds: wholeNumber(call, 'seeds') ?? 0,
          signal,
          jobs: wholeNumber(call, 'jobs') ?? defaultJobs(),
          tell: (sentence) => complain(call.io, sentence),
          onVerdict: (verdict) => {
            if (!isJson) writeLines(call.io, [verdictLine(verdict, screen.style)]);
          },
        });
        const { isRefuted } = await import('../../audit/verify/verdict.ts');
        if (isJson) writeJson(call, { kind: 'verification', tolerance, ...report });
        else writeLines(call.io, ['', ...verifyLines(report, screen)]);
        if (report.interrupted) return EXIT.interrupted;
        const attest = text(call, 'attest');
        if (attest !== undefined) await writeAttestation(cache, call, attest, report, tolerance);
        return [...report.verdicts, ...report.equivalences].some(isRefuted) ? EXIT.diverged : EXIT.ok;
      }),
    );
  },
};

const INTERRUPTING = (): string => 'interrupting: the verdicts so far are on record';

async function whatIsMeant(cache: Cache, call: Call): Promise<Found> {
  const [word = 'run:latest'] = call.positionals;
  return lookUp(cache, /^\d{1,15}$/.test(word) ? `run:${word}` : word, call);
}

/** @throws UsageError if nothing came out again */
async function writeAttestation(
  { query }: Cache,
  call: Call,
  file: string,
  { verdicts }: VerifyReport,
  tolerance: Tolerance,
): Promise<void> {
  const { attestationOf } = await import('../../export/attestation.ts');
  const { restageVersion } = await import('../../identity/environment/package-root.ts');
  const { writeOutputFile } = await import('../output/output-file.ts');
  const states = verdicts.map(({ state, node, run, verdict }) => {
    return { state, node, run, verdict, outputs: query.states.outputs(query.states.byKey(state)!.id) };
  });
  const statement = attestationOf({ states, tolerance, version: restageVersion(), at: Date.now() });
  writeOutputFile(call.io, file, `${JSON.stringify(statement, null, 2)}\n`);
  if (!flag(call, 'json') && file !== '/dev/stdout')
    writeLines(call.io, [`attested ${plural(statement.subject.length, 'output')}: ${file}`]);
}

async function saveBaseline(cache: Cache, call: Call, file: string): Promise<number> {
  const { baselineOf, baselineText } = await import('../../audit/verify/baseline.ts');
  const { writeOutputFile } = await import('../output/output-file.ts');
  const run = await runMeant(cache, call);
  const baseline = baselineOf(cache, run);
  writeOutputFile(call.io, file, baselineText(baseline));
  if (flag(call, 'json')) writeJson(call, { kind: 'baseline-saved', run: run.id, file });
  else if (file !== '/dev/stdout')
    writeLines(call.io, [
      `run ${run.id} of ${run.pipeline}, ${plural(Object.keys(baseline.nodes).length, 'node')}: ${file}`,
    ]);
  return EXIT.ok;
}

/** Of the latest run of the baseline's pipeline, if no run is named. */
async function holdAgainst(cache: Cache, call: Call, file: string, tolerance: Tolerance): Promise<number> {
  const { baselineOf, parseBaseline } = await import('../../audit/verify/baseline.ts');
  const { against } = await import('../../audit/verify/against.ts');
  const { againstLines } = await import('../show/verify/against.ts');
  const before = parseBaseline(textOf(resolve(call.io.cwd, file), file), file);
  const run = await runMeant(cache, call, before.pipeline);
  if (run.pipeline !== before.pipeline)
    throw new UsageError(
      `Run ${run.id} is one of ${run.pipeline}, and ${file} one of ${before.pipeline}; name another run.`,
    );
  const report = against(before, baselineOf(cache, run), tolerance);
  if (flag(call, 'json')) writeJson(call, { kind: 'against', run: run.id, file, tolerance, ...report });
  else writeLines(call.io, againstLines({ ...report, run: run.id, file }, screenOf(call.io)));
  return report.holds ? EXIT.ok : EXIT.diverged;
}

/** @throws UsageError for anything but a run */
async function runMeant(cache: Cache, call: Call, pipeline?: string): Promise<RunRecord> {
  const latest = pipeline === undefined || call.options['pipeline'] !== undefined;
  const found = latest || call.positionals.length > 0 ? await whatIsMeant(cache, call) : undefined;
  if (found === undefined)
    return cache.query.runs.list({ limit: 1, pipelines: pipelinesCalled(cache.query, pipeline!) })[0]!;
  if (found.kind === 'run') return found.run;
  throw new UsageError(
    `A baseline is that of a run, and ${call.positionals[0]!} names ${FOUND_WORDS[found.kind]}; name a run, such as run:3.`,
  );
}

/** @throws UsageError */
function textOf(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${readRefusal(cause)}.`, { cause });
  }
}
