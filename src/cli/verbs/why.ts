/** `restage why`: what made nodes run. Two runs by root causes, one node, or what would run after a change. */
import type { WhyNode } from '../../audit/why/why-node.ts';
import type { Override } from '../../core/params/override.ts';
import { EXIT, RestageError, UsageError } from '../../errors.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { Found, FoundNode } from '../../store/reference/found.ts';
import { flag, list, text } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import type { RunsOfBranch } from '../../study/results/why-branches.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { suggest } from '../output/suggest.ts';
import { type BranchesMeant, branchesUnlessNode, branchNames, runsOfBranch } from '../lookup/branches-meant.ts';
import { lookUp, pipelinesMeant } from '../lookup/look-up.ts';
import { isBundle, refuseBundle, withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { type Screen, screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'why',
  summary: 'say what made nodes run: root causes between two runs, of one node, or of a change before it is made',
  positionals: [
    {
      name: 'run|node',
      help: 'a run (3, run:3 or a tag), compared with the one before it or with a second one; a branch of an experiment (tricks/plain), compared with the base or a second one; or a node, also in a run (run:3/fit); default: the last two runs',
      optional: true,
      many: true,
      complete: ['recorded nodes', 'tags'],
    },
  ],
  options: [
    {
      long: 'if',
      value: 'CHANGE',
      many: true,
      help: 'what would run if a parameter had another value (path=value), or if a source were edited (code:FILE)',
      complete: ['parameters'],
    },
    OF_PIPELINE,
    {
      long: 'verbose',
      short: 'v',
      help: 'also show what differs without entering a key, all nodes by name, and all lines of code',
    },
    ...COMMON,
  ],
  examples: [
    'restage why',
    'restage why 3 7',
    'restage why train-fold@fold=3',
    "restage why --if 'train.learningRatePeak=0.02'",
  ],
  also: ['explain', 'reason', 'because'],
  async run(call) {
    await withCache(call, async (cache) => {
      const asked = list(call, 'if');
      if (asked.length > 0) await tellIf(cache, call, asked);
      else await tell(cache, call);
    });
    return EXIT.ok;
  },
};

async function tell(cache: Cache, call: Call): Promise<void> {
  const words = runsNamed(call);
  const { latestRuns, runBefore, whyRuns } = await import('../../audit/why/why-runs.ts');
  const { whyRunsLines } = await import('../show/changes/why.ts');
  const tellRuns = (before: RunRecord, after: RunRecord): void => {
    show(call, whyRuns(cache, before, after), whyRunsLines);
  };
  if (words.length === 0) {
    tellRuns(...latestRuns(cache, pipelineMeant(cache, call)));
    return;
  }
  const branches = words.map((word) => branchesUnlessNode(cache.query, word));
  if (branches[0] !== undefined) {
    await tellBranches(cache, call, branches[0], branches);
    return;
  }
  const found = await Promise.all(words.map((word) => lookUp(cache, referenceOf(word), call)));
  const [first, second] = found;
  if (first?.kind === 'run' && second?.kind === 'run') tellRuns(first.run, second.run);
  else if (first?.kind === 'run' && second === undefined) tellRuns(runBefore(cache, first.run), first.run);
  else if (second !== undefined)
    throw new UsageError('Two words after "restage why" name two runs, such as 3 7; name one node, or two runs.');
  else await tellNode(cache, call, nodeOf(cache, first!, words[0]!));
}

/** A branch against the base or a second branch; an experiment: each of its branches against the base. */
async function tellBranches(
  cache: Cache,
  call: Call,
  first: BranchesMeant,
  all: readonly (BranchesMeant | undefined)[],
): Promise<void> {
  const { whyBranch } = await import('../../study/results/why-branches.ts');
  const { whyBranchesLines } = await import('../show/changes/why-branches.ts');
  const [base, ...others] = branchNames(first.study);
  const of = ({ study }: BranchesMeant, branch: string): RunsOfBranch => runsOfBranch(cache.query, study, branch);
  const second = all.length > 1 ? all[1] : undefined;
  if (all.length > 1 && (second?.branch == null || first.branch === null))
    throw new UsageError('restage why compares two branches, or two runs; name two of one kind.');
  if (first.branch === base && second === undefined)
    throw new UsageError(
      `${base} is what the other branches of ${first.study.name} are compared with; name one of them: ${others.join(', ')}.`,
    );
  const pairs =
    second === undefined
      ? (first.branch === null ? others : [first.branch]).map(
          (branch) => [of(first, base!), of(first, branch)] as const,
        )
      : [[of(first, first.branch!), of(second, second.branch!)] as const];
  const found = pairs.flatMap(([before, after]) => whyBranch(cache, before, after) ?? []);
  if (found.length === 0)
    throw new UsageError(
      `No two of these branches of ${first.study.name} are complete with the same seed; continue with restage ablate.`,
    );
  show(call, { kind: 'why-branches', study: first.study.name, branches: found }, whyBranchesLines);
}

const MOST_WORDS = 2;

function runsNamed({ positionals }: Call): readonly string[] {
  if (positionals.length > MOST_WORDS)
    throw new UsageError(`restage why compares two runs, and ${positionals.length} are named; name two of them.`);
  return positionals;
}

function referenceOf(word: string): string {
  return /^\d{1,15}$/.test(word) ? `run:${word}` : word === 'latest' ? 'run:latest' : word;
}

function nodeOf({ query }: Cache, found: Found, word: string): FoundNode {
  if (found.kind === 'node') return found;
  if (found.kind === 'output' && found.of !== undefined) return found.of;
  if (found.kind === 'state' || found.kind === 'output') {
    const { run, node } = query.attempts.get(found.state.attempt)!;
    throw new UsageError(
      `${word} is a state, which many runs may have; name the node in a run, such as run:${run}/${node}.`,
    );
  }
  throw new UsageError(`${word} is neither a run nor a node; "restage show ${word}" tells about it.`);
}

/** Where the project is on this machine, as far as it can be known. */
function rootOf({ io }: Call): string {
  return projectRoot(io.cwd) ?? io.cwd;
}

async function tellNode(cache: Cache, call: Call, found: FoundNode): Promise<void> {
  const { whyVisited } = await import('../../audit/why/why-node.ts');
  const { whyNodeLines } = await import('../show/changes/why.ts');
  const { latest, inRun, node, pipeline } = found;
  if (latest === undefined)
    throw new UsageError(`${node} is being made for the first time; ask again when it has ended.`);
  const run = cache.query.runs.get(latest.run)!;
  const visited = whyVisited(cache, run, latest);
  const suggestion = (...words: readonly string[]): string => suggest(call, ...words);
  const told = (facts: WhyNode, now: WhyNode['outcome'] | null, note: string | null): void => {
    show(call, { ...facts, now, note }, (why, screen, verbose) => [
      ...whyNodeLines(why, suggestion, screen, verbose),
      ...(note === null ? [] : ['', note]),
    ]);
  };
  if (inRun || isBundle(cache.directory)) {
    told(visited, null, null);
    return;
  }
  const { whyNodeNow } = await import('../../audit/why/why-node-now.ts');
  const now = await today(() => whyNodeNow(cache, run, rootOf(call), node));
  if (typeof now === 'string') told(visited, null, `What it would do now is not known: ${now}`);
  else if (now === undefined) told(visited, null, `${pipeline.name} has no such node now.`);
  else told(now.outcome === 'run' || now.outcome === 'pending' ? now : visited, now.outcome, null);
}

/** What cannot be said of today does not keep anybody from asking about the past. */
async function today(work: () => Promise<WhyNode | undefined>): Promise<WhyNode | undefined | string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RestageError) return error.message;
    throw error;
  }
}

