/**
 * Which nodes of a plan share a line: instances of one name, or one node of a branch with each of its seeds, whose
 * reasons differ in the instance at most.
 */
import type { ExperimentOutline } from '../../../events.ts';
import { rangeWords } from '../words/prose.ts';

interface Planned {
  readonly node: string;
  readonly status: string;
  /** One clause. */
  readonly reason: string;
}

export interface PlannedGroup<N extends Planned> {
  /** `train-fold ×200`, `plain/seed-0..4/score ×5`; of a single node its name. */
  readonly name: string;
  /** `waits for prepare ×200`, or what all of them say. */
  readonly reason: string;
  readonly members: readonly N[];
}

const SEED = /^([^/]+)\/seed-(\d+)\//;

/** @param experiment what the plan is of, where it is one: its nodes begin with the name of a branch and a seed */
export function plannedGroups<N extends Planned>(
  nodes: readonly N[],
  experiment: Pick<ExperimentOutline, 'runs'> | undefined,
): readonly PlannedGroup<N>[] {
  const seeds = [...new Set(experiment?.runs.map(({ seed }) => seed))];
  const groups = new Map<string, N[]>();
  for (const node of nodes) {
    const name = nameParts(node.node, seeds);
    const alike = JSON.stringify([name.before, name.after, node.status, commonReason(node.reason, seeds)]);
    const group = groups.get(alike);
    if (group === undefined) groups.set(alike, [node]);
    else group.push(node);
  }
  return [...groups.values()].map((members) => ({
    name: namesTogether(
      members.map(({ node }) => node),
      seeds,
    ),
    reason: reasonsTogether(members, seeds),
    members,
  }));
}

/** Nodes of any runs that share a name: instances of one, or one of a branch with each of its seeds. */
export function groupedNames(nodes: readonly string[]): readonly Pick<PlannedGroup<Planned>, 'name' | 'members'>[] {
  const seeds = new Set(nodes.flatMap((node) => SEED.exec(node)?.[2] ?? []));
  const runs = [...seeds].map((seed) => ({ branch: '', seed: Number(seed) }));
  return plannedGroups(
    nodes.map((node) => ({ node, status: '', reason: '' })),
    { runs },
  );
}

/** The parts of a node's name around its seed, without its instance. */
interface NameParts {
  readonly before: string;
  readonly seed?: number;
  readonly after: string;
}

function nameParts(node: string, seeds: readonly number[]): NameParts {
  const run = runOf(node, seeds);
  const name = node.slice(run.length).split('@', 1)[0]!;
  if (run === '') return { before: name, after: '' };
  const [, branch = '', seed] = SEED.exec(run)!;
  return { before: `${branch}/`, seed: Number(seed), after: `/${name}` };
}

/** @param nodes all of one name, and of one branch */
function namesTogether(nodes: readonly string[], seeds: readonly number[]): string {
  const different = [...new Set(nodes)];
  if (different.length === 1) return different[0]!;
  const parts = different.map((node) => nameParts(node, seeds));
  const { before, after } = parts[0]!;
  const named = [...new Set(parts.flatMap(({ seed }) => seed ?? []))].sort((a, b) => a - b);
  const seed = named.length === 0 ? '' : `seed-${rangeWords(named, '..').replaceAll(', ', ',')}`;
  // Where only the seeds tell them apart, the instance is common to them.
  const instances = new Set(different.map((node) => node.split('@').slice(1).join('@')));
  const instance = instances.size === 1 && !instances.has('') ? `@${[...instances][0]!}` : '';
  return `${before}${seed}${after}${instance} ×${different.length}`;
}

const WAITS = 'waits for ';
const DIFFERENCE = /^(\S+) .+ -> .+$/;

/** The reason without what tells instances apart: which instance it waits for, and which values a field had and has. */
function commonReason(reason: string, seeds: readonly number[]): string {
  if (reason.startsWith(WAITS)) {
    const { before, after } = nameParts(reason.slice(WAITS.length), seeds);
    return `${WAITS}${before}${after}`;
  }
  return reason
    .split(', ')
    .map((clause) => clause.replace(DIFFERENCE, '$1 changed'))
    .join(', ');
}

/** @param members all with one common reason; what is waited for in their own branch is named without it */
function reasonsTogether(members: readonly Planned[], seeds: readonly number[]): string {
  const different = [...new Set(members.map(({ reason }) => reason))];
  const [first = ''] = different;
  if (different.length === 1) return first;
  if (!first.startsWith(WAITS)) return commonReason(first, seeds);
  const nodes = different.map((reason) => reason.slice(WAITS.length));
  const isOwn = members.every(({ node, reason }) => runOf(node, seeds) === runOf(reason.slice(WAITS.length), seeds));
  return WAITS + namesTogether(isOwn ? nodes.map((node) => node.slice(runOf(node, seeds).length)) : nodes, seeds);
}

/** `plain/seed-3/` of a node of an experiment. */
function runOf(node: string, seeds: readonly number[]): string {
  const [, branch, seed] = SEED.exec(node) ?? [];
  return seed !== undefined && seeds.includes(Number(seed)) ? `${branch!}/seed-${seed}/` : '';
}
