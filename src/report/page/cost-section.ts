/** Where the time of a run went: sums, stages, the longest chain, and when which worker did what. */
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import { formatBytes, formatSeconds } from '../../ui/text/format.ts';
import { type Anchors, type Part, PARTS, partLink } from './anchors.ts';
import type { ChartMaker } from './drawn.ts';
import { restNote, tableHtml } from './figure.ts';
import { type Html, markup } from './html.ts';
import { timelineFigure } from './timeline-figure.ts';

const MOST_STEPS = 60;

export function costSection(facts: RunReportFacts, maker: ChartMaker, anchors: Anchors): Html {
  const { cost, timeline } = facts;
  const attempts = timeline.bars.length === 0 ? PARTS.stages : PARTS.timeline;
  const sums = cost.stages.length === 0 ? PARTS.stages : PARTS.costOfStages;
  // What runs in restage's own process shares its processor time with all else there.
  const isMeasured = cost.stages.some(({ cpuSeconds }) => cpuSeconds !== null);
  const tiles: readonly (readonly [label: string, value: string, part: Part])[] = [
    ['from start to end', cost.wallSeconds === null ? '–' : formatSeconds(cost.wallSeconds), PARTS.conditions],
    ['work of all nodes', formatSeconds(cost.seconds), sums],
    ['processor', isMeasured ? formatSeconds(cost.cpuSeconds) : '–', sums],
    ['saved by the cache', formatSeconds(cost.savedSeconds), sums],
    ...(cost.lostSeconds > 0 ? [['lost in failed attempts', formatSeconds(cost.lostSeconds), attempts] as const] : []),
  ];
  return markup`<section id="cost"><h2>Where the time went</h2>
<div class="tiles">${tiles.map(([label, value, part]) => markup`<div class="tile"><span class="label">${label}</span>${partLink(part, markup`<span class="value">${value}</span>`)}</div>`)}</div>
${timeline.bars.length === 0 ? markup`<p class="note">Nothing was executed.</p>` : timelineFigure(timeline, maker, anchors)}
${stagesTable(facts, anchors)}
${criticalPath(facts, anchors)}
</section>`;
}

function stagesTable({ cost }: RunReportFacts, anchors: Anchors): Html | string {
  if (cost.stages.length === 0) return '';
  const most = Math.max(...cost.stages.map(({ seconds, savedSeconds }) => Math.max(seconds, savedSeconds)), 1e-9);
  const bar = (seconds: number, className: string): Html =>
    markup`<span class="meter ${className}" style="width:${((100 * seconds) / most).toFixed(1)}%"></span>`;
  const rows = cost.stages.map(({ stage, ran, hits, seconds, cpuSeconds, savedSeconds, peakBytes }) => [
    anchors.stage(stage),
    ran,
    hits,
    markup`${seconds.toFixed(3)}${bar(seconds, 'took')}`,
    cpuSeconds === null ? '–' : cpuSeconds.toFixed(3),
    markup`${savedSeconds.toFixed(3)}${bar(savedSeconds, 'saved')}`,
    peakBytes === null ? '–' : formatBytes(peakBytes),
  ]);
  const columns = ['stage', 'ran', 'found', 'seconds', 'processor seconds', 'seconds saved', 'peak of memory'];
  return markup`<div class="card" id="${PARTS.costOfStages}"><h3>Stages</h3>${tableHtml({ columns, rows }, 'What each stage took and saved', 'numbers')}</div>`;
}

function criticalPath({ cost: { criticalPath: path } }: RunReportFacts, anchors: Anchors): Html | string {
  if (path.nodes.length === 0) return '';
  const rows = path.nodes
    .slice(0, MOST_STEPS)
    .map(({ node, seconds, potential }) => [anchors.named(node), seconds.toFixed(3), potential.toFixed(3)]);
  const columns = ['node', 'seconds', 'could give'];
  return markup`<div class="card" id="${PARTS.chain}"><h3>Longest chain</h3><p>These nodes waited for each other and took ${partLink(PARTS.chain, formatSeconds(path.seconds))}: no number of workers makes the run shorter. The last column says by how much it would be, if the node took no time.</p>${tableHtml({ columns, rows }, 'The longest chain of nodes', 'numbers')}${path.nodes.length > MOST_STEPS ? restNote(`The first ${MOST_STEPS} of ${path.nodes.length} nodes.`) : ''}</div>`;
}
