/** The command that makes what was asked for again, and what prevents that. */
import type { Today, TodayFact, TodayKind } from '../today/today-facts.ts';
import type { Lineage, LineageRun } from './lineage.ts';

export interface Remake {
  /** Command lines, each as its words: they run one after the other. */
  readonly commands: readonly (readonly string[])[];
  /** One sentence each; none where the same keys come out as far as one can tell. */
  readonly obstacles: readonly string[];
}

/** @param now undefined where nobody asked about today. Undefined for a file that no stage made. */
export function remake(lineage: Lineage, now: Today | undefined): Remake | undefined {
  const { subject, states } = lineage;
  if (subject.effects !== undefined) return remakeEffects(lineage, now);
  const last = subject.run ?? states.at(-1)?.run;
  const run = lineage.runs.find((each) => each.run === last);
  if (run === undefined || subject.roots.length === 0) return undefined;
  const nodes = subject.kind === 'run' ? [] : [...new Set(subject.roots.map(({ node }) => node))];
  const backend = states.some((state) => state.backend !== null) ? ['--backend', run.backend] : [];
  const again = ['restage', 'run', run.source, ...nodes, '--like', `run:${run.run}`, ...backend];
  const checkout = needsCheckout(run, now) ? [['git', 'checkout', run.commit!]] : [];
  return { commands: [...checkout, again], obstacles: [...obstaclesOf(lineage, run, now, checkout.length > 0)] };
}

/** The experiment again: what is in the cache is found. Undefined for tables without a value. */
function remakeEffects(lineage: Lineage, now: Today | undefined): Remake | undefined {
  const { effects } = lineage.subject;
  const run = lineage.runs.find((each) => each.run === effects!.run);
  if (run === undefined) return undefined;
  const checkout = needsCheckout(run, now) ? [['git', 'checkout', run.commit!]] : [];
  return {
    commands: [...checkout, withoutCache(run.argv)],
    obstacles: [...obstaclesOf(lineage, run, now, checkout.length > 0)],
  };
}

/** Whoever tells the command says of which cache. */
function withoutCache(argv: readonly string[]): readonly string[] {
  return argv.filter((word, at) => !word.startsWith('--cache') && argv[at - 1] !== '--cache');
}

/** The commit is known to hold the code, and something else is checked out. */
function needsCheckout({ commit, dirty }: LineageRun, now: Today | undefined): boolean {
  if (commit === null || dirty !== false || now === undefined) return false;
  const changed = now.facts.some(({ kind, standing }) => isCode(kind) && standing !== 'same');
  return changed && (now.git?.commit !== commit || now.git.dirty);
}

function isCode(kind: TodayKind): boolean {
  return kind === 'code' || kind === 'package';
}

function* obstaclesOf(
  { states }: Lineage,
  run: LineageRun,
  now: Today | undefined,
  isCheckedOut: boolean,
): Generator<string> {
  const facts = now?.facts ?? [];
  const codeChanged = facts.some(({ kind, standing }) => isCode(kind) && standing !== 'same');
  if (run.commit === null && (codeChanged || now === undefined))
    yield `Run ${run.run} was made outside of a git repository: its code is only in the cache, where "restage show CODE --sources" prints it.`;
  if (run.dirty === true && (codeChanged || now === undefined))
    yield `Run ${run.run} was made with changes over the commit ${run.commit!.slice(0, 8)} that are in no commit: its code is only in the cache, where "restage show CODE --sources" prints it.`;
  if (isCheckedOut && now?.git?.dirty === true)
    yield 'The working tree has changes that are in no commit: git may refuse the checkout.';
  for (const kind of KINDS)
    for (const standing of ['changed', 'gone', 'unknown'] as const) {
      const these = facts.filter((fact) => fact.kind === kind && fact.standing === standing);
      if (these.length > 0 && !(isCheckedOut && isCode(kind))) yield sentence(kind, standing, these);
    }
  const added = facts.filter(({ kind, then, now: today }) => kind === 'parameter' && then === null && today !== null);
  if (added.length > 0) yield `The pipeline has parameters that it did not have then: ${namesOf(added)}.`;
  const gone = facts.filter(({ kind, standing }) => kind === 'parameter' && standing === 'gone');
  if (gone.length > 0) yield `The pipeline does not have these parameters any more: ${namesOf(gone)}.`;
  const nodes = (these: readonly { readonly node: string }[]): string =>
    listed([...new Set(these.map(({ node }) => node))]);
  const undeclared = states.filter(({ accesses }) => accesses.some(({ declared }) => !declared));
  if (undeclared.length > 0) yield `What these nodes read without declaring it is not on record: ${nodes(undeclared)}.`;
  const open = states.filter(({ accesses }) =>
    accesses.some(({ declared, kind }) => declared && kind !== 'file' && kind !== 'env'),
  );
  if (open.length > 0) yield `These nodes are declared as not reproducible: ${nodes(open)}.`;
}

/** Parameters are not among them: `--like` takes them from the run. */
const KINDS = ['code', 'package', 'file', 'read', 'variable', 'backend', 'runtime'] as const;
const NOUNS: Readonly<Record<(typeof KINDS)[number], readonly [one: string, many: string]>> = {
  code: ['The code of the stage', 'The code of the stages'],
  package: ['The package', 'The packages'],
  file: ['The file', 'The files'],
  read: ['The file that a stage reads,', 'The files that stages read,'],
  variable: ['The environment variable', 'The environment variables'],
  backend: ['The backend', 'The backends'],
  runtime: ['The runtime', 'The runtimes'],
};

function sentence(
  kind: (typeof KINDS)[number],
  standing: 'changed' | 'gone' | 'unknown',
  facts: readonly TodayFact[],
): string {
  const [one, many] = NOUNS[kind];
  const isOne = facts.length === 1;
  const what = `${isOne ? one : many} ${namesOf(facts)}`;
  switch (standing) {
    case 'changed':
      return `${what} ${isOne ? 'has' : 'have'} changed since.`;
    case 'gone':
      return `${what} ${isOne ? 'is' : 'are'} gone.`;
    case 'unknown':
      return `${what} cannot be compared with today.`;
  }
}

function namesOf(facts: readonly TodayFact[]): string {
  return listed([...new Set(facts.map(({ name }) => name))]);
}

const MOST_NAMED = 5;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return more > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more` : names.join(', ');
}
