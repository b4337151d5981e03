/** How one node of a run was made, as a list of stages from the files down: the short form of its lineage. */
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import { plural } from '../../ui/text/format.ts';
import type { Anchors } from './anchors.ts';
import { type Html, markup } from './html.ts';
import { digestWord } from './words.ts';

/** @param place of the node in the report. @param of what of it was asked for, for the heading */
export function lineageSteps(facts: RunReportFacts, place: number, of: string, anchors: Anchors): Html {
  const { nodes, stages } = facts;
  const above = nodesAbove(facts, place);
  const steps = stages.flatMap((stage, index) => {
    const own = stage.nodes.filter((each) => above.has(each));
    return own.length === 0 ? [] : [{ stage, index, own }];
  });
  const files = new Map<string, string>();
  const others = new Set<string>();
  for (const each of above)
    for (const { from, digest } of nodes[each]!.inputs) {
      if (from.kind === 'file') files.set(from.path, digest);
      else if (from.kind === 'state') others.add(from.state);
    }
  return markup`<details class="how"><summary>How ${of} was made</summary><div id="how${place}"><ol>${[...files].map(
    ([path, digest]) => markup`<li><span class="step">file</span> ${path} ${digestWord(digest)}</li>`,
  )}${[...others].map((state) => markup`<li><span class="step">another run</span> ${anchors.namedState(state)} ${digestWord(state)}</li>`)}${steps.map(
    ({ stage, index, own }) =>
      markup`<li><a class="step" href="#${own.length === 1 ? `n${own[0]}` : `g${index}`}">${stage.name}${own.length === 1 ? '' : ` ×${own.length}`}</a> ${stage.codes[0]?.description ?? markup`<span class="muted">${stage.stage}</span>`}</li>`,
  )}</ol><p class="muted">${plural(above.size, 'node')} in all. <a href="#n${place}">What ${nodes[place]!.node} was made of</a>, or on the machine that has the record: <code>restage how ${nodes[place]!.made?.state.slice(0, 12) ?? ''}</code></p></div></details>`;
}

function nodesAbove({ nodes }: RunReportFacts, place: number): ReadonlySet<number> {
  const places = new Map(nodes.map(({ node }, index) => [node, index]));
  const above = new Set([place]);
  for (const each of above)
    for (const { from } of nodes[each]!.inputs) if (from.kind === 'node') above.add(places.get(from.node)!);
  return above;
}
