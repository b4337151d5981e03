/**
 * The states of a lineage in steps: states of one stage that were made in the same way, with other parameters and
 * inputs, are one step, so one sentence is enough for a fan-out of a thousand.
 */
import type { Digest } from '../../core/identity/digest.ts';
import type { LineageInput, LineageState } from './lineage.ts';
import type { NamedField } from './field-meaning.ts';

/** One parameter of a step: one value, or those that its states have, each once, in the order of their nodes. */
export interface StepParam {
  readonly name: string;
  readonly values: readonly string[];
}

/** What the states of a step took in one slot. */
export interface StepInput {
  readonly slot: string;
  /** Names of the nodes without their instance keys, with the output: `fit.network`; or paths of files. */
  readonly sources: readonly string[];
  readonly isFile: boolean;
  /** The most inputs that one state has in the slot. */
  readonly count: number;
}

export interface Step {
  readonly stage: string;
  readonly code: Digest;
  readonly packages: readonly NamedField[];
  /** In the order of their nodes' names, numbers by what they say. */
  readonly states: readonly LineageState[];
  readonly params: readonly StepParam[];
  readonly inputs: readonly StepInput[];
}

/** In the order of their first states: producers come first, unless two steps feed each other. */
export function stepsOf(states: readonly LineageState[]): readonly Step[] {
  const groups = new Map<string, LineageState[]>();
  for (const state of states) {
    const { stage, code, packages, backend, runtime, env, reads } = state;
    const way = JSON.stringify([stage, code, backend, runtime, ...[packages, env, reads].map(digestsOf)]);
    const group = groups.get(way);
    if (group === undefined) groups.set(way, [state]);
    else group.push(state);
  }
  return [...groups.values()].map((group) => {
    const members = group.toSorted((a, b) => byNumbers(a.node, b.node));
    const [{ stage, code, packages }] = members as [LineageState, ...LineageState[]];
    return { stage, code, packages, states: members, params: paramsOf(members), inputs: inputsOf(members) };
  });
}

/** `fit@degree=2` before `fit@degree=10`: what a reader takes for their order, whichever came first. */
function byNumbers(a: string, b: string): number {
  const [these, those] = [a, b].map((name) => name.split(/(\d+)/)) as [string[], string[]];
  const at = these.findIndex((part, i) => part !== those[i]);
  if (at < 0) return these.length - those.length;
  const [mine, other = ''] = [these[at]!, those[at]];
  // Every second part is a number.
  if (at % 2 === 1) return Number(mine) - Number(other) || mine.length - other.length;
  return mine < other ? -1 : 1;
}

/** `cv/train-fold` of `cv/train-fold@fold=3` */
export function nameOfNode(node: string): string {
  return node.split('@', 1)[0]!;
}

function digestsOf(fields: readonly NamedField[]): readonly string[] {
  return fields.map(({ name, digest }) => `${name} ${digest}`);
}

function paramsOf(states: readonly LineageState[]): readonly StepParam[] {
  const values = new Map<string, Map<Digest, string>>();
  for (const { params } of states)
    for (const { name, digest, value } of params) {
      const known = values.get(name) ?? new Map<Digest, string>();
      values.set(name, known.set(digest, value));
    }
  return [...values].map(([name, known]) => ({ name, values: [...known.values()] }));
}

function inputsOf(states: readonly LineageState[]): readonly StepInput[] {
  const slots = new Map<string, { readonly sources: Set<string>; isFile: boolean; count: number }>();
  for (const { inputs } of states) {
    const counts = new Map<string, number>();
    for (const { slot, from } of inputs) {
      const known = slots.get(slot) ?? { sources: new Set<string>(), isFile: 'path' in from, count: 0 };
      const count = (counts.get(slot) ?? 0) + 1;
      counts.set(slot, count);
      known.sources.add(sourceOf(from));
      known.count = Math.max(known.count, count);
      slots.set(slot, known);
    }
  }
  return [...slots].map(([slot, { sources, ...rest }]) => ({ slot, sources: [...sources], ...rest }));
}

function sourceOf(from: LineageInput['from']): string {
  return 'path' in from ? from.path : `${nameOfNode(from.node)}.${from.output}`;
}
