/**
 * A lineage as a picture: a box for each step, or for each state, with the files below and what was asked for at the
 * end.
 */
import { type Step, stepsOf } from '../audit/lineage/fold.ts';
import type { Lineage, LineageState } from '../audit/lineage/lineage.ts';
import { short } from '../core/identity/digest.ts';
import type { Arrow, Box, Picture } from './picture.ts';

export function drawLineage(lineage: Lineage, { full }: { readonly full: boolean }): Picture {
  const { subject, states } = lineage;
  const groups: readonly (readonly LineageState[])[] = full
    ? states.map((state) => [state])
    : stepsOf(states).map((step: Step) => step.states);
  const accepted = new Set(lineage.accepted.map(({ state }) => state));
  const boxes: Box[] = [];
  const boxOf = new Map<string, string>();
  for (const [index, members] of groups.entries()) {
    for (const { state } of members) boxOf.set(state, `n${index}`);
    const count = members.filter(({ state }) => accepted.has(state)).length;
    boxes.push(stateBox(`n${index}`, members, count));
  }
  const arrows = new Map<string, { readonly from: string; readonly to: string; readonly labels: Set<string> }>();
  const connect = (from: string, to: string, label: string): void => {
    const known = arrows.get(`${from} ${to}`);
    if (known === undefined) arrows.set(`${from} ${to}`, { from, to, labels: new Set([label]) });
    else known.labels.add(label);
  };
  const files = new Map<string, string>();
  for (const { state, inputs } of states)
    for (const { slot, digest, from } of inputs) {
      const to = boxOf.get(state)!;
      if (!('path' in from)) {
        connect(boxOf.get(from.state)!, to, from.output);
        continue;
      }
      const known = files.get(`${from.path} ${digest}`);
      const id = known ?? `f${files.size}`;
      if (known === undefined) {
        files.set(`${from.path} ${digest}`, id);
        const label = from.path.slice(from.path.lastIndexOf('/') + 1);
        boxes.push({ id, kind: 'file', label, detail: short(digest), status: null });
      }
      connect(id, to, slot);
    }
  if (subject.effects !== undefined) {
    const { study, tables } = subject.effects;
    const detail = `${study} · ${tables.map(({ record }) => short(record.key)).join(', ')}`;
    boxes.push({ id: 'e', kind: 'result', label: subject.asked, detail, status: null });
    // The states of a step have one arrow, with the branches that they are of.
    for (const { state, label } of subject.roots) connect(boxOf.get(state)!, 'e', label!.split(', ', 1)[0]!);
  }
  const results = subject.effects === undefined ? subject.roots : [];
  for (const [index, { state, node, output, result }] of results.entries()) {
    boxes.push({ id: `r${index}`, kind: 'result', label: result ?? output ?? node, detail: '', status: null });
    connect(boxOf.get(state)!, `r${index}`, output ?? '');
  }
  return {
    title: subject.asked,
    boxes,
    arrows: [...arrows.values()].map(({ from, to, labels }): Arrow => ({ from, to, labels: [...labels] })),
  };
}

/** @param accepted how many of the states stand for another key as well */
function stateBox(id: string, members: readonly LineageState[], accepted: number): Box {
  const [first] = members;
  const { node, stage, state, run } = first!;
  const name = node.split('@', 1)[0]!;
  const isOne = members.length === 1;
  const about = isOne ? `${stage} · ${short(state)} · run ${run}` : stage;
  const detail = accepted === 0 ? about : `${about} · ${isOne ? '' : `${accepted} `}accepted`;
  return { id, kind: 'stage', label: isOne ? node : `${name} ×${members.length}`, detail, status: null };
}
