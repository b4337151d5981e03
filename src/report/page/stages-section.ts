/** How everything was made: the graph, and below it every stage with its code and its nodes. */
import type { ReportStage } from '../../audit/report/stages.ts';
import type { ReportNode } from '../../audit/report/run-nodes.ts';
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import { formatSeconds, plural } from '../../ui/text/format.ts';
import { type Anchors, PARTS } from './anchors.ts';
import { graphFigure } from './graph-figure.ts';
import { type Html, markup } from './html.ts';
import { LinkBudget, nodeBody, nodeEntry } from './node-entry.ts';
import { countChips, digestWord, OUTCOMES, outcomeChip, outcomeWord } from './words.ts';

export async function stagesSection(facts: RunReportFacts, anchors: Anchors): Promise<Html> {
  const { nodes, stages, elsewhere } = facts;
  const budget = new LinkBudget();
  return markup`<section id="${PARTS.lineage}"><h2>How it was made</h2>
<p class="chips">${OUTCOMES.filter((outcome) => stages.some(({ counts }) => counts[outcome] !== undefined)).map((outcome) => markup`${outcomeChip(outcome)} `)}<span class="muted">Each box is a stage, and leads to its nodes below.</span></p>
${await graphFigure(facts)}
<div id="${PARTS.stages}" class="stages">${stages.map((stage, index) => stageHtml(stage, index, nodes, anchors, budget))}</div>
${
  elsewhere.length === 0
    ? ''
    : markup`<details class="stage"><summary><span class="name">Made in other runs</span> <span class="muted">${plural(elsewhere.length, 'state')} that this run did not visit under ${elsewhere.length === 1 ? 'its' : 'their'} key</span></summary>${elsewhere.map((node, index) => nodeEntry(node, `s${index}`, { anchors, budget, ownParams: undefined }))}</details>`
}
</section>`;
}

function stageHtml(
  stage: ReportStage,
  index: number,
  all: readonly ReportNode[],
  anchors: Anchors,
  budget: LinkBudget,
): Html {
  const nodes = stage.nodes.map((place) => all[place]!);
  const [only] = nodes.length === 1 ? nodes : [];
  const seconds = nodes.reduce((sum, { made }) => sum + (made?.seconds ?? 0), 0);
  const ownParams = differingParams(nodes);
  const head = markup`<span class="name">${stage.name}${only === undefined ? ` ×${nodes.length}` : ''}</span> ${countChips(stage.counts)}<span class="seconds">${formatSeconds(seconds)}</span>`;
  const body =
    only === undefined
      ? markup`${grid(nodes)}${sharedRows(nodes, ownParams)}<div class="nodes">${nodes.map((node, n) => nodeEntry(node, `n${stage.nodes[n]!}`, { anchors, budget, ownParams }))}</div>`
      : nodeBody(only, `n${stage.nodes[0]!}`, { anchors, budget, ownParams: undefined });
  return markup`<details class="stage"><summary>${head}</summary><div id="g${index}">${aboutHtml(stage, nodes)}${body}</div></details>\n`;
}

/** What the stage is, in its author's words, and its code. */
function aboutHtml({ stage, codes }: ReportStage, nodes: readonly ReportNode[]): Html {
  const packages = new Map(
    nodes.flatMap(({ made }) => made?.packages.map(({ name, value }) => [`${name} ${value}`, value]) ?? []),
  );
  return markup`${codes[0]?.description == null ? '' : markup`<p>${codes[0].description}</p>`}<p class="muted">stage <code>${stage}</code>${codes.map(
    ({ digest, module, exportName }) => markup` · code ${digestWord(digest)} (${exportName} in ${module})`,
  )}${packages.size === 0 ? '' : markup` · packages ${[...packages.keys()].map((words) => markup`<code>${words}</code> `)}`}</p>
${
  codes.length === 0
    ? ''
    : markup`<details class="data"><summary>${plural(
        codes.reduce((sum, { sources }) => sum + sources.length, 0),
        'source file',
      )}</summary><ul class="sources">${codes.flatMap(({ sources }) => sources.map(({ path, digest }) => markup`<li>${path} ${digestWord(digest)}</li>`))}</ul></details>`
}`;
}

/** Names of the parameters that are not the same for all nodes. */
function differingParams(nodes: readonly ReportNode[]): ReadonlySet<string> {
  const seen = new Map<string, Set<string>>();
  let made = 0;
  for (const node of nodes) {
    if (node.made === null) continue;
    made++;
    for (const { name, digest } of node.made.params) seen.set(name, (seen.get(name) ?? new Set<string>()).add(digest));
  }
  const counts = new Map<string, number>();
  for (const node of nodes)
    for (const { name } of node.made?.params ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...seen].flatMap(([name, values]) => (values.size > 1 || counts.get(name)! < made ? [name] : [])));
}

function sharedRows(nodes: readonly ReportNode[], own: ReadonlySet<string>): Html | string {
  const made = nodes.find((node) => node.made !== null)?.made;
  const shared = (made?.params ?? []).filter(({ name }) => !own.has(name));
  return shared.length === 0
    ? ''
    : markup`<p class="params">All have ${shared.map(({ name, value }) => markup`<code>${name} = ${value}</code> `)}</p>`;
}

const SQUARE = 10;
const MOST_SQUARES = 4000;
const COLUMNS = 64;

/** A square for each node, coloured by what became of it: where a thousand nodes failed, it shows which. */
function grid(nodes: readonly ReportNode[]): Html | string {
  if (nodes.length < 8 || nodes.length > MOST_SQUARES) return '';
  const columns = Math.min(COLUMNS, nodes.length);
  const paths = OUTCOMES.flatMap((outcome) => {
    const places = nodes.flatMap((node, n) => (node.outcome === outcome ? [n] : []));
    if (places.length === 0) return [];
    const d = places.map((n) => `M${SQUARE * (n % columns)} ${SQUARE * Math.floor(n / columns)}h8v8h-8z`).join('');
    return [markup`<path class="o-${outcome}" d="${d}"><title>${outcomeWord(outcome)}</title></path>`];
  });
  const height = SQUARE * Math.ceil(nodes.length / columns);
  return markup`<svg class="grid" viewBox="0 0 ${SQUARE * columns} ${height}" width="${SQUARE * columns}" height="${height}" role="img" aria-label="Outcomes of ${plural(nodes.length, 'node')}, in their order">${paths}</svg>`;
}