/** The latest run of --pipeline; undefined without it. */
function pipelineMeant(cache: Cache, call: Call): RunRecord | undefined {
  if (text(call, 'pipeline') === undefined) return undefined;
  return cache.query.runs.latest(pipelinesMeant(cache, call)![0]!);
}

async function tellIf(cache: Cache, call: Call, asked: readonly string[]): Promise<void> {
  refuseBundle(cache);
  const base = await baseOf(cache, call);
  const files = asked.filter((word) => word.startsWith('code:')).map((word) => word.slice('code:'.length));
  if (files.length === 0) {
    const { parseOverride } = await import('../../core/params/override.ts');
    const overrides: readonly Override[] = asked.map(parseOverride);
    const { whyNow } = await import('../../audit/why/why-now.ts');
    const { whyNowLines } = await import('../show/changes/why.ts');
    show(call, await whyNow(cache, base, rootOf(call), overrides), whyNowLines);
    return;
  }
  if (asked.length > 1)
    throw new UsageError(
      '--if code:FILE stands alone; ask about one file at a time, and about parameters apart from it.',
    );
  const { ifEdited } = await import('../../audit/why/if-edited.ts');
  const { ifEditedLines } = await import('../show/changes/why.ts');
  show(call, await ifEdited(cache, base, rootOf(call), files[0]!, call.io.cwd), ifEditedLines);
}

/** The run whose parameters count: the one that is named, or else the latest. */
async function baseOf(cache: Cache, call: Call): Promise<RunRecord> {
  const [word, second] = runsNamed(call);
  if (word === undefined) {
    const base = pipelineMeant(cache, call) ?? cache.query.runs.latestOfAll();
    if (base === undefined) throw new UsageError(`There is no run in ${cache.directory}; run a pipeline first.`);
    return base;
  }
  const found = await lookUp(cache, referenceOf(word), call);
  if (found.kind === 'run' && second === undefined) return found.run;
  throw new UsageError('--if starts from one run; name a run before it, or none for the latest.');
}

function show<T extends object>(
  call: Call,
  facts: T,
  lines: (facts: T, screen: Screen, verbose: boolean) => readonly string[],
): void {
  if (flag(call, 'json')) writeJson(call, facts);
  else writeLines(call.io, lines(facts, screenOf(call.io), flag(call, 'verbose')));
}
